// Package verdict judges the answers of models: good enough to deliver or worth another model,
// and for which [Reason].
//
// Its checks favour precision: they find answers that are very likely weak, and do not grade
// the others. It knows answers as package answer reads them and what the request asked for (an
// [Expectation]). It does not know which model comes next, what an answer costs, or Envoy.
//
// Start with [Judge]: [Judge.Status] for an HTTP error, [Judge.Body] for a whole answer,
// [Judge.Stream] for one that arrives as events.
package verdict

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"sluice/routing"
	"sluice/routing/classify"
	"sluice/routing/llmapi/answer"
	"sluice/routing/verdict/constraint"
)

// Settings are the configuration of a [Judge].
type Settings struct {
	MinCharacters int               // a shorter answer is [TooShort], unless the question calls for one; 0 disables the check
	Actions       map[Reason]Action // by reason; the default is Escalate
	Hold          Hold
	Repair        Repair          // of JSON with something around it
	MaxBody       int             // bytes of a whole answer; a larger one is delivered without a verdict
	Refusals      RefusalDetector // nil means [Refusals] with the built-in classifier
}

// Hold limits how long a stream is held while it is judged.
type Hold struct {
	Events int           // events with a part of the answer; preamble and keep-alives do not count
	Time   time.Duration // since the response headers
}

// DefaultSettings returns the settings of an empty configuration.
func DefaultSettings() Settings {
	return Settings{
		Actions: map[Reason]Action{PolicyRefusal: Keep},
		Hold:    Hold{Events: 8, Time: 2 * time.Second},
		MaxBody: 4 << 20,
	}
}

// validate reports all mistakes at once.
func (s *Settings) validate() error {
	var errs []error
	if s.MinCharacters < 0 {
		errs = append(errs, fmt.Errorf("min_characters: %d is negative", s.MinCharacters))
	}
	for r := range s.Actions {
		if !slices.Contains(reasons, r) {
			errs = append(errs, fmt.Errorf("unknown reason %q; known: %q", r, reasons))
		}
	}
	if s.Hold.Events < 1 {
		errs = append(errs, fmt.Errorf("stream_hold.events: %d, expected at least 1", s.Hold.Events))
	}
	if s.Hold.Time <= 0 {
		errs = append(errs, fmt.Errorf("stream_hold.time: %v, expected more than 0s", s.Hold.Time))
	}
	if s.MaxBody < 1 {
		errs = append(errs, fmt.Errorf("max_body: %d, expected at least 1", s.MaxBody))
	}
	return errors.Join(errs...)
}

// A Judge gives verdicts. It is safe for concurrent use.
type Judge struct {
	settings Settings
	refusals RefusalDetector
	model    *classify.Model
	schemas  *schemas
}

// New returns a judge, or an error that names every invalid setting.
func New(s Settings) (*Judge, error) {
	if err := s.validate(); err != nil {
		return nil, err
	}
	model, err := classify.Default()
	if err != nil {
		return nil, err
	}
	j := &Judge{settings: s, refusals: s.Refusals, model: model, schemas: newSchemas()}
	if j.refusals == nil {
		j.refusals = Refusals{model}
	}
	return j, nil
}

// Settings returns the settings of the judge.
func (j *Judge) Settings() Settings { return j.settings }

// checks reports whether answers are rejected for the reason.
func (j *Judge) checks(r Reason) bool {
	a, named := j.settings.Actions[r]
	return !named || a == Escalate
}

// Body reads and judges a whole answer with a successful status. A body that is not an answer
// of the format is a [ProviderError]. The response is returned in either case, for its usage. A
// body larger than MaxBody is neither read nor judged.
func (j *Judge) Body(format routing.Format, e *Expectation, body []byte) (answer.Response, Reason) {
	if len(body) > j.settings.MaxBody {
		return answer.Response{}, ""
	}
	a, err := answer.Read(format, body)
	switch {
	case err == nil:
		return a, j.Response(e, &a)
	case j.checks(ProviderError):
		return a, ProviderError
	default:
		return a, ""
	}
}

// Response judges a whole answer. It returns "" if the answer may be delivered.
func (j *Judge) Response(e *Expectation, a *answer.Response) Reason {
	if !a.Error.None() && j.checks(ProviderError) {
		return ProviderError
	}
	if a.Finish == answer.FinishPolicy || a.Refusal != "" {
		if j.checks(PolicyRefusal) {
			return PolicyRefusal
		}
		return "" // delivered as it is: an answer cut off by policy is neither empty nor broken
	}
	if a.Truncated {
		return "" // too large to be read: its end and its length are unknown
	}
	// If the client's own limit cut the answer off, the rest was not wanted.
	cut := a.Finish == answer.FinishLength || a.Finish == answer.FinishPaused
	text, _ := a.Said()
	text = strings.TrimSpace(text)
	called := len(a.ToolCalls) > 0
	switch {
	case text == "" && !called:
		if j.checks(Empty) && !completeWithoutText(e, a) {
			return Empty
		}
		return ""
	case a.Finish == answer.FinishLength && !e.Limited && j.checks(Length):
		return Length
	case called && !cut && j.checks(ToolArguments) && !argumentsValid(a.ToolCalls):
		return ToolArguments
	}
	if text != "" && !called {
		if r := j.text(e, text, cut, a.Others > 0); r != "" {
			return r
		}
		if j.lowConfidence(e, a, text) {
			return LowConfidence
		}
	}
	if j.lowProbability(e, a) {
		return LowConfidence
	}
	return ""
}

// completeWithoutText reports whether an answer that has neither text nor tool calls is right
// nevertheless: it consists of something else, the client's own limit was used up before the
// first word, or a tool's result left nothing to say.
func completeWithoutText(e *Expectation, a *answer.Response) bool {
	if a.Others > 0 {
		return true
	}
	switch a.Finish {
	case answer.FinishPaused, answer.FinishSequence:
		return true
	case answer.FinishStop:
		return e.Results
	case answer.FinishLength:
		if !e.Limited {
			return false
		}
		// Not every provider says that it was reasoning that used up the tokens. Blanks are none.
		thoughts, _ := answer.Thoughts(a.Text)
		return a.Reasoning || thoughts > 0 || a.Text == "" && a.Usage.Output != 0
	default:
		return false
	}
}

// text judges the text of an answer without tool calls. cut reports that its end is missing, and
// beside that there is more to the answer than text.
func (j *Judge) text(e *Expectation, text string, cut, beside bool) Reason {
	if j.wantsCalls(e) && callText(e, text, true) == Refuses {
		return ToolCallText
	}
	if j.checks(Refusal) && j.refusals.Refusal(text, true) == Refuses {
		return Refusal
	}
	if e.JSON && !cut {
		if r := j.json(e, text); r != "" {
			return r
		}
	}
	if j.wantsChange(e) && (repeats(text) || runs(text, true) == Refuses) {
		return Repetition
	}
	if !e.JSON && !cut && !beside && !e.Stops && j.checks(Unfinished) && unfinished(text) {
		return Unfinished
	}
	if j.wantsLanguage(e) && languageOf(j.model, e.Language, text, true) == Refuses {
		return WrongLanguage
	}
	if !beside && j.needsLength(e) && shorter(text, j.settings.MinCharacters) {
		return TooShort
	}
	if !cut && !beside && !e.Stops && j.breaksConstraint(e, text, true) {
		return Constraint
	}
	return ""
}

// breaksConstraint reports whether the text violates a limit stated in the prompt. If whole is
// false, text is only the beginning of the answer.
func (j *Judge) breaksConstraint(e *Expectation, text string, whole bool) bool {
	return len(e.Constraints) > 0 && !e.JSON && j.checks(Constraint) && constraint.Broken(e.Constraints, text, whole) != nil
}

// json judges the text of an answer that should be JSON.
func (j *Judge) json(e *Expectation, text string) Reason {
	if !isDocument(text) {
		if j.checks(JSON) {
			return JSON
		}
		return ""
	}
	if len(e.Schema) > 0 && j.checks(Schema) && !j.schemas.satisfies(e.Schema, text) {
		return Schema
	}
	return ""
}

// needsLength reports whether a short answer is a weak one. Agents and programs that asked for
// JSON accept short answers.
func (j *Judge) needsLength(e *Expectation) bool {
	return !e.Short && !e.Tools && !e.JSON && j.settings.MinCharacters > 0 && j.checks(TooShort)
}

// wantsChange reports whether an answer that repeats itself is a weak one: valid JSON is not a
// loop, nor is what was asked for.
func (j *Judge) wantsChange(e *Expectation) bool {
	return !e.JSON && !e.Repeats && j.checks(Repetition)
}

// wantsCalls reports whether the answer may call a tool, and is searched for a call that only
// stands in its text.
func (j *Judge) wantsCalls(e *Expectation) bool { return len(e.Offered) > 0 && j.checks(ToolCallText) }

// wantsLanguage reports whether the language of the answer is known and checked.
func (j *Judge) wantsLanguage(e *Expectation) bool {
	return e.Language != "" && !e.JSON && j.checks(WrongLanguage)
}

// lowProbability reports whether the mean token probability is too low.
func (j *Judge) lowProbability(e *Expectation, a *answer.Response) bool {
	return a.Logprobs > 0 && a.Probability < e.MinConfidence && j.checks(LowConfidence)
}

// lowConfidence reports whether the confidence derived from the text is too low. It is not used
// if there are log-probabilities.
func (j *Judge) lowConfidence(e *Expectation, a *answer.Response, text string) bool {
	return a.Logprobs == 0 && e.MinConfidence > 0 && !e.JSON && j.checks(LowConfidence) && confidence(e, text) < e.MinConfidence
}

// shorter reports whether text has fewer than n characters, without reading all of a long one.
func shorter(text string, n int) bool {
	if len(text) >= n*utf8.UTFMax {
		return false
	}
	return utf8.RuneCountInString(text) < n
}

// argumentsValid reports whether the arguments of every call are JSON. Some providers write
// nothing for a tool without arguments.
func argumentsValid(calls []answer.ToolCall) bool {
	for i := range calls {
		if !validArguments(calls[i].Arguments) {
			return false
		}
	}
	return true
}
