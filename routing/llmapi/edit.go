package llmapi

import (
	"slices"

	"sluice/routing"
)

// An Edit puts text in the place of a part of a body.
type Edit struct {
	routing.Span
	Text string
}

// Apply returns the body with the edits made: in any order, of parts that do not overlap.
// Everything between them is kept byte for byte: order, spacing and numbers of the
// client's JSON survive.
//
// A single edit moves bytes within body where there is room, so body itself must not be
// used any more: a second copy of a long body would cost more than to decide on it.
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

// Locate returns where a part of a body, not an empty one, is once the edits are made:
// with what an edit of that very part, or within it, put there.
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
