package agreement

import (
	"regexp"
	"strings"
)

// formula matches signs that only formulas contain.
var formula = regexp.MustCompile(`\\(?:[dt]?frac|sqrt|pi|cdot|times|left|right|infty|theta|cup|cap|pm|leq?|geq?)\b|\\sqrt|[√π∞]|\bsqrt\(`)

var (
	spelling = strings.NewReplacer(
		`\left`, "", `\right`, "", `\!`, "", `\,`, "", `\;`, "", `\ `, "", " ", "", "\t", "", "\n", "",
		`\dfrac`, `\frac`, `\tfrac`, `\frac`, `\cdot`, "*", `\times`, "*", "×", "*", "·", "*", "**", "^",
		`\pi`, "pi", "π", "pi", `\infty`, "inf", "∞", "inf", `\theta`, "theta", "−", "-", `\leq`, "<=", `\le`, "<=", `\geq`, ">=", `\ge`, ">=",
	)
	power    = regexp.MustCompile(`\^\{([0-9a-z]+)\}`)
	radical  = regexp.MustCompile(`√([0-9]+|[a-z])`)
	product  = regexp.MustCompile(`([0-9a-z)])\*([a-z(])`)
	atomic   = regexp.MustCompile(`^[0-9a-z]+$`)
	unbraced = regexp.MustCompile(`\\sqrt([0-9a-z])`)
)

// normalFormula normalizes the spelling of a formula: \dfrac{2\sqrt{3}}{3} becomes
// (2sqrt(3))/3. It does not calculate, so equal formulas may remain different, but different
// ones never become equal.
func normalFormula(s string) string {
	s = spelling.Replace(s)
	s = power.ReplaceAllString(s, "^$1")
	s = radical.ReplaceAllString(s, "sqrt($1)")
	s = unbraced.ReplaceAllString(s, "sqrt($1)")
	s = commands(s, 0)
	return product.ReplaceAllString(s, "$1$2")
}

// commands replaces \frac and \sqrt by notation without braces.
func commands(s string, depth int) string {
	const most = 8
	var b strings.Builder
	for s != "" && depth < most {
		i := strings.IndexByte(s, '\\')
		if i < 0 {
			break
		}
		b.WriteString(s[:i])
		s = s[i:]
		if inner, end := group(s, `\sqrt`); end > 0 {
			b.WriteString("sqrt(" + commands(inner, depth+1) + ")")
			s = s[end:]
			continue
		}
		above, end := group(s, `\frac`)
		below, more := "", 0
		if end > 0 {
			below, more = group(s[end:], "")
		}
		if more == 0 {
			b.WriteByte('\\')
			s = s[1:]
			continue
		}
		b.WriteString(operand(commands(above, depth+1)) + "/" + operand(commands(below, depth+1)))
		s = s[end+more:]
	}
	b.WriteString(s)
	return b.String()
}

func operand(s string) string {
	if atomic.MatchString(s) {
		return s
	}
	return "(" + s + ")"
}

// spoilt are LaTeX commands whose backslash was taken for the beginning of a JSON escape.
var spoilt = strings.NewReplacer("\frac", `\frac`, "\bmatrix", `\bmatrix`, "\boxed", `\boxed`, "\times", `\times`, "\text", `\text`,
	"\tfrac", `\tfrac`, "\theta", `\theta`, "\right", `\right`, `\\frac`, `\frac`, `\\sqrt`, `\sqrt`, `\\pi`, `\pi`, `\\cdot`, `\cdot`,
	`\\boxed`, `\boxed`, `\\text`, `\text`, `\\dfrac`, `\dfrac`, `\\left`, `\left`, `\\right`, `\right`)

// restoreLaTeX restores a formula that was decoded from JSON.
func restoreLaTeX(s string) string {
	if !strings.ContainsAny(s, "\\\f\b\t\r") {
		return s
	}
	return spoilt.Replace(s)
}
