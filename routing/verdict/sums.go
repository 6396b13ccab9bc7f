package verdict

import (
	"math"
	"strconv"
	"strings"
)

const (
	maxSums     = 256 // of an answer that are checked
	maxSum      = 96  // bytes of a sum
	maxBrackets = 8   // of its brackets
)

// wrongSum reports whether the text states a sum of plain numbers that does not add up,
// such as "12 * 12 = 140". What is part of a longer formula, or right as far as the
// digits of its result go, is let pass.
func wrongSum(text string) bool {
	at := 0
	for range maxSums {
		i := strings.IndexByte(text[at:], '=')
		if i < 0 {
			return false
		}
		at += i + 1
		if sum, ok := sumBefore(text[max(0, at-1-maxSum) : at-1]); ok {
			if result, ok := resultAfter(text[at:]); ok && !sum.gives(result) {
				return true
			}
		}
	}
	return false
}

// sumBefore evaluates the sum that text ends with.
func sumBefore(text string) (number, bool) {
	from := len(text)
	for from > 0 && sumByte(text, from-1) {
		from--
	}
	sum := strings.TrimLeft(text[from:], " ")
	if from > 0 && len(sum) == len(text)-from && strings.IndexByte("=:;<\n", text[from-1]) < 0 {
		return number{}, false // grown together with what stands before it: "x2 + 3"
	}
	for _, end := range [...]string{", ", ". "} { // of what was said before
		if i := strings.LastIndex(sum, end); i >= 0 {
			sum = sum[i+len(end):]
		}
	}
	for strings.Count(sum, "(") > strings.Count(sum, ")") && sum[0] == '(' {
		sum = sum[1:]
	}
	r := sumReader{rest: sum}
	n := r.sum(0)
	return n, !r.failed && r.operators > 0 && r.rest == "" && !math.IsInf(n.value, 0) && !math.IsNaN(n.value)
}

// sumByte reports whether the byte at i may belong to a sum.
func sumByte(text string, i int) bool {
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

// A number is a value and how it was written.
type number struct {
	value    float64
	decimals int
	whole    bool // an integer, got from integers alone
}

// gives reports whether the result is that of the sum, as far as its digits go.
func (n number) gives(result number) bool {
	off := math.Abs(n.value - result.value)
	if n.whole && result.decimals == 0 {
		return off < 0.5
	}
	return off <= 1.01*math.Pow10(-result.decimals) || off <= 1e-3*math.Abs(n.value)
}

// A sumReader evaluates sums: numbers, + - * / and brackets.
type sumReader struct {
	rest      string
	operators int
	failed    bool
}

func (r *sumReader) sum(depth int) number {
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

func (r *sumReader) product(depth int) number {
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

func (r *sumReader) operand(depth int) number {
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

// take reads the sign if it comes next, and the blanks behind it.
func (r *sumReader) take(sign string) bool {
	rest, ok := strings.CutPrefix(r.rest, sign)
	if ok {
		r.rest = strings.TrimLeft(rest, " ")
	}
	return ok
}

// resultAfter reads the number that text begins with, if it is all of its side.
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

// maxDigits bounds what is read as a number; a double holds no more.
const maxDigits = 15

// leadingNumber reads digits, commas between thousands and one point, and returns how
// many bytes that were; 0 if there is no such number.
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
