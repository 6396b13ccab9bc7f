package classify

import "math"

// Head is a linear head of one output: a weight for each dense feature and, where it has a table, a byte for each
// sparse feature, times the scale, over the root of their number.
type Head struct {
	Table []int8
	Scale [1]float32
	Dense [numDense]float32
	Bias  [1]float32
}

func (h *Head) logit(f *Features) float32 {
	out := h.Bias[0]
	if len(h.Table) > 0 {
		sum := 0
		for _, row := range f.scan.features {
			sum += int(h.Table[row&(tableRows-1)])
		}
		out += float32(sum) * h.Scale[0] * inverseRoot(len(f.scan.features))
	}
	for i, x := range f.vec {
		if x != 0 {
			out += x * h.Dense[i]
		}
	}
	return out
}

// inverseRoot is what sums of n features are scaled by.
func inverseRoot(n int) float32 { return float32(1 / math.Sqrt(float64(max(n, 1)))) }
