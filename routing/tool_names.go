package routing

import "encoding/binary"

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
		*t = binary.LittleEndian.AppendUint32(*t, hashName(name))
	}
}

// Has reports whether there is a tool of that name.
func (t ToolNames) Has(name string) bool {
	if name == "" {
		return false
	}
	h := hashName(name)
	for ; len(t) >= nameBytes; t = t[nameBytes:] {
		if binary.LittleEndian.Uint32(t) == h {
			return true
		}
	}
	return false
}

// hashName is FNV-1a.
func hashName[T string | []byte](name T) uint32 {
	h := uint32(2166136261)
	for i := range len(name) {
		h = (h ^ uint32(name[i])) * 16777619
	}
	return h
}
