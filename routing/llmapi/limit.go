package llmapi

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"

	"sluice/routing"
)

// The client's limit on the answer is adapted to each model that is asked: a model refuses a
// limit above what it can give, and some know only one of its two names in Chat Completions. Where
// the budgets have money for a shorter answer only, the limit is lowered to that.
// The key and the number are replaced where they stand; a later attempt goes back to what the
// client said before it is adapted to another model.

// limit reads one of the names of the limit on the answer. max_completion_tokens, the newer
// one, takes precedence over max_tokens. Null is the same as no limit.
func (r *reader) limit(f field, value []byte) {
	if string(value) == "null" {
		r.req.LimitKey = "" // the other one cannot take this name
		return
	}
	r.limits++
	r.req.Highest = max(r.req.Highest, limit(value))
	if f != fieldMaxTokens || r.limits == 1 {
		r.req.MaxTokens = limit(value)
	}
	r.req.LimitSpan, r.req.LimitKey = routing.Span{}, ""
	if !r.req.API.Routed() || r.limits > 1 || !isPlain(value, r.req.MaxTokens) {
		return
	}
	start := r.Pos - len(value)
	r.req.LimitSpan = routing.Span{Start: start, End: r.Pos}
	const both = fieldMaxTokens | fieldMaxCompletionTokens
	if key, ok := limitKey(r.Data, start); ok && r.req.API == routing.OpenAIChat && r.seen&both != both {
		r.req.LimitKey = routing.LimitKey(r.Data[key.Start+1 : key.End-1])
	}
}

// isPlain reports whether the JSON value is the limit in plain digits, which can be restored.
func isPlain(value []byte, limit int) bool {
	return limit > 0 && string(value) == strconv.Itoa(limit)
}

// askLimit adds to what is asked that the limit is adapted to the models, if any of them takes
// another one than the client's.
func (a *Ask) askLimit(req *routing.Request, models []*routing.Model) {
	if req.LimitSpan == (routing.Span{}) {
		return
	}
	client := Ask{Limit: req.MaxTokens, LimitKey: req.LimitKey, Budget: req.ThinkBudget, Affords: req.Affords}
	if slices.ContainsFunc(models, func(m *routing.Model) bool {
		return client.limitOf(m) != client.Limit || client.keyOf(m) != client.LimitKey
	}) {
		a.Limit, a.LimitAt, a.LimitKey, a.Budget, a.Affords = client.Limit, req.LimitSpan, client.LimitKey, client.Budget, client.Affords
	}
}

// AskModel returns what to ask in a request that is routed to one model, and is not streamed,
// such as a line of a batch: an effort, and a limit on the answer that the model can give.
func AskModel(req *routing.Request, m *routing.Model) Ask {
	a := AskEffort(req, []*routing.Model{m})
	a.askLimit(req, []*routing.Model{m})
	return a
}

// limitOf returns the limit that the model is asked for. One that is not above the client's
// own thinking budget would be refused: the client's stays.
func (a Ask) limitOf(m *routing.Model) int {
	n := m.Lowered(a.Limit, a.Affords)
	if a.Budget > 0 && n <= a.Budget {
		return a.Limit
	}
	return n
}

// keyOf returns the name under which the model is asked for the limit, "" if it is not known
// how the client wrote it.
func (a Ask) keyOf(m *routing.Model) routing.LimitKey {
	if a.LimitKey == "" {
		return ""
	}
	return cmp.Or(m.LimitKey, a.LimitKey)
}

// limitEdits returns the edits that make the limit at that place in the body the model's.
func (a Ask) limitEdits(body []byte, at routing.Span, m *routing.Model) []Edit {
	var edits []Edit
	if text := strconv.Itoa(a.limitOf(m)); text != string(body[at.Start:at.End]) {
		edits = append(edits, Edit{at, text})
	}
	if want := a.keyOf(m); want != "" {
		if key, ok := limitKey(body, at.Start); ok && string(body[key.Start+1:key.End-1]) != string(want) {
			edits = append(edits, Edit{key, `"` + string(want) + `"`})
		}
	}
	return edits
}

// maxOutputTokens is what Responses calls the limit.
const maxOutputTokens routing.LimitKey = "max_output_tokens"

// limitKey returns where the key of the value at start is, quotes included, and whether it is
// one of the names of the limit, written without escapes.
func limitKey(body []byte, start int) (key routing.Span, ok bool) {
	const spaces = " \t\r\n"
	head, colon := bytes.CutSuffix(bytes.TrimRight(body[:start], spaces), []byte(":"))
	if !colon {
		return routing.Span{}, false
	}
	head = bytes.TrimRight(head, spaces)
	for _, name := range []routing.LimitKey{routing.MaxTokens, routing.MaxCompletionTokens, maxOutputTokens} {
		if quoted := `"` + string(name) + `"`; bytes.HasSuffix(head, []byte(quoted)) {
			return routing.Span{Start: len(head) - len(quoted), End: len(head)}, true
		}
	}
	return routing.Span{}, false
}

// limited reports whether the limit on the answer is in the body at LimitAt.
func (a Ask) limited(body []byte) bool {
	at := a.LimitAt
	if at == (routing.Span{}) {
		return true
	}
	if at.Start < 0 || at.Start >= at.End || at.End >= len(body) {
		return false
	}
	const digits, ends = "0123456789", " \t\r\n,}"
	_, ok := limitKey(body, at.Start)
	return ok && len(bytes.Trim(body[at.Start:at.End], digits)) == 0 && bytes.IndexByte([]byte(ends), body[at.End]) >= 0
}
