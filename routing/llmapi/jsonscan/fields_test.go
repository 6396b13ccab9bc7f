package jsonscan

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFields(t *testing.T) {
	kept := []Field{{Key: []byte("before"), Value: []byte("1")}}
	fields, err := Fields([]byte(` { "a" : 1.50 , "\u0062":[ {} ],"a":"x y" , "messages":[{"content":"hi"}]} `), kept)
	var got [][2]string
	for _, f := range fields {
		got = append(got, [2]string{string(f.Key), string(f.Value)})
	}
	want := [][2]string{{"before", "1"}, {"a", "1.50"}, {"b", "[ {} ]"}, {"a", `"x y"`}, {"messages", `[{"content":"hi"}]`}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for _, bad := range []string{"", "[]", `"a"`, `{"a":1`, `{"a" 1}`, `{"a":1}x`, `{"a":01}`, "{" + strings.Repeat(`"a":1,`, MaxFields) + `"a":1}`, strings.Repeat(`{"messages":`, 600)} {
		if fields, err := Fields([]byte(bad), nil); err == nil || fields != nil {
			t.Errorf("%.40s: %d fields, %v", bad, len(fields), err)
		}
	}
}

func TestFirst(t *testing.T) {
	for _, c := range [][3]string{
		{`[ {"a":1} , 2]`, `{"a":1}`, ` , 2]`},
		{`["x"]`, `"x"`, `]`},
		{`[]`, ``, ``},
		{`{}`, ``, ``},
		{``, ``, ``},
	} {
		if element, rest := First([]byte(c[0])); string(element) != c[1] || string(rest) != c[2] {
			t.Errorf("%s: %q and %q, want %q and %q", c[0], element, rest, c[1], c[2])
		}
	}
}

// FuzzFields compares members with what encoding/json makes of them.
func FuzzFields(f *testing.F) {
	f.Add([]byte(`{"model":"auto","messages":[{"role":"user","content":"h\u0069"}],"n":1e2,"model":"b"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		fields, err := Fields(body, nil)
		if err != nil {
			return
		}
		var want map[string]json.RawMessage
		if err := json.Unmarshal(body, &want); err != nil {
			t.Fatalf("accepted a body that is not JSON: %v", err)
		}
		if len(want) > len(fields) {
			t.Fatalf("%d members, want %d", len(fields), len(want))
		}
		for _, f := range fields { // of a key given twice the last one counts there
			if last, ok := want[string(f.Key)]; ok && len(fields) == len(want) && !bytes.Equal(last, f.Value) {
				t.Fatalf("%q is %s, want %s", f.Key, f.Value, last)
			}
		}
	})
}
