package cache

import (
	"strconv"
	"strings"
	"time"
)

// A Control is what a client says about the cache. The zero value is nothing.
type Control struct {
	NoRead  bool          // it wants a fresh answer
	NoWrite bool          // its answer must not be kept
	MaxAge  time.Duration // of the answer that it wants; 0 is any

	// Features is what else changes the answer: the versions and betas of the API that the
	// client's headers name.
	Features string
}

// maxAge bounds the age that a client may ask for, in seconds: 68 years, as in RFC 9111 §1.2.2.
const maxAge = 1<<31 - 1

// ParseControl reads the values of the headers Cache-Control and x-sluice-cache, "" if there
// is none. no-cache, max-age and no-store are those of RFC 9111 §5.2.1; "bypass" in
// x-sluice-cache means no-cache and no-store. An age that is not a number asks for a fresh
// answer; of several ages the lowest counts; other directives are ignored.
func ParseControl(cacheControl, optOut string) Control {
	var c Control
	if strings.EqualFold(strings.TrimSpace(optOut), "bypass") {
		c.NoRead, c.NoWrite = true, true
	}
	for directive := range strings.SplitSeq(cacheControl, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		switch strings.ToLower(name) {
		case "no-cache":
			c.NoRead = true
		case "no-store":
			c.NoWrite = true
		case "max-age":
			age := seconds(value)
			if age == 0 {
				c.NoRead = true
			} else if c.MaxAge == 0 || age < c.MaxAge {
				c.MaxAge = age
			}
		}
	}
	return c
}

// seconds parses an age; it is 0 if it is not a number.
func seconds(value string) time.Duration {
	value = strings.Trim(value, `"`)
	if value == "" || strings.Trim(value, "0123456789") != "" {
		return 0
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil { // too many digits
		n = maxAge
	}
	return time.Duration(min(n, maxAge)) * time.Second
}
