package agreement

import (
	"math/big"
	"regexp"
	"strings"
)

// maxScalar bounds the values that are unwrapped, in bytes: each layer takes one more pass.
const maxScalar = 4 << 10

// written returns the canonical form of a literal of a programming language. Quotes are part of
// it: '5' is not a number, and abc is a string in quotes and a name without.
func written(s string) string {
	if len(s) > maxScalar {
		return string(rune(isName)) + quote(s)
	}
	s = bare(s)
	if l, ok := parseLiteral(s); ok {
		return l.canonical()
	}
	return string(rune(isName)) + quote(s)
}

// scalar returns the canonical form of a single value: "**$1,000.00**." is the number 1000.
// Anything that is not a number, truth value, list or formula is text, and equal only to
// itself.
func scalar(s string) string {
	if len(s) > maxScalar {
		return quote(s)
	}
	s = strings.TrimSpace(restoreLaTeX(s))
	if inner, ok := unquoted(s); ok {
		return quote(inner)
	}
	s = bare(s)
	if inner, ok := unquoted(s); ok {
		return quote(inner)
	}
	if kind, ok := words[strings.TrimSuffix(s, ".")]; ok {
		return string(rune(kind))
	}
	if n, ok := quantity(s); ok {
		return string(rune(isNumber)) + n.RatString()
	}
	if s != "" && strings.IndexByte("[({", s[0]) >= 0 {
		if l, ok := parseLiteral(s); ok {
			return l.canonical()
		}
	}
	if m := letter.FindStringSubmatch(s); m != nil {
		return quote(m[1])
	}
	if formula.MatchString(s) {
		return quote(normalFormula(s))
	}
	return quote(s)
}

// letter matches a choice in parentheses.
var letter = regexp.MustCompile(`^\(?([A-Z])[).:]?$`)

// unquoted returns the text inside a pair of quotes, if it contains no further ones.
func unquoted(s string) (string, bool) {
	n := len(s)
	if n < 2 || s[0] != s[n-1] || s[0] != '"' && s[0] != '\'' {
		return "", false
	}
	l, ok := parseLiteral(s)
	return l.text, ok
}

// bare removes what a value is wrapped in: Markdown, LaTeX and a full stop.
func bare(s string) string {
	for {
		before := s
		s = strings.TrimSpace(s)
		for _, w := range wrappers {
			if inner, ok := strings.CutPrefix(s, w[0]); ok && len(inner) >= len(w[1]) && strings.HasSuffix(inner, w[1]) {
				if inner = inner[:len(inner)-len(w[1])]; !strings.Contains(inner, w[0]) {
					s = inner
				}
			}
		}
		if inner, end := group(s, `\boxed`); end == len(s) && end > 0 {
			s = inner
		}
		if inner, end := group(s, `\text`); end == len(s) && end > 0 {
			s = inner
		}
		if n := len(s); n > 1 && s[n-1] == '.' && s[n-2] != '.' {
			s = s[:n-1]
		}
		if s == before {
			return s
		}
	}
}

var wrappers = [][2]string{{"**", "**"}, {"__", "__"}, {"`", "`"}, {"$$", "$$"}, {"$", "$"}, {`\(`, `\)`}, {`\[`, `\]`}}

// group returns the text in braces after a command at the beginning of s, and where the braces
// end.
func group(s, command string) (inner string, end int) {
	rest, ok := strings.CutPrefix(s, command)
	if !ok || rest == "" || rest[0] != '{' {
		return "", 0
	}
	depth := 0
	for i := range len(rest) {
		switch rest[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return rest[1:i], len(command) + i + 1
			}
		}
	}
	return "", 0
}

// Limits of a number and its power of ten: the fraction of 1e999999 would take megabytes.
const (
	maxDigits   = 64
	maxExponent = 64
)

var (
	plain    = regexp.MustCompile(`^[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE]([-+]?[0-9]{1,3}))?$`)
	grouped  = regexp.MustCompile(`^([-+]?)([0-9]{1,3}(?:,[0-9]{3})+)(\.[0-9]+)?$`)
	leading  = regexp.MustCompile(`^[-+]?0[0-9]`)
	fraction = regexp.MustCompile(`^([-+]?[0-9]+)\s*/\s*([0-9]+)$`)
	latex    = regexp.MustCompile(`^([-+]?)\\[dt]?frac\{?([-+]?[0-9]+)\}?\{?([0-9]+)\}?$`)
	assigned = regexp.MustCompile(`^[a-zA-Z]\s*=\s*`)
	measured = regexp.MustCompile(`^([-+]?[0-9][0-9,]*(?:\.[0-9]+)?)(\s*)([^0-9\s].*)$`)
)

// decimal parses a number, with or without commas between thousands. Leading zeros make it a
// code instead.
func decimal(s string) (*big.Rat, bool) {
	if len(s) > maxDigits || leading.MatchString(s) {
		return nil, false
	}
	if m := grouped.FindStringSubmatch(s); m != nil {
		s = m[1] + strings.ReplaceAll(m[2], ",", "") + m[3]
	}
	m := plain.FindStringSubmatch(s)
	if m == nil {
		return nil, false
	}
	if e := strings.TrimLeft(m[1], "+-0"); len(e) > 2 || len(e) == 2 && e > "64" {
		return nil, false
	}
	return new(big.Rat).SetString(strings.TrimSuffix(s, "."))
}

// quantity parses a number with its surroundings: a currency, a percent sign, a unit, "x =", a
// fraction.
func quantity(s string) (*big.Rat, bool) {
	if len(s) > 2*maxDigits {
		return nil, false
	}
	s = strings.NewReplacer("−", "-", "–", "-", `\%`, "%", `\$`, "$", `\!`, "", `\,`, "", "{,}", ",", "\u00a0", " ").Replace(s)
	s = assigned.ReplaceAllString(s, "")
	sign := ""
	if rest, ok := strings.CutPrefix(s, "-"); ok && rest != "" && !strings.HasPrefix(rest, "-") {
		sign, s = "-", strings.TrimSpace(rest)
	}
	for _, c := range currencies {
		if rest, ok := strings.CutPrefix(s, c); ok {
			s = strings.TrimSpace(rest)
			break
		}
	}
	s = sign + s
	if r, ok := decimal(s); ok {
		return r, true
	}
	if r, ok := quotient(s); ok {
		return r, true
	}
	m := measured.FindStringSubmatch(s)
	if m == nil {
		return nil, false
	}
	r, ok := decimal(m[1])
	if !ok {
		return nil, false
	}
	factor, ok := unit(m[3], m[2] != "")
	if !ok {
		return nil, false
	}
	return r.Mul(r, big.NewRat(factor, 1)), true
}

func quotient(s string) (*big.Rat, bool) {
	sign, above, below := "", "", ""
	if m := fraction.FindStringSubmatch(s); m != nil {
		above, below = m[1], m[2]
	} else if m := latex.FindStringSubmatch(s); m != nil {
		sign, above, below = m[1], m[2], m[3]
		if strings.HasPrefix(s[len(sign):], `\frac`) && !strings.Contains(s, "{") && len(above)+len(below) != 2 {
			return nil, false // \frac123 is ambiguous
		}
	} else {
		return nil, false
	}
	if len(above) > maxDigits || strings.Trim(below, "0") == "" {
		return nil, false
	}
	r, ok := new(big.Rat).SetString(above + "/" + below)
	if ok && sign == "-" {
		r.Neg(r)
	}
	return r, ok
}

var currencies = []string{"US$", "$", "€", "£", "₩", "¥", "USD", "EUR", "KRW"}

// magnitudes are words after a number that multiply it.
var magnitudes = []struct {
	word   string
	factor int64
}{
	{"thousand", 1e3},
	{"million", 1e6},
	{"billion", 1e9},
	{"trillion", 1e12},
	{"dozen", 12},
	{"hundred", 100},
	{"천", 1e3},
	{"만", 1e4},
	{"억", 1e8},
	{"조", 1e12},
	{"백", 100},
}

// attached are units that directly follow a number; other letters there are algebra (5x).
var attached = map[string]bool{
	"%": true, "cm": true, "mm": true, "km": true, "kg": true, "mg": true, "ml": true, "mL": true, "mph": true, "kmh": true,
	"km/h": true, "hrs": true, "hr": true, "min": true, "sec": true, "ms": true, "GB": true, "MB": true, "KB": true, "USD": true,
	"cm^2": true, "cm²": true, "m²": true, "m^2": true, "km²": true, "°C": true, "°F": true, "°": true, "$": true, "€": true,
	`^\circ`: true, `^{\circ}`: true,
}

// notUnits are words that turn a number into another statement or a formula.
var notUnits = map[string]bool{
	"or": true, "and": true, "to": true, "not": true, "no": true, "than": true, "more": true, "less": true, "fewer": true,
	"plus": true, "minus": true, "times": true, "over": true, "pi": true, "sqrt": true, "log": true, "sin": true, "cos": true,
	"tan": true, "inf": true, "mod": true, "if": true, "is": true, "in": true, "of": true, "half": true, "halves": true,
	"third": true, "thirds": true, "quarter": true, "quarters": true, "또는": true, "이상": true, "이하": true,
	"초과": true, "미만": true,
}

const maxUnit = 32 // bytes

// unit parses what follows a number and returns the factor by which it multiplies it.
func unit(s string, apart bool) (int64, bool) {
	if len(s) > maxUnit {
		return 0, false
	}
	if inner, end := group(s, `\text`); end == len(s) && end > 0 {
		s, apart = strings.TrimSpace(inner), true
	}
	s = strings.TrimSpace(s)
	factor := int64(1)
	for _, m := range magnitudes {
		if rest, ok := strings.CutPrefix(strings.ToLower(s), m.word); ok && (rest == "" || rest[0] == ' ' || m.word[0] >= 0x80) {
			factor, s, apart = m.factor, strings.TrimSpace(rest), true
			break
		}
	}
	if s == "" || attached[s] {
		return factor, true
	}
	parts := strings.Fields(s)
	if len(parts) > 3 {
		return 0, false
	}
	for i, w := range parts {
		if !isUnit(w, apart || i > 0) {
			return 0, false
		}
	}
	return factor, true
}

// isUnit reports whether a word may be a unit: at least two letters, or a Korean counter.
func isUnit(w string, apart bool) bool {
	if attached[w] {
		return true
	}
	if notUnits[strings.ToLower(w)] {
		return false
	}
	hangul, letters := 0, 0
	for _, c := range w {
		switch {
		case c >= 0xac00 && c <= 0xd7a3:
			hangul++
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			letters++
		default:
			return false
		}
	}
	for _, m := range magnitudes {
		if strings.HasPrefix(strings.ToLower(w), m.word) {
			return false // 3만 5천: a number with several parts
		}
	}
	return hangul > 0 && letters == 0 && hangul <= 4 || apart && hangul == 0 && letters >= 2
}
