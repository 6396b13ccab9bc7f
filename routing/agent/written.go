package agent

import "bytes"

// Harnesses also write whole blocks and messages in the user's name, without tags around them.
// They are recognized by how they begin.

// Writing says what a block of a user's message is.
type Writing uint8

// The kinds of blocks.
const (
	Human    Writing = iota
	Harness          // not written by a person
	Result           // the result of a tool, and all of its message
	Quotes           // like Harness, and the next block is what it speaks of
	Examples         // like Harness, and all before it were examples of conversations
)

// starts are the beginnings of blocks that a person does not write.
var starts = []struct {
	text []byte
	Writing
}{
	{[]byte("[structured-output-enforce]"), Harness},              // Claude Code: call the tool for the answer
	{[]byte("Output token limit hit. Resume directly"), Harness},  // Claude Code: the answer was cut off
	{[]byte("Stop hook feedback:"), Harness},                      // Claude Code
	{[]byte("[System Message]"), Harness},                         // OpenClaw, to its own agent
	{[]byte("# AGENTS.md instructions for "), Harness},            // Codex
	{[]byte("[ERROR] You did not use a tool in your"), Harness},   // Cline, Roo Code
	{[]byte("[TASK RESUMPTION] This task was "), Harness},         // Cline, Roo Code
	{[]byte("Continue if you have next steps, or stop"), Harness}, // OpenCode, after a compaction
	{[]byte("Here are summaries of some files present in my git repo"), Harness},
	{[]byte("I am working with you on code in a git repository."), Harness},
	{[]byte("I have *added these files to the chat*"), Harness},
	{[]byte("Here are some READ ONLY files, provided for your reference."), Harness},
	{[]byte("I am not sharing any files that you can edit yet."), Harness},
	{[]byte("I am not sharing the *full contents* of any files with you yet."), Harness},
	{[]byte("Don't try and edit any existing code without asking me to add the files"), Harness},
	{[]byte("I committed the changes with git hash "), Harness},
	{[]byte("I didn't see any properly formatted edits in your reply"), Harness},
	{[]byte("# Fix any errors below, if possible."), Harness},
	{[]byte("I switched to a new code base. Please don't consider the above files"), Examples},
}

// alone are blocks that a person might begin with.
var alone = [][]byte{[]byte("I updated the files."), []byte("I edited the files myself.")} // aider

// Bounds on the line that is read of a block, in bytes.
const (
	maxLine   = 512
	maxNumber = 4
)

// WrittenBy says who wrote a block of a user's message, as far as its beginning shows.
func WrittenBy(block []byte) Writing {
	block = bytes.TrimSpace(block)
	if len(block) == 0 {
		return Human
	}
	switch block[0] {
	case '[', '#', 'C', 'D', 'H', 'I', 'O', 'S', 'T':
	default:
		return Human // as nearly always
	}
	for _, s := range starts {
		if bytes.HasPrefix(block, s.text) {
			return s.Writing
		}
	}
	for _, a := range alone {
		if bytes.Equal(block, a) {
			return Harness
		}
	}
	line, _, _ := bytes.Cut(block[:min(len(block), maxLine)], []byte{'\n'})
	line = bytes.TrimSpace(line)
	switch {
	// Gemini CLI, Qwen Code and what was made of them: This is the … CLI. We are setting up …
	case bytes.HasPrefix(line, []byte("This is ")) && bytes.HasSuffix(line, []byte(". We are setting up the context for our chat.")):
		return Harness
	// Cline, Roo Code, where tools are called in the text: [read_file for 'a.go'] Result:
	case isResult(line):
		return Result
	// OpenCode, of a file that was mentioned: Called the Read tool with the following input: {…}
	case bytes.HasPrefix(line, []byte("Called the ")) && bytes.Contains(line, []byte(" tool with the following input:")):
		return Quotes
	case isMismatch(line):
		return Harness
	}
	return Human
}

// isResult reports whether a line is [tool] Result: or [tool for …] Result:, where a tool's name
// has an underscore.
func isResult(line []byte) bool {
	call, _, ok := bytes.Cut(line, []byte("] Result:"))
	if !ok || len(call) < 2 || call[0] != '[' {
		return false
	}
	name, _, _ := bytes.Cut(call[1:], []byte{' '})
	for _, c := range name {
		if c != '_' && (c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return bytes.IndexByte(name, '_') > 0
}

// isMismatch reports whether a line is aider's heading of edits that do not apply, such as
// # 2 SEARCH/REPLACE blocks failed to match!
func isMismatch(line []byte) bool {
	rest, ok := bytes.CutPrefix(line, []byte("# "))
	digits := 0
	for digits < len(rest) && rest[digits]-'0' <= 9 {
		digits++
	}
	return ok && digits > 0 && digits <= maxNumber && bytes.HasPrefix(rest[digits:], []byte(" SEARCH/REPLACE block"))
}
