package state

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"sluice/routing/budget"
	"sluice/routing/budget/budgettest"
	"sluice/routing/cache"
	"sluice/routing/cache/cachetest"
	"sluice/routing/experiment"
	"sluice/routing/experiment/experimenttest"
	"sluice/routing/session"
	"sluice/routing/session/sessiontest"
	"sluice/routing/state/redistest"
)

// unhurried is a time that no call takes on a busy machine.
const unhurried = 20 * time.Second

// unfailing reports every failure as the test's.
func unfailing(t testing.TB) func(string, error) {
	return func(op string, err error) { t.Errorf("%s: %v", op, err) }
}

func openDisk(t testing.TB, path string) *Disk {
	t.Helper()
	d, err := OpenDisk(path, unfailing(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func openRedis(t testing.TB, address string) *Redis {
	t.Helper()
	uo, err := parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return openClient(t, uo)
}

func openClient(t testing.TB, uo *redis.UniversalOptions) *Redis {
	t.Helper()
	r := open(uo, Options{Wait: unhurried, Failed: unfailing(t)})
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// empty removes everything from the Redis.
func empty(t testing.TB, r *Redis) {
	t.Helper()
	if err := r.client.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
}

// server starts a Redis: a plain one, or a cluster of one node, which refuses to touch keys
// of two slots in one call.
func server(t *testing.T, cluster bool) string {
	t.Helper()
	if !cluster {
		return redistest.Start(t).URL()
	}
	s := redistest.Start(t, "--cluster-enabled", "yes")
	one := openRedis(t, s.URL())
	if err := one.client.ClusterAddSlotsRange(t.Context(), 0, 16383).Err(); err != nil {
		t.Fatal(err)
	}
	for {
		info, err := one.client.ClusterInfo(t.Context()).Result()
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(info, "cluster_state:ok") {
			return s.URL() + "?addr=" + s.Addr
		}
	}
}

// redises runs the test against a Redis, and against a cluster.
func redises(t *testing.T, test func(t *testing.T, r *Redis)) {
	for _, tt := range []struct {
		name    string
		cluster bool
	}{{"one", false}, {"cluster", true}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			test(t, openRedis(t, server(t, tt.cluster)))
		})
	}
}

// reopened returns a function that closes the stores on a file, if there are any, and
// opens them again.
func reopened(t *testing.T) func() *Stores {
	c := Config{Store: OnDisk, Path: filepath.Join(t.TempDir(), "state.db"), Sessions: 1000, SessionTTL: time.Hour, Failed: unfailing(t)}
	var s *Stores
	end := func() {
		if s == nil {
			return
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(func() { end() })
	return func() *Stores {
		end()
		var err error
		if s, err = Open(c); err != nil {
			t.Fatal(err)
		}
		return s
	}
}

func TestBudgets(t *testing.T) {
	t.Run("disk", func(t *testing.T) {
		budgettest.Store(t, func(t *testing.T, now func() time.Time) budget.Store {
			d := openDisk(t, filepath.Join(t.TempDir(), "state.db"))
			m, err := budget.NewMemory(budget.Options{Journal: d.Bucket("budgets"), Now: now})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(m.Close)
			return m
		})
	})
	redises(t, func(t *testing.T, r *Redis) {
		budgettest.Store(t, func(t *testing.T, now func() time.Time) budget.Store {
			empty(t, r)
			b := r.Budgets(now)
			t.Cleanup(b.Close)
			return b
		})
	})
}

func TestExperiments(t *testing.T) {
	t.Run("disk", func(t *testing.T) {
		experimenttest.Store(t, func(t *testing.T) experiment.Store { return reopened(t)().Experiments })
		experimenttest.Restart(t, func(t *testing.T) func() experiment.Store {
			reopen := reopened(t)
			return func() experiment.Store { return reopen().Experiments }
		})
	})
	redises(t, func(t *testing.T, r *Redis) {
		open := func(t *testing.T) experiment.Store {
			empty(t, r)
			return r.Experiments(time.Now)
		}
		experimenttest.Store(t, open)
		experimenttest.Restart(t, func(t *testing.T) func() experiment.Store {
			empty(t, r)
			return func() experiment.Store { return r.Experiments(time.Now) }
		})
	})
}

func TestSessions(t *testing.T) {
	t.Run("disk", func(t *testing.T) {
		sessiontest.Store(t, func(t *testing.T, ttl time.Duration) session.Store {
			m, err := session.NewMemory(1000, ttl)
			if err != nil {
				t.Fatal(err)
			}
			if err := m.Restore(openDisk(t, filepath.Join(t.TempDir(), "state.db")).Bucket("sessions")); err != nil {
				t.Fatal(err)
			}
			return m
		})
		reopen := reopened(t)
		sessiontest.Restart(t, func() session.Store { return reopen().Sessions })
	})
	redises(t, func(t *testing.T, r *Redis) {
		sessiontest.Store(t, func(t *testing.T, ttl time.Duration) session.Store {
			empty(t, r)
			return r.Sessions(ttl)
		})
		sessiontest.Restart(t, func() session.Store { return r.Sessions(time.Hour) })
	})
}

func TestCache(t *testing.T) {
	redises(t, func(t *testing.T, r *Redis) {
		cachetest.Store(t, func(t *testing.T) cache.Store {
			empty(t, r)
			return r.Cache()
		})
	})
}
