package answer

import (
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"sluice/routing"
)

// Limits on what is kept of a stream. Beyond them text is dropped and Truncated says
// so; the counts (usage, log-probabilities, events) go on.
const (
	maxKept  = 1 << 20 // bytes of text, refusal and arguments together
	MaxCalls = 128     // tool calls

	maxScratch = 1 << 20 // bytes of a scratch buffer that is kept for another answer
)

// Scratch memory for decoded texts is used again while it is not large.
var scratches = sync.Pool{New: func() any { return new([]byte) }}

// Read reads a whole answer in the format. An error is an [*jsonscan.Error]: the body is
// not one JSON object.
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

// An event is what one body, or one event of a stream, adds to an answer.
type event struct {
	model   string
	choices int // highest choice named, counted from 1
	pieces  []piece
	usage   routing.Usage // as it stands there; see billed
	failure failure
	ping    bool // nothing but a sign of life
	end     bool // the last event of a stream
}

// A piece is what an event adds to the first choice. Its bytes are borrowed.
type piece struct {
	text, refusal []byte
	reasoning     bool
	calls         []callPiece
	finish        Finish
	logprobs      int
	probability   float64 // sum over the tokens
}

// A callPiece adds to a tool call.
type callPiece struct {
	index     int // names the call within the answer; -1 if the provider does not say
	id, name  string
	whole     []byte // arguments, unless they come piece by piece
	arguments []byte // the next piece of them
}

// A collector puts an answer together from events.
type collector struct {
	format        routing.Format
	answer        Response // what needs no putting together
	text, refusal strings.Builder
	calls         []*call
	room          int // bytes that may still be kept
	probability   float64
}

type call struct {
	index     int
	id, name  string
	whole     string
	arguments strings.Builder
}

func newCollector(format routing.Format, room int) *collector {
	return &collector{format: format, room: room, answer: Response{Usage: unreported}}
}

func (c *collector) add(e event) {
	a := &c.answer
	if e.model != "" {
		a.Model = e.model
	}
	if m := e.failure.String(); m != "" {
		a.ErrorMessage = m
	}
	a.Choices = max(a.Choices, e.choices)
	a.Complete = a.Complete || e.end
	a.Usage = most(a.Usage, e.usage)
	for _, p := range e.pieces {
		c.keep(&c.text, p.text)
		c.keep(&c.refusal, p.refusal)
		for _, call := range p.calls {
			c.addCall(call)
		}
		a.Reasoning = a.Reasoning || p.reasoning
		if p.finish != FinishUnknown {
			a.Finish = p.finish
		}
		a.Logprobs += p.logprobs
		c.probability += p.probability
	}
}

func (c *collector) addCall(p callPiece) {
	continued := c.find(p)
	if continued == nil && c.format == routing.Anthropic && p.name == "" {
		return // of a call that the provider makes itself
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

// find returns the call that p continues, nil if it begins a new one. An index tells
// calls apart; but some providers give none, or the same one to calls with different
// ids.
func (c *collector) find(p callPiece) *call {
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

// keep appends to b as much of text as there is room for.
func (c *collector) keep(b *strings.Builder, text []byte) { b.Write(c.fit(text)) }

// fit returns as much of text as there is room for, whole characters only.
func (c *collector) fit(text []byte) []byte {
	n := len(text)
	if n > c.room {
		c.answer.Truncated = true
		for n = c.room; n > 0 && !utf8.RuneStart(text[n]); n-- {
		}
		c.room = n // nothing may follow a gap
	}
	c.room -= n
	return text[:n]
}

// result returns the answer so far.
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
	a.Usage = billed(c.format, a.Usage)
	return a
}
