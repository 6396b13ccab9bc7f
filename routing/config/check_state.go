package config

import (
	"time"

	"sluice/routing/state"
)

// The bounds of state.timeout: less is too short for a round trip, and more too long for a
// request.
const (
	leastStateTimeout = time.Millisecond
	mostStateTimeout  = 5 * time.Second
)

// state checks the store. No message repeats its address, which may hold a password.
func (c *checker) state() {
	s := c.file.State
	if s.Store != state.OnDisk && s.Store != state.InMemory {
		if err := state.CheckURL(s.Store); err != nil {
			c.fail("state.store", "expected disk, memory or the address of a Redis: %v", err)
		}
	}
	if s.Path != "" && s.Store != state.OnDisk {
		c.fail("state.path", "has no effect with another store than disk")
	}
	if t := time.Duration(s.Timeout); t < leastStateTimeout || t > mostStateTimeout {
		c.fail("state.timeout", "%v is out of range; expected %v to %v", t, leastStateTimeout, mostStateTimeout)
	}
	c.oneOf("state.on_failure", s.OnFailure, "open", "closed")
}
