package experiment_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sluice/routing"
	"sluice/routing/experiment"
	"sluice/routing/experiment/experimenttest"
)

var _ experiment.Store = (*experiment.Memory)(nil)

func open(t *testing.T, o experiment.Options) *experiment.Memory {
	t.Helper()
	m, err := experiment.NewMemory(o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// journal keeps what is put, as a disk would.
type journal map[string][]byte

func (j journal) Put(key string, value []byte) { j[key] = bytes.Clone(value) }
func (j journal) Delete(key string)            { delete(j, key) }

func (j journal) All(f func(string, []byte) error) error {
	for _, key := range slices.Sorted(maps.Keys(j)) {
		if err := f(key, j[key]); err != nil {
			return err
		}
	}
	return nil
}

func TestMemory(t *testing.T) {
	for name, j := range map[string]func() experiment.Journal{
		"alone":        func() experiment.Journal { return nil },
		"with journal": func() experiment.Journal { return journal{} },
	} {
		t.Run(name, func(t *testing.T) {
			experimenttest.Store(t, func(t *testing.T) experiment.Store {
				return open(t, experiment.Options{Journal: j()})
			})
		})
	}
	t.Run("restart", func(t *testing.T) {
		experimenttest.Restart(t, func(t *testing.T) func() experiment.Store {
			j := journal{}
			return func() experiment.Store { return open(t, experiment.Options{Journal: j}) }
		})
	})
}

func part(unit string) routing.Assignment {
	return routing.Assignment{Experiment: "e", Variant: "control", Unit: unit}
}

func TestUnitsAreBounded(t *testing.T) {
	j := journal{}
	m := open(t, experiment.Options{Journal: j, MaxUnits: 3})
	for round := range 2 {
		for i := range 5 {
			exposed, err := m.Record(t.Context(), part(fmt.Sprint("u", i)), experiment.Outcome{ID: fmt.Sprint(round, i), At: time.Unix(int64(i), 0)})
			if want := round == 0 && i < 3; err != nil || exposed != want {
				t.Errorf("round %d, unit %d: exposed %t, error %v", round, i, exposed, err)
			}
		}
	}
	for range 2 {
		units, dropped, err := m.Units(t.Context(), "e")
		if err != nil || len(units) != 3 || dropped != 4 || units[0].Requests != 2 {
			t.Errorf("%d units, %d dropped, error %v", len(units), dropped, err)
		}
		m = open(t, experiment.Options{Journal: j, MaxUnits: 3})
	}
	if known, err := m.Rate(t.Context(), "04", 1); known || err != nil {
		t.Errorf("a request that was dropped can be rated: %v", err)
	}
	if n, err := m.Forget(t.Context(), "e"); n != 3 || err != nil {
		t.Errorf("%d units forgotten, error %v", n, err)
	}
	if _, dropped, err := m.Units(t.Context(), "e"); dropped != 0 || err != nil || len(j) != 0 {
		t.Errorf("%d dropped, error %v, and the journal still has %v", dropped, err, slices.Sorted(maps.Keys(j)))
	}
}

func TestFeedbackIsBounded(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	j := journal{}
	o := experiment.Options{Journal: j, MaxRequests: 2, Now: func() time.Time { return now }}
	m := open(t, o)
	rate := func(id string, want bool) {
		t.Helper()
		if known, err := m.Rate(t.Context(), id, 1); known != want || err != nil {
			t.Errorf("rate %s: known %t, error %v; want %t", id, known, err, want)
		}
	}
	for _, id := range []string{"a", "b", "c"} {
		if _, err := m.Record(t.Context(), part("u"), experiment.Outcome{ID: id, At: now}); err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Minute)
	}
	rate("a", false)
	rate("b", true)
	m = open(t, o)
	rate("a", false)
	rate("b", true)
	now = time.Unix(1_000_000, 0).Add(time.Minute + experiment.FeedbackTime - 1)
	rate("b", true)
	now = now.Add(1)
	rate("b", false)
	rate("c", true)
	now = now.Add(time.Hour)
	rate("c", false)
	if len(j) != 1 {
		t.Errorf("the journal still has %v", slices.Sorted(maps.Keys(j)))
	}
}

func TestBrokenJournal(t *testing.T) {
	whole := journal{}
	m := open(t, experiment.Options{Journal: whole})
	if _, err := m.Record(t.Context(), part("u"), experiment.Outcome{ID: "a", At: time.Unix(1, 0)}); err != nil {
		t.Fatal(err)
	}
	for _, key := range slices.Sorted(maps.Keys(whole)) {
		for name, value := range map[string][]byte{
			"cut": whole[key][:len(whole[key])-1], "longer": append(bytes.Clone(whole[key]), 0),
			"empty": {}, "newer": append([]byte{2}, whole[key][1:]...),
		} {
			broken := journal{key: value}
			_, err := experiment.NewMemory(experiment.Options{Journal: broken})
			if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", key)) {
				t.Errorf("%s %q: error %v", name, key, err)
			}
		}
	}
	if _, err := experiment.NewMemory(experiment.Options{Journal: journal{"x": {1}}}); err == nil {
		t.Error("an unknown key is taken")
	}
	if _, err := experiment.NewMemory(experiment.Options{Journal: failing{}}); !errors.Is(err, errDisk) {
		t.Errorf("error %v", err)
	}
}

var errDisk = errors.New("disk on fire")

type failing struct{ journal }

func (failing) All(func(string, []byte) error) error { return errDisk }

// A feedback whose unit is gone from the journal is nobody's.
func TestHalfAJournal(t *testing.T) {
	j := journal{}
	m := open(t, experiment.Options{Journal: j})
	if _, err := m.Record(t.Context(), part("u"), experiment.Outcome{ID: "a", At: time.Unix(1, 0)}); err != nil {
		t.Fatal(err)
	}
	maps.DeleteFunc(j, func(key string, _ []byte) bool { return strings.HasPrefix(key, "u/") })
	m = open(t, experiment.Options{Journal: j})
	if known, err := m.Rate(t.Context(), "a", 1); known || err != nil {
		t.Errorf("known %t, error %v", known, err)
	}
	units, _, err := m.Units(t.Context(), "e")
	if diff := cmp.Diff(0, len(units)); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
}

func BenchmarkRecord(b *testing.B) {
	m, err := experiment.NewMemory(experiment.Options{Journal: journal{}})
	if err != nil {
		b.Fatal(err)
	}
	a := part("u")
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		a.Unit = units[i%len(units)]
		if _, err := m.Record(b.Context(), a, experiment.Outcome{ID: units[i%len(units)], At: time.Unix(1, 0), Cost: 0.01}); err != nil {
			b.Fatal(err)
		}
	}
}

var units = strings.Fields("u1 u2 u3 u4 u5 u6 u7 u8")
