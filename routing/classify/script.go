package classify

import "unicode/utf8"

// script is a writing system as far as this package tells them apart. Scripts before scriptHangul
// separate words by spaces; the ones from scriptHan on do not.
type script uint8

const (
	scriptNone script = iota // not a letter
	scriptLatin
	scriptGreek
	scriptCyrillic
	scriptHebrew
	scriptArabic
	scriptDevanagari
	scriptBengali
	scriptArmenian
	scriptGeorgian
	scriptGurmukhi
	scriptGujarati
	scriptTamil
	scriptTelugu
	scriptOther // a letter of a script without a name here
	scriptHangul
	scriptHan
	scriptKana
	scriptThai
	numScripts
)

// scriptOf says which script a rune of two or more bytes belongs to. It follows Unicode's block
// layout, not the property tables: a handful of comparisons instead of a binary search, and the
// few symbols inside letter blocks do no harm to a count.
func scriptOf(r rune) script {
	switch {
	case r < 0x00C0:
		if r == 0x00AA || r == 0x00B5 || r == 0x00BA {
			return scriptLatin
		}
		return scriptNone
	case r < 0x0250:
		if r == 0x00D7 || r == 0x00F7 {
			return scriptNone
		}
		return scriptLatin
	case r < 0x02B0:
		return scriptLatin // IPA
	case r < 0x0370:
		return scriptNone // modifiers; combining marks are handled by the word scanner
	case r < 0x0400:
		if r == 0x037E || r == 0x0387 {
			return scriptNone
		}
		return scriptGreek
	case r < 0x0530:
		return scriptCyrillic
	case r < 0x0590:
		return scriptArmenian
	case r < 0x0600:
		return scriptHebrew
	case r < 0x0780:
		if r < 0x0620 || r == 0x066A || r == 0x066B || r == 0x066C || r == 0x06D4 || (r >= 0x0660 && r <= 0x0669) || (r >= 0x06F0 && r <= 0x06F9) {
			return scriptNone
		}
		if r >= 0x0700 && r < 0x0750 {
			return scriptOther
		}
		return scriptArabic
	case r < 0x0900:
		return scriptOther
	case r < 0x0980:
		if r == 0x0964 || r == 0x0965 {
			return scriptNone
		}
		return scriptDevanagari
	case r < 0x0A00:
		return scriptBengali
	case r < 0x0A80:
		return scriptGurmukhi
	case r < 0x0B00:
		return scriptGujarati
	case r < 0x0B80:
		return scriptOther
	case r < 0x0C00:
		return scriptTamil
	case r < 0x0C80:
		return scriptTelugu
	case r < 0x0E00:
		return scriptOther
	case r < 0x0E80:
		return scriptThai
	case r < 0x10A0:
		return scriptOther
	case r < 0x1100:
		return scriptGeorgian
	case r < 0x1200:
		return scriptHangul
	case r < 0x1E00:
		return scriptOther
	case r < 0x1F00:
		return scriptLatin
	case r < 0x2000:
		return scriptGreek
	case r < 0x2E80:
		return scriptNone // punctuation, arrows, operators, dingbats
	case r < 0x2FE0:
		return scriptHan
	case r < 0x3040:
		if r == 0x3005 || r == 0x3007 {
			return scriptHan
		}
		return scriptNone // 、。「」
	case r < 0x3100:
		return scriptKana
	case r < 0x3130:
		return scriptHan // bopomofo, only ever beside Han
	case r < 0x3190:
		return scriptHangul
	case r < 0x31F0:
		return scriptNone
	case r < 0x3200:
		return scriptKana
	case r < 0x3400:
		return scriptNone
	case r < 0xA000:
		return scriptHan
	case r < 0xAC00:
		return scriptOther
	case r < 0xD7B0:
		return scriptHangul
	case r < 0xF900:
		return scriptNone
	case r < 0xFB00:
		return scriptHan
	case r < 0xFB50:
		return scriptHebrew
	case r < 0xFE00:
		return scriptArabic
	case r < 0xFE70:
		return scriptNone
	case r < 0xFF00:
		return scriptArabic
	case r < 0xFF66:
		if (r >= 0xFF21 && r <= 0xFF3A) || (r >= 0xFF41 && r <= 0xFF5A) {
			return scriptLatin
		}
		return scriptNone
	case r < 0xFFA0:
		return scriptKana
	case r >= 0x20000 && r < 0x32000:
		return scriptHan
	default:
		return scriptNone
	}
}

// spaced reports whether the script separates words by spaces, so that a run of its letters is
// about a word.
func (s script) spaced() bool { return s >= scriptLatin && s <= scriptHangul }

// fold lower-cases a letter of two or more bytes. Only the cased scripts met in practice are
// covered; anything else is returned unchanged.
func fold(r rune) rune {
	switch {
	case r < 0x00C0:
	case r < 0x00DF:
		if r != 0x00D7 {
			return r + 0x20
		}
	case r >= 0x0100 && r < 0x0180:
		switch {
		case r == 0x0130 || r == 0x0131:
			return 'i' // İ and ı: Turkish keeps them apart, hashing need not
		case r == 0x0178:
			return 0x00FF
		case r >= 0x0139 && r <= 0x0148 || r >= 0x0179:
			if r&1 == 1 {
				return r + 1
			}
		case r != 0x0138 && r != 0x0149 && r != 0x017F:
			return r | 1
		}
	case r >= 0x0218 && r <= 0x021B:
		return r | 1
	case r == 0x01A0 || r == 0x01AF:
		if r == 0x01AF {
			return 0x01B0
		}
		return 0x01A1
	case r >= 0x0391 && r <= 0x03A9:
		return r + 0x20
	case r == 0x03C2:
		return 0x03C3 // final sigma
	case r >= 0x0410 && r <= 0x042F:
		return r + 0x20
	case r >= 0x0400 && r <= 0x040F:
		return r + 0x50
	case r >= 0x0490 && r < 0x0530:
		return r | 1
	case r >= 0x1EA0 && r < 0x1F00:
		return r | 1
	case r >= 0xFF21 && r <= 0xFF3A:
		return r - 0xFF21 + 'a'
	case r >= 0xFF41 && r <= 0xFF5A:
		return r - 0xFF41 + 'a'
	}
	return r
}

// bounds cuts text to its first headBytes and last tailBytes, on rune boundaries, so that work does
// not grow with the text. A text that fits is returned whole, with an empty tail.
func bounds(text string, headBytes, tailBytes int) (head, tail string) {
	if len(text) <= headBytes+tailBytes {
		return text, ""
	}
	h := headBytes
	for i := 0; i < utf8.UTFMax && h > 0 && !utf8.RuneStart(text[h]); i++ {
		h--
	}
	t := len(text) - tailBytes
	for i := 0; i < utf8.UTFMax && t < len(text) && !utf8.RuneStart(text[t]); i++ {
		t++
	}
	return text[:h], text[t:]
}
