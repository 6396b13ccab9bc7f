package train

import (
	"math"
	"math/rand/v2"

	"sluice/routing/classify"
)

// NetworkOptions are the parameters of the network's training.
type NetworkOptions struct {
	Epochs      int // 0: the network is not trained
	Batch       int // examples in a step
	Rate        float64
	Decay       float64 // of all weights but the vectors
	RowDropout  float64 // share of the sparse features that an example loses in a step
	Dropout     float64 // the same of the inputs of the units
	TopicWeight float64 // of the loss of the topic beside that of the need
}

// networkExample is one prompt as the network reads it.
type networkExample struct {
	rows   []uint32 // vectors of its sparse features
	dense  []float64
	need   [classify.NumNeeds]float64 // probability that the prompt needs at least each tier above the weakest
	topic  [classify.NumTopics]float64
	weight float64
	needs  bool // the need is known, not only the topic
}

const (
	lanes   = classify.VectorLanes
	inputs  = classify.NetworkInputs
	units   = classify.NetworkUnits
	outputs = classify.NetworkOutputs
	columns = classify.NetworkDense
	needs   = classify.NumNeeds
)

// tensor is a block of parameters with the state of its optimiser.
type tensor struct {
	w, grad, mean, square []float64
	decay                 float64
}

func newTensor(n int, decay float64) *tensor {
	return &tensor{make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n), decay}
}

func (t *tensor) randomize(rng *rand.Rand, dev float64) {
	for i := range t.w {
		t.w[i] = rng.NormFloat64() * dev
	}
}

// step applies and forgets the gradient of the weights from start to before end: Adam with decoupled weight decay
// (Loshchilov and Hutter, 2019). n counts the steps from 1 on.
func (t *tensor) step(start, end int, rate float64, n int) {
	const beta1, beta2, epsilon = 0.9, 0.999, 1e-8
	c1, c2 := 1-math.Pow(beta1, float64(n)), 1-math.Pow(beta2, float64(n))
	for i := start; i < end; i++ {
		g := t.grad[i]
		t.grad[i] = 0
		t.mean[i] = beta1*t.mean[i] + (1-beta1)*g
		t.square[i] = beta2*t.square[i] + (1-beta2)*g*g
		t.w[i] -= rate * (t.mean[i]/c1/(math.Sqrt(t.square[i]/c2)+epsilon) + t.decay*t.w[i])
	}
}

// net is the network in training. Its dense features have mean 0 and variance 1.
type net struct {
	vectors, dense, denseBias, hidden, hiddenBias, out *tensor

	x, dx         [inputs]float64
	h, dh         [units]float64
	z             [outputs]float64
	column, dcols [columns]float64
	touched       []bool // vectors with a gradient
	list          []uint32
}

func newNet(start []float64, decay float64, rng *rand.Rand) *net {
	n := &net{
		vectors: newTensor(classify.NumRows*lanes, 0),
		dense:   newTensor(classify.NumDense*columns, decay), denseBias: newTensor(columns, 0),
		hidden: newTensor(inputs*units, decay), hiddenBias: newTensor(units, 0),
		out:     newTensor(units*outputs, decay),
		touched: make([]bool, classify.NumRows),
	}
	copy(n.vectors.w, start)
	n.dense.randomize(rng, 0.02)
	n.hidden.randomize(rng, 1/math.Sqrt(inputs))
	n.out.randomize(rng, 1/math.Sqrt(units))
	return n
}

// forward computes the outputs. Where rng is given it drops some of the sparse features and some of the inputs, and
// returns the rows that it kept and the factors of the inputs.
func (n *net) forward(e *networkExample, o *NetworkOptions, rng *rand.Rand, kept []uint32, factor *[inputs]float64) []uint32 {
	kept = kept[:0]
	for _, row := range e.rows {
		if rng == nil || rng.Float64() >= o.RowDropout {
			kept = append(kept, row)
		}
	}
	norm := 1 / math.Sqrt(math.Max(float64(len(kept)), 1))
	n.x = [inputs]float64{}
	for _, row := range kept {
		v := n.vectors.w[int(row)*lanes:][:lanes]
		for j := range v {
			n.x[j] += v[j] * norm
		}
	}
	copy(n.column[:], n.denseBias.w)
	for i, v := range e.dense {
		if v == 0 {
			continue
		}
		w := n.dense.w[i*columns:][:columns]
		for j := range w {
			n.column[j] += v * w[j]
		}
	}
	copy(n.x[lanes:], n.column[:lanes])
	copy(n.z[:], n.column[lanes:])
	for i := range factor {
		factor[i] = 1
		if rng != nil {
			if factor[i] = 1 / (1 - o.Dropout); rng.Float64() < o.Dropout {
				factor[i] = 0
			}
		}
		n.x[i] *= factor[i]
	}
	copy(n.h[:], n.hiddenBias.w)
	for i, v := range n.x {
		w := n.hidden.w[i*units:][:units]
		for j := range w {
			n.h[j] += v * w[j]
		}
	}
	for i, v := range n.h {
		if v <= 0 {
			continue
		}
		w := n.out.w[i*outputs:][:outputs]
		for j := range w {
			n.z[j] += v * w[j]
		}
	}
	return kept
}

// backward adds the gradients of the loss; n.z holds that for the outputs.
func (n *net) backward(e *networkExample, kept []uint32, factor *[inputs]float64) {
	for i, v := range n.h {
		n.dh[i] = 0
		if v <= 0 {
			continue
		}
		w, g := n.out.w[i*outputs:][:outputs], n.out.grad[i*outputs:][:outputs]
		for j := range w {
			n.dh[i] += n.z[j] * w[j]
			g[j] += n.z[j] * v
		}
		n.hiddenBias.grad[i] += n.dh[i]
	}
	for i, v := range n.x {
		w, g := n.hidden.w[i*units:][:units], n.hidden.grad[i*units:][:units]
		var d float64
		for j := range w {
			d += n.dh[j] * w[j]
			g[j] += n.dh[j] * v
		}
		n.dx[i] = d * factor[i]
	}
	copy(n.dcols[:], n.dx[lanes:])
	copy(n.dcols[lanes:], n.z[:])
	for j, d := range n.dcols {
		n.denseBias.grad[j] += d
	}
	for i, v := range e.dense {
		if v == 0 {
			continue
		}
		g := n.dense.grad[i*columns:][:columns]
		for j := range g {
			g[j] += v * n.dcols[j]
		}
	}
	norm := 1 / math.Sqrt(math.Max(float64(len(kept)), 1))
	for _, row := range kept {
		if !n.touched[row] {
			n.touched[row] = true
			n.list = append(n.list, row)
		}
		g := n.vectors.grad[int(row)*lanes:][:lanes]
		for j := range g {
			g[j] += n.dx[j] * norm
		}
	}
}

// lossGradient replaces the outputs by the gradient of the loss: cross entropy of each need, and of the topic.
func (n *net) lossGradient(e *networkExample, o *NetworkOptions, scale float64) {
	scale *= e.weight
	for k := range needs {
		if !e.needs {
			n.z[k] = 0
			continue
		}
		n.z[k] = scale * (1/(1+math.Exp(-n.z[k])) - e.need[k])
	}
	topic := n.z[needs:]
	top := topic[0]
	for _, z := range topic {
		top = math.Max(top, z)
	}
	var sum float64
	for i, z := range topic {
		topic[i] = math.Exp(z - top)
		sum += topic[i]
	}
	for i := range topic {
		topic[i] = scale * o.TopicWeight * (topic[i]/sum - e.topic[i])
	}
}

// fit trains the network. Vectors that no example has keep their initial values.
func (o *NetworkOptions) fit(examples []networkExample, start []float64) *net {
	rng := rand.New(rand.NewPCG(11, 12))
	n := newNet(start, o.Decay, rng)
	order := make([]int, len(examples))
	for i := range order {
		order[i] = i
	}
	var kept []uint32
	var factor [inputs]float64
	perEpoch := max(len(examples)/o.Batch, 1)
	steps := o.Epochs * perEpoch
	for step := range steps {
		at := step % perEpoch * o.Batch
		if at == 0 {
			rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		}
		batch := order[at:min(at+o.Batch, len(order))]
		for _, i := range batch {
			e := &examples[i]
			kept = n.forward(e, o, rng, kept, &factor)
			n.lossGradient(e, o, 1/float64(len(batch)))
			n.backward(e, kept, &factor)
		}
		n.step(o.rate(float64(step)/float64(steps)), step+1)
	}
	return n
}

// rate rises over the first tenth of the training and falls by a cosine over the rest.
func (o *NetworkOptions) rate(done float64) float64 {
	const rise = 0.1
	if done < rise {
		return o.Rate * (0.04 + 0.96*done/rise)
	}
	return o.Rate * (1 + math.Cos(math.Pi*(done-rise)/(1-rise))) / 2
}

func (n *net) step(rate float64, step int) {
	for _, row := range n.list {
		n.touched[row] = false
		n.vectors.step(int(row)*lanes, (int(row)+1)*lanes, rate, step)
	}
	n.list = n.list[:0]
	for _, t := range []*tensor{n.dense, n.denseBias, n.hidden, n.hiddenBias, n.out} {
		t.step(0, len(t.w), rate, step)
	}
}
