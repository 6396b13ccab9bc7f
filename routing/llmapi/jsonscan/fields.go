package jsonscan

import "slices"

// MaxFields bounds the members of an object that are told apart. Real requests and
// answers stay below 60.
const MaxFields = 1024

// A Field is one member of a JSON object. It is a part of the data that it was read from,
// except for keys with escape sequences.
type Field struct {
	Key   []byte // decoded
	Value []byte // as it stands there
}

// Fields appends the members of the JSON object in data to dst, in their order, those given
// twice included. An error is an [*Error]: data is not one JSON object, or it has more than
// [MaxFields] members.
func Fields(data []byte, dst []Field) ([]Field, error) {
	s := Scanner{Data: data}
	if s.Peek() != '{' {
		s.Invalid("an object")
		return dst, s.Err
	}
	fields := dst
	for more := s.Enter(); more; more = s.More() {
		key := s.Key()
		value := s.Skip()
		if len(fields) == len(dst)+MaxFields {
			s.Fail(CodeTooDeep, "an object has more than %d members", MaxFields)
		}
		fields = append(fields, Field{key, slices.Clip(value)}) // appending to a value copies it
	}
	if s.Finish(); s.Err != nil {
		return dst, s.Err
	}
	return fields, nil
}

// First returns the first element of the JSON array that data begins with, and the data after
// it; nil if there is none.
func First(data []byte) (element, rest []byte) {
	s := Scanner{Data: data}
	if s.Peek() != '[' || !s.Enter() {
		return nil, nil
	}
	element = s.Skip()
	return element, data[s.Pos:]
}
