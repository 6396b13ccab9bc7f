package constraint

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A span is the range of plausible counts.
type span struct{ least, most int }

// words counts words: least by white space, most by runs of letters and digits.
func words(text string) span {
	var n span
	inField, counted, inWord := false, false, false
	for _, c := range text {
		if unicode.IsSpace(c) {
			inField, counted, inWord = false, false, false
			continue
		}
		if !inField {
			inField = true
		}
		if !isWordRune(c) {
			inWord = inWord && c == '\''
			continue
		}
		if !counted && unicode.IsLetter(c) {
			counted = true
			n.least++
		}
		if !inWord {
			inWord = true
			n.most++
		}
	}
	return n
}

// characters counts characters: least letters and digits only, most all of them.
func characters(text string) span {
	n := span{most: utf8.RuneCountInString(text)}
	for _, c := range text {
		if isWordRune(c) {
			n.least++
		}
	}
	return n
}

// abbreviations are words whose full stop does not end a sentence.
var abbreviations = set("mr mrs ms dr prof st vs etc e.g i.e eg ie no fig inc ltd jr sr approx cf al u.s u.k a.m p.m ph.d mt ft dept est vol pp")

// sentences counts sentences: least their ends that another sentence follows, most lines and
// signs that may end one.
func sentences(text string) span {
	var n span
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.IndexFunc(line, isWordRune) < 0 {
			continue
		}
		surely, maybe := 0, 1
		for i, c := range line {
			if c != '.' && c != '!' && c != '?' && c != '。' && c != '！' && c != '？' {
				if c == ':' || c == ';' {
					maybe++
				}
				continue
			}
			rest := line[i+utf8.RuneLen(c):]
			if strings.IndexFunc(rest, isWordRune) >= 0 {
				maybe++
			}
			if ends(line[:i], c, rest) {
				surely++
			}
		}
		n.least += surely
		n.most += maybe
	}
	return n
}

// ends reports whether the sign between head and rest certainly ends a sentence.
func ends(head string, sign rune, rest string) bool {
	rest = strings.TrimLeft(rest, `"'”’)*_`)
	word := strings.ToLower(head[strings.LastIndexAny(head, " (\"“*_")+1:])
	if sign == '.' && (abbreviations[word] || utf8.RuneCountInString(word) < 2 || digit(word[len(word)-1]) && len(word) < 4) {
		return false
	}
	if rest == "" {
		return true
	}
	next, size := utf8.DecodeRuneInString(rest)
	if !unicode.IsSpace(next) {
		return sign == '。'
	}
	begins, _ := utf8.DecodeRuneInString(strings.TrimLeft(rest[size:], ` "'“‘*_(`))
	return unicode.IsUpper(begins) || unicode.IsLetter(begins) && !unicode.IsLower(begins)
}

// blocks counts lines or paragraphs: least without headings, introductory lines and, for
// paragraphs, lists; most every line.
func blocks(text string, kind Kind) span {
	var n span
	open, listed := false, false
	for line := range strings.Lines(text) {
		n.most++
		line = strings.TrimSpace(line)
		if line == "" {
			open = false
			continue
		}
		marked := listMark(line) > 0
		heading := isHeading(line)
		goesOn := kind == Paragraphs && (open || marked && listed)
		if !goesOn && !heading {
			n.least++
		}
		open, listed = true, marked || listed && heading
	}
	return n
}

// isHeading reports whether a line only introduces what follows.
func isHeading(line string) bool {
	return line[0] == '#' || strings.HasSuffix(strings.TrimRight(line, "*_ "), ":") || strings.HasPrefix(line, "**") && strings.HasSuffix(line, "**") ||
		strings.Trim(line, "-*_= ") == ""
}

// items returns the plausible counts of list items: first by list marks, then by lines or
// paragraphs, with or without text around them.
func items(text string) (marked, unmarked []int) {
	all, top, bullets, numbers, lines, blocks := 0, 0, 0, 0, 0, 0
	least := -1
	gap := true
	for line := range strings.Lines(text) {
		indent := len(line) - len(strings.TrimLeft(line, " \t"))
		line = strings.TrimSpace(line)
		if line == "" {
			gap = true
			continue
		}
		if gap {
			blocks++
		}
		gap = false
		if !isHeading(line) {
			lines++
		}
		mark := listMark(strings.TrimLeft(line, "#*_ "))
		if m := listMark(line); m > 0 {
			mark = m
		}
		if mark == 0 {
			continue
		}
		all++
		if mark == bullet {
			bullets++
		} else {
			numbers++
		}
		switch {
		case least < 0 || indent < least:
			least, top = indent, 1
		case indent == least:
			top++
		}
	}
	return []int{all, top, max(bullets, numbers), min(bullets, numbers)}, []int{lines, blocks, lines - 1, blocks - 1, lines - 2, blocks - 2}
}

const (
	bullet = iota + 1
	numbered
)

// listMark returns the list mark that a line begins with; 0 is none.
func listMark(line string) int {
	for _, b := range []string{"- ", "* ", "• ", "– ", "— ", "+ ", "· ", "▪ ", "● ", "○ ", "✓ ", "✔ ", "◦ "} {
		if strings.HasPrefix(line, b) {
			return bullet
		}
	}
	rest := strings.TrimLeft(line, "0123456789")
	switch {
	case line == "":
	case rest != line && len(line)-len(rest) <= 3 && rest != "" && strings.ContainsRune(".):", rune(rest[0])):
		return numbered
	case len(line) > 2 && (line[1] == '.' || line[1] == ')') && line[2] == ' ':
		return numbered // a. or A)
	case line[0] > 0x7f && strings.ContainsRune("①②③④⑤⑥⑦⑧⑨⑩", firstRune(line)):
		return numbered
	}
	return 0
}

func firstRune(s string) rune {
	c, _ := utf8.DecodeRuneInString(s)
	return c
}

// ideographic reports whether the text is in a script without spaces between words.
func ideographic(text string) bool {
	n, all := 0, 0
	for _, c := range text {
		if c < 0xe00 { // below Thai, the first such script
			all++
		} else if unicode.IsLetter(c) {
			all++
			if unicode.In(c, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar) {
				n++
			}
		}
	}
	return n*10 > all
}
