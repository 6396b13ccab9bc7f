package config

import (
	"strings"
	"testing"
)

func TestState(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		want     []string // none is no problem
	}{
		{"nothing", ``, nil},
		{"disk", `{store: disk, path: /var/lib/sluice/state.db}`, nil},
		{"memory", `{store: memory, timeout: 1ms}`, nil},
		{"redis", `{store: "redis://user:secret@redis:6379/3", timeout: 5s, on_failure: closed}`, nil},
		{"redis with tls", `{store: "rediss://redis"}`, nil},
		{"cluster", `{store: "redis://a:6379?addr=b:6379&addr=c:6379"}`, nil},
		{"unknown store", `{store: sqlite}`, []string{`state.store: expected disk, memory or the address of a Redis: scheme ""; expected redis://host:6379/0, or rediss:// for TLS`}},
		{"other scheme", `{store: "http://secret@host"}`, []string{`scheme "http"`}},
		{"no host", `{store: "redis:///0"}`, []string{`state.store: expected disk, memory or the address of a Redis: no host`}},
		{"no database", `{store: "redis://host/first"}`, []string{`not a database number`}},
		{"parameter", `{store: "redis://:secret@host/0?dial_timeout=1s"}`, []string{`unknown parameter "dial_timeout"; only addr is known`}},
		{"database of a cluster", `{store: "redis://a/1?addr=b:6379"}`, []string{`database 1 of a cluster`}},
		{"path of another store", `{store: memory, path: state.db}`, []string{`state.path: has no effect with another store than disk`}},
		{"too short", `{timeout: 999us}`, []string{`state.timeout: 999µs is out of range; expected 1ms to 5s`}},
		{"too long", `{timeout: 5001ms}`, []string{`state.timeout: 5.001s is out of range`}},
		{"on failure", `{on_failure: shut}`, []string{`state.on_failure: "shut" is unknown; expected one of open, closed`}},
		{
			"all at once", `{store: "redis://:secret@host:x", path: a, timeout: 0s, on_failure: ""}`,
			[]string{`state.store: `, `state.path: `, `state.timeout: `, `state.on_failure: `},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := Load("state.yaml", []byte(minimal+"state: "+tt.in))
			if len(tt.want) == 0 {
				if err != nil {
					t.Errorf("problems: %v", err)
				}
				return
			}
			if err == nil {
				t.Fatal("no problem was found")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got  %v\nwant %s", err, want)
				}
			}
			if !strings.HasPrefix(err.Error(), "state.yaml: line 7: ") {
				t.Errorf("got %v; want the line", err)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("a password is in: %v", err)
			}
		})
	}
}
