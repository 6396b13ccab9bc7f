package signal

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/routing"
)

// words returns n words.
func words(n int) string { return strings.TrimSuffix(strings.Repeat("w ", n), " ") }

func TestComplexity(t *testing.T) {
	tests := []struct {
		name   string
		prompt string
		want   float64
	}{
		{"empty", "", 0},
		{"plain", "hello there", 0},
		{"200 words", words(200), 0},
		{"201 words", words(201), 0.15},
		{"500 words", words(500), 0.15},
		{"501 words", words(501), 0.3},
		{"one keyword", "why? explain", 0.1},
		{"a keyword counts once", "explain, explain, EXPLAIN", 0.1},
		{"two keywords", "compare and explain", 0.2},
		{"three keywords show their rounding", "compare, analyze and explain", 0.30000000000000004},
		{"Korean keywords", "두 방법을 비교 분석하고 왜 그런지 설명해 줘", 0.4},
		{"keyword inside a word", "unreasonable", 0.1},
		{"keyword without its last syllable", "설명", 0},
		{"decomposed syllables are others", "\u110b\u116b", 0},
		{"upper case", "REASON", 0.1},
		{"dotted I lowers to two characters", "EXPLAİN", 0},
		{"dotless i is another letter", "explaın", 0},
		{"long s is another letter", "reaſon", 0},
		{"fence", "```", 0.2},
		{"two backquotes", "``", 0},
		{"def", "def f", 0.2},
		{"def without its blank", "def\tf", 0},
		{"def in upper case", "DEF f", 0},
		{"class in a sentence", "first class travel", 0.2},
		{"import at the end", "please import", 0},
		{"formula", "$x$", 0.15},
		{"empty formula", "$$", 0.15},
		{"one dollar", "it costs $5", 0},
		{"dollars on two lines", "$5\n$6", 0},
		{"dollars on one line behind others", "$1\n$2\n$3 and $4", 0.15},
		{"only a line feed ends a line", "$5\r\u2028\u0085$6", 0.15},
		{"frac", `\frac{1}{2}`, 0.15},
		{"sum", `\sum_i`, 0.15},
		{"sum in upper case", `\Sum`, 0},
		{"code and math", "```$$", 0.35},
		{"all there is", words(501) + " 분석 비교 추론 설명해 왜 analyze compare reason explain ``` $$", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Complexity(tt.prompt); got != tt.want {
				t.Errorf("Complexity = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestDomain(t *testing.T) {
	tests := []struct{ prompt, want string }{
		{"", "general"},
		{"hello", "general"},
		{"```", "code"},
		{"함수", "code"},
		{"클래스를 만들어", "code"},
		{"PYTHON", "code"},
		{"JavaScript", "code"},
		{"javaſcrİpt", "code"},
		{"javascrıpt", "code"},
		{"수학 코드", "code"},
		{"$", "math"},
		{"증명해", "math"},
		{"EQUATİON", "math"},
		{"계산을 작성", "math"},
		{"글", "writing"},
		{"기", "general"},
		{"WRıTE and summarize", "writing"},
		{"소설", "writing"},
		{"에세이", "writing"},
		{"요약", "rag_summary"},
		{"문서", "rag_summary"},
		{"ſUMMARIZE", "rag_summary"},
		{"summarise", "general"},
		{"pytho", "general"},
	}
	for _, tt := range tests {
		t.Run(tt.prompt, func(t *testing.T) {
			// The matcher looks at even positions: shift the text by one.
			for _, prompt := range []string{tt.prompt, "-" + tt.prompt, tt.prompt + "-"} {
				if got := Domain(prompt); got != tt.want {
					t.Errorf("Domain(%q) = %s, want %s", prompt, got, tt.want)
				}
			}
		})
	}
}

func TestWords(t *testing.T) {
	tests := []struct {
		prompt string
		want   int
	}{
		{"", 0},
		{" \t\n\v\f\r\x1c\x1d\x1e\x1f", 0},
		{"a", 1},
		{"seven77", 1},
		{"eight888", 1},
		{"eight888 9", 2},
		{"a\x1bb\x08c\x0ed\x00e", 1},
		{"a\x1cb\x1dc\x1ed\x1fe\tf\ng\vh\fi\rj k", 11},
		{"a\u0085b\u00a0c\u1680d\u2000e\u200af\u2028g\u2029h\u202fi\u205fj\u3000k", 11},
		{"\u3000\u3000a\u3000\u3000\u3000b\u3000", 2},
		{"\u3000", 0},
		{" \u3000 \u3000 ", 0},
		{"a \u3000", 1},
		{"\u3000 a", 1},
		{"a\u200bb\u180ec\ufeffd\u2060e\u200b", 1},
		{"\u2027a\u202ab\u3001c\u0084d\u00a1e", 1},
		{"한국어 문장 하나", 3},
		{"한국어\u3000문장", 2},
		{"\xa0\x85\xe2\x80\xe3\x80", 1},
		{"👍 👍", 2},
	}
	for _, tt := range tests {
		t.Run(strconv.QuoteToASCII(tt.prompt), func(t *testing.T) {
			if got := Scan(tt.prompt).Words; got != tt.want {
				t.Errorf("%d words, want %d", got, tt.want)
			}
		})
	}
}

func TestDescribe(t *testing.T) {
	got := Describe(&routing.Request{
		Prompt: "import numpy, then $x$",
		Bytes:  101,
		Turns:  3,
		Needs:  routing.Tools | routing.JSON,
	})
	want := routing.Signals{Turn: "human", Words: 4, Tokens: 26, Code: true, Math: true, Turns: 3, Tools: true, JSON: true}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := Describe(&routing.Request{Bytes: 101, Tokens: 33}).Tokens; got != 33 {
		t.Errorf("got %d tokens, want the 33 that were estimated", got)
	}
	got = Describe(&routing.Request{Needs: routing.Vision})
	if diff := cmp.Diff(routing.Signals{Turn: "human", Images: true}, got); diff != "" {
		t.Error(diff)
	}
}

func TestScanAllocatesNothing(t *testing.T) {
	text := strings.Repeat("왜 $5\nwrite \u3000 ", 100)
	if n := testing.AllocsPerRun(10, func() { Scan(text) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
