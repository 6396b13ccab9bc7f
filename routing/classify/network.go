package classify

// The network reads a prompt for its need and its topic. Each sparse feature has a vector of vectorLanes bytes; their
// sum, and a projection of the dense features of the same length, go through one layer of rectified units to the
// outputs, which see the dense features directly as well:
//
//	x = [Σ vector(row) / √n ; P·dense + p]
//	z = O·max(0, H·x + h) + D·dense + o
//
// The vectors begin as those of a table distilled from a sentence encoder (package train), so that a word which no
// labelled prompt has still means something.
const (
	vectorLanes = lanes

	networkInputs  = 2 * vectorLanes
	networkUnits   = 32
	networkOutputs = int(numNeeds) + int(NumTopics)
	networkDense   = vectorLanes + networkOutputs // what each dense feature adds to: its projection, and the outputs
)

// Sizes of the network, for the trainer.
const (
	VectorLanes    = vectorLanes
	NetworkInputs  = networkInputs
	NetworkUnits   = networkUnits
	NetworkOutputs = networkOutputs
	NetworkDense   = networkDense
)

// Network holds the parameters of the network. Row-major: Vectors[row*VectorLanes+lane],
// Dense[feature*NetworkDense+i], Hidden[input*NetworkUnits+unit], Out[unit*NetworkOutputs+output].
type Network struct {
	Vectors     []int8 // a lane's value is its byte times its scale
	VectorScale [vectorLanes]float32
	Dense       []float32
	DenseBias   [networkDense]float32 // of the projection, then of the outputs
	Hidden      []float32
	HiddenBias  [networkUnits]float32
	Out         []float32
}

func newNetwork() Network {
	return Network{
		Vectors: make([]int8, tableRows*vectorLanes),
		Dense:   make([]float32, numDense*networkDense),
		Hidden:  make([]float32, networkInputs*networkUnits),
		Out:     make([]float32, networkUnits*networkOutputs),
	}
}

// floats lists the tables of numbers in the order of the weights file.
func (p *Network) floats() [][]float32 {
	return [][]float32{p.VectorScale[:], p.Dense, p.DenseBias[:], p.Hidden, p.HiddenBias[:], p.Out}
}

// network is the packed form of a Network.
type network struct {
	vectors table
	scale   [vectorLanes]float32
	dense   [numDense][networkDense]float32
	bias    [networkDense]float32
	hidden  [networkInputs][networkUnits]float32
	units   [networkUnits]float32
	out     [networkUnits][networkOutputs]float32
}

func (p *Network) pack() *network {
	n := &network{vectors: newTable(p.Vectors), scale: p.VectorScale, bias: p.DenseBias, units: p.HiddenBias}
	for i := range n.dense {
		copy(n.dense[i][:], p.Dense[i*networkDense:])
	}
	for i := range n.hidden {
		copy(n.hidden[i][:], p.Hidden[i*networkUnits:])
	}
	for i := range n.out {
		copy(n.out[i][:], p.Out[i*networkOutputs:])
	}
	return n
}

// outputs returns the logits of the needs, then those of the topics.
func (n *network) outputs(f *Features) (z [networkOutputs]float32) {
	var x [networkInputs]float32
	rows := f.scan.features
	norm := inverseRoot(len(rows))
	for lane, sum := range n.vectors.sum(rows) {
		x[lane] = float32(sum) * n.scale[lane] * norm
	}
	dense := n.bias
	for i, v := range f.vec {
		if v == 0 {
			continue
		}
		w := &n.dense[i]
		for j := range dense {
			dense[j] += v * w[j]
		}
	}
	copy(x[vectorLanes:], dense[:vectorLanes])
	copy(z[:], dense[vectorLanes:])
	units := n.units
	for i, v := range x {
		w := &n.hidden[i]
		for j := range units {
			units[j] += v * w[j]
		}
	}
	for i, v := range units {
		if v <= 0 {
			continue
		}
		w := &n.out[i]
		for j := range z {
			z[j] += v * w[j]
		}
	}
	return z
}
