package cache_test

import (
	"strings"
	"testing"
	"time"

	"sluice/routing/cache"
)

const ages = 1<<31 - 1

func TestParseControl(t *testing.T) {
	fresh, private, both := cache.Control{NoRead: true}, cache.Control{NoWrite: true}, cache.Control{NoRead: true, NoWrite: true}
	minute := cache.Control{MaxAge: time.Minute}
	for _, c := range []struct {
		control, optOut string
		want            cache.Control
	}{
		{"", "", cache.Control{}},
		{"no-cache", "", fresh},
		{"No-Cache", "", fresh},
		{"no-store", "", private},
		{" no-store ,no-cache", "", both},
		{"", "bypass", both},
		{"", " BYPASS ", both},
		{"max-age=60", "bypass", cache.Control{NoRead: true, NoWrite: true, MaxAge: time.Minute}},
		{"", "hit", cache.Control{}},
		{"max-age=60", "", minute},
		{`MAX-AGE="60"`, "", minute},
		{"max-age=90, max-age=60, max-age=75", "", minute},
		{"max-age=0", "", fresh},
		{"max-age=000", "", fresh},
		{"max-age", "", fresh},
		{"max-age=", "", fresh},
		{"max-age=-1", "", fresh},
		{"max-age=+60", "", fresh},
		{"max-age=1.5", "", fresh},
		{"max-age=60s", "", fresh},
		{"max-age=99999999999999999999999999", "", cache.Control{MaxAge: ages * time.Second}},
		{"max-age=4294967296", "", cache.Control{MaxAge: ages * time.Second}},
		{"s-maxage=1, private, only-if-cached, x-no-store, ,=,;", "", cache.Control{}},
	} {
		if got := cache.ParseControl(c.control, c.optOut); got != c.want {
			t.Errorf("%q, %q: %+v, want %+v", c.control, c.optOut, got, c.want)
		}
	}
}

// FuzzParseControl checks that no header makes an age that is negative or has no bound,
// and that another directive only ever makes a client's wishes stricter.
func FuzzParseControl(f *testing.F) {
	f.Add("no-cache, max-age=60", "bypass", "no-store")
	f.Add(`max-age="`, "", "max-age=5")
	f.Fuzz(func(t *testing.T, control, optOut, more string) {
		c := cache.ParseControl(control, optOut)
		if c.MaxAge < 0 || c.MaxAge > ages*time.Second || c.MaxAge%time.Second != 0 {
			t.Fatalf("age %v", c.MaxAge)
		}
		if strings.Contains(more, ",") {
			return
		}
		d := cache.ParseControl(control+","+more, optOut)
		if c.NoRead && !d.NoRead || c.NoWrite && !d.NoWrite || c.MaxAge != 0 && (d.MaxAge == 0 || d.MaxAge > c.MaxAge) {
			t.Fatalf("%q made %+v of %+v", more, d, c)
		}
	})
}
