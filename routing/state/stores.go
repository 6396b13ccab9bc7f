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

// Config configures [Open].
type Config struct {
	Store   string        // [OnDisk], [InMemory] or the address of a Redis
	Path    string        // of the file, for OnDisk; "" is [DefaultPath]
	Timeout time.Duration // longest wait for any Redis, the cache's included; above 0

	Sessions   int           // most conversations on disk or in memory; 0 disables sessions, in Redis too
	SessionTTL time.Duration // since a conversation was last used; 0 disables sessions

	// Failed is called for every read or write that fails, with its purpose. The error is
	// [ErrUnavailable] for calls that did not wait for Redis. It must not block.
	Failed func(op string, err error)
}

// Stores hold all state. They live as long as the process, across reloads of the
// configuration.
type Stores struct {
	Budgets     budget.Store
	Experiments experiment.Store
	Sessions    session.Store // nil if sessions are disabled

	config Config

	mu      sync.Mutex
	clients map[string]*Redis // by address; stores on one Redis share its client
	closers []func() error    // called in reverse order
}

// Open returns the stores that the configuration names. It fails if the file cannot be used,
// but not if Redis is unavailable.
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

// openMemory opens the stores of this process, with the disk as their journal unless it is nil.
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

// Cache returns the store of cached answers: [InMemory], of at most maxBytes, or the address
// of a Redis, which bounds its own size.
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

// Unavailable reports whether any Redis in use does not answer.
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

// Settlements returns how many settlements are parked, since Redis rejects them, and how many
// were lost, for lack of room or because Redis was unavailable until the end.
func (s *Stores) Settlements() (parked, lost int) {
	if b, ok := s.Budgets.(*Budgets); ok {
		return b.backlog.counts()
	}
	return 0, 0
}

// Close writes pending changes and closes all stores.
func (s *Stores) Close() error {
	var errs []error
	for len(s.closers) > 0 {
		last := len(s.closers) - 1
		errs = append(errs, s.closers[last]())
		s.closers = s.closers[:last]
	}
	return errors.Join(errs...)
}

// DefaultPath returns the path of the state file if none is configured: sluice/state.db under
// $STATE_DIRECTORY, which systemd sets, $XDG_STATE_HOME, or ~/.local/state.
func DefaultPath() (string, error) {
	dir, _, _ := strings.Cut(os.Getenv("STATE_DIRECTORY"), ":")
	if dir == "" {
		dir = os.Getenv("XDG_STATE_HOME")
	}
	if dir == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("no default path for the state file (%w); set state.path", err)
		}
		dir = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(dir, "sluice", "state.db"), nil
}
