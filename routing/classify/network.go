package classify

import "encoding/binary"

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
	vectorLanes = 24
	vectorWords = vectorLanes / 8

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
	vectors [][vectorWords]uint64 // vectorLanes bytes, each plus 128
	scale   [vectorLanes]float32
	dense   [numDense][networkDense]float32
	bias    [networkDense]float32
	hidden  [networkInputs][networkUnits]float32
	units   [networkUnits]float32
	out     [networkUnits][networkOutputs]float32
}

func (p *Network) pack() *network {
	n := &network{vectors: make([][vectorWords]uint64, tableRows), scale: p.VectorScale, bias: p.DenseBias, units: p.HiddenBias}
	for row := range n.vectors {
		for w := range n.vectors[row] {
			n.vectors[row][w] = packLanes(p.Vectors[row*vectorLanes+8*w:][:8])
		}
	}
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

// packLanes puts eight weights into a word, each plus 128.
func packLanes(lanes []int8) uint64 {
	var b [8]byte
	for i, w := range lanes {
		b[i] = byte(w) ^ 0x80
	}
	return binary.LittleEndian.Uint64(b[:])
}

// outputs returns the logits of the needs, then those of the topics.
func (n *network) outputs(f *Features) (z [networkOutputs]float32) {
	var x [networkInputs]float32
	n.sum(f.scan.features, (*[vectorLanes]float32)(x[:]))
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

// sum adds up the vectors of the rows, over the root of their number. The bytes are summed in the
// 16-bit halves of words that are emptied before they can overflow, at 256 rows.
func (n *network) sum(rows []uint32, out *[vectorLanes]float32) {
	var sums [vectorLanes]int
	for start := 0; start < len(rows); start += 256 {
		var even, odd [vectorWords]uint64
		chunk := rows[start:min(start+256, len(rows))]
		for _, row := range chunk {
			v := &n.vectors[row&(tableRows-1)]
			for j := range v {
				even[j] += v[j] & evenBytes
				odd[j] += v[j] >> 8 & evenBytes
			}
		}
		for j := range even {
			for i := 0; i < 8; i += 2 {
				sums[8*j+i] += int(even[j]>>(8*i)&0xFFFF) - 128*len(chunk)
				sums[8*j+i+1] += int(odd[j]>>(8*i)&0xFFFF) - 128*len(chunk)
			}
		}
	}
	norm := inverseRoot(len(rows))
	for i := range out {
		out[i] = float32(sums[i]) * n.scale[i] * norm
	}
}
