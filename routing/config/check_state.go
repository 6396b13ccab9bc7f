package config

import (
	"time"

	"sluice/routing/state"
)

// The bounds of state.timeout: less is no time for a round trip, more is no bound for a
// request.
const (
	leastStateTimeout = time.Millisecond
	mostStateTimeout  = 5 * time.Second
)

// state checks where things are kept. An address may hold a password, so no message
// repeats it.
func (c *checker) state() {
	s := c.file.State
	if s.Store != state.OnDisk && s.Store != state.InMemory {
		if err := state.CheckURL(s.Store); err != nil {
			c.fail("state.store", "expected disk, memory or the address of a Redis: %v", err)
		}
	}
	if s.Path != "" && s.Store != state.OnDisk {
		c.fail("state.path", "is the file of store disk; the store is another one")
	}
	if t := time.Duration(s.Timeout); t < leastStateTimeout || t > mostStateTimeout {
		c.fail("state.timeout", "%v is out of range; expected %v to %v", t, leastStateTimeout, mostStateTimeout)
	}
	c.oneOf("state.on_failure", s.OnFailure, "open", "closed")
}
