package sse

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// event is an Event whose slices are kept.
type event struct{ name, data, raw string }

// split feeds a stream in chunks of a size.
func split(stream string, size int) (events []event) {
	var s Splitter
	keep := func(e *Event) { events = append(events, event{string(e.Name), string(e.Data), string(e.Raw)}) }
	for len(stream) > 0 {
		n := min(size, len(stream))
		chunk := []byte(stream[:n])
		for e := range s.Events(chunk) {
			keep(e)
		}
		clear(chunk) // it keeps no part of it
		stream = stream[n:]
	}
	if e, ok := s.End(); ok {
		keep(e)
	}
	return events
}

func TestEvents(t *testing.T) {
	for _, c := range []struct {
		name, stream string
		want         []event // with line feeds as line ends
	}{
		{"empty", "", nil},
		{"data", "data: a\n\ndata:b\n\n", []event{{"", "a", "data: a\n\n"}, {"", "b", "data:b\n\n"}}},
		{"one space is none", "data:  a \n\n", []event{{"", " a ", "data:  a \n\n"}}},
		{"several lines", "data: a\ndata\ndata: b\n\n", []event{{"", "a\n\nb", "data: a\ndata\ndata: b\n\n"}}},
		{"an empty first line", "data\ndata: b\n\n", []event{{"", "\nb", "data\ndata: b\n\n"}}},
		{"name, id, comment", ":c\nid: 1\nevent: x\ndata: a\nretry: 2\n\n", []event{{"x", "a", ":c\nid: 1\nevent: x\ndata: a\nretry: 2\n\n"}}},
		{"the last name counts", "event: x\nevent: y\n\n", []event{{"y", "", "event: x\nevent: y\n\n"}}},
		{"a name does not last", "event: x\ndata: a\n\ndata: b\n\n", []event{{"x", "a", "event: x\ndata: a\n\n"}, {"", "b", "data: b\n\n"}}},
		{"blank lines", "\n\ndata: a\n\n\n", []event{{"", "", "\n"}, {"", "", "\n"}, {"", "a", "data: a\n\n"}, {"", "", "\n"}}},
		{"no last blank line", "data: a\n\ndata: b\n", []event{{"", "a", "data: a\n\n"}, {"", "b", "data: b\n"}}},
		{"no last line end", "data: a", []event{{"", "a", "data: a"}}},
		{"byte order mark", "\uFEFFdata: a\n\ndata: b\n\n", []event{{"", "a", "\uFEFFdata: a\n\n"}, {"", "b", "data: b\n\n"}}},
		{"only at the beginning", "data: a\n\n\uFEFFdata: b\n\n", []event{{"", "a", "data: a\n\n"}, {"", "", "\uFEFFdata: b\n\n"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, end := range []string{"\n", "\r\n", "\r"} {
				stream := strings.ReplaceAll(c.stream, "\n", end)
				var want []event
				for _, e := range c.want {
					want = append(want, event{e.name, e.data, strings.ReplaceAll(e.raw, "\n", end)})
				}
				for size := 1; size <= len(stream)+1; size++ {
					if diff := cmp.Diff(want, split(stream, size), cmp.AllowUnexported(event{})); diff != "" {
						t.Fatalf("line ends %q, chunks of %d (-want +got):\n%s", end, size, diff)
					}
				}
			}
		})
	}
}

// TestEventsAtOnce checks that an event is there with its last byte, and is no copy.
func TestEventsAtOnce(t *testing.T) {
	for _, end := range []string{"\n", "\r\n", "\r"} {
		var s Splitter
		chunk := []byte("data: a" + end + end)
		for e := range s.Events(chunk) {
			if &e.Raw[0] != &chunk[0] || e.End != len(chunk) || string(e.Data) != "a" {
				t.Errorf("line ends %q: %q, end %d", end, e.Raw, e.End)
			}
			chunk = nil
		}
		if chunk != nil || s.PendingSize() != 0 {
			t.Errorf("line ends %q: no event", end)
		}
	}
}

// TestLongEvent checks that memory is bounded and that the next event is read.
func TestLongEvent(t *testing.T) {
	half := strings.Repeat("x", MaxEvent/2)
	for name, long := range map[string]string{
		"one line":    "data: " + half + half + "\n\n",
		"many lines":  "data: " + half + "\ndata: " + half + "\n\n",
		"a comment":   ":" + half + half + "\ndata: {}\n\n",
		"blank lines": "data: " + half + half + "\r\n\r\n",
	} {
		for _, size := range []int{2 * len(long), 4 << 10} {
			var s Splitter
			var got []string
			for rest := []byte(long + "data: next\n\n"); len(rest) > 0; {
				n := min(size, len(rest))
				for e := range s.Events(rest[:n]) {
					got = append(got, fmt.Sprintf("%t %q", e.TooLong, e.Data))
				}
				if rest = rest[n:]; cap(s.pending)+cap(s.joined) > 2*MaxEvent {
					t.Fatalf("%s: %d bytes kept", name, cap(s.pending)+cap(s.joined))
				}
			}
			if diff := cmp.Diff([]string{`true ""`, `false "next"`}, got); diff != "" {
				t.Errorf("%s in chunks of %d: %s", name, size, diff)
			}
			if cap(s.pending) > maxSpare {
				t.Errorf("%s: %d bytes kept of an event that is over", name, cap(s.pending))
			}
		}
	}
}

// FuzzSplitter checks that no byte is lost, that the chunks do not matter and that All finds
// the same.
func FuzzSplitter(f *testing.F) {
	f.Add([]byte("\uFEFFevent: x\r\ndata: a\rdata: b\n\n:c\n\r\r\n\n"), 3)
	f.Add([]byte("data\n\ndata: a\r\r\ndata: b\r\n\r\n"), 1)
	f.Add([]byte("data: a\rdata: b\r\n\r\n\ndata: c\r\r\n\r\ndata: d\n\n"), 1)
	f.Fuzz(func(t *testing.T, stream []byte, size int) {
		if size <= 0 {
			return
		}
		whole, parts := split(string(stream), len(stream)+1), split(string(stream), size)
		var all []event
		var kept []Event
		for e := range All(bytes.Clone(stream)) {
			kept = append(kept, *e)
		}
		for _, e := range kept {
			all = append(all, event{string(e.Name), string(e.Data), string(e.Raw)})
		}
		if diff := cmp.Diff(whole, all, cmp.AllowUnexported(event{})); diff != "" {
			t.Fatalf("whole against All: %s", diff)
		}
		raw := ""
		for _, e := range whole {
			raw += e.raw
		}
		if raw != string(stream) {
			t.Fatalf("%q became %q", stream, raw)
		}
		if diff := cmp.Diff(whole, parts, cmp.AllowUnexported(event{})); diff != "" {
			t.Fatalf("whole against chunks of %d: %s", size, diff)
		}
	})
}

func TestBegins(t *testing.T) {
	for body, want := range map[string][2]bool{
		"":                        {false, false},
		"\xef\xbb":                {false, false},
		"\uFEFF":                  {false, false},
		" \r\n":                   {false, false},
		"dat":                     {false, false},
		"data:{}":                 {true, true},
		"data: {}":                {true, true},
		"\uFEFF\n\ndata: {}":      {true, true},
		"event: message_start\n":  {true, true},
		": OPENROUTER PROCESSING": {true, true},
		"id: 1\n":                 {true, true},
		"retry: 1000\n":           {true, true},
		`{"data: ":1}`:            {false, true},
		"\n [1]":                  {false, true},
		"dates: none":             {false, true},
		"<html>":                  {false, true},
	} {
		if stream, sure := Begins([]byte(body)); stream != want[0] || sure != want[1] {
			t.Errorf("%q: stream %t, sure %t", body, stream, sure)
		}
	}
}
