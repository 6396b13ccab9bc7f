package pipeline

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"sluice/routing"
	"sluice/routing/header"
	"sluice/routing/llmapi"
	"sluice/routing/llmapi/answer"
	"sluice/routing/verdict"
	"sluice/routing/verdict/failure"
)

// What a client is told where no candidate gave an answer. docs/failures.md has the rules.

const codeAllFailed = "all_tiers_failed"

// givenUp describes the attempt that is given up for the reason.
func (r *ResponseAttempt) givenUp(reason verdict.Reason, b bill) Tried {
	t := Tried{Model: r.model.Name, Reason: reason, Cost: b.cost, Estimated: b.estimated}
	if r.head.Status >= 300 {
		t.Status = r.head.Status
	}
	if !reason.Failed() {
		return t
	}
	e := r.answer.Error
	if reason == verdict.ProviderError && !e.None() {
		t.Cause, t.Stands = verdict.Cause(e), failure.Status(e)
	}
	switch {
	case t.why() == verdict.ContextLength:
		t.Tokens, t.Most = failure.Room(e)
	case t.why().Transient():
		if wait, ok := failure.Wait(r.header, e, r.now()); ok {
			t.Ready = r.now().Add(wait).UnixMilli()
		}
	}
	return t
}

// header returns a header of the provider's response, "" if there is none.
func (r *ResponseAttempt) header(name string) string {
	if r.head.Headers == nil {
		return ""
	}
	for n, v := range r.head.Headers {
		if n == name {
			return v
		}
	}
	return ""
}

// ownError reports whether the client gets the last candidate's own error: that of the only
// candidate, and what is about the request, which the client may be able to change.
func (r *ResponseAttempt) ownError(list []Tried) bool {
	last := &list[len(list)-1]
	switch {
	case last.Reason == verdict.Redirect, r.lost:
		return false
	case last.why() == verdict.Unsupported && last.Status != 0:
		return !slices.ContainsFunc(list, func(t Tried) bool { return t.passes() })
	case len(list) > 1:
		return false
	case last.Reason == verdict.ContextLength:
		return last.Status == 413 || knownAsTooLong(r.API.Format(), r.answer.Error)
	default:
		return true
	}
}

// knownAsTooLong reports an error that clients of the format know as one of a prompt that is
// too long, and shorten it.
func knownAsTooLong(f routing.Format, e answer.Error) bool {
	if f != routing.Anthropic {
		return e.Code == llmapi.CodeContextLength
	}
	m := strings.ToLower(e.Message)
	return strings.HasPrefix(m, "prompt is too long") || strings.Contains(m, "exceed context limit")
}

// fail replaces the last candidate's error by one that says what happened to each.
func (r *ResponseAttempt) fail(list []Tried) *Action {
	r.decided = true
	e := r.exhausted(r.Plan, list)
	r.replied = e.Status
	a := &Action{
		Kind: Replace, Summary: r.Summary(), Status: e.Status, Tried: list,
		Set:    []Field{{"content-type", "application/json"}},
		Remove: append([]string{"content-encoding", "location", "set-cookie"}, OfBody...),
		Body:   llmapi.ErrorBody(r.API.Format(), e.Status, e.Code, e.Message, r.ID, e.Extra),
	}
	if e.RetryIn > 0 {
		a.Set = append(a.Set, RetryHeaders(e.RetryIn)...)
	} else {
		a.Remove = append(a.Remove, "retry-after", "retry-after-ms")
	}
	if !e.Passes {
		a.Set = append(a.Set, Field{header.ShouldRetry, "false"})
	}
	a.Summary.Escalation = Escalation(list)
	return a
}

// RetryHeaders tell a client when to ask again: in whole seconds, and as the SDKs read it
// first.
func RetryHeaders(in time.Duration) []Field {
	seconds := (in + time.Second - 1) / time.Second
	return []Field{
		{"retry-after", strconv.FormatInt(int64(seconds), 10)},
		{"retry-after-ms", strconv.FormatInt(max(in.Milliseconds(), 1), 10)},
	}
}

// passes reports a failure that the provider itself calls one for the moment: too many
// requests, overloaded, or with a time to wait.
func (t *Tried) passes() bool {
	if !t.why().Transient() {
		return false
	}
	switch t.status() {
	case 429, 503, failure.StatusFlexCapacity, failure.StatusOverloaded:
		return t.why() == verdict.RateLimited || t.why() == verdict.ServerError
	}
	return t.why() == verdict.RateLimited || t.Ready != 0
}

// told is the status of a failure that passes, as clients know it.
func (t *Tried) told() int {
	switch s := t.status(); s {
	case 429, 503, failure.StatusOverloaded:
		return s
	}
	if t.why() == verdict.RateLimited && t.status() != failure.StatusFlexCapacity {
		return 429
	}
	return 503
}

// exhausted is the error for a request whose candidates all failed, under the status that
// helps the client most:
//   - where one says when it can be asked again, that of the soonest, with the time;
//   - where all are too busy, or the last one is, that of the last;
//   - where waiting helps nobody and the prompt is too long for one of them, the words by
//     which clients know that;
//   - else that of a gateway.
func (p *Pipeline) exhausted(plan *Plan, list []Tried) *ReplyError {
	e := &ReplyError{Status: 502, Code: codeAllFailed, Extra: map[string]any{"attempts": attempts(list)}}
	words := make([]string, len(list))
	for i, t := range list {
		words[i] = t.Model + " (" + string(t.Reason) + ")"
	}
	e.Message = "every candidate failed: " + strings.Join(words, ", ")

	last := &list[len(list)-1]
	waits := slices.DeleteFunc(slices.Clone(list), func(t Tried) bool { return t.Ready == 0 || !t.passes() })
	busy := !slices.ContainsFunc(list, func(t Tried) bool { return !t.passes() })
	waitingHelps := slices.ContainsFunc(list, func(t Tried) bool { return t.why().Transient() && !lasting(t.why()) })
	tooLong := slices.ContainsFunc(list, func(t Tried) bool { return t.why() == verdict.ContextLength })
	switch {
	case len(waits) > 0:
		soonest := slices.MinFunc(waits, func(a, b Tried) int { return int(a.Ready - b.Ready) })
		e.Status, e.Passes = soonest.told(), true
		e.RetryIn = max(time.UnixMilli(soonest.Ready).Sub(p.now()), time.Millisecond)
	case busy, last.why() == verdict.RateLimited:
		e.Status, e.Passes = last.told(), true
	case last.why() == verdict.ContextLength, tooLong && !waitingHelps:
		e.Status, e.Code = 400, llmapi.CodeContextLength
		tokens, most := p.room(plan, list)
		e.Message = llmapi.TooLong(plan.API.Format(), tokens, most)
	case last.why() == verdict.Timeout:
		e.Status = 504
	}
	return e
}

// lasting reports a failure that waiting does not mend, though it says nothing of the request.
func lasting(r verdict.Reason) bool {
	return r == verdict.Account || r == verdict.ModelNotFound || r == verdict.Redirect
}

// room returns how many tokens the prompt has, and how many the roomiest of the candidates
// takes that it was too long for: as their errors say, else by the estimate and the
// configuration. Both are 0 where the limit is not known.
func (p *Pipeline) room(plan *Plan, list []Tried) (tokens, most int) {
	for _, t := range list {
		if t.why() != verdict.ContextLength {
			continue
		}
		limit := t.Most
		if m := p.rt.Router.Model(t.Model); limit == 0 && m != nil {
			limit = m.Context
		}
		tokens, most = max(tokens, t.Tokens), max(most, limit)
	}
	if most == 0 {
		return 0, 0
	}
	if tokens == 0 {
		tokens = plan.sentTokens()
	}
	return max(tokens, most+1), most
}

// attempts describes the attempts to the client.
func attempts(list []Tried) []map[string]any {
	out := make([]map[string]any, len(list))
	for i, t := range list {
		out[i] = map[string]any{"model": t.Model, "reason": t.Reason}
		if t.Status != 0 {
			out[i]["status"] = t.Status
		}
	}
	return out
}
