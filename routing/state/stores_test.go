package state

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sluice/routing"
	"sluice/routing/budget"
	"sluice/routing/cache"
	"sluice/routing/experiment"
	"sluice/routing/session"
	"sluice/routing/state/redistest"
)

// fill puts something into every store.
func fill(t *testing.T, s *Stores) {
	t.Helper()
	if err := s.Sessions.Put(t.Context(), "a", session.Entry{Model: "m", Used: time.Now()}); err != nil {
		t.Error(err)
	}
	part := routing.Assignment{Experiment: "e", Variant: "v", Unit: "u"}
	if _, err := s.Experiments.Record(t.Context(), part, experiment.Outcome{ID: "1", At: time.Now()}); err != nil {
		t.Error(err)
	}
	accounts := everyone.Accounts(routing.Principal{}, time.Now())
	for id, amount := range map[string]float64{"open": 0.25, "settled": 0.125} {
		r := budget.Reservation{ID: id, Amount: amount, Expires: time.Now().Add(time.Hour)}
		if ok, _, err := s.Budgets.Reserve(t.Context(), r, accounts); !ok || err != nil {
			t.Errorf("reserve: %t, %v", ok, err)
		}
	}
	if err := s.Budgets.Settle(t.Context(), budget.Settlement{ID: "settled", Amount: 0.5}); err != nil {
		t.Error(err)
	}
}

// found returns how much of what fill has put the stores hold: three things.
func found(t *testing.T, s *Stores) int {
	t.Helper()
	_, remembered, err := s.Sessions.Get(t.Context(), "a")
	if err != nil {
		t.Error(err)
	}
	units, _, err := s.Experiments.Units(t.Context(), "e")
	if err != nil {
		t.Error(err)
	}
	balances, err := s.Budgets.Balances(t.Context(), everyone.Accounts(routing.Principal{}, time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	n := len(units)
	if remembered {
		n++
	}
	if balances[0] == (budget.Balance{Spent: 0.5, Reserved: 0.25, Most: 0.25}) {
		n++
	}
	return n
}

// TestOpen opens each kind of stores twice, and once more from a copy of the file that a
// process leaves that is killed.
func TestOpen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "state.db")
	for _, tt := range []struct {
		name   string
		config Config
		lasts  bool
	}{
		{"disk", Config{Store: OnDisk, Path: path}, true},
		{"memory", Config{Store: InMemory}, false},
		{"redis", Config{Store: redistest.Start(t).URL()}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := tt.config
			c.Sessions, c.SessionTTL, c.Timeout, c.Failed = 100, time.Hour, unhurried, unfailing(t)
			open := func(c Config) *Stores {
				t.Helper()
				s, err := Open(c)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() {
					if err := s.Close(); err != nil {
						t.Error(err)
					}
				})
				return s
			}
			s := open(c)
			if found(t, s) != 0 {
				t.Error("new stores hold something")
			}
			fill(t, s)
			if found(t, s) != 3 || s.Unavailable() {
				t.Error("what was put is not there, or Redis unavailable")
			}
			if c.Store == OnDisk {
				killed := c
				killed.Path = filepath.Join(dir, "killed.db")
				eventually(t, "all has reached the file", func() bool {
					content, err := os.ReadFile(path)
					if err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(killed.Path, content, 0o600); err != nil {
						t.Fatal(err)
					}
					k, err := Open(killed)
					if err != nil {
						return false // copied while it was written
					}
					defer func() { _ = k.Close() }()
					return found(t, k) == 3
				})
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			want := 0
			if tt.lasts {
				want = 3
			}
			if got := found(t, open(c)); got != want {
				t.Errorf("opened again, %d of 3 are there; want %d", got, want)
			}
		})
	}
}

func TestOpenCache(t *testing.T) {
	t.Parallel()
	address := redistest.Start(t).URL()
	s, err := Open(Config{Store: address, Timeout: unhurried, Failed: unfailing(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	if s.Sessions != nil {
		t.Error("sessions for no time at all")
	}
	for _, store := range []string{address, InMemory} {
		c, err := s.Cache(store, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Put(t.Context(), "k", &cache.Entry{Body: []byte("x")}, time.Hour); err != nil {
			t.Error(err)
		}
		if e, err := c.Get(t.Context(), "k"); e == nil || err != nil {
			t.Errorf("%s: %v, %v", store, e, err)
		}
	}
	if len(s.clients) != 1 {
		t.Errorf("%d clients of one Redis", len(s.clients))
	}
	for _, bad := range []string{"", "disk", "http://host"} {
		if _, err := s.Cache(bad, 1<<20); err == nil {
			t.Errorf("a cache in %q", bad)
		}
		if bad == OnDisk {
			continue
		}
		if _, err := Open(Config{Store: bad}); err == nil {
			t.Errorf("stores in %q", bad)
		}
	}
	if _, err := s.Cache(InMemory, 0); err == nil {
		t.Error("a cache of no size")
	}
}

func TestDefaultPath(t *testing.T) {
	for _, tt := range []struct{ name, service, state, home, want string }{
		{"systemd", "/var/lib/sluice", "/x", "/home/me", "/var/lib/sluice/sluice/state.db"},
		{"systemd, several", "/var/lib/a:/var/lib/b", "", "/home/me", "/var/lib/a/sluice/state.db"},
		{"xdg", "", "/home/me/.state", "/home/me", "/home/me/.state/sluice/state.db"},
		{"home", "", "", "/home/me", "/home/me/.local/state/sluice/state.db"},
		{"nowhere", "", "", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("STATE_DIRECTORY", tt.service)
			t.Setenv("XDG_STATE_HOME", tt.state)
			t.Setenv("HOME", tt.home)
			got, err := DefaultPath()
			if got != tt.want || (err == nil) != (tt.want != "") {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
			if err != nil && !strings.Contains(err.Error(), "state.path") {
				t.Errorf("%v does not say what to do", err)
			}
		})
	}
}
