package agreement

import "strings"

// Matching a pattern takes up to a microsecond per byte, finding its words some nanoseconds. So
// the words of a prompt decide which patterns are tried; for most prompts, none is.
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

// marksOf returns the marks of the words in a text in lower case.
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

// has reports whether all of the marks are set.
func (m mark) has(all mark) bool { return m&all == all }

// lowered returns s with ASCII letters in lower case; its length does not change.
func lowered(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// hangul reports whether a text contains Korean syllables.
func hangul(s string) bool {
	for i := range len(s) {
		if s[i] >= 0xea && s[i] <= 0xed { // the first byte of a syllable
			return true
		}
	}
	return false
}
