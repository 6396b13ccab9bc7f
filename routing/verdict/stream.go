package verdict

import (
	"strings"

	"sluice/routing"
	"sluice/routing/llmapi/answer"
	"sluice/routing/verdict/constraint"
)

const (
	// maxHeld bounds the bytes of a stream that are held.
	maxHeld = 1 << 20
	// confidentTokens is the number of tokens that the mean probability needs before the answer
	// has ended; the first tokens of a good answer may be improbable.
	confidentTokens = 8
)

// A Progress says how far the verdict on a stream has come. It leaves Pending once.
type Progress uint8

// The values of [Progress].
const (
	Pending Progress = iota // hold the stream
	Accept                  // release the stream; the rest is not judged
	Reject                  // reject the answer, see [Stream.Reason]
)

// A Stream judges one answer that arrives as server-sent events. It decides at the first event
// that allows a decision; it does not matter how the stream is cut into chunks. It is not safe
// for concurrent use.
type Stream struct {
	judge    *Judge
	expect   *Expectation
	reader   *answer.Stream
	progress Progress
	reason   Reason
	held     int    // bytes
	events   int    // that contained a part of the answer
	seen     extent // when last judged
}

// An extent describes how much of an answer has arrived.
type extent struct {
	text, refusal, calls, arguments, problem int
	finish                                   answer.Finish
	complete                                 bool
}

// Stream returns a [Stream] that judges the answer to a request that expects e.
func (j *Judge) Stream(format routing.Format, e *Expectation) *Stream {
	return &Stream{judge: j, expect: e, reader: answer.NewStream(format)}
}

// Feed reads the next chunk of the body, up to the event that decides.
func (s *Stream) Feed(chunk []byte) Progress {
	if s.progress != Pending {
		return s.progress
	}
	before := s.held
	for end := range s.reader.FeedEvents(chunk) {
		if s.held = before + end; s.held > maxHeld {
			break
		}
		if s.update(); s.progress != Pending {
			return s.progress
		}
	}
	if s.held = before + len(chunk); s.held > maxHeld {
		s.progress = Accept
	}
	return s.progress
}

// End ends the stream and decides.
func (s *Stream) End() Progress {
	if s.progress != Pending {
		return s.progress
	}
	s.reader.End()
	a := s.reader.Response()
	brokenOff := !a.Complete && a.Finish == answer.FinishUnknown && s.seen != (extent{})
	if brokenOff && s.judge.checks(ProviderError) {
		return s.decide(ProviderError)
	}
	return s.decide(s.judge.Response(s.expect, &a))
}

// Expire accepts the stream if it is still pending: the time for holding it is up.
func (s *Stream) Expire() Progress {
	if s.progress == Pending {
		s.progress = Accept
	}
	return s.progress
}

// Reason says why the stream was rejected; it is "" otherwise.
func (s *Stream) Reason() Reason { return s.reason }

// Response returns what has been read of the answer.
func (s *Stream) Response() answer.Response { return s.reader.Response() }

// decide decides: Accept if there is no reason to reject.
func (s *Stream) decide(r Reason) Progress {
	s.progress, s.reason = Reject, r
	if r == "" {
		s.progress = Accept
	}
	return s.progress
}

// update judges the answer so far if there is more of it than before.
func (s *Stream) update() {
	a := s.reader.Response()
	now := extentOf(&a)
	before := s.seen
	if now != before {
		s.seen = now
		if now.text != before.text || now.arguments != before.arguments || now.calls != before.calls {
			s.events++
		}
		reason, open := s.judgeBeginning(&a)
		if reason != "" || !open {
			s.decide(reason)
			return
		}
	}
	if s.events >= s.judge.settings.Hold.Events {
		s.progress = Accept
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

// judgeBeginning judges the beginning of an answer. open reports that a check which only
// beginnings pass or fail is undecided. Any answer may be cut off, loop or break later; no
// stream is held for that.
func (s *Stream) judgeBeginning(a *answer.Response) (reason Reason, open bool) {
	j, e := s.judge, s.expect
	if a.Complete || a.Finish != answer.FinishUnknown || a.ErrorMessage != "" || a.Refusal != "" {
		return j.Response(e, a), false
	}
	if len(a.ToolCalls) > 0 {
		return s.judgeCalls(a)
	}
	text := strings.TrimLeft(a.Text, " \t\r\n")
	if text == "" {
		return "", j.checks(Empty) || j.checks(Refusal) || j.needsLength(e) || j.wantsLanguage(e) || s.wantsJSON() || s.wantsConfidence() ||
			j.checks(Constraint) && constraint.Open(e.Constraints, text)
	}
	if s.wantsJSON() {
		broken := brokenDocument(a.Text)
		if broken && j.checks(JSON) {
			return JSON, false
		}
		open = !broken
	}
	if j.checks(Refusal) {
		switch j.refusals.Refusal(text, false) {
		case Refuses:
			return Refusal, false
		case Open:
			open = true
		case Complies:
		}
	}
	if j.checks(Repetition) && !e.JSON && repeats(text) {
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
	if j.breaksConstraint(e, text, false) {
		return Constraint, false
	}
	open = open || j.checks(Constraint) && constraint.Open(e.Constraints, text)
	if j.needsLength(e) && shorter(strings.TrimSpace(text), j.settings.MinCharacters) {
		open = true
	}
	if s.wantsConfidence() && a.Logprobs > 0 {
		switch {
		case a.Logprobs < min(confidentTokens, j.settings.Hold.Events):
			open = true
		case j.lowProbability(e, a):
			return LowConfidence, false
		}
	}
	return "", open
}

// judgeCalls judges incomplete tool calls.
func (s *Stream) judgeCalls(a *answer.Response) (reason Reason, open bool) {
	if !s.judge.checks(ToolArguments) {
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
	return s.expect.JSON && (s.judge.checks(JSON) || len(s.expect.Schema) > 0 && s.judge.checks(Schema))
}

func (s *Stream) wantsConfidence() bool {
	return s.expect.MinConfidence > 0 && s.judge.checks(LowConfidence)
}
