package verdict

import (
	"unicode/utf8"

	"sluice/routing/classify"
)

// refusalSure is the probability from which the classifier alone decides that an answer
// refuses. It is above the classifier's own threshold: with two detectors each can be stricter.
const refusalSure = 0.8

// A checkpoint is a length in bytes at which the classifier is asked about the beginning of an
// answer, and the probabilities at which it decides there. Between them, more text is needed.
type checkpoint struct {
	bytes          int
	complies, sure float32
}

// checkpoints are few, and fixed, so that the result does not depend on how a stream is cut
// into chunks. The last one always decides. The classifier was trained on whole answers and is
// unreliable on the first words: the shorter the text, the stricter the bounds, and at the
// first checkpoint no answer is rejected.
var checkpoints = [...]checkpoint{
	{24, 0.1, never},
	{64, 0.05, 0.98},
	{128, 0.05, 0.98},
	{256, 0.1, 0.9},
	{512, refusalSure, refusalSure},
}

const never = 2 // above any probability

// Refusals combines the phrases with the learned classifier, which also knows refusals without
// any of these phrases. An answer refuses if either says so.
type Refusals struct{ Model *classify.Model }

// Refusal implements [RefusalDetector].
func (d Refusals) Refusal(text string, whole bool) Finding {
	said := Phrases{}.Refusal(text, whole)
	if said == Refuses {
		return Refuses
	}
	if learned := d.learned(text, whole); said == Complies || learned == Refuses {
		return learned
	}
	return Open
}

// learned asks the classifier, which reads both ends of a whole answer.
func (d Refusals) learned(text string, whole bool) Finding {
	if whole {
		if len(text) >= checkpoints[0].bytes && d.Model.Refusal(text) >= refusalSure {
			return Refuses
		}
		return Complies
	}
	for _, l := range checkpoints {
		if len(text) < l.bytes+utf8.UTFMax { // the last character may be incomplete
			break
		}
		switch p := d.Model.Refusal(cutRunes(text, l.bytes)); {
		case p >= l.sure:
			return Refuses
		case p <= l.complies || l.sure == l.complies:
			return Complies
		}
	}
	return Open
}

// cutRunes returns at most the first n bytes of text, without splitting a character.
func cutRunes(text string, n int) string {
	if n >= len(text) {
		return text
	}
	for i := 0; i < utf8.UTFMax && n > 0 && !utf8.RuneStart(text[n]); i++ {
		n--
	}
	return text[:n]
}
