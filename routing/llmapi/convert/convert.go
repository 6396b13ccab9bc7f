// Package convert turns a whole answer of an LLM API into the stream of events that says the
// same, and back: [ToStream] and [ToBody].
//
// It does not know what answers mean and never changes from one provider's API to another's.
package convert

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"unicode/utf8"

	"sluice/routing"
	"sluice/routing/llmapi/jsonscan"
)

// An answer has two forms, a body and a stream of events, that tell the same in different
// ways. Conversions keep the bytes of every value (numbers, unknown members, signatures);
// where one form cannot say what the other does, or it is not known how it would, there is
// no conversion.

// Bounds on what is converted; real answers stay far below.
const (
	maxMembers  = 64      // of an object that is taken apart
	maxChoices  = 128     // of an answer
	maxEnvelope = 4 << 10 // bytes that are repeated in every chunk
)

// ToStream returns the whole answer in body as the stream of events by which the endpoint
// would have sent it, and whether that is possible. includeUsage is what the client says of
// stream_options: it adds OpenAI's extra chunk.
func ToStream(api routing.API, body []byte, includeUsage bool) ([]byte, bool) {
	if !utf8.Valid(body) {
		return nil, false
	}
	switch api {
	case routing.OpenAIChat:
		return openAIToStream(body, includeUsage)
	case routing.AnthropicMessages:
		return anthropicToStream(body)
	default:
		return nil, false
	}
}

// ToBody returns the answer that a stream tells, from its first event to its last, as the
// body by which the endpoint would have sent it, and whether that is possible. The stream
// must be whole.
func ToBody(api routing.API, stream []byte) ([]byte, bool) {
	if !utf8.Valid(stream) {
		return nil, false
	}
	switch api {
	case routing.OpenAIChat:
		return openAIToBody(stream)
	case routing.AnthropicMessages:
		return anthropicToBody(stream)
	default:
		return nil, false
	}
}

// appendEvent appends an event of that name, "" for none, up to where its data begins.
func appendEvent(dst []byte, name string) []byte {
	if name != "" {
		dst = append(append(append(dst, "event: "...), name...), '\n')
	}
	return append(dst, "data: "...)
}

// An object is a JSON object whose members keep their order and their bytes.
type object []jsonscan.Field

// member returns a member of an object.
func member(key string, value []byte) jsonscan.Field {
	return jsonscan.Field{Key: []byte(key), Value: value}
}

// parseObject returns the object in data, and whether it can be taken apart: servers and
// clients differ in what a key means that is given twice.
func parseObject(data []byte) (object, bool) {
	fields, err := jsonscan.Fields(data, nil)
	if err != nil || len(fields) > maxMembers {
		return nil, false
	}
	for i, f := range fields {
		if object(fields[:i]).get(string(f.Key)) != nil {
			return nil, false
		}
	}
	return fields, true
}

// get returns a member's value, nil if there is none.
func (o object) get(key string) []byte {
	for _, f := range o {
		if string(f.Key) == key {
			return f.Value
		}
	}
	return nil
}

// set puts a member in the place of the one with its key, or behind all others.
func (o *object) set(key string, value []byte) {
	for i := range *o {
		if f := &(*o)[i]; string(f.Key) == key {
			f.Value = value
			return
		}
	}
	*o = append(*o, member(key, value))
}

// take removes a member and returns its value, nil if there was none.
func (o *object) take(key string) []byte {
	for i, f := range *o {
		if string(f.Key) == key {
			*o = append((*o)[:i:i], (*o)[i+1:]...)
			return f.Value
		}
	}
	return nil
}

// json returns the object as JSON text.
func (o object) json() []byte { return o.append(nil) }

func (o object) append(dst []byte) []byte {
	dst = append(dst, '{')
	for i, f := range o {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, f.Key)
		dst = append(append(dst, ':'), f.Value...)
	}
	return append(dst, '}')
}

// appendString appends text as a JSON string.
func appendString(dst, text []byte) []byte {
	if jsonscan.PlainLength(text) == len(text) {
		return append(append(append(dst, '"'), text...), '"')
	}
	quoted, _ := json.Marshal(string(text)) // strings always encode
	return append(dst, quoted...)
}

// Ways in which a member of one event joins that of the events before.
type merging uint8

const (
	mergeFirst merging = iota // the first one that says something counts
	mergeLast                 // the last one that says something counts
	mergeSame                 // all that say something must agree
	mergeSole                 // only one may say something
	mergeText                 // one string, piece by piece
	mergeList                 // one array, piece by piece
)

// merge joins a member with what came before, and reports whether that is possible. A
// value that says nothing only takes the place of null.
func (o *object) merge(key string, value []byte, how merging) bool {
	have := o.get(key)
	switch {
	case blank(value):
		if missing(have) {
			o.set(key, value)
		}
	case !fits(value, how):
		return false
	case blank(have), how == mergeLast, how == mergeFirst && string(have) == "0":
		o.set(key, value)
	case !fits(have, how), how == mergeSole:
		return false
	case how == mergeSame:
		return bytes.Equal(have, value)
	case how == mergeText:
		o.set(key, appendText(have, value))
	case how == mergeList:
		end := len(have) - 1
		have = append(have, value[1:]...) // a copy, the first time: what was read stays as it is
		have[end] = ','
		o.set(key, have)
	}
	return true
}

// appendText joins two JSON strings, of which more is not empty. It makes a copy of what was
// read, once.
func appendText(text, more []byte) []byte { return append(text[:len(text)-1], more[1:]...) }

// fits reports whether a value that says something can be joined in that way.
func fits(value []byte, how merging) bool {
	return (how != mergeText || value[0] == '"') && (how != mergeList || value[0] == '[')
}

// blank reports whether a value says nothing.
func blank(value []byte) bool {
	return missing(value) || string(value) == `""` || isEmpty(value)
}

// isEmpty reports whether a value is an object or array without members.
func isEmpty(value []byte) bool {
	return len(value) > 1 && (value[0] == '[' || value[0] == '{') && len(bytes.TrimSpace(value[1:len(value)-1])) == 0
}

// missing reports whether there is no value, or null.
func missing(value []byte) bool { return len(value) == 0 || string(value) == "null" }

// eachElement calls each for the elements of an array, and reports whether it is one and
// each was content with all of them.
func eachElement(array []byte, each func(element []byte) bool) bool {
	s := jsonscan.Scanner{Data: array}
	if s.Peek() != '[' {
		return false
	}
	ok := true
	for more := s.Enter(); more; more = s.More() {
		s.Peek()
		element := s.Skip()
		ok = ok && s.Err == nil && each(slices.Clip(element))
	}
	s.Finish()
	return ok && s.Err == nil
}

// index returns the number that tells elements of an answer apart; it counts from 0.
func index(value []byte) (int, bool) {
	n, err := strconv.Atoi(string(value))
	return n, err == nil && n >= 0 && n < maxChoices
}
