package llmapi

import "bytes"

// Coding agents write into the user's messages: reminders, the output of hooks, the state of
// the editor. They mark it with tags like those of XML that no person types. The rules of this
// file:
//   - an envelope is removed with its contents; one that is never closed is removed to the
//     end of its block of text;
//   - of a wrapper around words that a person wrote only the tags are removed;
//   - tags with everyday names (<context>, <task>, <rules>) stay, because people use them.
//
// A few agents write without tags, always at the beginning of a block; see preamble.
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
	"turn_aborted", "subagent_notification",
	// Cline, Roo Code, Kilo Code
	"environment_details", "explicit_instructions",
	// Cursor
	"additional_data", "attached_files", "open_and_recently_viewed_files",
	"user_info", "git_status", "project_layout", "agent_skills",
	// GitHub Copilot
	"environment_info", "workspace_info", "editorContext", "repoContext",
	"reminderInstructions", "conversation-summary",
	// Gemini CLI, Qwen Code
	"session_context",
	// OpenHands
	"RUNTIME_INFORMATION", "REPOSITORY_INFO", "EXTRA_INFO",
}, []string{
	"command-args",             // Claude Code: what follows a slash command
	"user_query",               // Cursor
	"userRequest",              // GitHub Copilot
	"user_message", "feedback", // Cline, Roo Code
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
// this leaves at both ends. A text without envelopes is returned unchanged.
func withoutHarness(text []byte) []byte {
	text = text[preamble(text):]
	start, end := nextEnvelope(text, 0)
	if start == len(text) {
		return text
	}
	kept := text[:start]
	for start < len(text) {
		from := end
		start, end = nextEnvelope(text, from)
		kept = append(kept, text[from:start]...)
	}
	return bytes.TrimSpace(kept)
}

// nextEnvelope returns the bounds of the first part of text, at from or later, that is to be
// removed; both are len(text) if there is none.
func nextEnvelope(text []byte, from int) (start, end int) {
	for at := from; ; at++ {
		i := bytes.IndexByte(text[at:], '<')
		if i < 0 {
			return len(text), len(text)
		}
		at += i
		rest := text[at:]
		length := bytes.IndexByte(rest[:min(len(rest), maxTag)], '>') + 1
		if length == 0 {
			continue
		}
		name, _, _ := bytes.Cut(rest[1:length-1], []byte{' '})
		name, closes := bytes.CutPrefix(name, []byte{'/'})
		closing, known := envelopes[string(name)]
		switch {
		case !known:
			continue
		case closes || closing == "":
			return at, at + length
		}
		if i := bytes.Index(rest[length:], []byte(closing)); i >= 0 {
			return at, at + length + i + len(closing)
		}
		return at, len(text)
	}
}

var (
	// interruptions say that a person stopped the agent. They are a block of their own.
	interruptions = []byte("[Request interrupted by user")
	// announcements begin what OpenClaw reports to its own agent.
	announcements = []byte("[System Message]")
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
	if rest := text[at:]; bytes.HasPrefix(rest, announcements) || bytes.HasPrefix(rest, interruptions) && bytes.IndexByte(rest, ']') == len(rest)-1 {
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
