package compress

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
)

// spec returns what the rule makes of a text.
func spec(t testing.TB, text string) string {
	t.Helper()
	tr := trimmer{raw: []byte(quote(t, text))}
	tr.optimize()
	out, _ := tr.result()
	var got string
	if err := json.Unmarshal(append(append([]byte{'"'}, out...), '"'), &got); err != nil {
		t.Fatalf("%q became %q: %v", text, out, err)
	}
	return got
}

// TestSpec holds cases by hand, their results from Python's own re and str.strip.
func TestSpec(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{" ", ""},
		{"Hi", ""},
		{"Hello", ""},
		{"안녕하세요", ""},
		{"안녕하세요. 날씨 알려줘", "날씨 알려줘"},
		{"안녕하세요! 날씨", "! 날씨"},
		{"안녕하세요?", "?"},
		{"Hi, how are you?", "how are you?"},
		{"Hi,how", "how"},
		{"Hi,, how", ", how"},
		{"Hi ,how", ",how"},
		{"Hi.\n\nHello, you", "Hello, you"},
		{"Hello.world", "world"},
		{"High time", "gh time"},
		{"Hellow", "w"},
		{"hi there", "hi there"},
		{"HELLO", "HELLO"},
		{" Hi there", "Hi there"},
		{"\nHello, you", "Hello, you"},
		{"Hi\u00a0there", "there"},
		{"Hi\u200bthere", "\u200bthere"},
		{"a\u200bb  c", "a\u200bb c"},
		{"a\u180eb", "a\u180eb"},
		{"a\u0085b", "a b"},
		{"a\x1c\x1d\x1e\x1fb", "a b"},
		{"\x1fHi", "Hi"},
		{"a\x1bb", "a\x1bb"},
		{"a\u3000\u2028\u2029b", "a b"},
		{"a\u1680b\u2000c\u200ad\u202fe\u205ff", "a b c d e f"},
		{"\ufeffHi", "\ufeffHi"},
		{"a\v\f\r\nb", "a b"},
		{"def f(x):\n    return  x\n", "def f(x): return x"},
		// No longer Python, no longer a table:
		{"if a:\n    b()\nelse:\n    c()\n", "if a: b() else: c()"},
		{"| a | b |\n|---|---|\n| 1 | 2 |", "| a | b | |---|---| | 1 | 2 |"},
		{"Hi. ", ""},
		{"Hello,\t", ""},
		{"안녕하세요,\u3000질문", "질문"},
		{"질문, 안녕하세요", "질문, 안녕하세요"},
		{"a\x00 \x00b", "a\x00 \x00b"},
	} {
		if got := spec(t, c.in); got != c.want {
			t.Errorf("spec(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

// oracle does the same as spec, by fields and prefixes.
func oracle(prompt string) string {
	const white = "\t\n\v\f\r\x1c\x1d\x1e\x1f \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
	is := func(r rune) bool { return strings.ContainsRune(white, r) }
	flat := strings.Join(strings.FieldsFunc("|"+prompt+"|", is), " ")
	flat = flat[1 : len(flat)-1]
	for _, g := range []string{"안녕하세요", "Hi", "Hello"} {
		if rest, ok := strings.CutPrefix(flat, g); ok {
			if rest != "" && (rest[0] == ',' || rest[0] == '.') {
				rest = rest[1:]
			}
			flat = rest
			break
		}
	}
	return strings.Trim(flat, " ")
}

// pieces are what texts in tests are put together from.
var pieces = []string{
	"안녕하세요", "Hi", "Hello", "hi", "Hell", ",", ".", "!", " ", "  ", "\n", "\r\n", "\t", "\v", "\f", "\x1c", "\x1f", "\u0085", "\u00a0",
	"\u1680", "\u2003", "\u200b", "\u2028", "\u3000", "\ufeff", "\x00", "a", "word", "질문", "é", "😀", "`", "```", "|", "{", "<b>", "    ",
}

func TestSpecIsOracle(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 1))
	for range 50_000 {
		var b strings.Builder
		for range random.IntN(9) {
			b.WriteString(pieces[random.IntN(len(pieces))])
		}
		in := b.String()
		if got, want := spec(t, in), oracle(in); got != want {
			t.Fatalf("spec(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzSpec(f *testing.F) {
	f.Add("Hi,  there\n")
	f.Fuzz(func(t *testing.T, in string) {
		in = strings.ToValidUTF8(in, "?")
		if got, want := spec(t, in), oracle(in); got != want {
			t.Fatalf("spec(%q) = %q, want %q", in, got, want)
		}
	})
}
