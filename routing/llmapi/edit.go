package llmapi

import (
	"slices"

	"sluice/routing"
)

// An Edit replaces a part of a body by a text.
type Edit struct {
	routing.Span
	Text string
}

// Apply returns the body with the edits made. They may be in any order, and their parts must
// not overlap. Everything else is kept byte for byte: the order, spacing and numbers of the
// client's JSON.
//
// Body must not be used any more: a single edit moves bytes within it if there is room,
// because copying a long body costs more than deciding on it.
func Apply(body []byte, edits ...Edit) []byte {
	switch len(edits) {
	case 0:
		return body
	case 1:
		return slices.Replace(body, edits[0].Start, edits[0].End, []byte(edits[0].Text)...)
	}
	edits = slices.SortedFunc(slices.Values(edits), func(a, b Edit) int { return a.Start - b.Start })
	size := len(body)
	for _, e := range edits {
		size += e.growth()
	}
	out, from := make([]byte, 0, size), 0
	for _, e := range edits {
		out = append(append(out, body[from:e.Start]...), e.Text...)
		from = e.End
	}
	return append(out, body[from:]...)
}

// Locate returns where a non-empty part of a body is after the edits, including the text of
// edits of that part or within it.
func Locate(edits []Edit, part routing.Span) routing.Span {
	at := part
	for _, e := range edits {
		if e.End <= part.Start {
			at.Start += e.growth()
		}
		if e.End <= part.End {
			at.End += e.growth()
		}
	}
	return at
}

// growth returns by how many bytes the edit makes a body longer.
func (e Edit) growth() int { return len(e.Text) - (e.End - e.Start) }
