package verdict

import (
	"strings"

	"sluice/routing"
	"sluice/routing/llmapi/answer"
	"sluice/routing/verdict/constraint"
)

const (
	// maxHeld bounds the bytes of a stream that are held, whatever they are.
	maxHeld = 1 << 20
	// confidentTokens is how many tokens a mean probability needs to be judged by
	// before the answer has ended; the first ones of a good answer may be unlikely.
	confidentTokens = 8
)

// A State is how far the judging of a stream has come. It leaves Pending once.
type State uint8

// The states.
const (
	Pending State = iota // keep holding
	Accept               // let go; nothing that follows is looked at
	Reject               // give up, for [Stream.Reason]
)

// A Stream judges one answer that arrives in server-sent events. It decides on the
// first event that allows it, however the events are cut into chunks. It is not safe
// for concurrent use.
type Stream struct {
	judge  *Judge
	expect *Expectation
	reader *answer.Stream
	state  State
	reason Reason
	held   int    // bytes
	events int    // that carried a part of the answer
	seen   extent // of the answer when last judged
}

// An extent says how much of an answer there is.
type extent struct {
	text, refusal, calls, arguments, problem int
	finish                                   answer.Finish
	complete                                 bool
}

// Stream returns the judging of one streamed answer to a request that expects e.
func (j *Judge) Stream(format routing.Format, e *Expectation) *Stream {
	return &Stream{judge: j, expect: e, reader: answer.NewStream(format)}
}

// Feed reads the next chunk of the response's body, as far as a decision takes.
func (s *Stream) Feed(chunk []byte) State {
	if s.state != Pending {
		return s.state
	}
	before := s.held
	for end := range s.reader.FeedEvents(chunk) {
		if s.held = before + end; s.held > maxHeld {
			break
		}
		if s.look(); s.state != Pending {
			return s.state
		}
	}
	if s.held = before + len(chunk); s.held > maxHeld {
		s.state = Accept
	}
	return s.state
}

// End tells that the response has ended.
func (s *Stream) End() State {
	if s.state != Pending {
		return s.state
	}
	s.reader.End()
	a := s.reader.Response()
	brokenOff := !a.Complete && a.Finish == answer.FinishUnknown && s.seen != (extent{})
	if brokenOff && s.judge.looksFor(ProviderError) {
		return s.settle(ProviderError)
	}
	return s.settle(s.judge.Answer(s.expect, &a))
}

// Expire tells that the time for holding the stream is up.
func (s *Stream) Expire() State {
	if s.state == Pending {
		s.state = Accept
	}
	return s.state
}

// Reason says why the stream was rejected, and "" otherwise.
func (s *Stream) Reason() Reason { return s.reason }

// Answer returns what has been read of the answer.
func (s *Stream) Answer() answer.Response { return s.reader.Response() }

// settle ends the judging: with Accept where nothing is wrong.
func (s *Stream) settle(r Reason) State {
	s.state, s.reason = Reject, r
	if r == "" {
		s.state = Accept
	}
	return s.state
}

// look judges the answer so far if there is more of it than there was.
func (s *Stream) look() {
	a := s.reader.Response()
	now := extentOf(&a)
	before := s.seen
	if now != before {
		s.seen = now
		if now.text != before.text || now.arguments != before.arguments || now.calls != before.calls {
			s.events++
		}
		reason, open := s.soFar(&a)
		if reason != "" || !open {
			s.settle(reason)
			return
		}
	}
	if s.events >= s.judge.settings.Hold.Events {
		s.state = Accept
	}
}

func extentOf(a *answer.Response) extent {
	e := extent{
		text: len(a.Text), refusal: len(a.Refusal), calls: len(a.ToolCalls), problem: len(a.ErrorMessage),
		finish: a.Finish, complete: a.Complete,
	}
	for i := range a.ToolCalls {
		e.arguments += len(a.ToolCalls[i].Arguments)
	}
	return e
}

// soFar judges the beginning of an answer. open tells that what is still to come may be rejected by a check
// that only beginnings pass or fail; an answer may always be cut off, run into a
// loop or break later, and no stream is held for that.
func (s *Stream) soFar(a *answer.Response) (reason Reason, open bool) {
	j, e := s.judge, s.expect
	if a.Complete || a.Finish != answer.FinishUnknown || a.ErrorMessage != "" || a.Refusal != "" {
		return j.Answer(e, a), false
	}
	if len(a.ToolCalls) > 0 {
		return s.callsSoFar(a)
	}
	text := strings.TrimLeft(a.Text, " \t\r\n")
	if text == "" {
		return "", j.looksFor(Empty) || j.looksFor(Refusal) || j.needsLength(e) || j.wantsLanguage(e) || s.wantsJSON() || s.wantsConfidence() ||
			j.looksFor(Constraint) && constraint.Open(e.Constraints, text)
	}
	if s.wantsJSON() {
		broken := brokenDocument(a.Text)
		if broken && j.looksFor(JSON) {
			return JSON, false
		}
		open = !broken
	}
	if j.looksFor(Refusal) {
		switch j.refusals.Refusal(text, false) {
		case Refuses:
			return Refusal, false
		case Open:
			open = true
		case Complies:
		}
	}
	if j.looksFor(Repetition) && !e.JSON && repeats(text) {
		return Repetition, false
	}
	if j.wantsLanguage(e) {
		switch languageOf(j.model, e.Language, text, false) {
		case Refuses:
			return WrongLanguage, false
		case Open:
			open = true
		case Complies:
		}
	}
	if j.breaks(e, text, false) {
		return Constraint, false
	}
	open = open || j.looksFor(Constraint) && constraint.Open(e.Constraints, text)
	if j.needsLength(e) && shorter(strings.TrimSpace(text), j.settings.MinCharacters) {
		open = true
	}
	if s.wantsConfidence() && a.Logprobs > 0 {
		switch {
		case a.Logprobs < min(confidentTokens, j.settings.Hold.Events):
			open = true
		case j.unsure(e, a):
			return LowConfidence, false
		}
	}
	return "", open
}

// callsSoFar judges tool calls that are being written.
func (s *Stream) callsSoFar(a *answer.Response) (reason Reason, open bool) {
	if !s.judge.looksFor(ToolArguments) {
		return "", false
	}
	for i := range a.ToolCalls {
		if brokenJSON(a.ToolCalls[i].Arguments) {
			return ToolArguments, false
		}
	}
	return "", true
}

func (s *Stream) wantsJSON() bool {
	return s.expect.JSON && (s.judge.looksFor(JSON) || len(s.expect.Schema) > 0 && s.judge.looksFor(Schema))
}

func (s *Stream) wantsConfidence() bool {
	return s.expect.MinConfidence > 0 && s.judge.looksFor(LowConfidence)
}
