package verdict

// Where a provider gives no log-probabilities, the words of an answer must do: what
// speaks against it lowers a confidence that begins at 1. The confidence is how often
// answers with such signs are good, as a share of how often those without any are. So
// it compares with a model's least confidence whatever the model gets right.
//
// Signs are taken to be independent, and their shares multiply. Those of sums, guesses
// and doubts were fitted to answers that a model gave to school problems, by tenfold
// cross-validation, drawn towards one half by eight answers each, and rounded; for
// marks of a template there is no such data, and theirs is an estimate. What has a
// [Reason] of its own is not among them: it is looked for by itself or not at all.
const (
	shareWrongSum = 0.2
	shareGuess    = 0.35
	shareDoubt    = 0.45
	shareTurns    = 0.6
)

// confidence rates the words of a whole answer from 0 to 1.
func confidence(e *Expectation, text string) float64 {
	c := 1.0
	if wrongSum(text) {
		c *= shareWrongSum
	}
	switch found := hedges(text); {
	case found&doubting != 0:
		c *= shareDoubt
	case e.Figure && found&guessing != 0:
		c *= shareGuess
	}
	if leaksTurns(text) {
		c *= shareTurns
	}
	return c
}
