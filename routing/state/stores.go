package state

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"sluice/routing/budget"
	"sluice/routing/cache"
	"sluice/routing/experiment"
	"sluice/routing/session"
)

// The stores that need no address.
const (
	OnDisk   = "disk"
	InMemory = "memory"
)

// Config is what Open is told.
type Config struct {
	Store   string        // [OnDisk], [InMemory] or the address of a Redis
	Path    string        // of the file, for OnDisk; "" is [DefaultPath]
	Timeout time.Duration // longest wait for a Redis, also for the cache's own; more than 0

	Sessions   int           // most conversations on disk or in memory; 0 is none at all, in Redis neither
	SessionTTL time.Duration // since a conversation was last used; 0 is none at all

	// Failed is told of every read or write that fails, with what it was to do; it must
	// not block, and the error of calls that did not wait for a Redis is [ErrUnavailable].
	Failed func(op string, err error)
}

// Stores are where everything is kept. They live as long as the process, whatever
// configurations come and go.
type Stores struct {
	Budgets     budget.Store
	Experiments experiment.Store
	Sessions    session.Store // nil where there are none

	config Config

	mu      sync.Mutex
	clients map[string]*Redis // by address: features on one Redis share its client
	closers []func() error    // in the order in which they were opened
}

// Open returns the stores that the configuration names. A Redis that is away is no error;
// a file that cannot be used is.
func Open(c Config) (*Stores, error) {
	s := &Stores{config: c, clients: make(map[string]*Redis)}
	var err error
	switch c.Store {
	case OnDisk:
		err = s.openDisk()
	case InMemory:
		err = s.openMemory(nil)
	default:
		err = s.openRedis()
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Stores) openDisk() error {
	path := s.config.Path
	if path == "" {
		var err error
		if path, err = DefaultPath(); err != nil {
			return err
		}
	}
	disk, err := OpenDisk(path, s.config.Failed)
	if err != nil {
		return err
	}
	s.closers = append(s.closers, disk.Close)
	return s.openMemory(disk)
}

// openMemory opens the stores of this process, kept on the disk unless that is nil.
func (s *Stores) openMemory(disk *Disk) error {
	var money budget.Options
	var trials experiment.Options
	if disk != nil {
		money.Journal, trials.Journal = disk.Bucket("budgets"), disk.Bucket("experiments")
	}
	budgets, err := budget.NewMemory(money)
	if err != nil {
		return err
	}
	s.Budgets = budgets
	s.closers = append(s.closers, func() error { budgets.Close(); return nil })
	if s.Experiments, err = experiment.NewMemory(trials); err != nil {
		return err
	}
	if s.config.Sessions == 0 || s.config.SessionTTL == 0 {
		return nil
	}
	sessions, err := session.NewMemory(s.config.Sessions, s.config.SessionTTL)
	if err != nil {
		return err
	}
	s.Sessions = sessions
	if disk != nil {
		return sessions.Restore(disk.Bucket("sessions"))
	}
	return nil
}

func (s *Stores) openRedis() error {
	r, err := s.client(s.config.Store)
	if err != nil {
		return err
	}
	budgets := r.Budgets(time.Now)
	s.closers = append(s.closers, func() error { budgets.Close(); return nil })
	s.Budgets, s.Experiments = budgets, r.Experiments(time.Now)
	if s.config.Sessions > 0 && s.config.SessionTTL > 0 {
		s.Sessions = r.Sessions(s.config.SessionTTL)
	}
	return nil
}

// client returns the client of the Redis at the address.
func (s *Stores) client(address string) (*Redis, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.clients[address]; r != nil {
		return r, nil
	}
	r, err := OpenRedis(address, Options{Wait: s.config.Timeout, Failed: s.config.Failed})
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	s.clients[address] = r
	s.closers = append(s.closers, r.Close)
	return r, nil
}

// Cache returns the store for cached answers: [InMemory], of at most so many bytes, or the
// address of a Redis, whose size is its own to bound.
func (s *Stores) Cache(store string, maxBytes int64) (cache.Store, error) {
	if store == InMemory {
		return cache.NewMemory(maxBytes)
	}
	r, err := s.client(store)
	if err != nil {
		return nil, err
	}
	return r.Cache(), nil
}

// Unavailable reports whether a Redis that something is kept in does not answer.
func (s *Stores) Unavailable() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.clients {
		if r.Unavailable() {
			return true
		}
	}
	return false
}

// Settlements returns how many settlements Redis rejects, so that they are parked, and how
// many were lost; see [Budgets].
func (s *Stores) Settlements() (parked, lost int) {
	if b, ok := s.Budgets.(*Budgets); ok {
		return b.backlog.counts()
	}
	return 0, 0
}

// Close writes what is pending and lets go of everything. The stores are not to be used
// any more.
func (s *Stores) Close() error {
	var errs []error
	for len(s.closers) > 0 {
		last := len(s.closers) - 1
		errs = append(errs, s.closers[last]())
		s.closers = s.closers[:last]
	}
	return errors.Join(errs...)
}

// DefaultPath returns where the file of state is unless the configuration says it:
// sluice/state.db under $STATE_DIRECTORY, which systemd sets, or $XDG_STATE_HOME, or
// .local/state in the user's home.
func DefaultPath() (string, error) {
	dir, _, _ := strings.Cut(os.Getenv("STATE_DIRECTORY"), ":")
	if dir == "" {
		dir = os.Getenv("XDG_STATE_HOME")
	}
	if dir == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("no place for the state file (%w); set state.path", err)
		}
		dir = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(dir, "sluice", "state.db"), nil
}
