package train

import (
	"math"
	"math/rand/v2"
	"testing"

	"sluice/routing/classify"
)

// testNet returns a small example and a network with random parameters.
func testNet() (*net, *networkExample, *NetworkOptions) {
	rng := rand.New(rand.NewPCG(5, 6))
	n := newNet(nil, 0, rng)
	n.vectors.randomize(rng, 0.3)
	n.denseBias.randomize(rng, 0.3)
	n.hiddenBias.randomize(rng, 0.3)
	e := &networkExample{rows: []uint32{3, 70, 3000}, dense: make([]float64, classify.NumDense), weight: 0.7, needs: true}
	for i := 0; i < len(e.dense); i += 3 {
		e.dense[i] = rng.NormFloat64()
	}
	e.need = [needs]float64{1, 0.4, 0}
	e.topic[classify.Math], e.topic[classify.General] = 0.7, 0.3
	return n, e, &NetworkOptions{TopicWeight: 0.5}
}

// loss is what the gradient of lossGradient is of.
func loss(n *net, e *networkExample, o *NetworkOptions) (l float64) {
	var factor [inputs]float64
	n.forward(e, o, nil, nil, &factor)
	for k, y := range e.need {
		p := 1 / (1 + math.Exp(-n.z[k]))
		l -= y*math.Log(p) + (1-y)*math.Log(1-p)
	}
	var sum float64
	for _, z := range n.z[needs:] {
		sum += math.Exp(z)
	}
	for i, y := range e.topic {
		l -= o.TopicWeight * y * (n.z[needs+i] - math.Log(sum))
	}
	return e.weight * l
}

// The gradients must be the slopes of the loss.
func TestNetworkGradient(t *testing.T) {
	n, e, o := testNet()
	var factor [inputs]float64
	kept := n.forward(e, o, nil, nil, &factor)
	n.lossGradient(e, o, 1)
	n.backward(e, kept, &factor)
	for name, tensor := range map[string]*tensor{
		"vectors": n.vectors, "dense": n.dense, "dense bias": n.denseBias,
		"hidden": n.hidden, "hidden bias": n.hiddenBias, "out": n.out,
	} {
		checked := 0
		for i := range tensor.w {
			if tensor.grad[i] == 0 || checked > 400 {
				continue
			}
			checked++
			const h = 1e-5
			was := tensor.w[i]
			tensor.w[i] = was + h
			up := loss(n, e, o)
			tensor.w[i] = was - h
			slope := (up - loss(n, e, o)) / (2 * h)
			tensor.w[i] = was
			if math.Abs(slope-tensor.grad[i]) > 1e-4 {
				t.Fatalf("%s %d: gradient %v, slope %v", name, i, tensor.grad[i], slope)
			}
		}
		if checked < 8 {
			t.Errorf("%s: only %d gradients", name, checked)
		}
	}
}

// What package classify computes from the parameters must be what was trained, but for the rounding of the vectors.
func TestNetworkPlace(t *testing.T) {
	text := "Prove that 17 is prime, and write a function in Go that checks it."
	f := classify.NewFeatures()
	f.Prompt(text)
	n, e, o := testNet()
	e.rows = append([]uint32(nil), f.Rows()...)
	for _, row := range e.rows {
		for lane := range lanes {
			n.vectors.w[int(row)*lanes+lane] = float64(int(row)%7-3) * 0.1
		}
	}
	s := scaling{make([]float64, classify.NumDense), make([]float64, classify.NumDense)}
	for i, x := range f.Dense() {
		s.mean[i], s.inverse[i] = 0.1*float64(i%5), 0.5+0.01*float64(i)
		e.dense[i] = (float64(x) - s.mean[i]) * s.inverse[i]
	}
	p := classify.NewParameters()
	for q := range p.Curve.Score {
		p.Curve.Score[q] = float32(q)
	}
	n.place(&p.Network, s)
	want := n.score(e, o, f, &p.Gain)
	if got := float64(classify.NewModel(p).Score(text)); math.Abs(got-want) > 0.01 {
		t.Errorf("score %v, trained %v", got, want)
	}
}

// Labels become probabilities: the need counts most, and what is reasonable besides a little.
func TestTeach(t *testing.T) {
	var e networkExample
	(&needRow{Need: 2, OK: []int{2, 3}, Topic: []string{"math", "code"}}).teach(&e)
	if want := [needs]float64{1, 0.2, 0}; e.need != want {
		t.Errorf("need %v, want %v", e.need, want)
	}
	if e.topic[classify.Math] != 0.7 || math.Abs(e.topic[classify.Code]-0.3) > 1e-9 {
		t.Errorf("topics %v", e.topic)
	}
}

func TestLogistic(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var x []float64
	var events []float64
	for range 20000 {
		v := rng.NormFloat64()
		event := 0.0
		if rng.Float64() < 1/(1+math.Exp(-2*v+1)) {
			event = 1
		}
		x, events = append(x, v), append(events, event)
	}
	a, b := logistic(x, func(i int) float64 { return events[i] })
	if math.Abs(a-2) > 0.1 || math.Abs(b+1) > 0.1 {
		t.Errorf("%v x + %v, want 2 x - 1", a, b)
	}
}

func TestRate(t *testing.T) {
	o := &NetworkOptions{Rate: 1}
	for _, tt := range []struct{ done, want float64 }{{0, 0.04}, {0.1, 1}, {0.55, 0.5}, {1, 0}} {
		if got := o.rate(tt.done); math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("rate at %v is %v, want %v", tt.done, got, tt.want)
		}
	}
}
