package classify



// Need is how strong a model a prompt needs: for each tier above the weakest, the probability that a demanding reader
// would not accept the answer of a weaker one. Standard >= Premium >= Flagship.
type Need struct{ Standard, Premium, Flagship float32 }

// Complexity returns the share of ordinary prompts that need less than the prompt of this score, 0 to 1.
func (m *Model) complexity(score float32) float32 {
	q := m.quantiles[:]
	if score <= q[0] {
		return 0
	}
	for i := 1; i < len(q); i++ {
		if score < q[i] {
			return (float32(i-1) + (score-q[i-1])/(q[i]-q[i-1])) / float32(len(q)-1)
		}
	}
	return 1
}

// NeedAt returns the need of a prompt of the complexity, 0 to 1.
func (m *Model) NeedAt(complexity float32) Need {
	x := 8 * (complexity - 0.5)
	return Need{sigmoid(x), sigmoid(x - 2), sigmoid(x - 5)}
}

