package routing

import (
	"encoding/binary"

	"github.com/cespare/xxhash/v2"
)

// ToolNames are the names of the tools that a request offers, by their hashes: a plan carries
// them, and plans reach access logs.
type ToolNames []byte

const (
	nameBytes = 4   // of the hash of a name
	maxNames  = 128 // further ones are not known
)

// Add adds a name.
func (t *ToolNames) Add(name []byte) {
	if len(name) > 0 && len(*t) < maxNames*nameBytes {
		*t = binary.LittleEndian.AppendUint32(*t, uint32(xxhash.Sum64(name)))
	}
}

// Has reports whether there is a tool of that name.
func (t ToolNames) Has(name string) bool {
	if name == "" {
		return false
	}
	h := uint32(xxhash.Sum64String(name))
	for ; len(t) >= nameBytes; t = t[nameBytes:] {
		if binary.LittleEndian.Uint32(t) == h {
			return true
		}
	}
	return false
}
