package classify

import (
	"strings"
	"testing"
	"unicode"
)

// Every entry of the keyword lists must be met when a text holds it, or it is dead weight.
func TestKeywordsAreFound(t *testing.T) {
	f := NewFeatures()
	for g, list := range keywordLists {
		for entry := range strings.FieldsSeq(list) {
			if _, ok := entryHash(entry); !ok {
				t.Errorf("group %d: the scanner can never meet %q", g, entry)
				continue
			}
			parts := strings.Split(strings.TrimSuffix(entry, "*"), "_")
			text := strings.Join(parts[:min(2, len(parts))], " ")
			f.Prompt(text)
			if f.scan.groups[g] == 0 {
				t.Errorf("group %d: %q is not found in %q", g, entry, text)
			}
		}
	}
}

func TestScanCounts(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		get        func(c *counts) int
		want       int
	}{
		{"words", "It's a well-known fact", func(c *counts) int { return c.words }, 5},
		{"apostrophes join", "can't can’t", func(c *counts) int { return c.words }, 2},
		{"combining accents", "cafe\u0301 au lait", func(c *counts) int { return c.words }, 3},
		{"two scripts make two words", "Python으로", func(c *counts) int { return c.words }, 2},
		{"characters without spaces", "你好吗", func(c *counts) int { return c.tokens }, 3},
		{"numbers", "3.14, 1,000 and 7", func(c *counts) int { return c.numbers }, 3},
		{"camel case", "getUserName HttpServer plain", func(c *counts) int { return c.camel }, 2},
		{"snake case", "user_name", func(c *counts) int { return c.snake }, 1},
		{"capitals", "NASA and EU", func(c *counts) int { return c.allCaps }, 2},
		{"questions", "Why? 왜？ لماذا؟", func(c *counts) int { return c.questions }, 3},
		{"sentences", "One. Two! 三。", func(c *counts) int { return c.sentences }, 3},
		{"no sentence in a number", "3.5 and v1.2", func(c *counts) int { return c.sentences }, 0},
		{"fences", "```\nx\n```", func(c *counts) int { return c.fences }, 2},
		{"latex", `\frac{1}{2} and \sqrt{x}`, func(c *counts) int { return c.latex }, 2},
		{"options", "A. one\nB. two\n(C) three\nD) four", func(c *counts) int { return c.options }, 4},
		{"bullets", "- one\n* two\n1. three", func(c *counts) int { return c.bullets }, 3},
		{"lines", "one\n\ntwo\n", func(c *counts) int { return c.lines }, 2},
		{"escaped lines", `one\ntwo\n`, func(c *counts) int { return c.lines }, 2},
		{"not an escaped line", `\nu and \neq`, func(c *counts) int { return c.lines }, 1},
		{"indented", "a\n  b\n\tc", func(c *counts) int { return c.indented }, 1},
		{"code runs", "x == y => z()", func(c *counts) int { return c.codeRuns }, 3},
		{"prose outside code", "안녕\n```\nfunc main\n```", func(c *counts) int { return int(c.prose[scriptLatin]) }, 0},
		{"letters of code", "안녕\n```\nfunc main\n```", func(c *counts) int { return int(c.letters[scriptLatin]) }, 8},
		{"prose beside a call", "f(x)[0] = {1};\nhello there", func(c *counts) int { return int(c.prose[scriptLatin]) }, 10},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := NewFeatures()
			f.Prompt(tt.text)
			if got := tt.get(&f.scan.counts); got != tt.want {
				t.Errorf("%q: %d, want %d", tt.text, got, tt.want)
			}
		})
	}
}

func TestScriptOf(t *testing.T) {
	tables := map[script]*unicode.RangeTable{
		scriptGreek: unicode.Greek, scriptCyrillic: unicode.Cyrillic, scriptHebrew: unicode.Hebrew, scriptArabic: unicode.Arabic,
		scriptDevanagari: unicode.Devanagari, scriptBengali: unicode.Bengali, scriptHangul: unicode.Hangul, scriptHan: unicode.Han,
		scriptThai: unicode.Thai, scriptLatin: unicode.Latin, scriptTamil: unicode.Tamil, scriptTelugu: unicode.Telugu,
		scriptGujarati: unicode.Gujarati, scriptGurmukhi: unicode.Gurmukhi, scriptGeorgian: unicode.Georgian, scriptArmenian: unicode.Armenian,
	}
	// The letters of the main blocks, where the block layout must agree with the property tables.
	for _, block := range []struct{ from, to rune }{
		{0x00C0, 0x024F},
		{0x0391, 0x03A1},
		{0x03A3, 0x03E1},
		{0x0400, 0x045F},
		{0x05D0, 0x05EA},
		{0x0621, 0x063A},
		{0x0671, 0x06D3},
		{0x0905, 0x0939},
		{0x0985, 0x098C},
		{0x0A05, 0x0A0A},
		{0x0A85, 0x0A8D},
		{0x0B85, 0x0B8A},
		{0x0C05, 0x0C0C},
		{0x0E01, 0x0E2E},
		{0x10D0, 0x10F0},
		{0x0531, 0x0556},
		{0x1E00, 0x1EFF},
		{0x4E00, 0x9FA5},
		{0xAC00, 0xD7A3},
	} {
		for r := block.from; r <= block.to; r++ {
			if !unicode.IsLetter(r) {
				continue
			}
			if table := tables[scriptOf(r)]; table == nil || !unicode.Is(table, r) {
				t.Errorf("%U %c: script %d", r, r, scriptOf(r))
			}
		}
	}
}

func TestFold(t *testing.T) {
	for _, r := range "ÀÉÎÖØÞĀČĐĞŁŃŐŘŠŤŮŹŻŽȘȚƠƯΑΒΓΣΩАБЯЁЇҐẠẾỰ" {
		if got, want := fold(r), unicode.ToLower(r); got != want {
			t.Errorf("fold(%c) = %c, want %c", r, got, want)
		}
	}
	for _, r := range "aßéčłñøαбя가中あ" {
		if got := fold(r); got != r {
			t.Errorf("fold(%c) = %c, want it unchanged", r, got)
		}
	}
}

func TestParseTopic(t *testing.T) {
	for topic := range NumTopics {
		if got, ok := ParseTopic(topic.String()); !ok || got != topic {
			t.Errorf("ParseTopic(%q) = %v, %v", topic.String(), got, ok)
		}
	}
	if _, ok := ParseTopic("poetry"); ok {
		t.Error("ParseTopic of an unknown name: ok")
	}
}
