package config

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestCacheDefaults(t *testing.T) {
	cases := map[string]struct {
		yaml string
		want *Cache
	}{
		"no section": {"", nil},
		"empty":      {"cache: {}", &Cache{TTL: Duration(time.Hour), MaxSize: 64 << 20, MaxEntry: 1 << 20, Store: "memory", Scope: "user", Temperature: "unset"}},
		"small":      {"cache: {max_size: 512KiB}", &Cache{TTL: Duration(time.Hour), MaxSize: 512 << 10, MaxEntry: 512 << 10, Store: "memory", Scope: "user", Temperature: "unset"}},
		"large entries": {
			"cache: {max_entry: 128MiB}",
			&Cache{TTL: Duration(time.Hour), MaxSize: 128 << 20, MaxEntry: 128 << 20, Store: "memory", Scope: "user", Temperature: "unset"},
		},
		"everything": {
			"cache: {ttl: 5m, max_size: 2MiB, max_entry: 2KiB, store: 'rediss://cache.example:6380/1', scope: team, temperature: any, tools: true, wait: 4s}",
			&Cache{Duration(5 * time.Minute), 2 << 20, 2 << 10, "rediss://cache.example:6380/1", "team", "any", true, Duration(4 * time.Second)},
		},
	}
	for name, c := range cases {
		f, _, err := Load("cache.yaml", []byte(minimal+c.yaml))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(c.want, f.Cache); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestCacheErrors(t *testing.T) {
	for yaml, want := range map[string]string{
		"ttl: 0s":                            "cache.ttl: expected more than 0",
		"max_size: 1KiB":                     "cache.max_size: 1024 bytes is out of range",
		"max_entry: 100":                     "cache.max_entry: 100 bytes is out of range",
		"max_entry: 0":                       "cache.max_entry: 0 bytes is out of range",
		"{max_size: 64KiB, max_entry: 1MiB}": "cache.max_entry: 1048576 bytes is more than cache.max_size",
		"store: disk":                        `cache.store: expected memory or the address of a Redis: scheme ""`,
		"store: 'redis://'":                  "cache.store: expected memory or the address of a Redis: no host",
		"store: 'http://host:6379'":          `cache.store: expected memory or the address of a Redis: scheme "http"`,
		"scope: world":                       `cache.scope: "world" is unknown; expected one of user, key, team, tenant, everyone`,
		"temperature: low":                   `cache.temperature: "low" is unknown; expected one of zero, unset, any`,
		"wait: 5s":                           "cache.wait: 5s is out of range; expected up to 4s",
	} {
		if !strings.HasPrefix(yaml, "{") {
			yaml = "{" + yaml + "}"
		}
		_, _, err := Load("cache.yaml", []byte(minimal+"cache: "+yaml))
		var problems *Error
		if !errors.As(err, &problems) || len(problems.Problems) != 1 || problems.Problems[0].Line == 0 || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want one problem with its line: %s", yaml, err, want)
		}
	}
}

func TestCacheWarnings(t *testing.T) {
	cases := []struct{ yaml, want string }{
		{"cache: {}", "the API key is used instead"},
		{"cache: {scope: team}", "nothing is cached"},
		{"cache: {scope: tenant}\nidentity: {team: {header: x-team}}", "nothing is cached"},
		{"cache: {scope: tenant}\nidentity: {tenant: {header: x-tenant}}", ""},
		{"cache: {scope: user}\nidentity: {user: {header: x-user}}", ""},
		{"cache: {scope: user}\nidentity: {user: {client: true}}", "each other's answers"},
		{"cache: {scope: key}", ""},
		{"cache: {scope: everyone}", ""},
		{"cache: {scope: key, max_entry: 33MiB}", "routing.limits.response"},
	}
	for _, c := range cases {
		_, warnings, err := Load("cache.yaml", []byte(minimal+c.yaml))
		if err != nil {
			t.Errorf("%s: %v", c.yaml, err)
			continue
		}
		got := ""
		for _, w := range warnings {
			if strings.HasPrefix(w.Path, "cache.") {
				got += w.Text
			}
		}
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: warned %q, want %q", c.yaml, got, c.want)
		}
	}
}
