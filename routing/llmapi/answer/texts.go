package answer

import (
	"strings"
	"unicode/utf8"

	"sluice/routing"
	"sluice/routing/llmapi"
	"sluice/routing/llmapi/jsonscan"
)

// Mendable reports whether a part of the answer's text may be cut out without changing
// what it is: a text that came to its end, of a model that neither calls tools nor declines.
func (a *Response) Mendable() bool {
	return a.ErrorMessage == "" && a.Refusal == "" && len(a.ToolCalls) == 0 && !a.Truncated && a.Text != "" &&
		a.Finish != FinishLength && a.Finish != FinishPolicy && a.Finish != FinishTools
}

// A Text is the text of one choice and where its pieces stand in the body.
type Text struct {
	pieces []textPiece
}

type textPiece struct {
	routing.Span // of the JSON string, without its quotes
	raw          []byte
	text         string // decoded
}

// Texts returns the text of every choice of a whole answer, in order, for a part of each
// to be cut out. It reports false where that must not be: where a choice has no text, calls
// a tool, declines, was cut off, or cannot be told.
func Texts(format routing.Format, body []byte) ([]Text, bool) {
	r := textReader{Scanner: jsonscan.Scanner{Data: body}}
	if r.Peek() != '{' {
		return nil, false
	}
	if format == routing.Anthropic {
		r.message()
	} else {
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

// Cut returns the edits that leave of the text what stands in [start, end), in bytes. It
// reports false where a piece that has text would be empty then: clients cannot send such a
// block back. The bytes that stay are those of the body.
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

// offset returns where in the raw string the n-th byte of the decoded text begins.
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
			r.absent()
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
			r.ends(openAIFinish(string(r.stringValue())))
		case "error":
			r.absent()
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
			r.ends(anthropicFinish(string(r.stringValue())))
		case "error":
			r.absent()
		default:
			r.Skip()
		}
	})
	r.texts = append(r.texts, t)
}

// ends looks at why the answer ended: one that was cut off, calls a tool or was stopped is left alone.
func (r *textReader) ends(f Finish) {
	switch f {
	case FinishLength, FinishTools, FinishPolicy:
		r.unfit = true
	case FinishUnknown, FinishStop:
	}
}

// absent skips a member that an answer with text does not have, or as null.
func (r *textReader) absent() {
	if string(r.Skip()) != "null" {
		r.unfit = true
	}
}

// block reads a block of content. Of those that are no text only thinking may stand beside.
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
	case "text":
		t.pieces = append(t.pieces, text.pieces...)
	case "thinking", "redacted_thinking", "reasoning":
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
		r.unfit = true // decoded, it has other lengths
	}
	t.pieces = append(t.pieces, textPiece{Span: span, raw: raw, text: text})
}

// stringValue passes a value and returns it decoded if it is a string.
func (r *textReader) stringValue() []byte {
	if r.Peek() != '"' {
		r.Skip()
		return nil
	}
	return r.Word()
}
