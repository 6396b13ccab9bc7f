// Package compress takes out of prompts what cannot matter, so that it need not be paid for.
//
// [Edits] is the entrance: it says which bytes of a request's body to leave out.
// [BySpec] is the specification's rule, which also destroys code and tables; [Safe] is
// the one to use. Neither touches what an agent sends, for its prompts are mostly what a
// provider has cached or signed.
//
// What goes from a message depends on nothing but that message and those before it. So
// the next request, which carries the same messages in its history, is changed in the same
// way, and a prompt cache that the provider keeps by itself goes on matching. That is so
// with [Safe]; the specification's rule is for the last turn alone.
package compress

import (
	"bytes"
	"encoding/json"
	"strings"

	"sluice/routing"
	"sluice/routing/llmapi"
)

// A Mode says how much is taken out.
type Mode string

// The modes, in the words of the configuration. Any other value is Off.
const (
	Off    Mode = "off"
	Safe   Mode = "safe"
	BySpec Mode = "spec"
)

// maxEdits bounds the strings that are changed in one request.
const maxEdits = 1000

// Edits returns what to change in the body that req was read from, and the tokens that
// this saves, as package signal estimates them. The parts do not overlap, each is within
// one JSON string, and there are at most 1000. It allocates no more than
// the strings that change.
//
// Nothing is changed in requests that declare tools or carry their calls, carry or ask for
// signed thinking, or have the provider place a cache breakpoint by itself; in messages
// with or before a cache breakpoint of the client's; and in texts that are not a plain
// string or block of text in a message of the user's.
func Edits(mode Mode, req *routing.Request, body []byte) (edits []llmapi.Edit, saved int) {
	if mode != Safe && mode != BySpec || ofAgent(req) || mode == Safe && !hopeful(body) {
		return nil, 0
	}
	messages, free, ok := layout(body)
	if !ok {
		return nil, 0
	}
	e := editor{body: body, free: free, prompt: req.Prompt}
	e.walker = walker{data: body[:messages.End], pos: messages.Start}
	if mode == BySpec {
		e.pos = lastOfUser(e.walker)
		e.message(e.bySpec)
	} else {
		e.array(func() { e.message(e.safe) })
	}
	return e.edits, e.saved
}

// ofAgent reports requests of which nothing is changed. Tools hold for a whole conversation,
// or change what comes before its messages, too. Signed thinking is asked for at the
// beginning, mostly; where it comes unasked, the history changes once.
func ofAgent(r *routing.Request) bool {
	return !r.API.Routed() || r.Needs&routing.Tools != 0 || r.OpenCall || r.Stage.Calls > 0 || r.Signed
}

// layout returns the value of "messages" and where in it the part begins that no cache
// breakpoint covers. It reports false where none of it may change.
func layout(body []byte) (messages routing.Span, free int, ok bool) {
	w := walker{data: body}
	covered := false
	w.object(func(key []byte) {
		switch string(key) {
		case "messages":
			w.marked = 0
			messages = w.skip()
			free = max(w.marked, messages.Start)
			ok = true
		case "thinking":
			value := w.skip()
			covered = covered || !bytes.Contains(body[value.Start:value.End], []byte(`"disabled"`))
		case "cache_control":
			covered = true
			w.skip()
		default:
			covered = covered || bytes.IndexByte(key, '\\') >= 0
			w.skip()
		}
	})
	return messages, free, ok && !covered
}

// An editor makes the edits of one request.
type editor struct {
	walker
	body   []byte
	free   int      // messages that begin before it stay as they are
	prompt string   // what is left of routing.Request.Prompt
	met    greeting // with which human turns began so far
	edits  []llmapi.Edit
	saved  int
}

// message passes one message. If it is of the user's, each is called with every text in it,
// a JSON string without its quotes.
func (e *editor) message(each func(text routing.Span, first, fixed bool)) {
	e.peek()
	fixed, first := e.pos < e.free, true
	w := walker{data: e.data}
	if w.pos = e.walker.message(); w.pos < 0 {
		return
	}
	one := func(s routing.Span) {
		each(s, first, fixed)
		first = false
	}
	if w.peek() == '"' {
		one(w.text())
		return
	}
	w.array(func() {
		if s, ok := w.block(); ok {
			one(s)
		}
	})
}

// safe takes what it may from a text of the user's.
func (e *editor) safe(s routing.Span, first, fixed bool) {
	raw := e.body[s.Start:s.End]
	if !plain(raw) {
		return
	}
	cut := 0
	if first {
		cut = e.met.again(raw)
	}
	if fixed {
		return
	}
	t := trimmer{raw: raw}
	t.cut(0, cut, "")
	t.lines(cut)
	e.take(s, &t)
}

// bySpec rewrites a text of the user's if a person wrote all of it. The request's prompt
// is made of such texts in their order, a line feed between them.
func (e *editor) bySpec(s routing.Span, _, fixed bool) {
	raw := e.body[s.Start:s.End]
	text, ok := decoded(raw)
	if !ok || strings.TrimSpace(text) == "" || !strings.HasPrefix(e.prompt, text) {
		return
	}
	e.prompt = strings.TrimPrefix(e.prompt[len(text):], "\n")
	if fixed {
		return
	}
	t := trimmer{raw: raw}
	t.optimize(unit)
	e.take(s, &t)
}

// take adds what t has cut, unless nothing is left: providers refuse empty texts.
func (e *editor) take(s routing.Span, t *trimmer) {
	out, changed := t.result()
	if !changed || len(out) == 0 || len(e.edits) == maxEdits {
		return
	}
	e.edits = append(e.edits, llmapi.Edit{Span: s, Text: string(out)})
	e.saved += t.saving()
}

// decoded returns what a JSON string without its quotes stands for, and whether all of it
// is characters: no half of a surrogate pair, no NUL, nothing that is not UTF-8.
func decoded(raw []byte) (string, bool) {
	for i := 0; i < len(raw); {
		r, next := unit(raw, i)
		if r <= 0 {
			return "", false
		}
		i = next
	}
	quoted := append(append([]byte{'"'}, raw...), '"')
	var text string
	err := json.Unmarshal(quoted, &text)
	return text, err == nil
}
