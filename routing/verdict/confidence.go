package verdict

// Without log-probabilities, the confidence in an answer is derived from its text. It begins at
// 1 and is multiplied by a share for each sign of weakness: how often answers with that sign
// are good, relative to answers without any sign. So it can be compared with a model's minimum
// confidence, however good the model is.
//
// The signs are taken to be independent. The shares of arithmetic, guesses and doubts were
// fitted to answers of one model to school problems by tenfold cross-validation, shrunk towards
// one half by eight answers each, and rounded. There is no such data for template markers:
// their share is an estimate. Anything that has a [Reason] of its own is not a sign.
const (
	shareArithmetic = 0.2
	shareGuess      = 0.35
	shareDoubt      = 0.45
	shareTurns      = 0.6
)

// confidence rates the text of a whole answer from 0 to 1.
func confidence(e *Expectation, text string) float64 {
	c := 1.0
	if wrongArithmetic(text) {
		c *= shareArithmetic
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
