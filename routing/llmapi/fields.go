package llmapi

import "bytes"

// maxFields bounds the members of an object that are told apart. Real requests and
// answers stay below 60.
const maxFields = 1024

// A Field is one member of a JSON object. It is a part of the data that it was read from,
// but for keys that are written with escape sequences.
type Field struct {
	Key   []byte // decoded
	Value []byte // as it stands there
}

// RequestFields appends the members of the request in body to dst, in their order, those
// given twice included. remote reports that its messages show something by its address: an
// image, a file, whose content is not in the body. It passes over body once. An error is an
// [*Error]: body is not one JSON object, or has more members than any request. That the
// body is valid JSON is taken for granted: [Read] has seen it.
func RequestFields(body []byte, dst []Field) (fields []Field, remote bool, err error) {
	s := scanner{data: body, valid: true}
	fields = s.fields(dst, func(key []byte) {
		if string(key) == "messages" {
			remote = s.remote() || remote
		} else {
			s.skip()
		}
	})
	if s.err != nil {
		return dst, false, s.err
	}
	return fields, remote, nil
}

// Fields appends the members of the JSON object in data to dst, in their order, those given
// twice included. An error is an [*Error].
func Fields(data []byte, dst []Field) ([]Field, error) {
	s := scanner{data: data}
	fields := s.fields(dst, func([]byte) { s.skip() })
	if s.err != nil {
		return dst, s.err
	}
	return fields, nil
}

// First returns the first element of the JSON array that data begins with, and what is
// behind it; nil if there is none.
func First(data []byte) (element, rest []byte) {
	s := scanner{data: data}
	if s.peek() != '[' || !s.enter() {
		return nil, nil
	}
	element = s.skip()
	return element, data[s.pos:]
}

// fields reads the one object that the data consists of. value passes the value of a key.
func (s *scanner) fields(dst []Field, value func(key []byte)) []Field {
	if s.peek() != '{' {
		s.invalid("an object")
		return dst
	}
	most := len(dst) + maxFields
	for more := s.enter(); more; more = s.more() {
		key := s.key()
		s.peek()
		start := s.pos
		value(key)
		if len(dst) == most {
			s.fail(CodeTooDeep, "an object has more than %d members", maxFields)
		}
		if s.err == nil {
			dst = append(dst, Field{key, s.data[start:s.pos:s.pos]}) // appending to a value copies it
		}
	}
	s.finish()
	return dst
}

// remote passes a value and reports whether it shows something by its address. It looks
// where the providers' formats have contents and their sources, not into what tools are
// called with.
func (s *scanner) remote() (found bool) {
	switch s.peek() {
	case '[':
		for more := s.enter(); more; more = s.more() {
			found = s.remote() || found
		}
	case '{':
		for more := s.enter(); more; more = s.more() {
			switch string(s.key()) {
			case "url", "image_url", "file_url", "video_url", "audio_url":
				if s.peek() == '"' {
					found = !isInline(s.skip()) || found
					continue
				}
				found = s.remote() || found
			case "content", "source", "file", "document":
				found = s.remote() || found
			default:
				s.skip()
			}
		}
	default:
		s.skip()
	}
	return found
}

var inline = []byte(`"data:`)

// isInline reports whether the JSON string is an address that contains what it leads to.
func isInline(address []byte) bool {
	return len(address) >= len(inline) && bytes.EqualFold(address[:len(inline)], inline)
}
