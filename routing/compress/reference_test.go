package compress

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// The reference says in other words, over decoded text, what safe does.

var (
	tagged   = regexp.MustCompile(`<[A-Za-z/!?]`)
	strange  = regexp.MustCompile("[\x00-\x07\x0b\x0e-\x1f]") // what the tests' encoder spells as \u00XX
	unlikely = regexp.MustCompile("^[^\\pL]|[\t`|{}\\[\\]<>=_$@#~^&*/+\\\\\r\b\f]|  |--|(^|[^ ])\\(|[.,][A-Za-z0-9]|:[^ ]|;[^ ]|;$|[^\\x00-\\x7f\\pL\\pM\\p{Nd}\\pP]|\x7f")
	shouted  = regexp.MustCompile(`^[^A-Za-z ]*[A-Z][^a-z ]*[A-Z][^a-z ]* `)
	opener   = regexp.MustCompile("^ {0,3}(`{3,}|~{3,})([^`]*)$")
	ticks    = regexp.MustCompile("`+")
	odd      = regexp.MustCompile(`(?i)\\u(00[0-7]|d[89a-f])`)
	keyed    = regexp.MustCompile(`^[^ ]*: `)
)

func isProse(text string) bool {
	return !unlikely.MatchString(text) && !shouted.MatchString(text) && !keyed.MatchString(text) &&
		(strings.Contains(text, " ") || strings.ContainsAny(text[len(text)-1:], ".!?"))
}

// reference is what safe makes of a text that has no greeting to lose.
func reference(text string) string {
	if tagged.MatchString(text) || strange.MatchString(text) {
		return text
	}
	type row struct{ text, blanks, end, kind string }
	var rows []row
	closing := "" // what ends the code that is open: a fence or a run of backquotes
	fenced, lost := false, false
	for rest := text; rest != ""; {
		body, after, ended := strings.Cut(rest, "\n")
		r := row{end: ""}
		if rest = after; ended {
			r.end = "\n"
			if cut, ok := strings.CutSuffix(body, "\r"); ok {
				body, r.end = cut, "\r\n"
			}
		}
		r.text = strings.TrimRight(body, " \t")
		r.blanks = body[len(r.text):]
		switch {
		case r.text == "":
			r.kind = "blank"
		case isProse(r.text):
			r.kind = "prose"
		default:
			r.kind = "other"
		}
		if lost || closing != "" {
			r.kind = "other"
		}
		fence := opener.FindStringSubmatch(r.text)
		switch {
		case lost:
		case fenced:
			if fence != nil && strings.HasPrefix(fence[1], closing) && fence[2] == "" {
				fenced, closing = false, ""
			}
		case fence != nil && closing == "":
			fenced, closing = true, fence[1]
		case strings.Contains(r.text, "```"), strings.Contains(r.text, "~~~"):
			lost, r.kind = true, "other"
		default:
			for _, run := range ticks.FindAllString(r.text, -1) {
				switch closing {
				case "":
					closing = run
				case run:
					closing = ""
				}
			}
		}
		if r.kind == "blank" && r.end == "" {
			break // what is behind the last line feed stays, and counts for nothing
		}
		rows = append(rows, r)
	}
	tail := strings.TrimPrefix(text, func() string {
		var all strings.Builder
		for _, r := range rows {
			all.WriteString(r.text + r.blanks + r.end)
		}
		return all.String()
	}())
	kindAt := func(i int, edge string) string {
		if i < 0 || i >= len(rows) {
			return edge
		}
		return rows[i].kind
	}
	var out strings.Builder
	for i := 0; i < len(rows); {
		r := rows[i]
		if r.kind != "blank" {
			next := kindAt(i+1, "blank")
			keep := r.kind != "prose" || r.end == "" || kindAt(i-1, "blank") == "other" || next == "other" ||
				next == "prose" && strings.HasSuffix(r.blanks, "  ")
			if out.WriteString(r.text); keep {
				out.WriteString(r.blanks)
			}
			out.WriteString(r.end)
			i++
			continue
		}
		first := i
		for i < len(rows) && rows[i].kind == "blank" {
			i++
		}
		if kindAt(first-1, "prose") == "prose" && kindAt(i, "prose") == "prose" {
			out.WriteString(rows[i-1].end)
			continue
		}
		for _, r := range rows[first:i] {
			out.WriteString(r.blanks + r.end)
		}
	}
	return out.String() + tail
}

// ungreeted is what is left of the beginning of a turn, by the greetings met before.
func ungreeted(text string, met map[string]bool) string {
	if tagged.MatchString(text) || strange.MatchString(text) {
		return text
	}
	for _, g := range []string{"안녕하세요", "Hi", "Hello"} {
		again := regexp.MustCompile("^" + g + `([,.!~]*)(?:([ \t\r\n]*\n)| *)`)
		last, rest, at := -1, 0, 0
		for {
			m := again.FindStringSubmatchIndex(text[at:])
			if m == nil || m[1] == m[3] && at+m[1] < len(text) {
				break
			}
			if end := at + m[1]; m[3] > m[2] || m[4] >= 0 || end == len(text) {
				last, rest = at, end
			}
			at += m[1]
		}
		if last < 0 {
			continue
		}
		cut := last
		if met[g] {
			cut = rest
		}
		met[g] = true
		line, _, _ := strings.Cut(text[rest:], "\n")
		line = strings.TrimRight(strings.TrimSuffix(line, "\r"), " \t")
		if line == "" || !isProse(line) || strings.ContainsAny(text, quotes) ||
			slices.ContainsFunc(ownWords, func(w string) bool { return strings.Contains(strings.ToLower(text), w) }) {
			return text
		}
		return text[cut:]
	}
	return text
}

// expect replaces the texts of the user's in a decoded body by what safe makes of them.
func expect(body any) {
	list, _ := body.(map[string]any)["messages"].([]any)
	free, met := 0, make(map[string]bool)
	for i, m := range list {
		if enc, _ := json.Marshal(m); strings.Contains(string(enc), `"cache_control":`) {
			free = i + 1
		}
	}
	for i, m := range list {
		m, _ := m.(map[string]any)
		if m["role"] != "user" {
			continue
		}
		first := true
		shorter := func(text string) string {
			left := text
			if first {
				left = ungreeted(text, met)
			}
			first = false
			if left = reference(left); left == "" || i < free {
				return text
			}
			return left
		}
		switch content := m["content"].(type) {
		case string:
			m["content"] = shorter(content)
		case []any:
			for _, b := range content {
				b, _ := b.(map[string]any)
				if text, ok := b["text"].(string); ok && b["type"] == "text" && len(b) == 2 {
					b["text"] = shorter(text)
				}
			}
		}
	}
}
