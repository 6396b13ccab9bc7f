package verdict

import (
	"bytes"
	"encoding/json"
	"strings"

	"sluice/routing"
	"sluice/routing/verdict/constraint"
)

// An Expectation is what a request asked of its answer. It travels in the plan of
// the request as JSON, so its names are short.
type Expectation struct {
	Stream        bool            `json:"s,omitempty"` // the client wants events
	JSON          bool            `json:"j,omitempty"` // the text must be JSON
	Schema        json.RawMessage `json:"c,omitempty"` // and satisfy this schema
	Limited       bool            `json:"l,omitempty"` // the client set its own limit on the answer's length
	Tools         bool            `json:"t,omitempty"` // tools were offered
	Short         bool            `json:"b,omitempty"` // a short answer is what was asked for
	Figure        bool            `json:"f,omitempty"` // a number was asked for
	Stops         bool            `json:"e,omitempty"` // the client set its own stop sequences
	Language      string          `json:"g,omitempty"` // that the answer should be in, ISO 639-1; "" is any
	MinConfidence float64         `json:"m,omitempty"` // the candidate's least confidence; 0 accepts all

	Constraints []constraint.Constraint `json:"k,omitempty"` // that the prompt's words set
}

// What a prompt's words ask for.
const (
	asksShort      uint64 = 1 << iota
	asksFigure            // a number
	setsConstraint        // perhaps
	firstLanguage         // and above: that the language is named, in the order of languageNames
)

var promptWords = func() (l lexicon) {
	l.add(asksShort, shortInstructions...)
	l.add(asksFigure, figureQuestions...)
	l.add(setsConstraint, constraint.Triggers()...)
	for i, n := range languageNames {
		l.add(firstLanguage<<i, strings.Fields(n.words)...)
	}
	return l
}()

// Expect returns what a request asks of its answer. language is the prompt's, ISO
// 639-1, or "" where it has not been looked for: then it is here. The caller adds the
// candidate's MinConfidence. A schema that could not be checked anyway is left out.
func Expect(r *routing.Request, language string) Expectation {
	first, last := promptEnds(r.Prompt)
	marks := promptWords.find(first) | promptWords.find(last)
	e := Expectation{
		Stream:   r.Stream,
		JSON:     r.Needs&routing.JSON != 0 || len(r.Schema) > 0,
		Limited:  r.MaxTokens > 0,
		Stops:    r.Stops,
		Tools:    r.Needs&routing.Tools != 0,
		Short:    expectShort(first, last, r.MaxTokens, marks),
		Figure:   marks&asksFigure != 0,
		Language: expectLanguage(languageOfPrompt(r.Prompt, language), first, last, marks),
	}
	if r.Kind == routing.HumanTurn && !e.Tools && !e.JSON && (marks&setsConstraint != 0 || constraint.Triggered(first) || constraint.Triggered(last)) {
		e.Constraints = constraint.Read(first, last)
		e.Short = e.Short || constraint.Brief(e.Constraints)
	}
	if r.System {
		e.Language = "" // it may ask for another language than the person's
	}
	var compact bytes.Buffer
	if len(r.Schema) > 0 && len(r.Schema) <= maxSchema && json.Compact(&compact, r.Schema) == nil {
		e.Schema = compact.Bytes()
	}
	return e
}
