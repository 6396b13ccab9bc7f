package verdict

import (
	"unicode/utf8"

	"sluice/routing/classify"
)

// refusalSure is the probability from which the classifier's word alone makes an answer
// a refusal. Above the classifier's own threshold: two detectors joined find more, so
// each may ask for more.
const refusalSure = 0.8

// A lookout is a length in bytes at which the classifier is asked about a beginning,
// and the probabilities at which it settles the matter there. In between, more text is
// wanted.
type lookout struct {
	bytes          int
	complies, sure float32
}

// lookouts are few, so that a stream in small pieces asks no more often than one in
// large ones and is told the same. At the last one the matter is settled. The
// classifier learned from whole answers, and on the first words it is rash: the less
// there is to read, the tighter the bounds, and by the very first words alone nothing
// is given up.
var lookouts = [...]lookout{
	{24, 0.1, never},
	{64, 0.05, 0.98},
	{128, 0.05, 0.98},
	{256, 0.1, 0.9},
	{512, refusalSure, refusalSure},
}

const never = 2 // no probability

// Refusals joins the phrases with the learned classifier, which knows the refusals
// that use none of them. Either is believed when it says that an answer refuses.
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

// learned asks the classifier, which of a whole answer reads both ends at once.
func (d Refusals) learned(text string, whole bool) Finding {
	if whole {
		if len(text) >= lookouts[0].bytes && d.Model.Refusal(text) >= refusalSure {
			return Refuses
		}
		return Complies
	}
	for _, l := range lookouts {
		if len(text) < l.bytes+utf8.UTFMax { // the character that ends there may not be whole
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

// cutRunes returns the first n bytes of text, or fewer so as not to part a character.
func cutRunes(text string, n int) string {
	if n >= len(text) {
		return text
	}
	for i := 0; i < utf8.UTFMax && n > 0 && !utf8.RuneStart(text[n]); i++ {
		n--
	}
	return text[:n]
}
