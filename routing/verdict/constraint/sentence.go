package constraint

import "strings"

// A token is a word in lower case, a sign, or a quotation, shown as a single quote.
type token struct {
	text   string
	quoted string
}

const maxTokens = 120

// appendTokens splits a sentence into tokens. A quotation is one token.
func appendTokens(out []token, s string) []token {
	for i := 0; i < len(s) && len(out) < maxTokens; {
		c := s[i]
		switch {
		case c == ' ' || c == '\t' || c == '*' || c == '_':
			i++
		case isQuote(s[i:]):
			inner, size := quotation(s[i:])
			out = append(out, token{text: `"`, quoted: inner})
			i += size
		case wordByte(c):
			end := i
			for end < len(s) && (wordByte(s[end]) || (s[end] == '\'' || s[end] == '-') && end+1 < len(s) && wordByte(s[end+1]) ||
				s[end] == ',' && end > i && digit(s[end-1]) && end+1 < len(s) && digit(s[end+1])) {
				end++
			}
			out = append(out, token{text: strings.ToLower(s[i:end])})
			i = end
		default:
			out = append(out, token{text: s[i : i+1]})
			i++
		}
	}
	return out
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

func wordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || digit(c) || c >= 0x80
}

var quotes = []struct{ open, close string }{{`"`, `"`}, {"“", "”"}, {"‘", "’"}, {"`", "`"}, {"'", "'"}, {"「", "」"}, {"『", "』"}, {"«", "»"}, {"<", ">"}, {"[", "]"}}

func isQuote(s string) bool {
	if c := s[0]; c >= 'a' && c <= 'z' || c == ' ' || c >= 0xe4 {
		return false // most characters
	}
	for _, q := range quotes {
		if strings.HasPrefix(s, q.open) {
			return true
		}
	}
	return false
}

// quotation returns the quoted text at the beginning of s, and its size including the quotes.
func quotation(s string) (inner string, size int) {
	for _, q := range quotes {
		rest, ok := strings.CutPrefix(s, q.open)
		if !ok {
			continue
		}
		if i := strings.Index(rest, q.close); i >= 0 {
			return rest[:i], len(q.open) + i + len(q.close)
		}
		return rest, len(s)
	}
	return "", 1
}

// A sentence is a sentence of the prompt, as tokens.
type sentence []token

func (t sentence) at(i int) string {
	if i < 0 || i >= len(t) {
		return ""
	}
	return t[i].text
}

// is reports whether the words are at i.
func (t sentence) is(i int, words ...string) bool {
	for k, w := range words {
		if t.at(i+k) != w {
			return false
		}
	}
	return true
}

func (t sentence) any(words map[string]bool, from, to int) bool {
	for i := max(from, 0); i < min(to, len(t)); i++ {
		if words[t[i].text] {
			return true
		}
	}
	return false
}

func set(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}
