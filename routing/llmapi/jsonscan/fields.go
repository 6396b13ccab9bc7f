package jsonscan

// MaxFields bounds the members of an object that are told apart. Real requests and
// answers stay below 60.
const MaxFields = 1024

// A Field is one member of a JSON object. It is a part of the data that it was read from,
// but for keys that are written with escape sequences.
type Field struct {
	Key   []byte // decoded
	Value []byte // as it stands there
}

// Fields appends the members of the JSON object in data to dst, in their order, those given
// twice included. An error is an [*Error].
func Fields(data []byte, dst []Field) ([]Field, error) {
	s := Scanner{Data: data}
	fields := s.Fields(dst, func([]byte) { s.Skip() })
	if s.Err != nil {
		return dst, s.Err
	}
	return fields, nil
}

// First returns the first element of the JSON array that data begins with, and what is
// behind it; nil if there is none.
func First(data []byte) (element, rest []byte) {
	s := Scanner{Data: data}
	if s.Peek() != '[' || !s.Enter() {
		return nil, nil
	}
	element = s.Skip()
	return element, data[s.Pos:]
}

// fields reads the one object that the data consists of. value passes the value of a key.
func (s *Scanner) Fields(dst []Field, value func(key []byte)) []Field {
	if s.Peek() != '{' {
		s.Invalid("an object")
		return dst
	}
	most := len(dst) + MaxFields
	for more := s.Enter(); more; more = s.More() {
		key := s.Key()
		s.Peek()
		start := s.Pos
		value(key)
		if len(dst) == most {
			s.Fail(CodeTooDeep, "an object has more than %d members", MaxFields)
		}
		if s.Err == nil {
			dst = append(dst, Field{key, s.Data[start:s.Pos:s.Pos]}) // appending to a value copies it
		}
	}
	s.Finish()
	return dst
}
