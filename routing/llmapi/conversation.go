package llmapi

import (
	"bytes"

	"github.com/cespare/xxhash/v2"

	"sluice/routing"
	"sluice/routing/agent"
	"sluice/routing/language"
	"sluice/routing/llmapi/jsonscan"
	"sluice/routing/tokens"
)

// A tail is what came last in a conversation, not counting answers.
type tail uint8

const (
	tailNone    tail = iota
	tailHarness      // only words of a harness
	tailResults      // results of tools
	tailHuman        // a person's words or pictures
)

// A conversation is what Read keeps of the messages besides the tool calls.
type conversation struct {
	opening xxhash.Digest // what it began with, without a person's words

	instructions []byte // the last text of the system prompt, a JSON string
	instructed   []byte // the same, decoded; nil is not done

	tail      tail
	last      role            // of the last message
	answers   int             // messages of the model
	earlier   int             // turns in scratch.earlier
	role      agent.Auxiliary // the task that the system prompt gives
	block     int             // where the last block of the last human turn begins
	begins    agent.Beginning // of the last block of the first human turn
	subagent  bool            // the model works for another agent
	compacted bool            // a summary of the history came last
	logprobs  bool            // the client asks for probabilities
	forbidden bool            // the answer must not call a tool

	languages language.Standing // that people asked for
	told      bool              // so did, perhaps, a system message among the turns
	answered  []byte            // a text of the last answer
	reply     []byte            // a text of the last answer before the last human turn
}

// Bounds on texts, in bytes.
const (
	maxEarlier   = 2048 // of each turn that Before quotes
	maxPreflight = 64   // prompt of a preflight over Chat Completions
	maxReply     = 400  // of the beginning of an answer, as it stands in the body
	minReply     = 16   // an answer that is shorter shows no language
)

// system reads the system prompt of Messages: a string or blocks of text.
func (r *reader) system() {
	if r.Peek() == '"' {
		r.instruct(r.Skip())
		return
	}
	r.Array(func() {
		r.Object(func(key []byte) {
			if value := r.Skip(); string(key) == "text" {
				r.instruct(value)
			}
		})
	})
}

// billing begins the block in which Claude Code tells Anthropic whom to bill. It changes with
// every request, and says whether a sub-agent sent it.
var (
	billing  = []byte(`"x-anthropic-billing-header:`)
	subagent = []byte("cc_is_subagent=true")
)

// instruct reads a text of the system prompt, a JSON string. Other values are ignored.
func (r *reader) instruct(value []byte) {
	if len(value) == 0 || value[0] != '"' {
		return
	}
	if bytes.HasPrefix(value, billing) {
		line, rest, more := bytes.Cut(value, []byte(`\n`))
		r.conv.subagent = r.conv.subagent || bytes.Contains(line, subagent)
		if !more {
			return
		}
		value = rest
	}
	r.req.System = true
	r.hashOpening(value)
	r.conv.instructions, r.conv.instructed = value, nil
	var buffer [headBytes]byte
	head := appendHead(buffer[:0], value, headBytes)
	begins := agent.ReadBeginning(head)
	r.conv.role = max(r.conv.role, begins.Auxiliary(true))
	r.conv.subagent = r.conv.subagent || begins.Subagent()
}

// hashOpening adds a part of the beginning of the conversation to its hash.
func (r *reader) hashOpening(part []byte) { _, _ = r.conv.opening.Write(part) } // never fails

// endMessage updates the conversation by a message that has been read.
func (r *reader) endMessage(m *message) {
	t := &r.conv
	if m.cached { // and all that comes before
		r.scratch.plain, r.scratch.texts = r.scratch.plain[:0], r.scratch.texts[:0]
	}
	if m.role == roleAssistant {
		if t.last != roleAssistant {
			r.work.open = 0
		}
		t.answers++
		if len(m.texts.first) >= minReply {
			t.answered = m.texts.first
		}
		t.compacted = false
	}
	r.work.open += m.calls
	switch m.role {
	case roleTool:
		m.results++
		r.work.result(step{id: m.answers, texts: m.texts})
		t.tail = tailResults
	case roleSystem:
		if r.turns == 0 {
			r.instruct(m.texts.first)
			r.instruct(m.texts.last)
		} else {
			t.told = true
		}
	case roleUser:
		r.scratch.texts, r.scratch.plain = r.scratch.plain, r.scratch.texts
		r.userMessage(m)
	case roleUnknown, roleAssistant, roleOther:
	}
	r.work.open = max(0, r.work.open-m.results)
	t.last = m.role
}

// userMessage updates the conversation by a message with the role of the user: of a person, a
// harness or a tool.
func (r *reader) userMessage(m *message) {
	t, p := &r.conv, r.scratch
	switch {
	case r.keepHuman(m):
		if r.turns == 0 {
			p.first = append(p.first[:0], m.draft...)
		}
		t.tail, r.req.Thought = tailHuman, false
		r.hear()
		if r.turns > 0 && !agent.Leans(p.human) {
			p.draft, p.earlier[0], p.earlier[1] = p.earlier[0], p.earlier[1], p.human
			t.earlier = min(t.earlier+1, len(p.earlier))
		} else {
			p.draft = p.human
		}
		p.human = m.draft
		r.turns++
	case m.results > 0:
		t.tail = tailResults
	case m.media && t.last != roleTool: // after a tool's result it is the tool's
		t.tail, r.req.Thought = tailHuman, false
	case t.tail == tailNone, t.last == roleAssistant:
		t.tail = tailHarness
	}
}

// hear takes the last human turn for what it asks of the language, before another one follows
// or when all have been read.
func (r *reader) hear() {
	t := &r.conv
	if r.turns > 0 && t.languages.Hear(r.scratch.human) {
		t.reply = nil
	}
	if t.answered != nil {
		t.reply, t.answered = t.answered, nil
	}
}

// keepHuman reduces the draft to what a person wrote, its blocks joined by line feeds, and
// reports whether there is anything.
func (r *reader) keepHuman(m *message) bool {
	t := &r.conv
	kept, start := 0, 0
	quoted, result := false, false
	for _, end := range m.ends {
		raw := m.draft[start : end-1]
		raw = raw[preamble(raw):]
		start = end
		writing := agent.WrittenBy(raw)
		switch {
		case quoted:
			quoted = false
			continue
		case writing == agent.Quotes:
			quoted = true
			continue
		case writing == agent.Harness:
			continue
		case writing == agent.Examples:
			r.forget()
			continue
		case writing == agent.Result:
			result = true
			m.results++
		}
		human, wrapped := withoutHarness(raw)
		if result && !wrapped { // but a person's words may stand beside it
			continue
		}
		switch {
		case len(bytes.TrimSpace(human)) == 0:
			continue
		case agent.Summary(human, r.turns == 0 && kept == 0):
			r.work.calls, t.earlier, t.compacted, t.tail = 0, 0, true, tailHarness
			continue
		}
		t.block = kept
		if r.turns == 0 {
			t.begins = agent.ReadBeginning(human)
			t.subagent = t.subagent || t.begins.Subagent()
		}
		kept += copy(m.draft[kept:], human)
		m.draft[kept] = '\n'
		kept++
	}
	if kept == 0 {
		return false
	}
	m.draft = m.draft[:kept-1]
	return true
}

// forget drops what was read of the messages so far: they were examples.
func (r *reader) forget() {
	t, p := &r.conv, r.scratch
	r.turns, r.work = 0, work{}
	p.human = p.human[:0]
	t.tail, t.answers, t.earlier, t.block, t.begins = tailNone, 0, 0, 0, agent.Beginning{}
}

// conclude sets the fields that only the whole conversation shows.
func (r *reader) conclude() {
	q := &r.req
	r.scratch.human = r.withoutReminder(r.scratch.human, r.conv.block)
	if r.conv.block >= len(r.scratch.human) {
		r.conv.block = 0
	}
	q.Prompt, q.Turns = string(r.scratch.human), r.turns
	q.Tokens = tokens.EstimateBody(r.Data)
	if q.Highest <= q.MaxTokens {
		q.Highest = 0
	}
	if n := max(r.answers, 1) * max(r.prompts, 1); n > 1 {
		q.Answers = n
	}
	q.Kind = r.kind()
	if !q.API.Routed() {
		return
	}
	r.layout()
	q.Before = r.before()
	if r.conv.forbidden {
		q.Offered = nil
	}
	r.languages()
	q.OpenCall = r.work.open > 0
	q.Results = r.conv.tail == tailResults && r.conv.last != roleAssistant
	q.Steered = q.Steered || q.API == routing.AnthropicMessages && r.conv.last == roleAssistant // begins the answer
	if r.turns > 0 {
		// The white space around it is not the same in every turn.
		r.hashOpening(bytes.TrimSpace(r.withoutReminder(r.scratch.first, 0)))
		q.Opening = r.conv.opening.Sum64()
	}
	if r.work.calls > 0 {
		q.Stage, r.scratch.draft = r.work.stage(r.scratch.draft, r.turns)
	}
	q.Stage.Total = r.work.calls
	q.Stage.Compaction = r.conv.compacted
	q.Stage.Continuing = q.Kind == routing.Continuation
}

// languages sets what the conversation says of the language of the answer.
func (r *reader) languages() {
	q, t := &r.req, &r.conv
	if q.System || r.turns < 2 {
		return
	}
	t.answered = nil // it comes after the prompt
	if r.hear(); t.told {
		q.Speaks = language.Unclear
		return
	}
	if q.Speaks = t.languages.Language(); q.Speaks != language.Unclear && t.reply != nil {
		r.scratch.draft = appendHead(r.scratch.draft[:0], t.reply, maxReply)
		q.Reply = string(r.scratch.draft)
	}
}

// layout copies the places from the scratch. Most requests need no more room than block has, so
// that both lists take one allocation.
func (r *reader) layout() {
	block := new(struct {
		members [12]routing.Member
		texts   [4]routing.Span
	})
	if len(r.scratch.members) <= jsonscan.MaxFields {
		r.req.Layout.Members = append(block.members[:0], r.scratch.members...)
	}
	r.req.Layout.Texts = append(block.texts[:0], r.scratch.texts...)
}

// kind returns what the request is in its conversation.
func (r *reader) kind() routing.TurnKind {
	t, q := &r.conv, &r.req
	begins := t.begins
	if r.turns > 1 || t.block > 0 { // otherwise it has been read
		begins = agent.ReadBeginning(r.scratch.human)
	}
	auxiliary := max(t.role, begins.Auxiliary(false))
	if t.block > 0 {
		auxiliary = max(auxiliary, agent.ReadBeginning(r.scratch.human[t.block:]).Auxiliary(false))
	}
	switch {
	case q.API.Counts(), r.preflight():
		return routing.Preflight
	case auxiliary == agent.Maintenance, auxiliary == agent.Title && q.Needs&routing.Tools == 0:
		return routing.Auxiliary
	case t.tail == tailResults, t.tail == tailHarness && (t.answers > 0 || t.compacted), r.work.open > 0 && t.last == roleAssistant:
		return routing.Continuation
	case t.subagent:
		return routing.SubagentStart
	default:
		return routing.HumanTurn
	}
}

// preflight reports whether the client only wants to know that a model answers, or how many
// tokens a prompt has. A classifier over Chat Completions asks for one token, too.
func (r *reader) preflight() bool {
	q := &r.req
	return q.MaxTokens == 1 && (q.API == routing.AnthropicMessages ||
		q.API == routing.OpenAIChat && !r.conv.logprobs && q.Messages <= 2 && len(r.scratch.human) <= maxPreflight)
}

// before returns the last turns that can be understood alone, if the prompt cannot.
func (r *reader) before() string {
	p := r.scratch
	if r.conv.earlier == 0 || !agent.Leans(p.human) {
		return ""
	}
	newest := jsonscan.Truncate(string(p.earlier[1][:min(len(p.earlier[1]), maxEarlier+1)]), maxEarlier)
	if r.conv.earlier == 1 {
		return newest
	}
	return jsonscan.Truncate(string(p.earlier[0][:min(len(p.earlier[0]), maxEarlier+1)]), maxEarlier) + "\n" + newest
}
