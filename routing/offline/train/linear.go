package train

import (
	"math"

	"sluice/routing/classify"
)

// example is one text as a linear head reads it.
type example struct {
	rows   []uint32 // sparse features
	dense  []float32
	weight float64
	class  int     // of a softmax head
	target float64 // of a logistic head, 0..1
}

// penalty is the strength of the L2 penalties, per unit of mean loss.
type penalty struct {
	sparse, dense float64
}

// linear is a trained head: Table[row*lanes+lane] in the original row numbers.
type linear struct {
	lanes int
	table []float64
	dense []float64 // dense[lane*NumDense+feature], for raw features
	bias  []float64
}

// problem is the training of a linear head of so many lanes; one lane is logistic regression, more are softmax.
type problem struct {
	lanes    int
	numRows  int // of the table
	minCount int // rows in fewer examples are left out

	skip    func(feature int) bool // dense features to leave out; nil: none
	penalty penalty
	maxIter int
}

// fit minimises mean weighted loss plus penalties.
func (p problem) fit(examples []example) linear {
	var features []int
	for j := range classify.NumDense {
		if p.skip == nil || !p.skip(j) {
			features = append(features, j)
		}
	}
	numDense := len(features)
	// Number the rows that occur often enough.
	count := make([]int32, p.numRows)
	last := make([]int32, p.numRows)
	for i := range examples {
		for _, row := range examples[i].rows {
			if last[row] != int32(i+1) {
				last[row] = int32(i + 1)
				count[row]++
			}
		}
	}
	index := make([]int32, p.numRows)
	used := 0
	for row, n := range count {
		index[row] = -1
		if int(n) >= max(p.minCount, 1) {
			index[row] = int32(used)
			used++
		}
	}
	// Scale the dense features to unit variance.
	mean, inv := make([]float64, numDense), make([]float64, numDense)
	var total float64
	for i := range examples {
		total += examples[i].weight
		for j, k := range features {
			mean[j] += examples[i].weight * float64(examples[i].dense[k])
		}
	}
	for j := range mean {
		mean[j] /= total
	}
	for i := range examples {
		for j, k := range features {
			d := float64(examples[i].dense[k]) - mean[j]
			inv[j] += examples[i].weight * d * d
		}
	}
	for j := range inv {
		inv[j] = 1 / math.Max(math.Sqrt(inv[j]/total), 0.05)
	}
	type packed struct {
		rows  []int32
		norm  float64
		dense []float64
	}
	docs := make([]packed, len(examples))
	for i := range examples {
		e := &examples[i]
		d := &docs[i]
		d.norm = 1 / math.Sqrt(math.Max(float64(len(e.rows)), 1))
		d.rows = make([]int32, 0, len(e.rows))
		for _, row := range e.rows {
			if k := index[row]; k >= 0 {
				d.rows = append(d.rows, k*int32(p.lanes))
			}
		}
		d.dense = make([]float64, numDense)
		for j, k := range features {
			d.dense[j] = (float64(e.dense[k]) - mean[j]) * inv[j]
		}
	}
	k := p.lanes
	nSparse := used * k
	nDense := numDense * k
	x := make([]float64, nSparse+nDense+k)
	z := make([]float64, k)
	objective := func(x, grad []float64) float64 {
		var loss float64
		for i := range x[:nSparse] {
			loss += p.penalty.sparse / 2 * x[i] * x[i]
			grad[i] = p.penalty.sparse * x[i]
		}
		for i := nSparse; i < nSparse+nDense; i++ {
			loss += p.penalty.dense / 2 * x[i] * x[i]
			grad[i] = p.penalty.dense * x[i]
		}
		for i := nSparse + nDense; i < len(x); i++ {
			grad[i] = 0
		}
		dw, dg := x[nSparse:nSparse+nDense], grad[nSparse:nSparse+nDense]
		bias, biasGrad := x[nSparse+nDense:], grad[nSparse+nDense:]
		for i := range docs {
			d := &docs[i]
			for c := range z {
				z[c] = 0
			}
			for _, r := range d.rows {
				w := x[r:][:k]
				for c := range w {
					z[c] += w[c]
				}
			}
			for c := range z {
				z[c] = z[c]*d.norm + bias[c]
			}
			for j, v := range d.dense {
				w := dw[j*k:][:k]
				for c := range w {
					z[c] += v * w[c]
				}
			}
			weight := examples[i].weight / total
			loss += weight * lossGrad(z, examples[i].class, examples[i].target)
			for c := range z {
				z[c] *= weight
				biasGrad[c] += z[c]
			}
			for j, v := range d.dense {
				g := dg[j*k:][:k]
				for c := range g {
					g[c] += v * z[c]
				}
			}
			for c := range z {
				z[c] *= d.norm
			}
			for _, r := range d.rows {
				g := grad[r:][:k]
				for c := range g {
					g[c] += z[c]
				}
			}
		}
		return loss
	}
	minimize(x, objective, p.maxIter, 1e-6)

	out := linear{lanes: k, table: make([]float64, p.numRows*k), dense: make([]float64, classify.NumDense*k), bias: make([]float64, k)}
	copy(out.bias, x[nSparse+nDense:])
	for row, i := range index {
		if i >= 0 {
			copy(out.table[row*k:][:k], x[int(i)*k:][:k])
		}
	}
	for c := range k {
		for j, feature := range features {
			w := x[nSparse+j*k+c] * inv[j]
			out.dense[c*classify.NumDense+feature] = w
			out.bias[c] -= w * mean[j]
		}
	}
	return out
}

// logit returns the output of a head of one lane for an example.
func (l *linear) logit(e *example) float64 {
	var z float64
	for _, row := range e.rows {
		z += l.table[row]
	}
	z = z/math.Sqrt(math.Max(float64(len(e.rows)), 1)) + l.bias[0]
	for j, w := range l.dense {
		z += w * float64(e.dense[j])
	}
	return z
}

// deviation returns the mean and the standard deviation of n values.
func deviation(n int, value func(i int) float64) (mean, dev float64) {
	for i := range n {
		mean += value(i)
	}
	mean /= float64(n)
	for i := range n {
		d := value(i) - mean
		dev += d * d
	}
	return mean, math.Sqrt(dev / float64(n))
}

// lossGrad returns the loss of the logits z and replaces them by its gradient.
func lossGrad(z []float64, class int, target float64) float64 {
	if len(z) == 1 {
		// log(1+exp(-|z|)) form: no overflow at either end.
		x := z[0]
		e := math.Exp(-math.Abs(x))
		p := 1 / (1 + e)
		if x < 0 {
			p = e / (1 + e)
		}
		z[0] = p - target
		return math.Max(x, 0) - x*target + math.Log1p(e)
	}
	top := z[0]
	for _, x := range z {
		top = math.Max(top, x)
	}
	var sum float64
	for _, x := range z {
		sum += math.Exp(x - top)
	}
	logSum := top + math.Log(sum)
	loss := logSum - z[class]
	for c := range z {
		z[c] = math.Exp(z[c] - logSum)
	}
	z[class]--
	return loss
}

// quantize turns a column of weights into bytes, and returns the scale that turns them back. The few weights beyond eight
// standard deviations are clipped: they would cost all others their precision.
func quantize(weights []float64, stride, lane int, dst []int8, dstStride, dstLane int) float32 {
	var sum, top float64
	n := 0
	for i := lane; i < len(weights); i += stride {
		if w := weights[i]; w != 0 {
			sum += w * w
			top = math.Max(top, math.Abs(w))
			n++
		}
	}
	if n == 0 {
		return 0
	}
	top = math.Min(top, 8*math.Sqrt(sum/float64(n)))
	scale := top / 127
	for i, j := lane, dstLane; i < len(weights); i, j = i+stride, j+dstStride {
		dst[j] = int8(math.Round(math.Max(-127, math.Min(127, weights[i]/scale))))
	}
	return float32(scale)
}
