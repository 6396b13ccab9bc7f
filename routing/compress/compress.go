// Package compress shortens prompts, so that fewer tokens are paid for.
//
// It has one rule, the published one (spec.go): white space is collapsed and a greeting at the
// beginning is removed. The rule destroys code and tables, so it is off by default. [Edits]
// applies it to what a person wrote in the last turn of a request. It leaves requests of
// agents alone, whose prompts are mostly what a provider has cached or signed.
//
// The package knows neither models nor prices. Start with [Edits].
package compress

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"sluice/routing"
	"sluice/routing/llmapi"
)

// A Mode says how prompts are shortened.
type Mode string

// The modes, in the words of the configuration. Any other value is Off.
const (
	Off    Mode = "off"
	BySpec Mode = "spec"
)

// Edits returns what to change in the body that req was read from, and an estimate of the
// tokens that this saves. The parts do not overlap and each is the inside of one JSON string.
//
// Only plain strings and plain blocks of text in the last message of the user's change, and
// only where a person wrote all of the text. Nothing changes in requests that declare tools
// or carry their calls, that carry or ask for signed thinking, or in which a cache breakpoint
// covers that message.
func Edits(mode Mode, req *routing.Request, body []byte) (edits []llmapi.Edit, saved int) {
	if mode != BySpec || ofAgent(req) || isCovered(req.Layout.Members) {
		return nil, 0
	}
	prompt := req.Prompt // the texts that people wrote, in their order, a line feed between them
	for _, span := range req.Layout.Texts {
		raw := body[span.Start:span.End]
		text, ok := decoded(raw)
		if !ok || strings.TrimSpace(text) == "" || !strings.HasPrefix(prompt, text) {
			continue
		}
		prompt = strings.TrimPrefix(prompt[len(text):], "\n")
		t := trimmer{raw: raw}
		t.optimize()
		if out, changed := t.result(); changed && len(out) > 0 { // providers refuse empty texts
			edits = append(edits, llmapi.Edit{Span: span, Text: string(out)})
			saved += t.saving()
		}
	}
	return edits, saved
}

// ofAgent reports whether a request carries tools or signed thinking. Tools hold for the
// whole conversation, and what is signed must come back as it is.
func ofAgent(r *routing.Request) bool {
	return !r.API.Routed() || r.Needs&routing.Tools != 0 || r.OpenCall || r.Stage.Calls > 0 || r.Signed
}

// isCovered reports whether a parameter of the request places a cache breakpoint at its end,
// or asks for thinking, which is signed.
func isCovered(parameters []routing.Member) bool {
	return slices.ContainsFunc(parameters, func(p routing.Member) bool {
		switch string(p.Key) {
		case "cache_control":
			return true
		case "thinking":
			return !bytes.Contains(p.Value, []byte(`"disabled"`))
		default:
			return false
		}
	})
}

// decoded returns what a JSON string without its quotes stands for, and whether all of it
// is characters: no half of a surrogate pair, no NUL, nothing that is not UTF-8.
func decoded(raw []byte) (string, bool) {
	text := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); {
		if plainWord(raw[i]) {
			text = append(text, raw[i])
			i++
			continue
		}
		r, next := unit(raw, i)
		if r <= 0 {
			return "", false
		}
		text = utf8.AppendRune(text, r)
		i = next
	}
	return string(text), true
}
