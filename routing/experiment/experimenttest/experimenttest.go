// Package experimenttest contains the tests that every experiment.Store must pass. Start with
// [Store].
package experimenttest

import (
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sluice/routing"
	"sluice/routing/experiment"
)

// begin is the time of the first outcome of every test.
var begin = time.Date(2026, 11, 23, 9, 0, 0, 123456789, time.UTC)

// Store runs the tests. open returns an empty store with room for at least 1,000 units and
// requests, and with any clock.
func Store(t *testing.T, open func(t *testing.T) experiment.Store) {
	for name, test := range map[string]func(*testing.T, experiment.Store){
		"sums":          sums,
		"exposure":      exposure,
		"moved":         moved,
		"feedback":      feedback,
		"rejected":      rejected,
		"odd names":     oddNames,
		"order":         order,
		"at once":       atOnce,
		"rated at once": ratedAtOnce,
		"forgotten":     forgotten,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

// Restart tests what must outlive a process. open returns a function that closes the store of
// the call before, if any, and opens it again.
func Restart(t *testing.T, open func(t *testing.T) func() experiment.Store) {
	reopen := open(t)
	s := reopen()
	a := part("lasting", "control", "u1")
	if !record(t, s, a, outcome("r1", 0)) {
		t.Error("the first outcome exposes nobody")
	}
	rate(t, s, "r1", 0.25, true)
	before := units(t, s, "lasting")

	s = reopen()
	compare(t, before, units(t, s, "lasting"))
	if record(t, s, a, outcome("r2", 1)) {
		t.Error("a unit is exposed again after a restart")
	}
	rate(t, s, "r1", 0.75, true) // replaces the first
	if !record(t, s, part("lasting", "treatment", "u2"), outcome("r3", 2)) {
		t.Error("a new unit is not exposed after a restart")
	}
	want := []experiment.Totals{total("control", "u1", 0, 2), total("treatment", "u2", 2, 1)}
	want[0].Rated, want[0].Rating = 1, 0.75
	compare(t, want, units(t, s, "lasting"))
	s = reopen()
	compare(t, want, units(t, s, "lasting"))

	forget(t, s, "lasting", 2)
	s = reopen()
	compare(t, nil, units(t, s, "lasting"))
	rate(t, s, "r2", 1, false)
}

func part(e, variant, unit string) routing.Assignment {
	return routing.Assignment{Experiment: e, Variant: variant, Unit: unit}
}

// outcome returns that of a request at this second after begin.
func outcome(id string, second int) experiment.Outcome {
	return experiment.Outcome{
		ID: id, At: begin.Add(time.Duration(second) * time.Second),
		Cost: 0.25, Seconds: 1.5, Tokens: 100, Escalated: true, Failed: true,
	}
}

// total returns the totals of n of these outcomes, the first of them at that second.
func total(variant, unit string, second, n int) experiment.Totals {
	return experiment.Totals{
		Unit: unit, Variant: variant, First: begin.Add(time.Duration(second) * time.Second),
		Requests: n, Cost: 0.25 * float64(n), Seconds: 1.5 * float64(n), Tokens: 100 * n, Escalated: n, Failed: n,
	}
}

func record(t *testing.T, s experiment.Store, a routing.Assignment, o experiment.Outcome) (exposed bool) {
	t.Helper()
	exposed, err := s.Record(t.Context(), a, o)
	if err != nil {
		t.Fatalf("record: %v", err)
	}
	return exposed
}

func rate(t *testing.T, s experiment.Store, id string, rating float64, want bool) {
	t.Helper()
	known, err := s.Rate(t.Context(), id, rating)
	if err != nil || known != want {
		t.Fatalf("rate %q: known %t, error %v; want %t", id, known, err, want)
	}
}

func units(t *testing.T, s experiment.Store, e string) []experiment.Totals {
	t.Helper()
	all, dropped, err := s.Units(t.Context(), e)
	if err != nil || dropped != 0 {
		t.Fatalf("units of %q: %d dropped, error %v", e, dropped, err)
	}
	return all
}

func forget(t *testing.T, s experiment.Store, e string, want int) {
	t.Helper()
	n, err := s.Forget(t.Context(), e)
	if err != nil || n != want {
		t.Fatalf("forget %q: %d units, error %v; want %d", e, n, err, want)
	}
}

func compare(t *testing.T, want, got []experiment.Totals) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateApprox(0, 1e-9), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func sums(t *testing.T, s experiment.Store) {
	compare(t, nil, units(t, s, "e"))
	record(t, s, part("e", "control", "u1"), outcome("1", 5))
	record(t, s, part("e", "control", "u1"), experiment.Outcome{ID: "2", At: begin, Cost: 1.75})
	record(t, s, part("e", "treatment", "u2"), experiment.Outcome{At: begin.Add(7 * time.Second), Failed: true})
	record(t, s, part("other", "control", "u1"), outcome("3", 9))
	first := total("control", "u1", 5, 1)
	first.Requests, first.Cost = 2, 2
	compare(t, []experiment.Totals{
		first,
		{Unit: "u2", Variant: "treatment", First: begin.Add(7 * time.Second), Requests: 1, Failed: 1},
	}, units(t, s, "e"))
	compare(t, []experiment.Totals{total("control", "u1", 9, 1)}, units(t, s, "other"))
}

func exposure(t *testing.T, s experiment.Store) {
	for i, tt := range []struct {
		part routing.Assignment
		want bool
	}{
		{part("e", "control", "u1"), true},
		{part("e", "control", "u1"), false},
		{part("e", "control", "u2"), true},
		{part("f", "control", "u1"), true},
		{part("e", "treatment", "u1"), false},
	} {
		if got := record(t, s, tt.part, outcome("", i)); got != tt.want {
			t.Errorf("outcome %d of %v: exposed %t, want %t", i, tt.part, got, tt.want)
		}
	}
}

func moved(t *testing.T, s experiment.Store) {
	record(t, s, part("e", "control", "u1"), outcome("1", 0))
	record(t, s, part("e", "treatment", "u1"), outcome("2", 1))
	record(t, s, part("e", "treatment", "u1"), outcome("3", 2))
	record(t, s, part("e", "control", "u1"), outcome("4", 3))
	rate(t, s, "2", 1, false) // it is not counted
	want := total("control", "u1", 0, 2)
	want.Moved = 2
	compare(t, []experiment.Totals{want}, units(t, s, "e"))
}

func feedback(t *testing.T, s experiment.Store) {
	record(t, s, part("e", "control", "u1"), outcome("1", 0))
	record(t, s, part("e", "control", "u1"), outcome("2", 1))
	record(t, s, part("e", "control", "u1"), outcome("", 2))
	rate(t, s, "1", 1, true)
	rate(t, s, "1", 0.5, true)
	rate(t, s, "2", 0, true)
	rate(t, s, "3", 1, false)
	rate(t, s, "", 1, false)
	want := total("control", "u1", 0, 3)
	want.Rated, want.Rating = 2, 0.5
	compare(t, []experiment.Totals{want}, units(t, s, "e"))

	// An ID that comes again, even from another unit, stays with the first.
	record(t, s, part("e", "control", "u1"), outcome("1", 3))
	record(t, s, part("e", "treatment", "u2"), outcome("1", 4))
	rate(t, s, "1", 0.25, true)
	want = total("control", "u1", 0, 4)
	want.Rated, want.Rating = 2, 0.25
	compare(t, []experiment.Totals{want, total("treatment", "u2", 4, 1)}, units(t, s, "e"))
}

func rejected(t *testing.T, s experiment.Store) {
	for _, o := range []experiment.Outcome{
		{Cost: -1}, {Cost: math.NaN()}, {Cost: math.Inf(1)}, {Seconds: -1}, {Seconds: math.NaN()}, {Seconds: 1e300}, {Tokens: -1},
	} {
		o.At = begin
		if exposed, err := s.Record(t.Context(), part("e", "control", "u1"), o); err == nil || exposed {
			t.Errorf("%+v is recorded", o)
		}
	}
	for _, a := range []routing.Assignment{part("", "control", "u1"), part("e", "control", "")} {
		if exposed, err := s.Record(t.Context(), a, outcome("1", 0)); err == nil || exposed {
			t.Errorf("%+v is recorded", a)
		}
	}
	compare(t, nil, units(t, s, "e"))
	record(t, s, part("e", "control", "u1"), outcome("1", 0))
	for _, rating := range []float64{-0.01, 1.01, math.NaN(), math.Inf(1)} {
		if known, err := s.Rate(t.Context(), "1", rating); err == nil || known {
			t.Errorf("rating %v is taken", rating)
		}
	}
	compare(t, []experiment.Totals{total("control", "u1", 0, 1)}, units(t, s, "e"))
}

// Names are chosen by the operator, and IDs by the client.
func oddNames(t *testing.T, s experiment.Store) {
	long := string(make([]byte, 100_000))
	record(t, s, part("가격 실험:{a}*", "실험군/1", "u:1"), outcome(long, 0))
	record(t, s, part("가격 실험", "실험군", "{a}*:u:1"), outcome("\r\n\xff*:1", 1))
	rate(t, s, long, 1, true)
	rate(t, s, long+"\x00", 1, false)
	rate(t, s, "\r\n\xff*:1", 1, true)
	one, two := total("실험군/1", "u:1", 0, 1), total("실험군", "{a}*:u:1", 1, 1)
	one.Rated, one.Rating, two.Rated, two.Rating = 1, 1, 1, 1
	compare(t, []experiment.Totals{one}, units(t, s, "가격 실험:{a}*"))
	compare(t, []experiment.Totals{two}, units(t, s, "가격 실험"))
}

func order(t *testing.T, s experiment.Store) {
	var want []experiment.Totals
	for _, second := range []int{7, 3, 9, 1} {
		record(t, s, part("e", "control", fmt.Sprint("u", second)), outcome("", second))
	}
	record(t, s, part("e", "control", "a3"), outcome("", 3))
	for _, u := range []struct {
		name   string
		second int
	}{{"u1", 1}, {"a3", 3}, {"u3", 3}, {"u7", 7}, {"u9", 9}} {
		want = append(want, total("control", u.name, u.second, 1))
	}
	compare(t, want, units(t, s, "e"))
}

// atOnce has many workers record for the same few units: none is exposed twice, none lost.
func atOnce(t *testing.T, s experiment.Store) {
	const workers, each, people = 16, 30, 5
	var exposed atomic.Int64
	together(workers, func(w int) {
		for i := range each {
			unit := fmt.Sprint("u", i%people)
			first, err := s.Record(t.Context(), part("e", "control", unit), outcome(fmt.Sprint(w, "-", i), 0))
			if err != nil {
				t.Errorf("record: %v", err)
			}
			if first {
				exposed.Add(1)
			}
		}
	})
	if exposed.Load() != people {
		t.Errorf("%d exposures of %d units", exposed.Load(), people)
	}
	var want []experiment.Totals
	for p := range people {
		want = append(want, total("control", fmt.Sprint("u", p), 0, workers*each/people))
	}
	compare(t, want, units(t, s, "e"))
}

// ratedAtOnce has many workers rate the same request: it counts once.
func ratedAtOnce(t *testing.T, s experiment.Store) {
	record(t, s, part("e", "control", "u"), outcome("1", 0))
	together(16, func(int) {
		for range 10 {
			if known, err := s.Rate(t.Context(), "1", 0.5); err != nil || !known {
				t.Errorf("rate: known %t, error %v", known, err)
			}
		}
	})
	want := total("control", "u", 0, 1)
	want.Rated, want.Rating = 1, 0.5
	compare(t, []experiment.Totals{want}, units(t, s, "e"))
}

func forgotten(t *testing.T, s experiment.Store) {
	record(t, s, part("e", "control", "u1"), outcome("1", 0))
	record(t, s, part("e", "control", "u1"), outcome("2", 1))
	record(t, s, part("e", "treatment", "u2"), outcome("3", 2))
	record(t, s, part("ee", "control", "u1"), outcome("4", 3))
	rate(t, s, "1", 1, true)
	for _, other := range []string{"", "none", "e\x00u1", "*", "e*"} {
		forget(t, s, other, 0)
	}
	forget(t, s, "e", 2)
	forget(t, s, "e", 0)
	compare(t, nil, units(t, s, "e"))
	rate(t, s, "1", 0.5, false)
	rate(t, s, "3", 0.5, false)
	compare(t, []experiment.Totals{total("control", "u1", 3, 1)}, units(t, s, "ee"))
	rate(t, s, "4", 0, true)

	// A new experiment of the same name does not get the feedback on the old one.
	if !record(t, s, part("e", "treatment", "u1"), outcome("5", 4)) {
		t.Error("a unit of a forgotten experiment is not exposed again")
	}
	rate(t, s, "1", 0, false)
	rate(t, s, "5", 0.75, true)
	want := total("treatment", "u1", 4, 1)
	want.Rated, want.Rating = 1, 0.75
	compare(t, []experiment.Totals{want}, units(t, s, "e"))
}

func together(n int, each func(worker int)) {
	var wg sync.WaitGroup
	for w := range n {
		wg.Go(func() { each(w) })
	}
	wg.Wait()
}
