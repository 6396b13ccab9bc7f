package answer

import "bytes"

// A mark is a quoted word to look for. Words that a model wrote do not look like that:
// their quotes are escaped.
type mark struct {
	word []byte
	rare int // where its rarer bytes begin: to look for a quote first would stop at each
}

var (
	markChoices  = mark{[]byte(`"choices"`), 1}
	markDelta    = mark{[]byte(`"delta"`), 1}
	markError    = mark{[]byte(`"error"`), 2}
	markResponse = mark{[]byte(`"response"`), 3}
	markService  = mark{[]byte(`"service_tier"`), 8}
	markStop     = mark{[]byte(`"message_stop"`), 8}
	markText     = mark{[]byte(`"text"`), 3}
	markUsage    = mark{[]byte(`"usage"`), 1}
)

// after returns what follows the mark's first place in data, and whether it is there.
func (k mark) after(data []byte) ([]byte, bool) {
	for {
		i := bytes.Index(data, k.word[k.rare:])
		if i < 0 {
			return nil, false
		}
		found := bytes.HasSuffix(data[:i], k.word[:k.rare])
		data = data[i+len(k.word)-k.rare:]
		if found {
			return data, true
		}
	}
}

// given reports whether the mark is a key in data with a value that is not null.
func (k mark) given(data []byte) bool {
	for {
		var ok bool
		if data, ok = k.after(data); !ok {
			return false
		}
		if v := bytes.TrimLeft(data, ": \t\r\n"); len(v) > 0 && v[0] != 'n' {
			return true
		}
	}
}
