package agent

import (
	"bytes"
	"hash/fnv"
)

// A callResult is how a tool call went.
type callResult struct {
	failed bool
	passed bool   // tests ran and none failed
	severe bool   // it failed in a way that is hard to fix
	mark   uint64 // of a failure: equal for similar failures
}

// A sign is something that a line of a program's output says.
type sign uint32

const (
	broken   sign = 1 << iota // a build or test tool reports a failure, in words that only it writes
	trouble                   // words of failure that a passing test may print, too
	named                     // the same, if only a name stands before it in the line
	hard                      // a failure that is hard to fix
	green                     // a test tool reports success
	rejected                  // a person stopped the call
)

var signs = compile(map[sign][]string{
	broken: {
		"--- fail", "\nfail\t", "\nfail ", "\nfail\n", "\nfail:", "\nfailed (", "\nfailed\n", "\nfailed tests/", "\nfailed test", "test result: failed",
		"\nnot ok ", "build failed", "\nfailure:", "npm err!", "npm error", "\nmake: ***", "]: ***", "\npanic: ",
		"\n✗", "\n✕", "\n✖", "\n×", "\n❌", ": error:", "): error ", ": error ts", "\nerror[", "\n[error]", "\ne   ",
		"테스트 실패", "빌드 실패", "컴파일 실패",
	},
	trouble: {
		"\ntraceback (most recent call last)", "\nfatal:", "\nfatal error:", "\nerror ", "exception in thread", "\nunhandled ", "\nuncaught ",
		"panicked at", "command not found", "no such file or directory", "permission denied", "connection refused", "econnrefused",
		"cannot find module", "timed out after", "\ncommand timed out", "assertion failed", "undefined reference to", "undefined symbol",
		"\n오류:", "\n오류 :", "\n에러:", "\n실패:", "\n예외:", "오류가 발생", "에러가 발생", "예외가 발생", "실패했습니다", "실패하였습니다", "찾을 수 없습니다",
	},
	named: {"error: ", "exception: ", "error:\n", "error\n", "exception\n"},
	hard: {
		"out of memory", "memoryerror", "cannot allocate memory", "bad_alloc", "oomkilled", "outofmemoryerror", "segmentation fault",
		"core dumped", "sigsegv", "sigabrt", "warning: data race", "goroutines are asleep", "deadlock", "stack overflow", "stackoverflow",
		"maximum call stack", "recursionerror", "메모리가 부족", "메모리 부족", "교착 상태", "세그멘테이션",
	},
	green: {
		"\nok\t", "\nok  ", "\nok\n", "\nok (", "\npass\n", "\npass ", "test result: ok", "\n✓", "\n✔", "all tests passed",
		"모두 통과", "전부 통과", "테스트 통과", "테스트를 통과",
	},
	rejected: {"\nthe user doesn't want to", "\n[request interrupted by user", "\nuser rejected", "\nthe user rejected", "\nuser denied", "\n사용자가 거부"},
})

// An output is what the text of a result says.
type output struct {
	signs          sign
	failed, passed int    // as counted in it
	counted        bool   // failures were counted, even if there were none
	line           []byte // that shows the first failure
}

// readOutput reads the text in one pass. If the middle of the text is left out, it reads the
// lines of the beginning and the end.
func readOutput(text []byte) output {
	var r output
	state, start, indent := signs.start(), 0, true
	c := counts{output: &r}
	for i := 0; i <= len(text); i++ {
		b := byte('\n')
		if i < len(text) {
			b = text[i]
		}
		switch {
		case indent && (b == ' ' || b == '\t' || b == '\r'):
			continue
		case b == 0x1b && i < len(text): // a colour
			i += escapeLength(text[i:]) - 1
			continue
		}
		state = signs.step(state, b)
		if found := signs.marks[state]; found != 0 {
			r.add(found, text[start:min(i+1, len(text))], text[min(start, len(text)):])
		}
		indent = b == '\n'
		if b == '\n' {
			c.line(text[start:min(i, len(text))])
			start = min(i+1, len(text))
			state = signs.start()
		}
	}
	return r
}

// add records the signs found at the end of line, whose text begins at rest.
func (r *output) add(found sign, line, rest []byte) {
	if found&named != 0 {
		found &^= named
		if isName(line) {
			found |= trouble
		}
	}
	if found&(broken|trouble|hard) != 0 && r.line == nil {
		end := bytes.IndexByte(rest, '\n')
		if end < 0 {
			end = len(rest)
		}
		r.line = rest[:end]
	}
	r.signs |= found
}

// isName reports whether there is nothing but one name, such as java.io.IOException, before
// the last colon of a line so far, or in all of it. It may be coloured.
func isName(line []byte) bool {
	if colon := bytes.LastIndexByte(line, ':'); colon >= 0 {
		line = line[:colon]
	}
	line = bytes.TrimSpace(line)
	for _, c := range line {
		switch {
		case c|0x20 >= 'a' && c|0x20 <= 'z', c >= '0' && c <= '9', c == '_', c == '.', c == '$', c == 0x1b, c == '[', c == ';':
		default:
			return false
		}
	}
	return true
}

// escapeLength returns the length of the terminal escape sequence that text begins with.
func escapeLength(text []byte) int {
	const longest = 16
	for i := 2; i < min(len(text), longest); i++ {
		if c := text[i]; c >= 0x40 && c <= 0x7e {
			return i + 1
		}
	}
	return 1
}

// A Flag is what a result says of itself outside its text.
type Flag uint8

// The flags.
const (
	Unflagged Flag = iota
	Succeeded
	Failed
)

// readResult returns how a call with the effects e went. Structured facts come first: the
// flag, then the exit code. Words count only if a program wrote them: a call that reads or
// searches quotes others.
func readResult(e effects, flag Flag, text []byte) callResult {
	runs := e&executes != 0
	code, exited := 0, false
	if e&shelled != 0 {
		code, exited = exitCode(text)
	}
	if flag == Unflagged && e&observes == 0 && saysError(text, runs) || flag != Failed && bytes.HasPrefix(text, []byte("<tool_use_error>")) {
		flag = Failed
	}
	if flag != Failed && !runs && code == 0 {
		return callResult{}
	}
	r := readOutput(text)
	words := r.failed > 0 || r.signs&broken != 0 // of a test tool
	var o callResult
	switch {
	case r.signs&rejected != 0 && (flag == Failed || !runs):
		return callResult{} // a person stopped it
	case flag == Failed:
		o.failed = true
	case exited && code != 0:
		o.failed = code != 1 || e&observes == 0 || runs // grep and diff exit with 1 where they find nothing
	case flag == Succeeded || exited:
		// A pipe hides the exit code of its first command, so the output of tests is read, too.
		o.failed = e&tests != 0 && words
	case e&tests != 0 && (r.counted || r.signs&green != 0 || r.passed > 0):
		o.failed = words
	default:
		o.failed = words || r.signs&(trouble|hard) != 0
	}
	if o.failed {
		o.severe = runs && (r.signs&hard != 0 || code == 137 || code == 139 || code == 134)
		o.mark = fingerprint(r, text)
		return o
	}
	o.passed = e&tests != 0 && (r.passed > 0 || r.counted || r.signs&green != 0 || exited)
	return o
}

// fingerprint hashes the letters of the line that shows a failure, and the number of failures.
// Line numbers, addresses and times change from one run to the next, so digits do not count.
func fingerprint(r output, text []byte) uint64 {
	line := r.line
	if line == nil {
		line = firstLine(text)
	}
	h := fnv.New64a()
	for _, c := range line {
		if c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80 {
			h.Write([]byte{c})
		}
	}
	h.Write([]byte{byte(r.failed)})
	return h.Sum64()
}

// firstLine returns the first line that says more than an exit code.
func firstLine(text []byte) []byte {
	for line := range bytes.Lines(text) {
		if _, ok := codeIn(line); !ok && len(bytes.TrimSpace(line)) > 0 {
			return line
		}
	}
	return nil
}
