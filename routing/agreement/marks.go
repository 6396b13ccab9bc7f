package agreement

import "strings"

// To look for a pattern takes up to a microsecond a byte, for the words in it some
// nanoseconds: so the words of a prompt decide which patterns are looked for, and those of
// most prompts decide for none.
type mark uint32

const (
	saysJSON mark = 1 << iota
	saysYes
	saysNo
	saysTrue
	saysFalse
	saysSort   // into classes
	saysReply  // how to answer
	saysNumber // as what
	saysAnswer
	saysEnd // final, only
	saysValue
	saysBox
	saysHow // many
	saysLiteral
	saysMake // something new
)

var marks = func() map[string]mark {
	m := make(map[string]mark)
	for set, words := range map[mark]string{
		saysJSON: "json", saysYes: "yes", saysNo: "no", saysTrue: "true", saysFalse: "false",
		saysSort:   "classify categorize categorise label tag assign choose pick answer reply respond output",
		saysReply:  "answer reply respond say state output return give provide",
		saysNumber: "number integer numeric numerical",
		saysAnswer: "answer", saysEnd: "final only just", saysValue: "value result", saysBox: "boxed",
		saysHow:     "how what find calculate compute evaluate",
		saysLiteral: "literal",
		saysMake: "write draft compose generate create design implement develop build brainstorm suggest propose give come make refactor " +
			"translate paraphrase rewrite summarize summarise proofread list name enumerate mention",
	} {
		for w := range strings.FieldsSeq(words) {
			m[w] |= set
		}
	}
	return m
}()

const longestMark = 12 // bytes

// marksOf returns what the words of a text in lower case say.
func marksOf(lower string) mark {
	var found mark
	start := 0
	for i := 0; i <= len(lower); i++ {
		if i < len(lower) && lower[i] >= 'a' && lower[i] <= 'z' {
			continue
		}
		if n := i - start; n > 1 && n <= longestMark {
			found |= marks[lower[start:i]]
		}
		start = i + 1
	}
	return found
}

// has reports whether all of the marks are there.
func (m mark) has(all mark) bool { return m&all == all }

// lowered is s with its Latin letters in lower case and its length unchanged.
func lowered(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// hangul reports whether a text has Korean syllables.
func hangul(s string) bool {
	for i := range len(s) {
		if s[i] >= 0xea && s[i] <= 0xed { // the first byte of each
			return true
		}
	}
	return false
}
