package config

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
)

func load(t *testing.T, text string) *File {
	t.Helper()
	f, _, err := Load("x.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestCheckReload(t *testing.T) {
	const budgets = "budgets:\n  - {name: each, per: user, limit: 1, window: day, on_exhausted: refuse}\n  - {name: all, per: everyone, limit: 9, window: day, on_exhausted: refuse}\n"
	const restart = ", which the running configuration has; if that is meant, write it empty, such as budgets: [] or cache: {}, or with its default, or restart"
	for _, tt := range []struct{ name, running, loaded, want string }{
		{"the same", minimal + budgets, minimal + budgets, ""},
		{"more", minimal, minimal + budgets, ""},
		{"another order", minimal + budgets, budgets + minimal, ""},
		{"one budget less", minimal + budgets, minimal + "budgets:\n  - {name: all, per: everyone, limit: 9, window: day, on_exhausted: refuse}\n", ""},
		{"no budgets", minimal + budgets, minimal, "the file no longer has budgets (each, all)" + restart},
		{"no budgets, as is meant", minimal + budgets, minimal + "budgets: []\n", ""},
		{"no models", minimal + "cache: {}\n", "listen: 127.0.0.1:1\n", "the file no longer has providers, models, cache" + restart},
		{"a cache that is left empty", minimal + "cache: {ttl: 1m}\n", minimal + "cache:\n", ""},
		{"empty", minimal, "", "the file is empty; expected the sections of the running configuration: providers, models; a restart loads the built-in default"},
		{"comments", minimal, "# nothing\n---\n# here\n", "the file is empty; expected the sections of the running configuration: providers, models; a restart loads the built-in default"},
		{"an empty mapping", minimal, "{}\n", "the file is empty; expected the sections of the running configuration: providers, models; a restart loads the built-in default"},
		{"nothing to lose", "", "", ""},
		{"from the default", "", minimal, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			if err := load(t, tt.loaded).CheckReload(load(t, tt.running)); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

// TestCutFiles: a file that was cut off at any line is refused, by its mistakes or because a
// section is lost.
func TestCutFiles(t *testing.T) {
	for name, text := range map[string][]byte{"the built-in default": DefaultYAML(), "example": example(t)} {
		running := load(t, string(text))
		lines := bytes.SplitAfter(text, []byte("\n"))
		if len(lines) < 40 || len(running.Written) < 8 {
			t.Fatalf("%s: %d lines, sections %v", name, len(lines), running.Written)
		}
		cut := 0
		for n := range lines {
			part := bytes.Join(lines[:n], nil)
			f, _, err := Load("x.yaml", part)
			if err != nil {
				if _, ok := errors.AsType[*Error](err); !ok {
					t.Errorf("%s, %d lines: %v", name, n, err)
				}
				continue
			}
			err = f.CheckReload(running)
			if whole := !slices.ContainsFunc(running.Written, func(s string) bool { return !slices.Contains(f.Written, s) }); whole != (err == nil) {
				t.Errorf("%s, %d lines: all sections are there: %t, error %v", name, n, whole, err)
			}
			if err != nil {
				cut++
			}
		}
		if cut < 10 {
			t.Errorf("%s: only %d parts are valid files: the test shows little", name, cut)
		}
	}
}

// example is a configuration in the shape that users meet first.
func example(t *testing.T) []byte {
	t.Helper()
	text, err := os.ReadFile("testdata/example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "budgets") {
		return text
	}
	t.Fatal("it has no budgets")
	return nil
}
