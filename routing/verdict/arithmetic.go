package verdict

import (
	"math"
	"strconv"
	"strings"
)

const (
	maxExpressions = 256 // that are checked of an answer
	maxExpression  = 96  // bytes of an expression
	maxBrackets    = 8   // nesting of its parentheses
)

// wrongArithmetic reports whether the text contains a calculation with plain numbers whose
// result is wrong, such as "12 * 12 = 140". Parts of longer formulas are ignored, and results
// may be rounded.
func wrongArithmetic(text string) bool {
	at := 0
	for range maxExpressions {
		i := strings.IndexByte(text[at:], '=')
		if i < 0 {
			return false
		}
		at += i + 1
		if sum, ok := expressionBefore(text[max(0, at-1-maxExpression) : at-1]); ok {
			if result, ok := resultAfter(text[at:]); ok && !sum.gives(result) {
				return true
			}
		}
	}
	return false
}

// expressionBefore evaluates the expression at the end of text.
func expressionBefore(text string) (number, bool) {
	from := len(text)
	for from > 0 && expressionByte(text, from-1) {
		from--
	}
	sum := strings.TrimLeft(text[from:], " ")
	if from > 0 && len(sum) == len(text)-from && strings.IndexByte("=:;<\n", text[from-1]) < 0 {
		return number{}, false // part of a longer token: "x2 + 3"
	}
	for _, end := range [...]string{", ", ". "} { // ends of what precedes it
		if i := strings.LastIndex(sum, end); i >= 0 {
			sum = sum[i+len(end):]
		}
	}
	for strings.Count(sum, "(") > strings.Count(sum, ")") && sum[0] == '(' {
		sum = sum[1:]
	}
	r := expressionReader{rest: sum}
	n := r.sum(0)
	return n, !r.failed && r.operators > 0 && r.rest == "" && !math.IsInf(n.value, 0) && !math.IsNaN(n.value)
}

// expressionByte reports whether the byte at i may belong to an expression.
func expressionByte(text string, i int) bool {
	switch c := text[i]; c {
	case ' ', '.', ',', '$', '%', '+', '-', '*', '/', '(', ')', '\\':
		return true
	case 'x':
		return i > 0 && i+1 < len(text) && (text[i-1] == ' ' && text[i+1] == ' ' || isDigit(text[i-1]) && isDigit(text[i+1]))
	case 0xc3, 0x97, 0xb7: // × and ÷
		return true
	default:
		return isDigit(c)
	}
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// A number is a value and its notation.
type number struct {
	value    float64
	decimals int
	whole    bool // an integer, computed from integers only
}

// gives reports whether the result is equal to the number, within the precision of its digits.
func (n number) gives(result number) bool {
	off := math.Abs(n.value - result.value)
	if n.whole && result.decimals == 0 {
		return off < 0.5
	}
	return off <= 1.01*math.Pow10(-result.decimals) || off <= 1e-3*math.Abs(n.value)
}

// An expressionReader evaluates expressions of numbers, + - * / and parentheses.
type expressionReader struct {
	rest      string
	operators int
	failed    bool
}

func (r *expressionReader) sum(depth int) number {
	n := r.product(depth)
	for !r.failed {
		m := number{}
		switch {
		case r.take("+"):
			m = r.product(depth)
			n.value += m.value
		case r.take("-"):
			m = r.product(depth)
			n.value -= m.value
		default:
			return n
		}
		r.operators++
		n.whole = n.whole && m.whole
	}
	return n
}

func (r *expressionReader) product(depth int) number {
	n := r.operand(depth)
	for !r.failed {
		m := number{}
		switch {
		case r.take("*"), r.take(`\*`), r.take("x"), r.take("×"):
			m = r.operand(depth)
			n.value *= m.value
		case r.take("/"), r.take("÷"):
			m = r.operand(depth)
			n.value /= m.value
		default:
			return n
		}
		r.operators++
		n.whole = n.whole && m.whole && n.value == math.Trunc(n.value)
	}
	return n
}

func (r *expressionReader) operand(depth int) number {
	if r.take("(") {
		if depth == maxBrackets {
			r.failed = true
			return number{}
		}
		n := r.sum(depth + 1)
		r.failed = r.failed || !r.take(")")
		return n
	}
	r.take("$")
	n, digits := leadingNumber(r.rest)
	r.failed = r.failed || digits == 0
	r.rest = strings.TrimLeft(r.rest[digits:], " ")
	if r.take("%") {
		n.value /= 100
		n.whole = false
	}
	return n
}

// take reads the sign, if it comes next, and the blanks after it.
func (r *expressionReader) take(sign string) bool {
	rest, ok := strings.CutPrefix(r.rest, sign)
	if ok {
		r.rest = strings.TrimLeft(rest, " ")
	}
	return ok
}

// resultAfter reads the number at the beginning of text, unless it is part of a larger
// expression.
func resultAfter(text string) (number, bool) {
	text = strings.TrimLeft(text, " $")
	sign := 1.0
	if rest, ok := strings.CutPrefix(text, "-"); ok {
		sign, text = -1, strings.TrimLeft(rest, "$")
	}
	n, digits := leadingNumber(text)
	if digits == 0 {
		return number{}, false
	}
	n.value *= sign
	behind := strings.TrimLeft(text[digits:], " ")
	if behind != "" && strings.IndexByte(`+-*/^%(=\x`, behind[0]) >= 0 {
		return number{}, false
	}
	for _, more := range [...]string{"×", "÷", "…", "≡", "mod", "R", "remainder", "나머지"} {
		if strings.HasPrefix(behind, more) {
			return number{}, false
		}
	}
	return n, true
}

// maxDigits bounds the digits of a number; a float64 holds no more.
const maxDigits = 15

// leadingNumber reads digits, commas between thousands and one decimal point. It returns the
// length in bytes, 0 if there is no such number.
func leadingNumber(text string) (n number, length int) {
	var buf [maxDigits]byte
	digits := buf[:0]
	point, group := false, 0
	for length < len(text) {
		c := text[length]
		switch {
		case isDigit(c):
			group++
		case (c == '.' && !point || c == ',' && !point && group <= 3) && length > 0 && length+1 < len(text) && isDigit(text[length+1]):
			if c == ',' && !thousand(text[length+1:]) {
				return number{}, 0
			}
			point, group = point || c == '.', 0
		default:
			c = 0
		}
		if c == 0 {
			break
		}
		length++
		if c == ',' {
			continue
		}
		if len(digits) == maxDigits {
			return number{}, 0
		}
		digits = append(digits, c)
	}
	v, err := strconv.ParseFloat(string(digits), 64)
	if err != nil {
		return number{}, 0
	}
	n = number{value: v, whole: !point}
	if point {
		n.decimals = group
	}
	return n, length
}

// thousand reports whether text begins with exactly three digits.
func thousand(text string) bool {
	return len(text) >= 3 && isDigit(text[0]) && isDigit(text[1]) && isDigit(text[2]) && (len(text) == 3 || !isDigit(text[3]))
}
