package agent

import (
	"bytes"

	"github.com/tidwall/gjson"
)

// Harnesses write the exit code of a command above or below its output.
const (
	headerLines = 6    // above the output, that may hold the code
	maxObject   = 8192 // bytes of a result that is read as JSON
)

// codeMarks stand before an exit code.
var codeMarks = [][]byte{
	[]byte("exit code"), []byte("exit_code"), []byte("exited with code"), []byte("exit status"), []byte("returncode"), []byte("종료 코드"),
}

// exitCode returns the code that the harness wrote into a result, and whether there is one.
func exitCode(text []byte) (code int, ok bool) {
	text = bytes.TrimSpace(text)
	if len(text) == 0 {
		return 0, false
	}
	if text[0] == '{' {
		for _, path := range []string{"exit_code", "exitCode", "metadata.exit_code", "returncode", "code"} {
			if v := field(text, path); v.Type == gjson.Number {
				return int(v.Num), true
			}
		}
		return 0, false
	}
	rest := text
	for range headerLines {
		line, after, more := bytes.Cut(rest, []byte{'\n'})
		if code, ok := codeIn(line); ok {
			return code, true
		}
		// The search ends at the first line of the output.
		if !more || !isHeader(line) {
			break
		}
		rest = after
	}
	return codeIn(text[bytes.LastIndexByte(text, '\n')+1:])
}

// isHeader reports whether a line may stand above the line of the exit code.
func isHeader(line []byte) bool {
	for _, start := range []string{"chunk id:", "wall time:", "original token count:", "command:", "directory:", "stdout:", "stderr:"} {
		if len(line) >= len(start) && bytes.EqualFold(line[:len(start)], []byte(start)) {
			return true
		}
	}
	return false
}

// codeIn returns the exit code that a line consists of.
func codeIn(line []byte) (code int, ok bool) {
	const longest = 96
	if len(line) > longest {
		return 0, false
	}
	lower := bytes.ToLower(line)
	for _, c := range codeMarks {
		_, rest, found := bytes.Cut(lower, c)
		if !found {
			continue
		}
		rest = bytes.TrimLeft(rest, " :=>\"")
		n, digits := 0, 0
		for digits < len(rest) && digits < 9 && rest[digits]-'0' <= 9 {
			n = 10*n + int(rest[digits]-'0')
			digits++
		}
		if digits > 0 {
			return n, true
		}
	}
	return 0, false
}

// saysError reports whether a result calls itself an error, as tools do whose API has no flag
// for it: by the status of an object, or in its first words, unless a program wrote those.
func saysError(text []byte, program bool) bool {
	text = bytes.TrimSpace(text)
	if len(text) == 0 {
		return false
	}
	if text[0] != '{' {
		return !program && begins(string(text[:min(len(text), 32)]), []string{"error:", "error ", "failed to", "tool error", "오류:", "오류가", "실패:"})
	}
	status := field(text, "status").Str
	return status == "error" || status == "failed" || field(text, "success").Raw == "false" || field(text, "ok").Raw == "false" ||
		field(text, "isError").Raw == "true" || field(text, "is_error").Raw == "true" || field(text, "error").Type == gjson.String && field(text, "error").Str != ""
}

// field returns a field of a result that is a JSON object.
func field(text []byte, path string) gjson.Result {
	if len(text) > maxObject {
		return gjson.Result{}
	}
	return gjson.GetBytes(text, path)
}
