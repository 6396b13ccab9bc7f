package compress

import (
	"bytes"

	"sluice/routing"
)

// A walker passes over JSON that [llmapi.Read] has found valid, at the speed of finding
// quotes: llmapi's own scanner checks every byte, which need not happen twice. What
// it makes of other bytes has no meaning, but it does come to an end.
type walker struct {
	data   []byte
	pos    int
	marked int // behind the last key that is "cache_control", or that an escape sequence hides
}

// peek passes white space and returns the byte behind it, 0 at the end.
func (w *walker) peek() byte {
	for ; w.pos < len(w.data); w.pos++ {
		switch c := w.data[w.pos]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

// text passes the string whose opening quote is at pos and returns where its content is.
func (w *walker) text() routing.Span {
	start := w.pos + 1
	for w.pos = start; ; {
		i := bytes.IndexByte(w.data[w.pos:], '"')
		if i < 0 {
			w.pos = len(w.data)
			return routing.Span{Start: min(start, w.pos), End: w.pos}
		}
		end := w.pos + i
		w.pos = end + 1
		slash := end
		for slash > start && w.data[slash-1] == '\\' {
			slash--
		}
		if (end-slash)%2 == 0 {
			return routing.Span{Start: start, End: end}
		}
	}
}

// key passes a key and its colon.
func (w *walker) key() []byte {
	s := w.text()
	key := w.data[s.Start:s.End]
	if string(key) == "cache_control" || bytes.IndexByte(key, '\\') >= 0 {
		w.marked = w.pos
	}
	if w.peek() == ':' {
		w.pos++
	}
	return key
}

// skip passes one value and returns where it is.
func (w *walker) skip() routing.Span {
	w.peek()
	start := w.pos
	for depth := 0; ; {
		switch w.peek() {
		case 0:
			return routing.Span{Start: start, End: w.pos}
		case '{', '[':
			depth++
			w.pos++
		case '}', ']':
			depth--
			w.pos++
		case '"':
			at := w.pos
			if w.text(); depth > 0 && w.peek() == ':' {
				w.pos = at
				w.key()
				continue
			}
		case ',':
			w.pos++
			continue
		default:
			w.scalar()
		}
		if depth <= 0 {
			return routing.Span{Start: start, End: w.pos}
		}
	}
}

// scalar passes a number or a literal.
func (w *walker) scalar() {
	for w.pos++; w.pos < len(w.data); w.pos++ {
		switch w.data[w.pos] {
		case ',', ']', '}', ' ', '\t', '\r', '\n':
			return
		}
	}
}

// object passes one value. If it is an object, each is called behind every key and
// passes the value there.
func (w *walker) object(each func(key []byte)) {
	if w.peek() != '{' {
		w.skip()
		return
	}
	w.pos++
	for w.peek() == '"' {
		each(w.key())
		if w.peek() == ',' {
			w.pos++
		}
	}
	w.pos = min(w.pos+1, len(w.data)) // the brace
}

// array passes one value. If it is an array, each is called at every element and passes it.
func (w *walker) array(each func()) {
	if w.peek() != '[' {
		w.skip()
		return
	}
	w.pos++
	for c := w.peek(); c != ']' && c != 0; c = w.peek() {
		each()
		if w.peek() == ',' {
			w.pos++
		}
	}
	w.pos = min(w.pos+1, len(w.data)) // the bracket
}

// message passes one message and returns where the content of a user's is, -1 for that of
// everybody else.
func (w *walker) message() (content int) {
	content = -1
	user := false
	w.object(func(key []byte) {
		w.peek()
		start := w.pos
		value := w.skip()
		switch string(key) {
		case "role":
			user = string(w.data[value.Start:value.End]) == `"user"`
		case "content":
			content = start
		}
	})
	if !user {
		return -1
	}
	return content
}

// lastOfUser returns the place of the last message of the user's in an array of messages,
// or its end.
func lastOfUser(w walker) int {
	last := -1
	w.array(func() {
		w.peek()
		start := w.pos
		if w.message() >= 0 {
			last = start
		}
	})
	if last < 0 {
		return w.pos
	}
	return last
}

// block passes one block of content and returns its text, if it is nothing else than a
// block of text.
func (w *walker) block() (text routing.Span, ok bool) {
	kinds, texts, others := 0, 0, 0
	w.object(func(key []byte) {
		quoted := w.peek() == '"'
		value := w.skip()
		switch {
		case string(key) == "type" && string(w.data[value.Start:value.End]) == `"text"`:
			kinds++
		case string(key) == "text" && quoted:
			text = routing.Span{Start: value.Start + 1, End: max(value.Start+1, value.End-1)}
			texts++
		default:
			others++
		}
	})
	return text, kinds == 1 && texts == 1 && others == 0
}
