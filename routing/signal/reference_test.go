package signal

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
)

// The slow way to the same facts, by the rules as one would write them down.
var (
	refCode    = regexp.MustCompile("```|def |class |import ")
	refMath    = regexp.MustCompile(`\$.*\$|\\frac|\\sum`)
	refDomains = []struct {
		name string
		re   *regexp.Regexp
	}{
		{"code", caseless("```|코드|함수|클래스|python|javascript")},
		{"math", caseless(`수학|증명|계산|equation|\$`)},
		{"writing", caseless("글|작성|소설|에세이|write")},
		{"rag_summary", caseless("요약|summarize|문서")},
	}
	refKeywords = []string{"분석", "비교", "추론", "설명해", "왜", "analyze", "compare", "reason", "explain"}
)

// caseless compiles the expression with every letter standing for all that Python
// takes for it. Go's (?i) has other opinions about the letter i.
func caseless(expr string) *regexp.Regexp {
	var b strings.Builder
	for _, r := range expr {
		switch {
		case r == 'i':
			b.WriteString("[iIİı]")
		case r == 's':
			b.WriteString("[sSſ]")
		case r == 'k':
			b.WriteString("[kK\u212a]")
		case 'a' <= r && r <= 'z':
			b.WriteString("[" + string(r) + strings.ToUpper(string(r)) + "]")
		default:
			b.WriteRune(r)
		}
	}
	return regexp.MustCompile(b.String())
}

func refSpace(r rune) bool {
	const all = "\t\n\v\f\r\x1c\x1d\x1e\x1f \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
	return strings.ContainsRune(all, r)
}

func refLower(r rune) rune {
	if 'A' <= r && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}

// facts is what Facts tells, comparable.
type facts struct {
	Words      int
	Complexity float64
	Domain     string
	Code, Math bool
}

func reference(prompt string) facts {
	f := facts{
		Words:  len(strings.FieldsFunc(prompt, refSpace)),
		Domain: "general",
		Code:   refCode.MatchString(prompt),
		Math:   refMath.MatchString(prompt),
	}
	if f.Words > 500 {
		f.Complexity += 0.3
	} else if f.Words > 200 {
		f.Complexity += 0.15
	}
	lower := strings.Map(refLower, prompt)
	for _, k := range refKeywords {
		if strings.Contains(lower, k) {
			f.Complexity += 0.1
		}
	}
	if f.Code {
		f.Complexity += 0.2
	}
	if f.Math {
		f.Complexity += 0.15
	}
	f.Complexity = min(f.Complexity, 1)
	for _, d := range refDomains {
		if d.re.MatchString(prompt) {
			f.Domain = d.name
			break
		}
	}
	return f
}

func compare(t *testing.T, prompt string) {
	t.Helper()
	f := Scan(prompt)
	got := facts{f.Words, f.Complexity(), f.Domain(), f.Code(), f.Math()}
	if want := reference(prompt); got != want {
		t.Errorf("Scan(%q)\ngot  %+v\nwant %+v", prompt, got, want)
	}
}

// TestScanIsReference glues pieces of literals together, at every alignment.
func TestScanIsReference(t *testing.T) {
	whole := []string{
		"```", "def ", "class ", "import ", `\frac`, `\sum`, "$", "$", "\n", "코드", "함수", "클래스", "python", "javascript",
		"수학", "증명", "계산", "equation", "글", "작성", "소설", "에세이", "write", "요약", "summarize", "문서",
		"ſ", "ı", "İ", "\u212a", " ", "\t", "\x1c", "\x1b", "\u0085", "\u00a0", "\u2003", "\u2029", "\u202f", "\u205f", "\u3000", "\u200b", "\u3001",
		"a", "가", "👍", "\x80", "\xe2", "\xe2\x80", "\xff", "\x00",
	}
	whole = append(whole, refKeywords...)
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		var b strings.Builder
		for range rng.IntN(6) {
			piece := whole[rng.IntN(len(whole))]
			switch rng.IntN(8) {
			case 0:
				piece = strings.ToUpper(piece)
			case 1:
				piece = piece[rng.IntN(len(piece)):]
			case 2:
				piece = piece[:rng.IntN(len(piece))]
			case 3:
				piece = strings.NewReplacer("i", "İ", "s", "ſ").Replace(piece)
			case 4:
				piece = strings.NewReplacer("i", "ı", "a", "A").Replace(piece)
			}
			b.WriteString(piece)
		}
		compare(t, b.String())
	}
}

// FuzzScan has the property that the one pass finds what the rules say.
func FuzzScan(f *testing.F) {
	for _, prompt := range []string{
		"", "왜 JAVAſCRİPT?", "$1\n$2 $3", "a\u3000b \u2003\u2003c", "\\sum `` ``` def class import", "\xe2\x80\xc2\xa0$",
	} {
		f.Add(prompt, uint8(0))
	}
	f.Fuzz(func(t *testing.T, prompt string, shift uint8) {
		compare(t, strings.Repeat("-", int(shift%8))+prompt)
	})
}
