package agent

import "bytes"

// Harnesses write messages in the user's name. These are recognized by a few words at the
// beginning of a message, never by words inside it, because people quote such texts.

// headBytes is how much of the beginning of a text is read.
const headBytes = 384

// A speech is a set of subjects that the beginning of a text may have.
type speech uint32

const (
	aTitle      speech = 1 << iota // the name of something
	aCommit                        // the message of a commit
	making                         // that something be made
	thisTalk                       // the conversation at hand
	talk                           // conversations of any kind
	maintenance                    // a task that no person asks for in these words
	compaction                     // that the history be replaced by a summary of it
	soFar                          // the conversation up to now
	summary                        // that something be summed up
	handingOver                    // somebody who will go on with the work
	delegated                      // that the reader is another agent's helper
)

var speeches = compile(map[speech][]string{
	aTitle:  {"title", "제목"},
	aCommit: {"commit message", "커밋 메시지"},
	making: {
		"generat", "create", "creating", "write", "writing", "extract", "craft", "provide", "come up with", "come with",
		"생성", "작성", "만들", "지어", "정해", "붙여", "뽑아",
	},
	thisTalk: {
		"this conversation", "the conversation", "following conversation", "conversation above", "this chat", "chat history",
		"this session", "this coding session", "thread title", "이 대화", "다음 대화", "위 대화", "대화의 제목", "대화 내용", "대화 기록", "대화 제목",
	},
	talk: {"conversation", "chat", "thread", "coding session", "대화", "채팅"},
	maintenance: {
		"new conversation topic", "isnewtopic", // Claude Code: is this another topic?
		"extract any file paths that this command", "bash commands that an ai coding agent", // Claude Code: may this run?
		"\n[suggestion mode", "\nweb page content:", // Claude Code: what next? what does the page say?
		"follow-up questions that the user", "relevant follow-up questions", "broad tags categori", // Open WebUI
		"\nread heartbeat.md", "heartbeat_ok", "\npre-compaction memory flush", "store durable memories", // OpenClaw
		"memory consolidation",
	},
	compaction: {
		"detailed summary of the conversation so far", "detailed summary of our conversation", "respond with text only. do not call any tools", // Claude Code
		"context checkpoint", "handoff summary", // Codex
		"prompt for continuing our conversation", "summarize what was done in this conversation", // OpenCode
		"context summarization assistant", "conversation to summarize", // pi, OpenClaw
		"tasked with summarizing conversations", "summarizing this coding conversation", "summarize this coding conversation",
		"summarizes internal chat history", // Gemini CLI
		"summarize this partial conversation",
	},
	soFar:       {"지금까지의 대화", "지금까지 나눈 대화", "지금까지의 작업", "앞선 대화", "이전 대화"},
	summary:     {"요약"},
	handingOver: {"다음 에이전트", "다른 에이전트", "다음 모델", "다른 모델", "이어서 작업", "이어받", "인수인계", "인계"},
	delegated: {
		"you are an agent for claude code", "[subagent context]", "running as a subagent", "you are a subagent", "you are a sub-agent",
		"서브에이전트로", "서브 에이전트로", "하위 에이전트로",
	},
})

func head(text []byte) []byte { return text[:min(len(text), headBytes)] }

// An Auxiliary is a task that a harness gives the model for itself.
type Auxiliary uint8

// The tasks, the weaker evidence first.
const (
	NotAuxiliary Auxiliary = iota
	Title                  // a title for a conversation, or a message for a commit; only where the request offers no tools
	Maintenance            // a summary, memory, a guess at what comes next
)

// A Beginning is what the beginning of a text says: of a block of a system prompt, or of what
// seems to come from the user.
type Beginning struct{ found speech }

// ReadBeginning reads the beginning of a text.
func ReadBeginning(text []byte) Beginning { return Beginning{speeches.in(head(text))} }

// Auxiliary returns the task that the text instructs its reader to do. system says that it is
// part of a system prompt.
func (b Beginning) Auxiliary(system bool) Auxiliary {
	found := b.found
	switch {
	case found&(maintenance|compaction) != 0, found&soFar != 0 && found&summary != 0 && found&handingOver != 0:
		return Maintenance
	case found&aCommit != 0 && found&making != 0 && system:
		return Title
	case found&aTitle != 0 && found&making != 0 && (found&thisTalk != 0 || system && found&talk != 0):
		return Title
	default:
		return NotAuxiliary
	}
}

// Subagent reports whether the text tells its reader that another agent gave it the work.
func (b Beginning) Subagent() bool { return b.found&delegated != 0 }

// summaries are the beginnings of the summary that replaces a history.
var summaries = [][]byte{
	[]byte("this session is being continued from a previous conversation"), // Claude Code
	[]byte("another language model started to solve this problem"),         // Codex
	[]byte("the conversation history before this point was compacted"),     // pi, OpenClaw
	[]byte("<state_snapshot>"),                                   // Gemini CLI, Qwen Code
	[]byte("이 세션은 이전 대화에서 이어"), []byte("이 세션은 컨텍스트가 부족해진 이전 대화"), // Korean harnesses
}

// longSummary is the least length of a summary that follows messages of a person, in bytes: a
// person may begin a message with a quotation, too.
const longSummary = 1000

// Summary reports whether a block of a user's message is the summary with which a harness
// replaced the history. First says that there is no message of a person before it.
func Summary(block []byte, first bool) bool {
	block = bytes.TrimSpace(block)
	if !first && len(block) < longSummary {
		return false
	}
	for _, s := range summaries {
		if len(block) >= len(s) && bytes.EqualFold(block[:len(s)], s) {
			return true
		}
	}
	return false
}
