package measure

import (
	"math/rand/v2"
	"slices"
)

// rounds is the number of bootstrap draws behind an interval, seed what makes them the same
// every time.
const (
	rounds = 1000
	seed   = 1
)

// Range is a 95 % interval, low end first.
type Range [2]float64

// Once counts each of n rows once.
func Once(n int) []int { return slices.Repeat([]int{1}, n) }

// Bootstrap estimates the 95 % intervals of several figures of n rows from the same draws with
// replacement (Efron, Bootstrap methods, 1979): figures gets how often a draw has each row, and
// puts the figures that are defined for it. The counts are valid until it returns.
func Bootstrap(n int, figures func(counts []int, put func(name string, value float64))) map[string]Range {
	values := make(map[string][]float64)
	put := func(name string, value float64) { values[name] = append(values[name], value) }
	rng := rand.New(rand.NewPCG(seed, 1))
	counts := make([]int, n)
	for range rounds {
		clear(counts)
		for range n {
			counts[rng.IntN(n)]++
		}
		figures(counts, put)
	}
	out := make(map[string]Range, len(values))
	for name, v := range values {
		slices.Sort(v)
		cut := len(v) / 40
		out[name] = Range{v[cut], v[len(v)-1-cut]}
	}
	return out
}
