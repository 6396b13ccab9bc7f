package llmapi

import (
	"bytes"

	"sluice/routing/llmapi/jsonscan"
)

// Coding agents write into the user's messages: reminders, the output of hooks, the state of
// the editor. They mark it with tags like those of XML that no person types. The rules of this
// file:
//   - an envelope is removed with its contents; one that is never closed is removed to the
//     end of its block of text;
//   - of a block with a wrapper around words that a person wrote, only those are kept;
//   - tags with everyday names (<context>, <task>, <rules>) stay, because people use them.
//
// Some agents write without tags, always at the beginning of a block; see preamble and
// [agent.WrittenBy]. And some repeat the end of their system prompt behind a person's words; see
// withoutReminder.
//
// envelopes maps each tag to the text that closes its envelope, "" for a wrapper.
var envelopes = closings([]string{
	// Claude Code
	"system-reminder", "user-prompt-submit-hook", "session-start-hook", "post-tool-use-hook",
	"command-name", "command-message", "command-contents",
	"local-command-caveat", "local-command-stdout", "local-command-stderr",
	"bash-input", "bash-stdout", "bash-stderr", "task-notification",
	"ide_opened_file", "ide_selection", "new-diagnostics", "system_reminder",
	// Codex
	"environment_context", "user_instructions", "INSTRUCTIONS", "user_shell_command",
	"turn_aborted", "subagent_notification", "current_datetime",
	// Cline, Roo Code, Kilo Code
	"environment_details", "explicit_instructions", "mode_notice",
	// Cursor
	"additional_data", "attached_files", "open_and_recently_viewed_files",
	"user_info", "git_status", "project_layout", "agent_skills",
	// GitHub Copilot
	"environment_info", "workspace_info", "editorContext", "repoContext",
	"reminderInstructions", "conversation-summary",
	// Gemini CLI, Qwen Code
	"session_context", "qwen:user-prompt-submit-context",
	// Goose
	"info-msg",
	// OpenHands
	"RUNTIME_INFORMATION", "REPOSITORY_INFO", "EXTRA_INFO",
}, []string{
	"command-args",                           // Claude Code: what follows a slash command
	"user_query",                             // Cursor
	"userRequest",                            // GitHub Copilot
	"user_message", "feedback", "user_input", // Cline, Roo Code
})

// maxTag bounds a tag, attributes included.
const maxTag = 128

func closings(envelopes, wrappers []string) map[string]string {
	m := make(map[string]string, len(envelopes)+len(wrappers))
	for _, name := range envelopes {
		m[name] = "</" + name + ">"
	}
	for _, name := range wrappers {
		m[name] = ""
	}
	return m
}

// withoutHarness removes what an agent wrote from text, in place, and the white space that
// this leaves at both ends. A text without envelopes and wrappers is returned unchanged.
// wrapped reports whether there was a wrapper.
func withoutHarness(text []byte) (human []byte, wrapped bool) {
	start, end, kind := nextEnvelope(text, 0)
	if start == len(text) {
		return text, false
	}
	kept, last := text[:start], -1
	for start < len(text) {
		switch kind {
		case opens: // what stands before the first wrapper, or between two, is not the person's
			kept = kept[:max(last, 0)]
			wrapped, last = true, -1
			if len(kept) > 0 {
				kept = append(kept, '\n')
			}
		case closes:
			last = len(kept)
		case whole:
		}
		from := end
		start, end, kind = nextEnvelope(text, from)
		kept = append(kept, text[from:start]...)
	}
	if wrapped && last >= 0 {
		kept = kept[:last]
	}
	return bytes.TrimSpace(kept), wrapped
}

// A part says what a part of a text is that nextEnvelope finds.
type part uint8

const (
	whole  part = iota // an envelope, or the end of one alone
	opens              // the tag that opens a wrapper
	closes             // the tag that closes one
)

// nextEnvelope returns the bounds of the first part of text, at from or later, that is to be
// removed, and what it is; both are len(text) if there is none.
func nextEnvelope(text []byte, from int) (start, end int, kind part) {
	for at := from; ; at++ {
		i := bytes.IndexByte(text[at:], '<')
		if i < 0 {
			return len(text), len(text), whole
		}
		at += i
		rest := text[at:]
		length := bytes.IndexByte(rest[:min(len(rest), maxTag)], '>') + 1
		if length == 0 {
			continue
		}
		name, _, _ := bytes.Cut(rest[1:length-1], []byte{' '})
		name, ends := bytes.CutPrefix(name, []byte{'/'})
		closing, known := envelopes[string(name)]
		switch {
		case !known:
			continue
		case closing == "" && ends:
			return at, at + length, closes
		case closing == "":
			return at, at + length, opens
		case ends:
			return at, at + length, whole
		}
		if i := bytes.Index(rest[length:], []byte(closing)); i >= 0 {
			return at, at + length + i + len(closing), whole
		}
		return at, len(text), whole
	}
}

var (
	// interruptions say that a person stopped the agent. They are a block of their own.
	interruptions = []byte("[Request interrupted by user")
	// untrusted ends the line above what OpenClaw tells of a message and its sender.
	untrusted = []byte("(untrusted metadata):")
	fence     = []byte("```")
)

// preamble returns the length of what Claude Code and OpenClaw write without tags before a
// person's words. It is the length of the text if the harness wrote all of it.
func preamble(text []byte) int {
	at := 0
	for {
		rest := text[at:]
		line := rest[:min(len(rest), maxTag)]
		head, _, ok := bytes.Cut(line, []byte{'\n'})
		if !ok || !bytes.HasSuffix(head, untrusted) || !bytes.HasPrefix(rest[len(head)+1:], fence) {
			break
		}
		from := len(head) + 1 + len(fence)
		end := bytes.Index(rest[from:], fence)
		if end < 0 {
			return len(text)
		}
		at += from + end + len(fence)
		for at < len(text) && (text[at] == '\n' || text[at] == ' ') {
			at++
		}
	}
	at += timestamp(text[at:])
	if rest := text[at:]; bytes.HasPrefix(rest, interruptions) && bytes.IndexByte(rest, ']') == len(rest)-1 {
		return len(text)
	}
	return at
}

// timestamp returns the length of "[Sat 2026-02-14 18:49 GMT+1] " at the beginning of a text.
func timestamp(text []byte) int {
	const form, longest = "[Sat 2026-02-14 ", 48
	if len(text) < len(form) {
		return 0
	}
	for i, c := range []byte(form) {
		digit, letter := text[i]-'0' <= 9, text[i]|0x20 >= 'a' && text[i]|0x20 <= 'z'
		switch {
		case c >= '0' && c <= '9' && digit, (c|0x20 >= 'a' && c|0x20 <= 'z') && letter:
		case c != text[i]:
			return 0
		}
	}
	_, rest, ok := bytes.Cut(text[:min(len(text), longest)], []byte("] "))
	if !ok {
		return 0
	}
	return min(len(text), longest) - len(rest)
}

// Bounds of a reminder, in bytes.
const (
	leastReminder = 12
	aloneReminder = 200 // that is a block of its own
)

// withoutReminder returns what a person wrote without the reminder behind it: the last
// paragraphs of the system prompt, which aider repeats in the last message. Its last block
// begins at block. It is called once all is read, because the system prompt may come last.
func (r *reader) withoutReminder(human []byte, block int) []byte {
	value := r.conv.instructions
	if len(value) < leastReminder || len(human) < leastReminder || block > len(human) {
		return human
	}
	if r.conv.instructed == nil {
		var buffer [8 * leastReminder]byte
		tail := appendTail(buffer[:0], value, len(buffer)-2)
		if !bytes.HasSuffix(human, tail[max(0, len(tail)-leastReminder):]) {
			return human // as nearly always
		}
		s := jsonscan.Scanner{Data: value}
		r.conv.instructed = s.AppendString(make([]byte, 0, len(value)))
	}
	system, same := r.conv.instructed, 0
	for same < min(len(human), len(system)) && human[len(human)-1-same] == system[len(system)-1-same] {
		same++
	}
	if alone := len(human) - block; block > 0 && same >= alone && alone >= aloneReminder {
		return human[:block-1]
	}
	if same == len(human) {
		return human // nothing else was written
	}
	// It begins with a paragraph in the message, and with a line in the system prompt.
	for at := len(human) - same; at <= len(human)-leastReminder; at++ {
		before := len(system) - (len(human) - at)
		if human[at] != '\n' && bytes.HasSuffix(human[:at], []byte("\n\n")) && (before == 0 || system[before-1] == '\n') {
			return bytes.TrimSpace(human[:at])
		}
	}
	return human
}
