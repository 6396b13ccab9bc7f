package evaluate

import (
	"slices"

	"sluice/routing/offline/measure"
)

// rounds is the number of bootstrap draws behind an interval, seed what makes them the
// same every time.
const (
	rounds = 1000
	seed   = 1
)

// Range is a 95 % interval, low end first.
type Range [2]float64

// bootstrap estimates the 95 % intervals of several figures of n rows from the same
// draws: each gets the row numbers of a draw and puts the figures that it has.
func bootstrap(n int, each func(rows []int, put func(name string, value float64))) map[string]Range {
	values := make(map[string][]float64)
	put := func(name string, value float64) { values[name] = append(values[name], value) }
	measure.Bootstrap(n, rounds, seed, func(rows []int) (float64, bool) {
		each(rows, put)
		return 0, false
	})
	out := make(map[string]Range, len(values))
	for name, v := range values {
		slices.Sort(v)
		cut := len(v) / 40
		out[name] = Range{v[cut], v[len(v)-1-cut]}
	}
	return out
}
