package llmapi

import (
	"testing"

	"sluice/routing"
)

func TestApply(t *testing.T) {
	span := func(start, end int) routing.Span { return routing.Span{Start: start, End: end} }
	const body = "0123456789"
	for _, c := range []struct {
		name  string
		edits []Edit
		part  routing.Span
		want  string
		at    string // what of want is the part now
	}{
		{"none", nil, span(3, 5), "0123456789", "34"},
		{"longer", []Edit{{span(3, 5), "abcdef"}}, span(3, 5), "012abcdef56789", "abcdef"},
		{"shorter", []Edit{{span(3, 5), ""}}, span(6, 7), "01256789", "6"},
		{"an insertion before", []Edit{{span(3, 3), "ab"}}, span(3, 5), "012ab3456789", "34"},
		{"an insertion behind", []Edit{{span(6, 6), "ab"}}, span(3, 5), "012345ab6789", "34"},
		{"several, in any order", []Edit{{span(9, 10), ""}, {span(3, 5), "abc"}, {span(0, 1), "xy"}, {span(6, 6), "-"}}, span(3, 5), "xy12abc5-678", "abc"},
		{"inside", []Edit{{span(4, 5), "abc"}, {span(0, 2), ""}}, span(3, 6), "23abc56789", "3abc5"},
	} {
		t.Run(c.name, func(t *testing.T) {
			first := append([]Edit(nil), c.edits...)
			if got := Apply([]byte(body), c.edits...); string(got) != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
			for i, e := range c.edits {
				if e != first[i] {
					t.Error("the caller's edits were changed")
				}
			}
			at := Locate(c.edits, c.part)
			if got := c.want[at.Start:at.End]; got != c.at {
				t.Errorf("the part is %q at %v, want %q", got, at, c.at)
			}
		})
	}
}
