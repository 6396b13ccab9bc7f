package compress

import (
	"bytes"
	"unicode/utf8"

	"sluice/routing/llmapi/jsonscan"
	"sluice/routing/tokens"
)

// A trimmer takes parts out of a text. What it keeps, it keeps byte for byte.
type trimmer struct {
	raw  []byte
	out  []byte // raw up to kept, without what was cut; nil until something is
	kept int

	was, now []byte // the surroundings of the cuts, before and after
	saved    int
}

// Bounds on what is read to estimate the tokens that a cut saves, in bytes. The estimate is
// a sum over pairs of bytes, so the surroundings of the cuts suffice; of a whole long text
// it would read samples only.
const (
	around   = 16
	maxStore = 2 << 10
)

// cut replaces a part by with. The part must lie behind those cut before.
func (t *trimmer) cut(from, to int, with string) {
	if string(t.raw[from:to]) == with {
		return
	}
	if t.out == nil {
		t.out = make([]byte, 0, len(t.raw))
	}
	before, after := t.raw[max(t.kept, from-around):from], t.raw[to:min(len(t.raw), to+around)]
	t.was = append(append(append(t.was, before...), t.raw[from:to]...), after...)
	t.now = append(append(append(t.now, before...), with...), after...)
	if len(t.was) > maxStore {
		t.saving()
	}
	t.out = append(append(t.out, t.raw[t.kept:from]...), with...)
	t.kept = to
}

// result returns the text without what was cut, and whether anything was.
func (t *trimmer) result() ([]byte, bool) {
	if t.out == nil {
		return t.raw, false
	}
	return append(t.out, t.raw[t.kept:]...), true
}

// saving returns the tokens that the cuts save.
func (t *trimmer) saving() int {
	t.saved += max(0, tokens.EstimateBody(t.was)-tokens.EstimateBody(t.now))
	t.was, t.now = t.was[:0], t.now[:0]
	return t.saved
}

// unit returns the character at i of a JSON string without its quotes, and where the next one
// begins. The character is -1 for what is none: half of a surrogate pair, a bad escape
// sequence, a byte that is not UTF-8.
func unit(raw []byte, i int) (r rune, next int) {
	if c := raw[i]; c < utf8.RuneSelf && c != '\\' {
		return rune(c), i + 1
	}
	if raw[i] != '\\' {
		r, n := utf8.DecodeRune(raw[i:])
		if r == utf8.RuneError && n == 1 {
			r = -1
		}
		return r, i + n
	}
	s := jsonscan.Scanner{Data: raw, Pos: i}
	r = s.Escape()
	switch {
	case s.Err != nil:
		return -1, len(raw)
	case r == utf8.RuneError && !bytes.EqualFold(raw[i:s.Pos], []byte(`\ufffd`)):
		return -1, s.Pos
	default:
		return r, s.Pos
	}
}
