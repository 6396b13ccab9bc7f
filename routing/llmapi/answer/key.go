package answer

import "bytes"

// A jsonKey is a quoted key to search for without parsing. Text written by a model cannot
// match, because its quotes are escaped.
type jsonKey struct {
	word []byte
	rare int // where its rare bytes begin: searching for the quote first would stop at every string
}

var (
	keyChoices     = jsonKey{[]byte(`"choices"`), 1}
	keyDelta       = jsonKey{[]byte(`"delta"`), 1}
	keyFinish      = jsonKey{[]byte(`"finish_reason"`), 1}
	keyStop        = jsonKey{[]byte(`"stop_reason"`), 1}
	keyError       = jsonKey{[]byte(`"error"`), 2}
	keyResponse    = jsonKey{[]byte(`"response"`), 3}
	keyServiceTier = jsonKey{[]byte(`"service_tier"`), 8}
	keyMessageStop = jsonKey{[]byte(`"message_stop"`), 8}
	keyText        = jsonKey{[]byte(`"text"`), 3}
	keyUsage       = jsonKey{[]byte(`"usage"`), 1}
)

// after returns the data that follows the first occurrence of the key, and whether there is
// one.
func (k jsonKey) after(data []byte) ([]byte, bool) {
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

// present reports whether the key occurs in data with a value other than null.
func (k jsonKey) present(data []byte) bool {
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
