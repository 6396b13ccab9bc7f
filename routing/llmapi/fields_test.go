package llmapi

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"sluice/routing/llmapi/jsonscan"

	"github.com/google/go-cmp/cmp"
)

func TestRequestFields(t *testing.T) {
	fields, remote, err := RequestFields([]byte(` { "a" : 1.50 , "\u0062":[ {} ],"a":"x y" , "messages":[{"content":"hi"}]} `), nil)
	var got [][2]string
	for _, f := range fields {
		got = append(got, [2]string{string(f.Key), string(f.Value)})
	}
	want := [][2]string{{"a", "1.50"}, {"b", "[ {} ]"}, {"a", `"x y"`}, {"messages", `[{"content":"hi"}]`}}
	if diff := cmp.Diff(want, got); diff != "" || remote || err != nil {
		t.Errorf("remote %v, %v (-want +got):\n%s", remote, err, diff)
	}
	kept := []jsonscan.Field{{Key: []byte("before"), Value: []byte("1")}}
	if fields, err := jsonscan.Fields([]byte(`{"a":2}`), kept); err != nil || len(fields) != 2 || string(fields[0].Key) != "before" {
		t.Errorf("appended to what was there: %q, %v", fields, err)
	}
	for _, bad := range []string{"", "[]", `"a"`, `{"a":1`, `{"a" 1}`, `{"a":1}x`, `{"a":01}`, "{" + strings.Repeat(`"a":1,`, jsonscan.MaxFields) + `"a":1}`, strings.Repeat(`{"messages":`, 600)} {
		if fields, _, err := RequestFields([]byte(bad), nil); err == nil || fields != nil {
			t.Errorf("%.40s: %d fields, %v", bad, len(fields), err)
		}
		if fields, err := jsonscan.Fields([]byte(bad), nil); err == nil || fields != nil {
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
		if element, rest := jsonscan.First([]byte(c[0])); string(element) != c[1] || string(rest) != c[2] {
			t.Errorf("%s: %q and %q, want %q and %q", c[0], element, rest, c[1], c[2])
		}
	}
}

// FuzzFields compares members with what encoding/json makes of them, and checks that no
// address is found in a body that has none.
func FuzzFields(f *testing.F) {
	for _, body := range seeds() {
		f.Add([]byte(body))
	}
	f.Add([]byte(`{"messages":[{"content":[{"image_url":{"url":"http:"}}]}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		fields, remote, err := RequestFields(body, nil)
		plain, plainErr := jsonscan.Fields(body, nil)
		if plainErr != nil { // RequestFields is for what is valid; of anything else it must only come to an end
			return
		}
		if diff := cmp.Diff(fields, plain); diff != "" || (err == nil) != (plainErr == nil) {
			t.Fatalf("%v and %v: %s", err, plainErr, diff)
		}
		if err != nil {
			if remote || fields != nil {
				t.Fatal("both members and an error")
			}
			return
		}
		if !json.Valid(body) {
			t.Fatal("accepted a body that is not JSON")
		}
		want := members(body)
		if len(want) > len(fields) {
			t.Fatalf("%d members, want %d", len(fields), len(want))
		}
		for _, f := range fields { // of a key given twice the last one counts there
			if last, ok := want[string(f.Key)]; ok && len(fields) == len(want) && !bytes.Equal(last, f.Value) {
				t.Fatalf("%q is %s, want %s", f.Key, f.Value, last)
			}
		}
		if plainly := !bytes.Contains(body, []byte("url")) && !bytes.ContainsRune(body, '\\'); plainly && remote {
			t.Fatal("an address where there is none")
		}
	})
}
