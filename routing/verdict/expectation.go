package verdict

import (
	"bytes"
	"encoding/json"

	"sluice/routing"
	"sluice/routing/language"
	"sluice/routing/lexicon"
	"sluice/routing/verdict/constraint"
)

// An Expectation is what a request asked of its answer. It is part of the request's plan, as
// JSON, so its names are short.
type Expectation struct {
	Stream        bool              `json:"s,omitempty"` // the client asked for a stream
	JSON          bool              `json:"j,omitempty"` // the text must be JSON
	Schema        json.RawMessage   `json:"c,omitempty"` // ... that satisfies this schema
	Limited       bool              `json:"l,omitempty"` // the client limited the length of the answer
	Tools         bool              `json:"t,omitempty"` // tools were offered
	Offered       routing.ToolNames `json:"o,omitempty"` // their names, unless the prompt asks how a call is written
	Example       bool              `json:"x,omitempty"` // an example of something was asked for
	Repeats       bool              `json:"p,omitempty"` // something that repeats itself was asked for
	Results       bool              `json:"r,omitempty"` // the last message is the result of a tool
	Short         bool              `json:"b,omitempty"` // a short answer was asked for
	Figure        bool              `json:"f,omitempty"` // a number was asked for
	Stops         bool              `json:"e,omitempty"` // the client set stop sequences
	Language      string            `json:"g,omitempty"` // expected language, ISO 639-1; "" is any
	MinConfidence float64           `json:"m,omitempty"` // the candidate's minimum confidence; 0 accepts all

	Constraints []constraint.Constraint `json:"k,omitempty"` // stated in the prompt
}

// Marks of what a prompt asks for.
const (
	asksShort      uint64 = 1 << iota
	asksFigure            // a number is asked for
	setsConstraint        // possibly
	asksLoop              // something that repeats itself is asked for
	asksExample           // how something is written
	asksHow               // ... or the question may be about that
	namesCalls            // calls of tools are its subject
	firstLanguage         // and the bits above: languages are named, see [language.AddTo]
)

var promptWords = func() (l lexicon.Lexicon) {
	l.Add(asksShort, shortInstructions...)
	l.Add(asksFigure, figureQuestions...)
	l.Add(asksLoop, repetitionWords...)
	l.Add(asksExample, exampleQuestions...)
	l.Add(asksHow, howQuestions...)
	l.Add(namesCalls, callNames...)
	l.Add(setsConstraint, constraint.Triggers()...)
	language.AddTo(&l, firstLanguage)
	return l
}()

// Expect returns what a request asks of its answer. code is the language of the prompt (ISO 639-1), or ""
// to detect it here. The caller sets the candidate's MinConfidence. A schema that is too large
// to be checked is omitted.
func Expect(r *routing.Request, code string) Expectation {
	first, last := promptEnds(r.Prompt)
	marks := promptWords.Find(first) | promptWords.Find(last)
	e := Expectation{
		Stream:   r.Stream,
		JSON:     r.Needs&routing.JSON != 0 || len(r.Schema) > 0,
		Limited:  r.MaxTokens > 0,
		Stops:    r.Stops,
		Tools:    r.Needs&routing.Tools != 0,
		Offered:  r.Offered,
		Example:  marks&asksExample != 0,
		Repeats:  marks&asksLoop != 0 || asksRepetition(first) || asksRepetition(last),
		Results:  r.Results,
		Short:    expectShort(first, last, r.MaxTokens, marks),
		Figure:   marks&asksFigure != 0,
		Language: expectLanguage(languageOfPrompt(r.Prompt, code), first, last, marks),
	}
	if r.Kind == routing.HumanTurn && !e.Tools && !e.JSON && (marks&setsConstraint != 0 || constraint.Triggered(first) || constraint.Triggered(last)) {
		e.Constraints = constraint.Read(first, last)
		e.Short = e.Short || constraint.Brief(e.Constraints)
	}
	if r.System || e.Language != "" && !languageHolds(r, e.Language) {
		e.Language = "" // another one may have been asked for
	}
	if marks&(asksExample|asksHow) != 0 && marks&namesCalls != 0 {
		e.Offered = nil // the call in the text is what was asked for
	}
	var compact bytes.Buffer
	if len(r.Schema) > 0 && len(r.Schema) <= maxSchema && json.Compact(&compact, r.Schema) == nil {
		e.Schema = compact.Bytes()
	}
	return e
}
