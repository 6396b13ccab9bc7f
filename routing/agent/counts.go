package agent

import "bytes"

// Test tools print counts: "2 failed, 3 passed", "Failures: 0", "# fail 1", "실패 2건". A
// number belongs to the word after it or to the one before it, all in a line the same way.

// A kind is what a word counts.
type kind uint8

const (
	nothing kind = iota
	failures
	passes
	filler // may stand between a number and its word
)

var (
	// behind are the words after a number: 2 failed, 2건 실패.
	behind = map[string]kind{
		"failed": failures, "failing": failures, "failure": failures, "failures": failures, "fail": failures, "error": failures, "errors": failures,
		"passed": passes, "passing": passes, "pass": passes, "succeeded": passes,
		"test": filler, "tests": filler, "개": filler, "건": filler, "개의": filler, "건의": filler, "개가": filler, "건이": filler,
		"테스트": filler, "테스트가": filler, "테스트는": filler,
	}
	// before are the words before a number: Failures: 2, 실패 2건. Not "error": "error 5" is a code.
	before = map[string]kind{
		"failed": failures, "failures": failures, "failing": failures, "fail": failures, "errors": failures,
		"passed": passes, "passing": passes, "pass": passes, "succeeded": passes,
	}
	// Korean words take endings.
	korean = []struct {
		stem []byte
		kind
	}{
		{[]byte("실패"), failures}, {[]byte("오류"), failures}, {[]byte("에러"), failures}, {[]byte("통과"), passes}, {[]byte("성공"), passes},
	}
)

// Bounds of one line's counts.
const (
	maxCountLine = 400 // bytes; a longer line is no summary
	maxWord      = 24
)

// counts adds the counts of a text's lines to what is known of it.
type counts struct{ output *output }

// line reads the counts in one line.
func (c counts) line(line []byte) {
	if len(line) > maxCountLine {
		return
	}
	forward, back := true, true
	for i := 0; i < len(line); {
		if line[i]-'0' > 9 {
			i++
			continue
		}
		start, n := i, 0
		for ; i < len(line) && line[i]-'0' <= 9; i++ {
			n = min(10*n+int(line[i]-'0'), 1<<20)
		}
		if start > 0 && isWord(line[start-1]) || start > 1 && line[start-1] == '.' || i < len(line) && (line[i] == '.' && i+1 < len(line) && line[i+1]-'0' <= 9 || line[i] == '%') {
			continue // part of a name, a fraction or a share
		}
		if back {
			if k := wordBefore(line[:start]); k != nothing {
				c.count(k, n)
				forward = false
				continue
			}
		}
		if forward {
			if k := wordBehind(line[i:]); k != nothing {
				c.count(k, n)
				back = false
			}
		}
	}
}

// count adds n failures or passes.
func (c counts) count(k kind, n int) {
	if k == failures {
		c.output.failed += n
		c.output.counted = true
	} else {
		c.output.passed += n
	}
}

// wordBefore returns what the last word of a text counts, separated by ":", "=" or spaces.
func wordBefore(text []byte) kind {
	bare := bytes.TrimRight(text, ":= \t(")
	end := len(bare)
	at := end
	for at > 0 && isWord(bare[at-1]) {
		at--
	}
	if end == len(text) || at == end {
		return nothing
	}
	return meaning(bare[at:end], before)
}

// wordBehind returns what the first word of a text counts, fillers left out.
func wordBehind(text []byte) kind {
	for range 4 {
		text = bytes.TrimLeft(text, " \t")
		end := 0
		for end < len(text) && isWord(text[end]) {
			end++
		}
		k := meaning(text[:end], behind)
		if k != filler {
			return k
		}
		text = text[end:]
	}
	return nothing
}

func meaning(word []byte, words map[string]kind) kind {
	for _, k := range korean {
		if bytes.HasPrefix(word, k.stem) {
			return k.kind
		}
	}
	if len(word) > maxWord {
		return nothing
	}
	var lower [maxWord]byte
	for i, c := range word {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		lower[i] = c
	}
	return words[string(lower[:len(word)])]
}

// isWord reports whether a byte is part of a word: an ASCII letter, or any byte of what is
// not ASCII.
func isWord(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80 }
