package batch

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// reopen reads the records of a log, and appends one.
func reopen(t *testing.T, path, add string) []string {
	t.Helper()
	var got []string
	l, err := openLog(path, 0, func(_ int64, _ int, text []byte) error {
		got = append(got, string(text))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	at, size, err := l.append(add)
	if err != nil {
		t.Fatal(err)
	}
	text := make([]byte, size)
	if _, err := l.file.ReadAt(text, at); err != nil || string(text) != `"`+add+`"` {
		t.Errorf("read back %q, %v", text, err)
	}
	if err := l.close(); err != nil {
		t.Error(err)
	}
	return got
}

// TestLogTorn cuts a log at every byte: whole records stay, and it goes on.
func TestLogTorn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	for _, s := range []string{"one", "two", "three"} {
		reopen(t, path, s)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	ends := []int{}
	for i, c := range whole {
		if c == '\n' {
			ends = append(ends, i) // from here on the record is whole, but for its line break
		}
	}
	all := []string{`"one"`, `"two"`, `"three"`}
	for cut := range len(whole) + 1 {
		if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		var want []string
		for i, end := range ends {
			if cut >= end {
				want = append(want, all[i])
			}
		}
		if d := cmp.Diff(want, reopen(t, path, "more")); d != "" {
			t.Errorf("cut at %d: %s", cut, d)
		}
		if d := cmp.Diff(append(want, `"more"`), reopen(t, path, "last")); d != "" {
			t.Errorf("cut at %d, after that: %s", cut, d)
		}
	}
}

func TestLogDamaged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	for _, s := range []string{"one", "two", "three"} {
		reopen(t, path, s)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	damaged := strings.Replace(string(text), "two", "tow", 1)
	if err := os.WriteFile(path, []byte(damaged), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = openLog(path, 0, func(int64, int, []byte) error { return nil })
	if err == nil || !strings.HasSuffix(err.Error(), "record 2 is damaged") {
		t.Errorf("error %v", err)
	}
}
