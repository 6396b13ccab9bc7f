package tokens

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tiktoken-go/tokenizer"
)

// agree is how far the estimate may be from the truth, in parts of it.
const agree = 0.15

// read returns the hand-written texts by what they are written in.
func read(tb testing.TB) map[string]string {
	tb.Helper()
	paths, err := filepath.Glob("testdata/texts/*.txt")
	if err != nil || len(paths) == 0 {
		tb.Fatalf("found %d texts: %v", len(paths), err)
	}
	texts := map[string]string{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			tb.Fatal(err)
		}
		texts[strings.TrimSuffix(filepath.Base(path), ".txt")] = string(text)
	}
	return texts
}

func off(estimate, truth int) float64 { return float64(estimate)/float64(truth) - 1 }

func TestTable(t *testing.T) {
	if len(costs) != classCount*classCount {
		t.Errorf("costs.tab has %d costs, want %d", len(costs), classCount*classCount)
	}
	most := uint8(0)
	for _, class := range classOf {
		most = max(most, class)
	}
	if most != classCount-1 {
		t.Errorf("the last class is %d, want %d", most, classCount-1)
	}
}

// TestEstimate compares the estimate with o200k_base, and where cl100k_base makes about
// as many tokens, with that.
func TestEstimate(t *testing.T) {
	newer, older := encoderOf(t, tokenizer.O200kBase), encoderOf(t, tokenizer.Cl100kBase)
	for name, text := range read(t) {
		t.Run(name, func(t *testing.T) {
			if n := utf8.RuneCountInString(text); n < leastText {
				t.Fatalf("%d characters, want %d", n, leastText)
			}
			got, o200k, cl100k := Estimate(text), count(t, newer, text), count(t, older, text)
			t.Logf("%5d bytes, %4d tokens estimated, %4d by o200k_base (%+.1f %%), %4d by cl100k_base (%+.1f %%)",
				len(text), got, o200k, 100*off(got, o200k), cl100k, 100*off(got, cl100k))
			if math.Abs(off(got, o200k)) > agree {
				t.Errorf("estimated %d tokens, want %d", got, o200k)
			}
			if math.Abs(off(cl100k, o200k)) < 0.05 && math.Abs(off(got, cl100k)) > agree {
				t.Errorf("estimated %d tokens, want %d of cl100k_base", got, cl100k)
			}
		})
	}
}

// TestEstimateOfEnds has what is too short to be estimated well.
func TestEstimateOfEnds(t *testing.T) {
	for _, tt := range []struct {
		text      string
		low, high int
	}{
		{"", 0, 0},
		{"a", 1, 1},
		{"hello", 1, 3},
		{"\xff\xfe\x80", 1, 3},
		{strings.Repeat("\x00", 1000), 1, 1000},
	} {
		if got := Estimate(tt.text); got < tt.low || got > tt.high {
			t.Errorf("Estimate(%.10q) = %d, want %d to %d", tt.text, got, tt.low, tt.high)
		}
	}
}

// TestEstimateBody compares bodies with the texts that they carry.
func TestEstimateBody(t *testing.T) {
	encoder := encoderOf(t, tokenizer.O200kBase)
	mixed := func(texts map[string]string, n int) string {
		rng := rand.New(rand.NewPCG(5, 5))
		names := []string{"english", "python", "korean-chat", "json", "chinese", "go", "english-chat", "diff", "typescript"}
		var b strings.Builder
		for b.Len() < n {
			b.WriteString(texts[names[rng.IntN(len(names))]])
		}
		return b.String()
	}
	texts := read(t)
	for _, kib := range []int{4, 30, 160} {
		texts[fmt.Sprintf("mixed-%dKiB", kib)] = mixed(texts, kib<<10)
	}
	for name, text := range texts {
		want := count(t, encoder, text)
		for _, escape := range []bool{false, true} {
			body, err := json.Marshal(map[string]string{"content": text})
			if err != nil {
				t.Fatal(err)
			}
			if escape {
				body = ascii(body)
			}
			got := EstimateBody(body)
			t.Logf("%-14s %8d bytes, \\u %-5t %7d tokens estimated, %7d true (%+.1f %%)", name, len(body), escape, got, want, 100*off(got, want))
			const around = 5 // {"content":""} itself
			if math.Abs(float64(got-want)) > agree*float64(want)+around {
				t.Errorf("%s, \\u %t: estimated %d tokens, want %d", name, escape, got, want)
			}
		}
	}
}

// ascii escapes every character of a JSON document that is not ASCII.
func ascii(document []byte) []byte {
	var out []byte
	for _, r := range string(document) {
		switch {
		case r < utf8.RuneSelf:
			out = append(out, byte(r))
		case r > 0xffff:
			r -= 0x10000
			out = fmt.Appendf(out, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	return out
}

// TestEstimateBodyOfMedia says that images weigh what they cost, not what they measure.
func TestEstimateBodyOfMedia(t *testing.T) {
	text := read(t)["english"]
	image := make([]byte, 300<<10)
	rng := rand.New(rand.NewPCG(9, 9))
	for i := range image {
		image[i] = byte(rng.Uint32())
	}
	body, err := json.Marshal([]string{text, "data:image/png;base64," + base64.StdEncoding.EncodeToString(image), text})
	if err != nil {
		t.Fatal(err)
	}
	if got := EstimateBody(body); got < 500 || got > 10_000 {
		t.Errorf("estimated %d tokens, want about 2000", got)
	}
}

// TestEstimateBodyEscapes wants a body to weigh the same however it is written.
func TestEstimateBodyEscapes(t *testing.T) {
	for _, tt := range []struct{ name, plain, escaped string }{
		{"line breaks", "a\n\tb\r", `a\n\tb\r`},
		{"quotes", `say "yes" / "no"`, `say \"yes\" \/ \"no\"`},
		{"syllables", "안녕, é", `\uc548\uB155, \u00e9`},
		{"emoji", "😀!", `\ud83d\ude00!`},
	} {
		plain, escaped := strings.Repeat(tt.plain, 20), strings.Repeat(tt.escaped, 20)
		var a, b meter
		for i := range len(plain) {
			a = a.add(plain[i])
		}
		b = readJSON(b, escaped, 0, len(escaped))
		if a != b {
			t.Errorf("%s: escaped %+v, plain %+v", tt.name, b, a)
		}
	}
}

func FuzzEstimate(f *testing.F) {
	for _, text := range read(f) {
		f.Add(text)
	}
	f.Add(`\`)
	f.Add(`\ud83d`)
	f.Add(`\ud83d\u`)
	f.Add(strings.Repeat(`\u00e9`, 900) + `\u0`)
	f.Add(strings.Repeat("A", 9000))
	f.Fuzz(func(t *testing.T, text string) {
		for name, got := range map[string]int{"Estimate": Estimate(text), "EstimateBody": EstimateBody([]byte(text))} {
			if got < 0 || got > len(text) {
				t.Errorf("%s = %d for %d bytes", name, got, len(text))
			}
		}
		if len(text) <= sampled && !strings.Contains(text, `\`) && utf8.ValidString(text) {
			if whole, twice := Estimate(text), Estimate(text+text); len(text) <= sampled/2 && twice < whole {
				t.Errorf("Estimate = %d for %d bytes, but %d for the same twice", whole, len(text), twice)
			}
		}
	})
}

// repeated returns n bytes of the text.
func repeated(text string, n int) string { return strings.Repeat(text, n/len(text)+1)[:n] }

func BenchmarkEstimate(b *testing.B) {
	english := read(b)["english"]
	for _, kib := range []int{1, 4, 30, 160, 1000} {
		text := repeated(english, kib<<10)
		b.Run(fmt.Sprintf("%dKiB", kib), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Estimate(text)
			}
		})
	}
}

func BenchmarkEstimateBody(b *testing.B) {
	texts := read(b)
	for _, language := range []string{"english", "korean"} {
		for _, kib := range []int{1, 4, 30, 160, 1000} {
			body, err := json.Marshal(repeated(texts[language], kib<<10))
			if err != nil {
				b.Fatal(err)
			}
			b.Run(fmt.Sprintf("%s/%dKiB", language, kib), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					EstimateBody(body)
				}
			})
		}
	}
}
