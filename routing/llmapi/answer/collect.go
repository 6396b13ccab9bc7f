package answer

import (
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"sluice/routing"
)

// Limits on what is kept of a stream. Beyond them text is dropped and Truncated is set; counts
// (usage, log-probabilities, events) go on.
const (
	maxKept  = 1 << 20 // bytes of text, refusal and arguments together
	MaxCalls = 128     // tool calls

	maxScratch = 1 << 20 // bytes of a scratch buffer that is kept for reuse
)

// scratches holds buffers for decoded texts.
var scratches = sync.Pool{New: func() any { return new([]byte) }}

// Read reads a whole answer in the format. If body is not one JSON object, the error is a
// [*jsonscan.Error].
func Read(format routing.Format, body []byte) (Response, error) {
	scratch := scratches.Get().(*[]byte)
	defer func() {
		if cap(*scratch) <= maxScratch {
			scratches.Put(scratch)
		}
	}()
	e, err := readEvent(format, body, scratch)
	if err != nil {
		return Response{}, err
	}
	c := newCollector(format, len(body))
	c.add(e)
	a := c.result()
	a.Complete = true
	return a, nil
}

// An event is what a body, or one event of a stream, adds to a response.
type event struct {
	model   string
	id      string
	choices int // highest index of a choice, plus 1
	deltas  []delta
	usage   routing.Usage // as the provider reports it; see normalized
	thought bool          // the usage counts tokens of reasoning
	failure Error
	ping    bool // a keep-alive
	end     bool // the last event of a stream
}

// A delta is what an event adds to the first choice. Its bytes are borrowed.
type delta struct {
	text, refusal []byte
	reasoning     bool
	others        int // parts of another kind
	calls         []callDelta
	finish        Finish
	logprobs      int
	probability   float64 // sum over the tokens
}

// A callDelta adds to a tool call.
type callDelta struct {
	index     int // of the call within the answer; -1 if the provider gives none
	id, name  string
	whole     []byte // arguments that come at once
	arguments []byte // the next part of arguments that come in parts
}

// A collector builds a response from events.
type collector struct {
	format        routing.Format
	answer        Response // the fields that need no builder
	text, refusal strings.Builder
	calls         []*call
	room          int // bytes left to the limit
	probability   float64
}

type call struct {
	index     int
	id, name  string
	whole     string
	arguments strings.Builder
}

func newCollector(format routing.Format, room int) *collector {
	return &collector{format: format, room: room, answer: Response{Usage: noUsage}}
}

func (c *collector) add(e event) {
	a := &c.answer
	if e.model != "" {
		a.Model = e.model
	}
	if e.id != "" {
		a.ID = e.id
	}
	if !e.failure.None() {
		a.Error = e.failure
	}
	a.Choices = max(a.Choices, e.choices)
	a.Complete = a.Complete || e.end
	a.Usage = mergeUsage(a.Usage, e.usage)
	a.Reasoning = a.Reasoning || e.thought
	for _, p := range e.deltas {
		c.keep(&c.text, p.text)
		c.keep(&c.refusal, p.refusal)
		for _, call := range p.calls {
			c.addCall(call)
		}
		a.Reasoning = a.Reasoning || p.reasoning
		a.Others += p.others
		if p.finish != FinishUnknown {
			a.Finish = p.finish
		}
		a.Logprobs += p.logprobs
		c.probability += p.probability
	}
}

func (c *collector) addCall(p callDelta) {
	continued := c.find(p)
	if continued == nil && c.format == routing.Anthropic && p.name == "" {
		return // belongs to a call that the provider executes itself
	}
	if continued == nil {
		if len(c.calls) == MaxCalls {
			c.answer.Truncated = true
			return
		}
		continued = &call{index: p.index, id: p.id}
		c.calls = append(c.calls, continued)
	}
	if continued.name == "" {
		continued.name = p.name
	}
	if len(p.whole) > 0 {
		continued.whole = string(c.fit(p.whole))
	}
	c.keep(&continued.arguments, p.arguments)
}

// find returns the call that p continues, or nil if p begins a new one. Calls are identified by
// their index; but some providers give none, or give the same one to calls with different ids.
func (c *collector) find(p callDelta) *call {
	for _, have := range slices.Backward(c.calls) {
		switch {
		case p.index < 0 && p.name != "", p.index == have.index && p.id != "" && have.id != "" && p.id != have.id:
			return nil
		case p.index < 0, p.index == have.index:
			return have
		}
	}
	return nil
}

// keep appends as much of text to b as the limit allows.
func (c *collector) keep(b *strings.Builder, text []byte) { b.Write(c.fit(text)) }

// fit returns as much of text as the limit allows, in whole characters.
func (c *collector) fit(text []byte) []byte {
	n := len(text)
	if n > c.room {
		c.answer.Truncated = true
		for n = c.room; n > 0 && !utf8.RuneStart(text[n]); n-- {
		}
		c.room = n // nothing may be appended after a gap
	}
	c.room -= n
	return text[:n]
}

// result returns the response so far.
func (c *collector) result() Response {
	a := c.answer
	a.Text, a.Refusal = c.text.String(), c.refusal.String()
	for _, call := range c.calls {
		arguments := call.arguments.String()
		if arguments == "" {
			arguments = call.whole
		}
		a.ToolCalls = append(a.ToolCalls, ToolCall{Name: call.name, Arguments: arguments})
	}
	if a.Logprobs > 0 {
		a.Probability = c.probability / float64(a.Logprobs)
	}
	a.Usage = normalized(c.format, a.Usage)
	return a
}
