package cache

import (
	"bytes"

	"sluice/routing/llmapi/jsonscan"
)

// billing begins the line in which Claude Code tells Anthropic whom to bill. It is the first
// line of the system prompt, usually in a block of its own.
var billing = []byte(`x-anthropic-billing-header:`)

// maxNumber bounds a version or checksum in that line, in bytes.
const maxNumber = 32

// system adds the system prompt of Messages, a string or blocks, to the key.
//
// The billing line differs from request to request in a version and a checksum, which do not
// count. Everything else in it does. They are left out only if they are numbers: what is left
// out of a key that several people share must contain nothing that a model might obey.
func (k *keyer) system(value []byte) {
	var text, rest []byte
	if bytes.Contains(value, billing) {
		first := value
		if value[0] == '[' {
			first, rest = jsonscan.First(value)
		}
		text = soleText(first)
	}
	if !bytes.HasPrefix(text, billing) {
		k.text("")
		k.bytes(value)
		return
	}
	line, more, _ := bytes.Cut(text[len(billing):], []byte(`\n`))
	var steady []byte
	for part := range bytes.SplitSeq(line, []byte{';'}) {
		if part = bytes.TrimSpace(part); len(part) > 0 && !isChanging(part) {
			steady = append(append(steady, part...), ';')
		}
	}
	k.text("billing")
	k.bytes(steady)
	k.bytes(more)
	k.bytes(rest)
}

// soleText returns the text of a block that has nothing but text, or of a string, as it
// stands between its quotes; nil for other blocks.
func soleText(block []byte) []byte {
	if len(block) > 1 && block[0] == '"' {
		return block[1 : len(block)-1]
	}
	var buffer [4]jsonscan.Field
	fields, err := jsonscan.Fields(block, buffer[:0])
	if err != nil || len(fields) != 2 {
		return nil
	}
	kind, text := fields[0], fields[1]
	if string(kind.Key) == "text" {
		kind, text = text, kind
	}
	if string(kind.Key) != "type" || string(kind.Value) != `"text"` || string(text.Key) != "text" || text.Value[0] != '"' {
		return nil
	}
	return text.Value[1 : len(text.Value)-1]
}

// isChanging reports whether a part of the billing line is a number that may change.
func isChanging(part []byte) bool {
	name, value, _ := bytes.Cut(part, []byte{'='})
	switch string(name) {
	case "cch", "cc_version":
		return len(value) <= maxNumber && len(bytes.Trim(value, "0123456789abcdefABCDEF.")) == 0
	default:
		return false
	}
}
