package compress

import (
	"unicode/utf16"
	"unicode/utf8"

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

// A reader returns the character at i and where the next one begins.
type reader func(raw []byte, i int) (rune, int)

// character reads plain text. A byte that is no part of a character stands for itself.
func character(raw []byte, i int) (rune, int) {
	r, n := utf8.DecodeRune(raw[i:])
	return r, i + n
}

// unit reads a JSON string without its quotes. The character is -1 for what is none.
func unit(raw []byte, i int) (rune, int) {
	if raw[i] != '\\' {
		r, n := utf8.DecodeRune(raw[i:])
		if r == utf8.RuneError && n == 1 {
			r = -1
		}
		return r, i + n
	}
	if i+1 == len(raw) {
		return -1, len(raw)
	}
	if raw[i+1] != 'u' {
		if r := short[raw[i+1]]; r != 0 {
			return rune(r), i + 2
		}
		return -1, i + 2
	}
	r := hex4(raw, i+2)
	if !utf16.IsSurrogate(r) {
		return r, min(len(raw), i+6)
	}
	if next := i + 6; next+1 < len(raw) && raw[next] == '\\' && raw[next+1] == 'u' {
		if r = utf16.DecodeRune(r, hex4(raw, next+2)); r != utf8.RuneError {
			return r, next + 6
		}
	}
	return -1, min(len(raw), i+6)
}

// short maps the letter of each short escape sequence to what it stands for.
var short = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// hex4 returns the number that four hexadecimal digits at i spell, -1 if they are not there.
func hex4(raw []byte, i int) rune {
	if i+4 > len(raw) {
		return -1
	}
	var r rune
	for _, c := range raw[i : i+4] {
		switch {
		case c-'0' <= 9:
			c -= '0'
		case (c|0x20)-'a' < 6:
			c = (c | 0x20) - 'a' + 10
		default:
			return -1
		}
		r = r<<4 | rune(c)
	}
	return r
}
