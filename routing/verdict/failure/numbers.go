package failure

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"sluice/routing/llmapi/answer"
)

// maxWait bounds what a provider may ask to wait.
const maxWait = 30 * 24 * time.Hour

// Wait returns how long the provider asks to wait before the request is sent again, by its
// headers or, where those do not say, by its words. ok is false where nothing says.
func Wait(header func(name string) string, e answer.Error, now time.Time) (wait time.Duration, ok bool) {
	for _, name := range []string{"retry-after-ms", "x-ms-retry-after-ms"} {
		if ms, err := strconv.ParseFloat(strings.TrimSpace(header(name)), 64); err == nil {
			return bounded(ms * float64(time.Millisecond))
		}
	}
	if v := strings.TrimSpace(header("retry-after")); v != "" {
		if s, err := strconv.ParseFloat(v, 64); err == nil {
			return bounded(s * float64(time.Second))
		}
		if at, err := http.ParseTime(v); err == nil {
			return bounded(float64(max(at.Sub(now), 0)))
		}
	}
	if d, err := time.ParseDuration(e.RetryDelay); err == nil {
		return bounded(float64(d))
	}
	return waitInWords(strings.ToLower(e.Message))
}

func bounded(d float64) (time.Duration, bool) {
	if !(d >= 0) || d > float64(maxWait) { // NaN is neither
		return 0, false
	}
	return time.Duration(d), true
}

// waitInWords reads "try again in 7.66s", "retry after 20 seconds" and the like.
func waitInWords(message string) (time.Duration, bool) {
	for _, phrase := range []string{"try again in ", "retry in ", "retry after ", "try again after "} {
		_, rest, found := strings.Cut(message, phrase)
		if !found {
			continue
		}
		word, rest, _ := strings.Cut(rest, " ")
		if n, err := strconv.ParseFloat(word, 64); err == nil {
			unit, _, _ := strings.Cut(rest, " ")
			switch unit = strings.Trim(unit, ".,;)"); {
			case strings.HasPrefix(unit, "millisecond"), unit == "ms":
				return bounded(n * float64(time.Millisecond))
			case strings.HasPrefix(unit, "sec"), unit == "s":
				return bounded(n * float64(time.Second))
			case strings.HasPrefix(unit, "min"), unit == "m":
				return bounded(n * float64(time.Minute))
			case strings.HasPrefix(unit, "hour"), unit == "h":
				return bounded(n * float64(time.Hour))
			}
			continue
		}
		if d, err := time.ParseDuration(strings.TrimRight(word, ".,;)")); err == nil {
			return bounded(float64(d))
		}
	}
	return 0, false
}

// Room returns how many tokens a prompt has that is too long, and how many the model takes, as
// the error says; each is 0 where it does not.
func Room(e answer.Error) (tokens, most int) {
	all := numbers(e.Message)
	switch len(all) {
	case 0:
		return 0, 0
	case 1:
		return 0, all[0]
	}
	tokens = slices.Max(all)
	if most = all[0]; most == tokens || len(all) == 2 { // the most that it takes comes first, unless the two are compared
		most = 0
		for _, n := range all {
			if n < tokens {
				most = max(most, n)
			}
		}
	}
	if most == 0 { // the same number twice
		return 0, tokens
	}
	return tokens, most
}

// smallest is the least number in an error that can count the tokens of a prompt.
const smallest = 100

// numbers lists the numbers of a message that can count tokens, at most eight; those that are
// added up count as their sum.
func numbers(message string) []int {
	const most, digits, maxDigits = 8, "0123456789", 9
	var out []int
	plus := false
	for rest := message; len(out) < most; {
		at := strings.IndexAny(rest, digits)
		if at < 0 {
			break
		}
		if plus = strings.TrimSpace(rest[:at]) == "+"; at > 0 && isWord(rest[at-1]) {
			rest = strings.TrimLeft(rest[at:], digits+".-") // part of a name
			continue
		}
		rest = rest[at:]
		end := 0
		var number []byte
		for end < len(rest) && (isDigit(rest[end]) || (rest[end] == ',' || rest[end] == '_') && end+3 < len(rest) && isDigit(rest[end+1]) && isDigit(rest[end+2]) && isDigit(rest[end+3])) {
			if isDigit(rest[end]) {
				number = append(number, rest[end])
			}
			end++
		}
		whole := end == len(rest) || !isWord(rest[end])
		rest = rest[end:]
		n, err := strconv.Atoi(string(number))
		if err != nil || len(number) > maxDigits || n < smallest || !whole {
			continue
		}
		if plus && len(out) > 0 {
			out[len(out)-1] += n
			continue
		}
		out = append(out, n)
	}
	return out
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// isWord reports a letter, or what ties digits to a name: gpt-4o-2024.
func isWord(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '-' || c == '_' }

func largest(message string) int { return max(0, slices.Max(append(numbers(message), 0))) }
