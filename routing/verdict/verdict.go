// Package verdict judges what a model answered: good enough to deliver, or worth
// another model, and for which [Reason].
//
// Its checks are tripwires, precise and few: they say that an answer is very likely
// weak, never how good it is. It knows answers as llmapi reads them and what the
// request asked for (an [Expectation]); it does not know which model comes next,
// what the answer costs, or Envoy.
//
// Start with [Judge]: [Judge.Status] for an HTTP error, [Judge.Body] for a whole
// answer, [Judge.Stream] for one that arrives in events.
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

// Settings are what an operator says about judging.
type Settings struct {
	MinCharacters int               // a shorter answer is [TooShort], where the question did not ask for one; 0 is off
	Actions       map[Reason]Action // what is done about each reason; those not named escalate
	Hold          Hold
	Repair        Repair          // what is done about JSON with something around it
	MaxBody       int             // bytes of a whole answer that are judged; a larger one is delivered as it is
	Refusals      RefusalDetector // nil for [Refusals] with the built-in classifier
}

// Hold bounds how long a stream is kept from the client while it is judged.
type Hold struct {
	Events int           // events that carry a part of the answer; preamble and keep-alives do not count
	Time   time.Duration // from the response headers on
}

// DefaultSettings returns what applies where the configuration says nothing.
func DefaultSettings() Settings {
	return Settings{
		Actions: map[Reason]Action{PolicyRefusal: Keep},
		Hold:    Hold{Events: 8, Time: 2 * time.Second},
		MaxBody: 4 << 20,
	}
}

// validate reports every mistake at once.
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

// New returns a judge with the settings, or an error that names every setting that
// makes no sense.
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

// Settings returns what the judge was made with.
func (j *Judge) Settings() Settings { return j.settings }

// looksFor reports whether an answer is given up for the reason.
func (j *Judge) looksFor(r Reason) bool {
	a, named := j.settings.Actions[r]
	return !named || a == Escalate
}

// Body reads and judges a whole answer with a successful status. A body that is no
// answer of the format is a [ProviderError]; what could be read is returned either
// way, for its usage. A body larger than MaxBody is neither read nor judged.
func (j *Judge) Body(format routing.Format, e *Expectation, body []byte) (answer.Response, Reason) {
	if len(body) > j.settings.MaxBody {
		return answer.Response{}, ""
	}
	a, err := answer.Read(format, body)
	switch {
	case err == nil:
		return a, j.Answer(e, &a)
	case j.looksFor(ProviderError):
		return a, ProviderError
	default:
		return a, ""
	}
}

// Answer judges a whole answer. It returns "" if the answer may be delivered.
func (j *Judge) Answer(e *Expectation, a *answer.Response) Reason {
	if a.ErrorMessage != "" && j.looksFor(ProviderError) {
		return ProviderError
	}
	if a.Finish == answer.FinishPolicy || a.Refusal != "" {
		if j.looksFor(PolicyRefusal) {
			return PolicyRefusal
		}
		return "" // kept as it is: what a policy cut off is neither empty nor broken
	}
	if a.Truncated {
		return "" // too large to have been read whole: its end and its length are unknown
	}
	// Where the client's own limit cut the answer off, it asked for the rest not to be there.
	cut := a.Finish == answer.FinishLength
	text := strings.TrimSpace(a.Text)
	called := len(a.ToolCalls) > 0
	switch {
	case text == "" && !called:
		if j.looksFor(Empty) {
			return Empty
		}
		return ""
	case cut && !e.Limited && j.looksFor(Length):
		return Length
	case called && !cut && j.looksFor(ToolArguments) && !argumentsValid(a.ToolCalls):
		return ToolArguments
	}
	if text != "" && !called {
		if r := j.text(e, text, cut); r != "" {
			return r
		}
		if j.doubtful(e, a, text) {
			return LowConfidence
		}
	}
	if j.unsure(e, a) {
		return LowConfidence
	}
	return ""
}

// text judges the words of an answer that calls no tools.
func (j *Judge) text(e *Expectation, text string, cut bool) Reason {
	if j.looksFor(Refusal) && j.refusals.Refusal(text, true) == Refuses {
		return Refusal
	}
	if e.JSON && !cut {
		if r := j.json(e, text); r != "" {
			return r
		}
	}
	if !e.JSON && j.looksFor(Repetition) && repeats(text) { // JSON that is whole has come to an end
		return Repetition
	}
	if !e.JSON && !cut && !e.Stops && j.looksFor(Unfinished) && unfinished(text) {
		return Unfinished
	}
	if j.wantsLanguage(e) && languageOf(j.model, e.Language, text, true) == Refuses {
		return WrongLanguage
	}
	if j.needsLength(e) && shorter(text, j.settings.MinCharacters) {
		return TooShort
	}
	if !cut && !e.Stops && j.breaks(e, text, true) {
		return Constraint
	}
	return ""
}

// breaks reports whether the text surely breaks a limit that the prompt set, or, if whole
// is false, does so by its beginning.
func (j *Judge) breaks(e *Expectation, text string, whole bool) bool {
	return len(e.Constraints) > 0 && !e.JSON && j.looksFor(Constraint) && constraint.Broken(e.Constraints, text, whole) != nil
}

// json judges the text of an answer that should be JSON.
func (j *Judge) json(e *Expectation, text string) Reason {
	if !isDocument(text) {
		if j.looksFor(JSON) {
			return JSON
		}
		return ""
	}
	if len(e.Schema) > 0 && j.looksFor(Schema) && !j.schemas.satisfies(e.Schema, text) {
		return Schema
	}
	return ""
}

// needsLength reports whether a short answer is a weak one. Agents and programs
// that asked for JSON are content with few characters.
func (j *Judge) needsLength(e *Expectation) bool {
	return !e.Short && !e.Tools && !e.JSON && j.settings.MinCharacters > 0 && j.looksFor(TooShort)
}

// wantsLanguage reports whether the answer's language is known and looked for.
func (j *Judge) wantsLanguage(e *Expectation) bool {
	return e.Language != "" && !e.JSON && j.looksFor(WrongLanguage)
}

// unsure reports whether the model gave its own tokens too little probability.
func (j *Judge) unsure(e *Expectation, a *answer.Response) bool {
	return a.Logprobs > 0 && a.Probability < e.MinConfidence && j.looksFor(LowConfidence)
}

// doubtful reports whether too much in the words of a whole answer speaks against it.
// Log-probabilities, where there are any, are believed instead.
func (j *Judge) doubtful(e *Expectation, a *answer.Response, text string) bool {
	return a.Logprobs == 0 && e.MinConfidence > 0 && !e.JSON && j.looksFor(LowConfidence) && confidence(e, text) < e.MinConfidence
}

// shorter reports whether text has fewer than n characters, reading no more of it
// than that takes.
func shorter(text string, n int) bool {
	if len(text) >= n*utf8.UTFMax {
		return false
	}
	return utf8.RuneCountInString(text) < n
}

// argumentsValid reports whether the arguments of every call are JSON. Some
// providers write nothing where a tool takes no arguments.
func argumentsValid(calls []answer.ToolCall) bool {
	for i := range calls {
		if !validArguments(calls[i].Arguments) {
			return false
		}
	}
	return true
}
