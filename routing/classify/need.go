package classify

// Need is how strong a model a prompt needs: for each tier above the weakest, the probability that a demanding reader
// would not accept what a weaker one answers. Standard >= Premium >= Flagship.
type Need struct{ Standard, Premium, Flagship float32 }

// The outputs of the network that tell the need.
const (
	needStandard = iota
	needPremium
	needFlagship
	numNeeds
)

// NumNeeds is the number of tiers above the weakest.
const NumNeeds = numNeeds

// Curve turns the score of a prompt, the sum of the network's three probabilities, into what callers are told.
type Curve struct {
	// Score holds the scores of ordinary prompts at 0 %, 1 %, ... 100 %, ascending.
	Score [NumQuantiles]float32
	// Need holds the calibrated probability of each need at these scores, ascending.
	Need [numNeeds][NumQuantiles]float32
}

// floats lists the tables in the order of the weights file.
func (c *Curve) floats() [][]float32 {
	out := [][]float32{c.Score[:]}
	for k := range c.Need {
		out = append(out, c.Need[k][:])
	}
	return out
}

// complexity returns the share of ordinary prompts with a lower score, 0 to 1. In a run of equal scores it is the
// middle of the run.
func (c *Curve) complexity(score float32) float32 {
	last := len(c.Score) - 1
	if score <= c.Score[0] {
		return 0
	}
	if score >= c.Score[last] {
		return 1
	}
	low, high := 0, last // the first quantile above the score
	for low+1 < high {
		if mid := (low + high) / 2; c.Score[mid] <= score {
			low = mid
		} else {
			high = mid
		}
	}
	return (float32(low) + (score-c.Score[low])/(c.Score[high]-c.Score[low])) / float32(last)
}

// at returns the need of a prompt of the complexity, 0 to 1.
func (c *Curve) at(complexity float32) Need {
	x := min(max(complexity, 0), 1) * (NumQuantiles - 1)
	i := min(int(x), NumQuantiles-2)
	part := x - float32(i)
	var p [numNeeds]float32
	for k := range p {
		p[k] = c.Need[k][i]*(1-part) + c.Need[k][i+1]*part
	}
	return Need{p[needStandard], p[needPremium], p[needFlagship]}
}

// NeedAt returns the need of a prompt of the complexity, 0 to 1.
func (m *Model) NeedAt(complexity float32) Need { return m.curve.at(complexity) }

const (
	// examOptions is the value of shapeOptions from which a prompt is an exam question: three options to choose from.
	examOptions = 1.38
	// examGain and mathGain are what the expected gain of a stronger model adds to the score of an exam question and of
	// a mathematical one. The readers whose labels the network has learned from hardly tell such questions apart; the
	// answers of real models do.
	examGain = 0.5
	mathGain = 0.15
)

// Score returns how much a prompt needs: the expected number of tiers above the weakest, by the outputs of the network.
// f has read the prompt. It is for the trainer; [Model.Score] is the one to use.
func Score(z *[NetworkOutputs]float32, f *Features, gain *Head) float32 {
	topics := softmax(z[numNeeds:])
	return needScore(z, &topics, f, gain)
}

// needScore is [Score] where the topics are known already.
func needScore(z *[networkOutputs]float32, topics *Topics, f *Features, gain *Head) (s float32) {
	for _, z := range z[:numNeeds] {
		s += sigmoid(z)
	}
	weight := mathGain * topics[Math]
	if f.vec[shapeOptions] >= examOptions {
		weight = examGain
	}
	return s + weight*gain.logit(f)
}
