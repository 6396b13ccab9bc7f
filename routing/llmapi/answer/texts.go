package answer

import (
	"strings"
	"unicode/utf8"

	"sluice/routing"
	"sluice/routing/llmapi"
	"sluice/routing/llmapi/jsonscan"
)

// Repairable reports whether a part of the text may be cut out without changing what the answer
// is: the text is complete, and the model neither calls tools nor declines.
func (a *Response) Repairable() bool {
	return a.Error.None() && a.Refusal == "" && len(a.ToolCalls) == 0 && !a.Truncated && a.Text != "" &&
		a.Finish != FinishLength && a.Finish != FinishPolicy && a.Finish != FinishTools && a.Finish != FinishPaused && a.Others == 0
}

// A Text is the text of one choice and where its pieces are in the body.
type Text struct {
	pieces []textPiece
}

type textPiece struct {
	routing.Span // of the JSON string, without its quotes
	raw          []byte
	text         string // decoded
}

// Texts returns the text of every choice of a whole answer, in order, so that parts of it can
// be cut out. It reports false if that is not safe: a choice has no text, calls a tool,
// declines or was cut off, or the body is ambiguous.
func Texts(format routing.Format, body []byte) ([]Text, bool) {
	r := textReader{Scanner: jsonscan.Scanner{Data: body}}
	if r.Peek() != '{' {
		return nil, false
	}
	switch format {
	case routing.Anthropic:
		r.message()
	case routing.Responses:
		r.response()
	default:
		r.completion()
	}
	r.Finish()
	if r.Err != nil || r.unfit || len(r.texts) == 0 {
		return nil, false
	}
	for i := range r.texts {
		if len(r.texts[i].pieces) == 0 {
			return nil, false
		}
	}
	return r.texts, true
}

// String returns the text, its pieces joined.
func (t *Text) String() string {
	if len(t.pieces) == 1 {
		return t.pieces[0].text
	}
	var b strings.Builder
	for _, p := range t.pieces {
		b.WriteString(p.text)
	}
	return b.String()
}

// Cut returns the edits that reduce the text to the bytes [start, end). It reports false if a
// piece of text would become empty, because clients cannot send an empty block back. The
// remaining bytes of the body are unchanged.
func (t *Text) Cut(start, end int) ([]llmapi.Edit, bool) {
	var edits []llmapi.Edit
	at := 0
	for _, p := range t.pieces {
		from, to := min(max(start-at, 0), len(p.text)), min(max(end-at, 0), len(p.text))
		at += len(p.text)
		if len(p.text) == 0 {
			continue
		}
		if from >= to {
			return nil, false
		}
		first, last := p.offset(from), p.offset(to)
		if first > 0 {
			edits = append(edits, llmapi.Edit{Span: routing.Span{Start: p.Start, End: p.Start + first}})
		}
		if last < len(p.raw) {
			edits = append(edits, llmapi.Edit{Span: routing.Span{Start: p.Start + last, End: p.End}})
		}
	}
	return edits, true
}

// offset returns the position in the raw string of the n-th byte of the decoded text.
func (p *textPiece) offset(n int) int {
	s := jsonscan.Scanner{Data: p.raw}
	for decoded := 0; decoded < n; {
		if plain := min(jsonscan.PlainLength(p.raw[s.Pos:]), n-decoded); plain > 0 {
			s.Pos += plain
			decoded += plain
			continue
		}
		decoded += utf8.RuneLen(s.Escape())
	}
	return s.Pos
}

// A textReader finds the texts of an answer.
type textReader struct {
	jsonscan.Scanner
	texts []Text
	unfit bool
}

func (r *textReader) completion() {
	r.Object(func(key []byte) {
		switch string(key) {
		case "choices":
			r.unfit = r.unfit || len(r.texts) > 0 // two members of one name
			r.Array(r.choice)
		case "error":
			r.mustBeNull()
		default:
			r.Skip()
		}
	})
}

func (r *textReader) choice() {
	var t Text
	r.Object(func(key []byte) {
		switch string(key) {
		case "message":
			r.Object(func(key []byte) { r.member(key, &t) })
		case "finish_reason":
			r.checkFinish(readFinish(string(r.stringValue())))
		case "error":
			r.mustBeNull()
		default:
			r.Skip()
		}
	})
	r.texts = append(r.texts, t)
}

// member reads a member of a choice's message.
func (r *textReader) member(key []byte, t *Text) {
	switch string(key) {
	case "content":
		r.unfit = r.unfit || len(t.pieces) > 0 // two members of one name
		if r.Peek() == '"' {
			r.piece(t)
			return
		}
		r.Array(func() { r.block(t) })
	case "tool_calls":
		if v := string(r.Skip()); v != "null" && v != "[]" {
			r.unfit = true
		}
	case "refusal", "function_call":
		if v := string(r.Skip()); v != "null" && v != `""` {
			r.unfit = true
		}
	default:
		r.Skip()
	}
}

func (r *textReader) message() {
	var t Text
	r.Object(func(key []byte) {
		switch string(key) {
		case "content":
			r.unfit = r.unfit || len(t.pieces) > 0 // two members of one name
			r.Array(func() { r.block(&t) })
		case "stop_reason":
			r.checkFinish(readFinish(string(r.stringValue())))
		case "error":
			r.mustBeNull()
		default:
			r.Skip()
		}
	})
	r.texts = append(r.texts, t)
}

// response reads a response of OpenAI's Responses API: the texts of its messages are one text.
func (r *textReader) response() {
	var t Text
	r.Object(func(key []byte) {
		switch string(key) {
		case "output":
			r.unfit = r.unfit || len(t.pieces) > 0 // two members of one name
			r.Array(func() { r.outputItem(&t) })
		case "status":
			r.checkFinish(responsesStatus(string(r.stringValue())))
		case "error":
			r.mustBeNull()
		default:
			r.Skip()
		}
	})
	r.texts = append(r.texts, t)
}

// outputItem reads an item of a response. Apart from messages only reasoning is allowed.
func (r *textReader) outputItem(t *Text) {
	kind, text := "", Text{}
	r.Object(func(key []byte) {
		switch string(key) {
		case "type":
			kind = string(r.stringValue())
		case "content":
			r.Array(func() { r.block(&text) })
		default:
			r.Skip()
		}
	})
	switch kind {
	case "message":
		t.pieces = append(t.pieces, text.pieces...)
	case "reasoning":
	default:
		r.unfit = true
	}
}

// checkFinish marks answers that were cut off, call tools or were stopped by policy as unfit.
func (r *textReader) checkFinish(f Finish) {
	switch f {
	case FinishLength, FinishTools, FinishPolicy, FinishPaused, FinishFailed:
		r.unfit = true
	case FinishUnknown, FinishStop, FinishSequence, FinishOther:
	}
}

// mustBeNull reads a member that must be null in an answer with text.
func (r *textReader) mustBeNull() {
	if string(r.Skip()) != "null" {
		r.unfit = true
	}
}

// block reads a content block. Apart from text only thinking is allowed.
func (r *textReader) block(t *Text) {
	kind, text := "", Text{}
	r.Object(func(key []byte) {
		switch string(key) {
		case "type":
			kind = string(r.stringValue())
		case "text":
			r.unfit = r.unfit || len(text.pieces) > 0
			r.piece(&text)
		default:
			r.Skip()
		}
	})
	switch kind {
	case "text", "output_text":
		t.pieces = append(t.pieces, text.pieces...)
	case "thinking", "redacted_thinking", "reasoning", "reasoning_text":
	default:
		r.unfit = true
	}
}

// piece reads a string of the text.
func (r *textReader) piece(t *Text) {
	if r.Peek() != '"' {
		r.Skip()
		return
	}
	start := r.Pos + 1
	text := string(r.AppendString(nil))
	if r.Err != nil {
		return
	}
	span := routing.Span{Start: start, End: r.Pos - 1}
	raw := r.Data[span.Start:span.End]
	if !utf8.Valid(raw) {
		r.unfit = true // its decoded length differs
	}
	t.pieces = append(t.pieces, textPiece{Span: span, raw: raw, text: text})
}

// stringValue reads a value and returns the decoded string, or nil for other types.
func (r *textReader) stringValue() []byte {
	if r.Peek() != '"' {
		r.Skip()
		return nil
	}
	return r.Word()
}
