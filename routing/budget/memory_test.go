package budget_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sluice/routing"
	"sluice/routing/budget"
	"sluice/routing/budget/budgettest"
)

func TestMemory(t *testing.T) {
	budgettest.Store(t, func(t *testing.T, now func() time.Time) budget.Store {
		return memory(t, budget.Options{Now: now})
	})
}

// TestMemoryOfFewAccounts: what was dropped from memory comes back from the journal.
func TestMemoryOfFewAccounts(t *testing.T) {
	budgettest.Store(t, func(t *testing.T, now func() time.Time) budget.Store {
		return memory(t, budget.Options{Now: now, Journal: newJournal(), MaxAccounts: 1})
	})
}

// memory opens a store that is closed when the test ends.
func memory(t testing.TB, o budget.Options) *budget.Memory {
	t.Helper()
	m, err := budget.NewMemory(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	return m
}

// A journal keeps its values in a map, and every change in a list.
type journal struct {
	mu     sync.Mutex
	values map[string][]byte
	log    []change
	err    error // of reads
	reads  int
	slow   time.Duration
}

// A change is a value that was put, or nil for one that was deleted.
type change struct {
	key   string
	value []byte
}

func newJournal() *journal { return &journal{values: make(map[string][]byte)} }

func (j *journal) Put(key string, value []byte) { j.apply(change{key, value}) }
func (j *journal) Delete(key string)            { j.apply(change{key, nil}) }

func (j *journal) apply(c change) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.log = append(j.log, c)
	if c.value == nil {
		delete(j.values, c.key)
	} else {
		j.values[c.key] = c.value
	}
}

func (j *journal) Get(key string) ([]byte, bool, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.reads++
	v, ok := j.values[key]
	time.Sleep(j.slow)
	return v, ok, j.err
}

func (j *journal) All(f func(key string, value []byte) error) error {
	j.mu.Lock()
	values := maps.Clone(j.values)
	err := j.err
	j.mu.Unlock()
	for key, value := range values {
		if err == nil {
			err = f(key, value)
		}
	}
	return err
}

func (j *journal) size() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.values)
}

// each has a limit of 10 dollars a day for each user.
var each = budget.Limits{{Name: "each", Per: budget.User, USD: 10, Window: budget.Window{Period: budget.Day}}}

func user(name string) []budget.Account {
	return each.Accounts(routing.Principal{User: name}, noon)
}

// desk is a store whose calls must succeed.
type desk struct {
	t *testing.T
	*budget.Memory
}

func (d desk) reserve(id, who string, usd float64) bool {
	d.t.Helper()
	r := budget.Reservation{ID: id, Amount: usd, Expires: noon.Add(10 * time.Minute)}
	ok, _, err := d.Reserve(d.t.Context(), r, user(who))
	if err != nil {
		d.t.Fatal(err)
	}
	return ok
}

func (d desk) settle(id, who string, usd float64) {
	d.t.Helper()
	if err := d.Settle(d.t.Context(), budget.Settlement{ID: id, Amount: usd, Accounts: []string{user(who)[0].Key}}); err != nil {
		d.t.Fatal(err)
	}
}

func (d desk) want(who string, spent, reserved float64) {
	d.t.Helper()
	got, err := d.Balances(d.t.Context(), user(who))
	if err != nil {
		d.t.Fatal(err)
	}
	if got[0] != (budget.Balance{Spent: spent, Reserved: reserved, Most: reserved}) {
		d.t.Fatalf("%s: %+v, want %v spent and %v reserved", who, got[0], spent, reserved)
	}
}

func TestMemoryRestarts(t *testing.T) {
	j, now := newJournal(), noon
	start := func() desk {
		return desk{t, memory(t, budget.Options{Journal: j, Now: func() time.Time { return now }})}
	}
	d := start()
	d.reserve("a", "ann", 3)
	d.reserve("b", "ann", 4)
	d.settle("a", "ann", 2.5)
	d.reserve("c", "ben", 5)
	d.settle("never reserved", "cat", 1)

	d = start() // the other was not closed: it was killed
	d.want("ann", 2.5, 4)
	d.want("ben", 0, 5)
	d.want("cat", 1, 0)
	d.settle("b", "ann", 1)
	d.want("ann", 3.5, 0)
	d.reserve("c", "ben", 6)
	d.want("ben", 0, 6)

	now = noon.Add(10*time.Minute - time.Millisecond)
	d = start()
	d.want("ann", 3.5, 0)
	d.want("ben", 0, 6)
	now = noon.Add(10 * time.Minute) // the reservation expires when it would have
	start().want("ben", 0, 0)
	if start(); j.size() != 2 {
		t.Errorf("%d entries for the two accounts with spending", j.size())
	}
	now = noon.Add(24 * time.Hour)
	if start(); j.size() != 0 {
		t.Errorf("%d entries the day after", j.size())
	}
}

// TestMemorySurvivesAnyMoment: a process that is killed between any two changes of the
// journal leaves books that balance once its reservations have expired: what is spent is
// what was charged so far, give or take the settlement under way.
func TestMemorySurvivesAnyMoment(t *testing.T) {
	rng := rand.New(rand.NewPCG(2026, 10))
	limits := append(budget.Limits{{Name: "all", Per: budget.Everyone, USD: 1000, Window: budget.Window{Period: budget.Day}}}, each...)
	whole := newJournal()
	m := memory(t, budget.Options{Journal: whole, Now: fixed})
	type mark struct {
		changes int
		spent   float64
	}
	marks := []mark{{}}
	accounts := limits.Accounts(routing.Principal{User: "ann"}, noon)
	for n := range 60 {
		id := fmt.Sprint(rng.IntN(n + 1))
		r := budget.Reservation{ID: id, Amount: rng.Float64() / 20, Expires: noon.Add(time.Minute)}
		if _, _, err := m.Reserve(t.Context(), r, accounts); err != nil {
			t.Fatal(err)
		}
		if rng.IntN(3) > 0 {
			if err := m.Settle(t.Context(), budget.Settlement{ID: id, Amount: float64(rng.IntN(100)) / 1000}); err != nil {
				t.Fatal(err)
			}
		}
		b, err := m.Balances(t.Context(), accounts)
		if err != nil {
			t.Fatal(err)
		}
		marks = append(marks, mark{len(whole.log), b[0].Spent})
	}
	for killed := range len(whole.log) + 1 {
		rest := newJournal()
		for _, c := range whole.log[:killed] {
			rest.apply(c)
		}
		later := memory(t, budget.Options{Journal: rest, Now: func() time.Time { return noon.Add(time.Minute) }})
		b, err := later.Balances(t.Context(), accounts)
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(marks, func(m mark) bool { return m.changes >= killed })
		least, most := marks[max(at-1, 0)].spent, marks[at].spent
		if marks[at].changes == killed {
			least = most
		}
		for i := range b {
			if b[i].Reserved != 0 || b[i].Spent < least || b[i].Spent > most {
				t.Fatalf("killed after %d changes: %+v; between %v and %v was spent", killed, b[i], least, most)
			}
		}
	}
}

// TestMemoryEndsWindows: what is settled once the window is long over is not written down.
func TestMemoryEndsWindows(t *testing.T) {
	j, now := newJournal(), noon.Add(12*time.Hour-time.Minute)
	m := memory(t, budget.Options{Journal: j, Now: func() time.Time { return now }})
	accounts := user("ann")
	r := budget.Reservation{ID: "a", Amount: 1, Expires: now.Add(10 * time.Minute)}
	if ok, _, err := m.Reserve(t.Context(), r, accounts); err != nil || !ok {
		t.Fatal(ok, err)
	}
	now = now.Add(5 * time.Minute)
	if _, err := m.Balances(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if err := m.Settle(t.Context(), budget.Settlement{ID: "a", Amount: 1}); err != nil {
		t.Fatal(err)
	}
	if j.size() != 0 {
		t.Errorf("left: %v", slices.Collect(maps.Keys(j.values)))
	}
}

// TestMemoryKeepsWhatIsUsed: of too many accounts, those that were used least recently go.
func TestMemoryKeepsWhatIsUsed(t *testing.T) {
	j := newJournal()
	d := desk{t, memory(t, budget.Options{Journal: j, MaxAccounts: 10, MaxSettled: 1, Now: fixed})}
	d.settle("a", "ann", 1)
	for n := range 100 {
		d.settle(fmt.Sprint("b", n), fmt.Sprint("user ", n), 1)
		d.want("ann", 1, 0)
	}
	if j.reads != 101 {
		t.Errorf("the journal was read %d times for 101 accounts", j.reads)
	}
}

func TestMemoryReadsOnce(t *testing.T) {
	j := newJournal()
	desk{t, memory(t, budget.Options{Journal: j, Now: fixed})}.settle("a", "ann", 1)
	d := desk{t, memory(t, budget.Options{Journal: j, Now: fixed})}
	j.reads, j.slow = 0, 20*time.Millisecond // so that they wait for one another
	var wg sync.WaitGroup
	for n := range 50 {
		wg.Go(func() {
			if ok := d.reserve(fmt.Sprint("r", n), "ann", 0.1); !ok {
				t.Error("denied")
			}
		})
	}
	wg.Wait()
	d.want("ann", 1, 5)
	if j.reads != 1 {
		t.Errorf("the journal was read %d times", j.reads)
	}
}

func TestMemoryOfABrokenJournal(t *testing.T) {
	j := newJournal()
	d := desk{t, memory(t, budget.Options{Journal: j, Now: fixed})}
	broken := errors.New("disk on fire")
	j.err = broken
	if _, err := budget.NewMemory(budget.Options{Journal: j, Now: fixed}); !errors.Is(err, broken) {
		t.Errorf("opened with error %v", err)
	}
	if _, err := d.Balances(t.Context(), user("ann")); !errors.Is(err, broken) || strings.Contains(err.Error(), "ann") {
		t.Errorf("error %v", err)
	}
	if _, _, err := d.Reserve(t.Context(), budget.Reservation{ID: "a", Amount: 1}, user("ann")); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	if err := d.Settle(t.Context(), budget.Settlement{ID: "a", Amount: 1, Accounts: []string{user("ann")[0].Key}}); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	j.err = nil
	d.want("ann", 0, 0)
	d.settle("a", "ann", 1)
	d.want("ann", 1, 0)
}

// TestMemoryOfADamagedJournal: what makes no sense is removed, and locks nobody out.
func TestMemoryOfADamagedJournal(t *testing.T) {
	j := newJournal()
	d := desk{t, memory(t, budget.Options{Journal: j, Now: fixed})}
	d.settle("a", "ann", 1)
	d.reserve("b", "ann", 1)
	d.settle("c", "ben", 1)
	record := j.values["r/b"]
	account := "a/" + user("ann")[0].Key
	if record == nil || j.values[account] == nil {
		t.Fatalf("entries %v", slices.Collect(maps.Keys(j.values)))
	}
	j.values[account] = []byte("what?")
	j.values["r/b"] = record[:len(record)-1]
	j.values["r/empty"] = nil
	j.values[""] = []byte{1}
	j.values["a/no key"] = j.values["a/"+user("ben")[0].Key]
	d = desk{t, memory(t, budget.Options{Journal: j, Now: fixed})}
	d.want("ann", 0, 0)
	d.want("ben", 1, 0)
	if j.size() != 1 {
		t.Errorf("left: %v", slices.Collect(maps.Keys(j.values)))
	}
}

// TestMemorySweeps: accounts that were dropped from memory leave the journal, too, once
// their windows are over.
func TestMemorySweeps(t *testing.T) {
	j, now := newJournal(), noon
	d := desk{t, memory(t, budget.Options{Journal: j, MaxAccounts: 10, MaxSettled: 1, Now: func() time.Time { return now }})}
	for n := range 1000 {
		d.settle(fmt.Sprint("a", n), fmt.Sprint("user ", n), 0.5)
	}
	d.want("user 0", 0.5, 0)
	if j.size() != 1000 {
		t.Fatalf("%d accounts in the journal", j.size())
	}
	now = noon.Add(24 * time.Hour)
	for n := range 1000 {
		for _, a := range each.Accounts(routing.Principal{User: fmt.Sprint("user ", n)}, now) {
			if err := d.Settle(t.Context(), budget.Settlement{ID: fmt.Sprint("b", n), Amount: 0.25, Accounts: []string{a.Key}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	d.Close()
	if j.size() != 1000 {
		t.Errorf("%d accounts in the journal the day after", j.size())
	}
}
