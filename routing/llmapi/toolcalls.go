package llmapi

import (
	"bytes"
	"unicode/utf8"

	"sluice/routing"
	"sluice/routing/agent"
	"sluice/routing/llmapi/jsonscan"
)

// A step is one tool call and its result, as parts of the body.
type step struct {
	id, tool, input []byte
	done            bool
	flag            agent.Flag
	texts           excerpts // of the result
	turn            int      // human turns before the call
}

// flagged reads the value of "is_error".
func (s *step) flagged(value []byte) {
	switch string(value) {
	case "true":
		s.flag = agent.Failed
	case "false":
		s.flag = agent.Succeeded
	}
}

// work holds the last tool calls of a conversation.
type work struct {
	steps [agent.Lookback]step // a ring
	calls int                  // since the history began or was replaced by a summary
	open  int                  // calls of the last answer that have no result yet
}

func (w *work) call(s step, turn int) {
	s.turn = turn
	w.steps[w.calls%len(w.steps)] = s
	w.calls++
}

// result adds a result to the last call with its id. Some providers use an id twice.
func (w *work) result(s step) {
	for i := w.calls - 1; i >= max(0, w.calls-len(w.steps)); i-- {
		at := &w.steps[i%len(w.steps)]
		if !at.done && bytes.Equal(at.id, s.id) {
			at.done, at.flag, at.texts = true, s.flag, s.texts
			return
		}
	}
}

// stage returns how the work goes. It decodes what is needed of the last results into dst,
// whose memory it returns.
func (w *work) stage(dst []byte, turn int) (routing.Stage, []byte) {
	const room = agent.Window * 4 * (headBytes + tailBytes)
	if cap(dst) < room {
		dst = make([]byte, 0, room)
	}
	var steps [agent.Lookback]agent.Step
	n := min(w.calls, len(w.steps))
	dst = dst[:0]
	for i := range n {
		s := &w.steps[(w.calls-n+i)%len(w.steps)]
		steps[i] = agent.Step{Tool: s.tool, Input: s.input, Done: s.done, Flag: s.flag, Present: s.turn == turn}
		if s.done && i >= n-agent.Window {
			start := len(dst)
			dst = s.texts.decode(dst)
			steps[i].Text = dst[start:]
		}
	}
	return agent.ReadStage(steps[:n]), dst
}

// headBytes and tailBytes are how much of a long text is decoded at its beginning and at its
// end, in bytes of JSON.
const (
	headBytes = 512
	tailBytes = 2048
)

// excerpts are the first and the last of several texts, as JSON strings in the body.
type excerpts struct{ first, last []byte }

// add takes the next text, a JSON string; it ignores other values.
func (e *excerpts) add(value []byte) {
	switch {
	case len(value) == 0 || value[0] != '"':
	case e.first == nil:
		e.first = value
	default:
		e.last = value
	}
}

// decode appends the texts to dst. The middle of a text that is longer than headBytes and
// tailBytes together is left out.
func (e *excerpts) decode(dst []byte) []byte {
	const gap = " … "
	switch {
	case e.first == nil:
		return dst
	case e.last != nil:
		dst = append(appendHead(dst, e.first, headBytes), '\n')
		return appendTail(dst, e.last, tailBytes)
	case len(e.first) <= headBytes+tailBytes:
		return appendTail(dst, e.first, len(e.first))
	default:
		dst = append(appendHead(dst, e.first, headBytes), gap...)
		return appendTail(dst, e.first, tailBytes)
	}
}

// appendHead appends the beginning of a JSON string, decoded: at most n bytes. A longer string
// is cut at the last space in them, because a cut must not split an escape sequence; where
// there is none, as in Chinese, between two characters.
func appendHead(dst, value []byte, n int) []byte {
	if len(value) <= n {
		return appendTail(dst, value, n)
	}
	end := bytes.LastIndexByte(value[:n], ' ')
	if end < 0 {
		for end = n; !utf8.RuneStart(value[end]); end-- {
		}
		if escape := bytes.LastIndexByte(value[:end], '\\'); escape > end-len(`\u0000`) {
			end = escape
		}
	}
	return appendQuoted(dst, value[1:max(1, end)])
}

// appendTail is appendHead for the end.
func appendTail(dst, value []byte, n int) []byte {
	if len(value) <= n {
		return appendQuoted(dst, value[1:len(value)-1])
	}
	rest := value[len(value)-n : len(value)-1]
	return appendQuoted(dst, rest[bytes.IndexByte(rest, ' ')+1:])
}

// appendQuoted appends a part of a JSON string, decoded; nothing if the cut makes it invalid.
func appendQuoted(dst, raw []byte) []byte {
	var buffer [headBytes + tailBytes + 2]byte
	quoted := append(append(append(buffer[:0], '"'), raw...), '"')
	s := jsonscan.Scanner{Data: quoted}
	return s.AppendString(dst)
}
