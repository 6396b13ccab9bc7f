package verdict

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"sluice/routing"
	"sluice/routing/llmapi/answer"
	"sluice/routing/verdict/constraint"
)

const (
	// maxHeld bounds the bytes of a stream that are held.
	maxHeld = 1 << 20
	// maxFollowed bounds the bytes of a released stream that are read for [Stream.Hindsight].
	maxFollowed = 1 << 20
	// confidentTokens is the number of tokens that the mean probability needs before the answer
	// has ended; the first tokens of a good answer may be improbable.
	confidentTokens = 8
	// shortLead is how much text may come before a tool call, in bytes, so that the call is judged:
	// where tools were offered, a stream is not released before.
	shortLead = 160
	// Blanks at the end of what is to be JSON, in bytes: from indent on they may be the loop into
	// which models fall that may write nothing but JSON, beyond maxBlanks they are one.
	indent, maxBlanks = 4, 256
	// maxMusing is how much text that may be thoughts is held until their end comes, in bytes.
	maxMusing = 32 << 10
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
	format   routing.Format
	reader   *answer.Stream
	progress Progress
	reason   Reason
	held     int    // bytes
	followed int    // bytes after the release
	events   int    // that contained a part of the answer
	words    bool   // some of the answer has come
	seen     extent // when last judged
	sure     bool   // what is undecided will be soon: more events are held than usual
	thinking bool   // the text so far is thoughts, or what follows them may become more
	thoughts int    // bytes of the text that are thoughts
	text     int    // bytes of the text when that was found
}

// An extent describes how much of an answer has arrived.
type extent struct {
	text, refusal, calls, arguments, others, problem int // text without thoughts
	finish                                           answer.Finish
	complete                                         bool
}

// Stream returns a [Stream] that judges the answer to a request that expects e.
func (j *Judge) Stream(format routing.Format, e *Expectation) *Stream {
	return &Stream{judge: j, expect: e, format: format, reader: answer.NewStream(format)}
}

// Feed reads the next chunk of the body, and decides at the first event that allows it. After the
// release it only reads, for [Stream.Hindsight].
func (s *Stream) Feed(chunk []byte) Progress {
	if s.progress != Pending {
		s.follow(chunk)
		return s.progress
	}
	before := s.held
	for end := range s.reader.FeedEvents(chunk) {
		if s.progress == Accept {
			continue // it was released by an earlier event
		}
		if s.held = before + end; s.held > maxHeld {
			break
		}
		if s.update(); s.progress == Reject {
			return Reject
		}
	}
	if s.progress == Accept {
		return Accept
	}
	if s.held = before + len(chunk); s.held > maxHeld {
		return s.release(ProviderError)
	}
	return s.progress
}

// follow reads on after the release.
func (s *Stream) follow(chunk []byte) {
	if s.followed += len(chunk); s.Follows() {
		s.reader.Feed(chunk)
	}
}

// Follows reports whether the stream was accepted and is short enough to be read on for
// [Stream.Hindsight].
func (s *Stream) Follows() bool {
	return s.progress == Accept && s.held <= maxHeld && s.followed <= maxFollowed
}

// Hindsight returns for what reason an accepted stream that has ended would have been rejected as
// a whole; "" if for none, or if it is too long to tell. Nothing can be undone then.
func (s *Stream) Hindsight() Reason {
	if !s.Follows() {
		return ""
	}
	a := s.reader.Response()
	if !a.Complete && a.Finish == answer.FinishUnknown {
		return ""
	}
	return s.judge.Response(s.expect, &a)
}

// End ends the stream and decides.
func (s *Stream) End() Progress {
	if s.Follows() {
		s.reader.End()
	}
	if s.progress != Pending {
		return s.progress
	}
	s.reader.End()
	a := s.reader.Response()
	if s.brokenOff(&a) && s.judge.checks(ProviderError) {
		return s.decide(ProviderError)
	}
	return s.decide(s.judge.Response(s.expect, &a))
}

// brokenOff reports whether the stream has ended before the answer did. Some servers of OpenAI's
// API tell neither that the model stopped nor that the stream ends: there the text has to tell.
func (s *Stream) brokenOff(a *answer.Response) bool {
	if a.Complete || a.Finish != answer.FinishUnknown || s.seen == (extent{}) {
		return false
	}
	said, thinking := a.Said()
	said = strings.TrimSpace(said)
	switch {
	case s.format != routing.OpenAI || thinking || !argumentsValid(a.ToolCalls):
		return true
	case said == "":
		return len(a.ToolCalls) == 0
	}
	last, _ := utf8.DecodeLastRuneInString(said)
	return unicode.IsLetter(last) || unicode.IsDigit(last) || unfinished(said)
}

// Expire decides about a stream that is still pending: the time for holding it is up. It is
// accepted if some of the answer has come, or thoughts, which show that the model is at work.
// One that is silent so far is rejected: comments and pings are no answer.
func (s *Stream) Expire() Progress {
	if s.progress == Pending {
		return s.release(Timeout)
	}
	return s.progress
}

// Stall rejects the stream if it is still pending: it has gone silent.
func (s *Stream) Stall() Progress {
	if s.progress == Pending {
		return s.decide(Timeout)
	}
	return s.progress
}

// release accepts a stream that cannot be held any longer, or rejects it for the reason if it
// has shown nothing of a model at work.
func (s *Stream) release(silent Reason) Progress {
	if a := s.reader.Response(); s.words || a.Reasoning || s.thoughts > 0 {
		silent = ""
	}
	return s.decide(silent)
}

// Words reports whether some of the answer has come: text or a tool call. Thoughts are none.
func (s *Stream) Words() bool { return s.words }

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
	said, thinking := s.said(a.Text)
	now := extentOf(&a)
	now.text = len(strings.TrimLeft(said, jsonSpace))
	before := s.seen
	if now != before {
		s.seen = now
		// Arguments do not count: a client can do nothing with a part of a call.
		if now.text != before.text || now.calls != before.calls || now.others != before.others {
			s.events++
			s.words = s.words || now.calls > 0 || now.others > 0 || now.text > 0 && !thinking
		}
		s.sure = false
		reason, open := s.judgeBeginning(&a, said, thinking)
		if reason != "" || !open {
			s.decide(reason)
			return
		}
	}
	if s.events >= s.judge.settings.Hold.Events && !s.sure {
		s.progress = Accept
	}
}

func extentOf(a *answer.Response) extent {
	e := extent{
		refusal: len(a.Refusal), calls: len(a.ToolCalls), others: a.Others, problem: len(a.Error.String()),
		finish: a.Finish, complete: a.Complete,
	}
	for i := range a.ToolCalls {
		e.arguments += len(a.ToolCalls[i].Arguments)
	}
	return e
}

// said is [answer.Response.Said]. A long thought is not searched again for every event: all
// closing marks end in one of a few characters.
func (s *Stream) said(text string) (said string, thinking bool) {
	const someText = 64 // more than any opening mark
	within := s.thinking && s.thoughts == s.text && s.text >= someText
	if fresh := text[min(s.text, len(text)):]; within && !strings.ContainsAny(fresh, ">]▷") {
		s.thoughts = len(text)
	} else {
		s.thoughts, s.thinking = answer.Thoughts(text)
	}
	s.text = len(text)
	return text[s.thoughts:], s.thinking
}

// judgeBeginning judges the beginning of an answer, of which said is the text without thoughts,
// and thinking that it has not begun yet. open reports that a check which only
// beginnings pass or fail is undecided. Any answer may be cut off, loop or break later; no
// stream is held for that.
func (s *Stream) judgeBeginning(a *answer.Response, said string, thinking bool) (reason Reason, open bool) {
	j, e := s.judge, s.expect
	if a.Complete || a.Finish != answer.FinishUnknown || !a.Error.None() || a.Refusal != "" {
		if a.Finish == answer.FinishLength && !a.Complete && strings.TrimLeft(said, jsonSpace) == "" && len(a.ToolCalls) == 0 && a.Usage.Output < 0 {
			return "", true // the usage, which follows, tells whether the model wrote anything
		}
		return j.Response(e, a), false
	}
	if len(a.ToolCalls) > 0 {
		return s.judgeCalls(a)
	}
	text := strings.TrimLeft(said, jsonSpace)
	if text == "" || thinking {
		s.sure = text != "" || s.thoughts > 0 // a part of a mark, or thoughts
		return "", j.checks(Empty) || j.checks(Refusal) || j.needsLength(e) || j.wantsLanguage(e) || s.wantsJSON() || s.wantsConfidence() ||
			j.checks(Constraint) && constraint.Open(e.Constraints, text)
	}
	if answer.Musing(text) { // it ends in a mark, behind which the answer begins
		s.sure = len(text) < maxMusing
		return "", true
	}
	if j.wantsCalls(e) {
		switch callText(e, text, false) {
		case Refuses:
			return ToolCallText, false
		case Open:
			open, s.sure = true, true
		case Complies:
		}
	}
	if s.wantsJSON() {
		blanks := len(text) - len(strings.TrimRight(text, jsonSpace))
		s.sure = s.sure || blanks >= indent
		broken := brokenDocument(text) || blanks > maxBlanks
		if broken && j.checks(JSON) {
			return JSON, false
		}
		open = open || !broken
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
	if j.wantsChange(e) {
		switch f := runs(text, false); {
		case f == Refuses, repeats(text):
			return Repetition, false
		case f == Open:
			open, s.sure = true, true
		}
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
	if e.Tools && len(text) < shortLead && j.checks(ToolArguments) {
		open, s.sure = true, true
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
	s.sure = true // the call may follow many events of text
	return "", true
}

func (s *Stream) wantsJSON() bool {
	return s.expect.JSON && (s.judge.checks(JSON) || len(s.expect.Schema) > 0 && s.judge.checks(Schema))
}

func (s *Stream) wantsConfidence() bool {
	return s.expect.MinConfidence > 0 && s.judge.checks(LowConfidence)
}
