package experiment

import (
	"fmt"
	"math"
	"testing"

	"sluice/routing"
)

// The buckets were computed with md5sum and Python's integers.
func TestBucket(t *testing.T) {
	tests := []struct {
		unit, experiment string
		want             int
	}{
		{"alice", "pricing_v2", 433},
		{"bob", "pricing_v2", 320},
		{"bob", "gap", 339},
		{"user-357", "pricing_v2", 0},
		{"user-2427", "pricing_v2", 499},
		{"user-677", "pricing_v2", 500},
		{"user-1075", "pricing_v2", 999},
		{"김철수", "가격", 689},
		{"", "", 559},
	}
	for _, tt := range tests {
		if got := bucket(tt.unit, tt.experiment); got != tt.want {
			t.Errorf("bucket(%q, %q) = %d, want %d", tt.unit, tt.experiment, got, tt.want)
		}
	}
}

// The places and hashes were computed in Python: were one of them to change, every unit
// under way would be somebody else.
func TestPlaceAndHash(t *testing.T) {
	tests := []struct {
		experiment, unit string
		place            float64
		hash             string
	}{
		{"pricing_v2", "alice", 0.49021090218106944, "a4ba31a6eabe65d4"},
		{"pricing_v2", "bob", 0.07908598224650887, "fe57629379b2bd24"},
		{"other", "alice", 0.21794919596442763, "5d0532da452b2dc3"},
		{"가격", "김철수", 0.09772446570399107, "0d3ce1737c82e198"},
		{"pricing_v2", "a user whose name is longer than thirty-two bytes", 0.24045897487274626, "191fcc44cc3f082b"},
	}
	for _, tt := range tests {
		e := &Experiment{Name: tt.experiment, Unit: ByUser}
		if got := e.hash(tt.unit); got != tt.hash {
			t.Errorf("hash of %q in %q: %s, want %s", tt.unit, tt.experiment, got, tt.hash)
		}
		for share, want := range map[float64]bool{
			0: false, 1: true, tt.place: false, math.Nextafter(tt.place, 1): true, tt.place - 0.01: false, tt.place + 0.01: true,
		} {
			if e.Enrol.Share = share; e.enrolled(tt.unit) != want {
				t.Errorf("%q in %q at share %v: %t", tt.unit, tt.experiment, share, !want)
			}
		}
	}
}

func variants(weights ...float64) []Variant {
	list := make([]Variant, len(weights))
	for i, w := range weights {
		list[i] = Variant{Name: string(rune('a' + i)), Model: &routing.Model{Name: "m"}, Weight: w}
	}
	return list
}

func TestShares(t *testing.T) {
	tests := []struct {
		weights []float64
		want    string
	}{
		{[]float64{0.5, 0.5}, "[0.5 0.5]"},
		{[]float64{0.1, 0.1}, "[0.9 0.1]"}, // the first fills the gap
		{[]float64{0.9, 0.9}, "[0.9 0.1]"},
		{[]float64{0, 0}, "[1 0]"},
		{[]float64{0, 1}, "[0 1]"},
		{[]float64{0.333, 0.667}, "[0.333 0.667]"},
		{[]float64{1}, "[1]"},
		{[]float64{0.1, 0.2, 0.7}, "[0.1 0.201 0.699]"}, // 0.1 + 0.2 is more than 0.3
	}
	for _, tt := range tests {
		if got := fmt.Sprint(shares(variants(tt.weights...))); got != tt.want {
			t.Errorf("%v: %s, want %s", tt.weights, got, tt.want)
		}
	}
}

// Who is enrolled must say nothing about which variant they get, and who takes part in one
// experiment nothing about another.
func TestHashesAreIndependent(t *testing.T) {
	const people = 20000
	one := &Experiment{Name: "one", Enrol: Enrolment{Share: 0.1}, Variants: variants(0.5, 0.5)}
	two := &Experiment{Name: "two", Enrol: Enrolment{Share: 0.1}, Variants: variants(0.5, 0.5)}
	var enrolled, first, both, same float64
	for i := range people {
		u := fmt.Sprint("user-", i)
		in := one.enrolled(u)
		if in {
			enrolled++
			if one.Draw(u).Name == "a" {
				first++
			}
			if two.enrolled(u) {
				both++
			}
		}
		if one.Draw(u).Name == two.Draw(u).Name {
			same++
		}
	}
	near := func(name string, got, n, p float64) {
		t.Helper()
		if sd := math.Sqrt(n * p * (1 - p)); math.Abs(got-n*p) > 4*sd {
			t.Errorf("%s: %v of %v, expected about %v", name, got, n, n*p)
		}
	}
	near("enrolled", enrolled, people, 0.1)
	near("first variant among them", first, enrolled, 0.5)
	near("in the other experiment too", both, enrolled, 0.1)
	near("same variant in both", same, people, 0.5)
}
