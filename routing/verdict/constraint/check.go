package constraint

import (
	"slices"
	"strings"
	"unicode"
)

// maxAnswer bounds the answers that are checked, in bytes; a longer answer passes.
const maxAnswer = 64 << 10

// Broken returns the first constraint that the answer certainly violates, or nil. If whole is
// false, text is only its beginning.
func Broken(list []Constraint, text string, whole bool) *Constraint {
	if len(list) == 0 || len(text) > maxAnswer {
		return nil
	}
	text = strings.TrimSpace(text)
	if text == "" || strings.HasPrefix(text, "<think>") {
		return nil
	}
	for i := range list {
		if list[i].broken(text, whole) {
			return &list[i]
		}
	}
	return nil
}

// Open reports whether the next few words of an answer that begins with text can show whether
// it violates a constraint.
func Open(list []Constraint, text string) bool {
	for i := range list {
		c := &list[i]
		if c.terse() || c.Kind == Begin && len(trimSigns(folded(firstBytes(text, 8*maxPhrase)))) <= c.Phrase.Length {
			return true
		}
	}
	return false
}

// Brief reports whether the constraints allow at most one line.
func Brief(list []Constraint) bool {
	for _, c := range list {
		if c.terse() || c.Kind == YesNo || c.Kind == Words && c.Max > 0 && c.Max <= 15 || c.Kind == Characters && c.Max > 0 && c.Max <= 60 {
			return true
		}
	}
	return false
}

// Maximum number of words of an answer that contains little but what was asked for: "The answer
// is B."
const (
	slackWords  = 2
	yesWords    = 5
	numberWords = 6
	letterWords = 8
)

func (c *Constraint) broken(text string, whole bool) bool {
	switch c.Kind {
	case Words, Characters, Sentences, Lines, Paragraphs, Items:
		return c.miscounted(text, whole)
	case YesNo:
		if c.Max > 0 && words(text).least > yesWords {
			return true
		}
		return whole && !hasYesNo(text)
	case Number:
		return words(text).least > numberWords || whole && !hasNumber(text)
	case Letter:
		return words(text).least > letterWords
	case JSON:
		return whole && !strings.ContainsAny(text, "{[")
	case Include:
		return whole && !c.Phrase.in(folded(text), false)
	case Avoid:
		f := folded(text)
		if !whole && len(f) > 0 { // the last word may be incomplete
			f = f[:len(f)-1]
			for len(f) > 0 && isWordRune(f[len(f)-1]) {
				f = f[:len(f)-1]
			}
		}
		return c.Phrase.in(f, true)
	case Begin:
		f := trimSigns(folded(text))
		if !whole && len(f) <= c.Phrase.Length {
			return false
		}
		return len(f) < c.Phrase.Length || hash(f[:c.Phrase.Length]) != c.Phrase.Hash
	case End:
		f := trimSigns(folded(text))
		return whole && (len(f) < c.Phrase.Length || hash(f[len(f)-c.Phrase.Length:]) != c.Phrase.Hash)
	case Upper:
		upper, lower := cases(text)
		return whole && lower > 8 && lower*10 > upper+lower
	case Lower:
		upper, lower := cases(text)
		return whole && upper > 2 && upper*33 > upper+lower
	case NoCommas:
		return hasComma(text, whole)
	}
	return false
}

// miscounted reports whether there are too many or too few, however they are counted, with some
// tolerance.
func (c *Constraint) miscounted(text string, whole bool) bool {
	if strings.Contains(text, "```") || c.Kind == Items && !whole {
		return false
	}
	var n span
	slack := 0
	switch c.Kind {
	case Words:
		if ideographic(text) {
			return false
		}
		n = words(text)
		slack = slackWords
	case Characters:
		n = characters(text)
		slack = 5
	case Sentences:
		n = sentences(text)
	case Lines, Paragraphs:
		n = blocks(text, c.Kind)
	default:
		return c.itemsMiscounted(text)
	}
	if c.Kind == Words || c.Kind == Characters {
		slack = max(slack, max(c.Min, c.Max)/10)
	}
	if c.Max > 0 && n.least > c.Max+slack {
		return true
	}
	return whole && c.Min > 0 && n.most < c.Min-min(slack, c.Min/5)
}

func (c *Constraint) itemsMiscounted(text string) bool {
	marked, unmarked := items(text)
	all := slices.Concat(marked, unmarked)
	if c.Min == c.Max {
		return !slices.Contains(all, c.Min)
	}
	top := slices.Min(marked[:3])
	return c.Max > 0 && top > c.Max || c.Min > 0 && slices.Max(all) < c.Min
}

var yesNo = set("yes no yeah yep nope yup true false correct incorrect o x 예 네 아니오 아니요 아뇨 아니 응 맞습니다 아닙니다 그렇습니다 맞아요 아니에요 oui non sí si ja nein はい いいえ 是 不是 否 да нет")

func hasYesNo(text string) bool {
	for w := range strings.FieldsFuncSeq(strings.ToLower(text), func(c rune) bool { return !isWordRune(c) }) {
		if yesNo[w] || strings.HasPrefix(w, "아니") || strings.HasPrefix(w, "맞") || strings.HasPrefix(w, "그렇") {
			return true
		}
	}
	return false
}

func hasNumber(text string) bool {
	for _, c := range text {
		if unicode.IsNumber(c) {
			return true
		}
	}
	for w := range strings.FieldsFuncSeq(strings.ToLower(text), func(c rune) bool { return !isWordRune(c) }) {
		if numerals[w] > 0 || w == "zero" || w == "none" || w == "infinity" || w == "infinite" || w == "π" || w == "thousand" || w == "million" || strings.ContainsAny(w, "영일이삼사오육칠팔구십백천만억∞") {
			return true
		}
	}
	return strings.ContainsAny(text, "∞π√")
}

func cases(text string) (upper, lower int) {
	for _, c := range text {
		switch {
		case c >= 'A' && c <= 'Z':
			upper++
		case c >= 'a' && c <= 'z':
			lower++
		}
	}
	return upper, lower
}

// hasComma reports whether text has a comma that is not inside a number.
func hasComma(text string, whole bool) bool {
	for i := 0; i < len(text); i++ {
		if text[i] != ',' {
			continue
		}
		if i+1 == len(text) {
			return whole
		}
		if !digit(text[i+1]) || i == 0 || !digit(text[i-1]) {
			return true
		}
	}
	return strings.ContainsAny(text, "，、")
}
