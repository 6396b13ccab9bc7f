package jsonl

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEach(t *testing.T) {
	long := strings.Repeat("y", 200_000)
	for _, tt := range []struct {
		name, in string
		limit    int
		want     []string
	}{
		{"nothing", "", 9, nil},
		{"one", "a", 9, []string{"a"}},
		{"ended", "a\n", 9, []string{"a"}},
		{"blank between", "a\n\nb", 9, []string{"a", "", "b"}},
		{"just fits", "123456789\nx", 9, []string{"123456789", "x"}},
		{"too long", "1234567890\nx\n", 9, []string{"<nil>", "x"}},
		{"longer than the buffer", long + "\nx", 1 << 20, []string{long, "x"}},
		{"longer than the buffer and too long", "a\n" + long + "\nx", 100_000, []string{"a", "<nil>", "x"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			err := Each(strings.NewReader(tt.in), tt.limit, func(n int, line []byte) error {
				if n != len(got)+1 {
					t.Errorf("line %d after %d", n, len(got))
				}
				if line == nil {
					line = []byte("<nil>")
				}
				got = append(got, string(line))
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestRows(t *testing.T) {
	type row struct{ A int }
	odd := errors.New("odd")
	for _, tt := range []struct {
		name, in string
		want     []row
		wantErr  string
	}{
		{"blank lines count", "\n{\"A\":1,\"b\":2}\r\n \n{\"a\":3}", []row{{1}, {3}}, ""},
		{"nothing", " \n\n", nil, "expected lines of JSON, found none"},
		{"no JSON", "\n{", nil, "line 2: unexpected end of JSON input"},
		{"an error of the caller", `{"a":1}` + "\n" + `{"a":-1}`, []row{{1}}, "line 2: odd"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []row
			err := Rows(strings.NewReader(tt.in), func(r *row) error {
				if r.A < 0 {
					return odd
				}
				got = append(got, *r)
				return nil
			})
			message := ""
			if err != nil {
				message = err.Error()
			}
			if message != tt.wantErr {
				t.Errorf("error %q, want %q", message, tt.wantErr)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
