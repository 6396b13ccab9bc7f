// Package docs_test compares the documentation with the code and with itself.
package docs_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	root   = ".."
	module = "sluice/"
	// base is the node that every package may import; arrows to it are not drawn.
	base = "base"
)

// TestPackages compares the drawing in architecture.md with the imports: every package
// that is more than tests belongs to one node, and an arrow is drawn if and only if a
// package of its first node imports one of its second.
//
// It reads the files itself. A test that asks "go list" instead is served from the test
// cache after a package has changed.
func TestPackages(t *testing.T) {
	text, err := os.ReadFile("architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "```mermaid\n")
	drawing, _, closed := strings.Cut(rest, "```")
	if !ok || !closed {
		t.Fatal("architecture.md has no drawing")
	}
	nodes, drawn := parseDrawing(t, drawing)

	imported := make(map[string]bool) // "a --> b"
	used := make(map[string]bool)     // packages of the drawing
	for pkg, imports := range packages(t) {
		from := nodeOf(nodes, pkg, used)
		if from == "" {
			t.Errorf("package %s is in no node", pkg)
			continue
		}
		for _, dep := range imports {
			to := nodeOf(nodes, dep, used)
			switch {
			case to == "" || to == from: // a missing node is reported by itself
			case from == base:
				t.Errorf("%s imports %s; the node %q imports nothing", pkg, dep, base)
			case to != base:
				imported[from+" --> "+to] = true
			}
		}
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(imported)), slices.Sorted(maps.Keys(drawn))); diff != "" {
		t.Errorf("the drawing (+) differs from the imports (-):\n%s", diff)
	}
	for _, patterns := range nodes {
		for _, p := range patterns {
			if !used[p] {
				t.Errorf("the drawing has %s; there is no such package", p)
			}
		}
	}
}

var node = regexp.MustCompile(`^(\w+)\["(.*)"\]$`)

// parseDrawing reads nodes, name["package<br>package/…"], and arrows, name --> name & name.
// A package that ends in /… stands for itself and all below it.
func parseDrawing(t *testing.T, drawing string) (nodes map[string][]string, arrows map[string]bool) {
	t.Helper()
	nodes, arrows = make(map[string][]string), make(map[string]bool)
	for line := range strings.Lines(drawing) {
		line = strings.TrimSpace(line)
		if m := node.FindStringSubmatch(line); m != nil {
			nodes[m[1]] = strings.Split(m[2], "<br>")
			continue
		}
		from, targets, ok := strings.Cut(line, " --> ")
		if !ok {
			continue
		}
		for to := range strings.SplitSeq(targets, " & ") {
			if nodes[from] == nil || nodes[to] == nil {
				t.Errorf("%s: a node that is not declared before its arrow", line)
			}
			arrows[from+" --> "+to] = true
		}
	}
	return nodes, arrows
}

// nodeOf returns the node of a package, "" if there is none, and marks the pattern that
// it was found by. The longest pattern counts.
func nodeOf(nodes map[string][]string, pkg string, used map[string]bool) string {
	found, by := "", ""
	for name, patterns := range nodes {
		for _, p := range patterns {
			above, below := strings.CutSuffix(p, "/…")
			if (pkg == above || below && strings.HasPrefix(pkg, above+"/")) && len(p) > len(by) {
				found, by = name, p
			}
		}
	}
	used[by] = true
	return found
}

// packages lists the packages that are more than tests, and what each imports of ours.
func packages(t *testing.T) map[string][]string {
	t.Helper()
	all := make(map[string][]string)
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && d.Name() != root):
			return filepath.SkipDir
		case d.IsDir(), !strings.HasSuffix(file, ".go"), strings.HasSuffix(file, "_test.go"):
			return nil
		}
		rel, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		pkg := path.Dir(filepath.ToSlash(rel))
		if helper(pkg) {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		all[pkg] = append(all[pkg], []string{}...)
		for _, spec := range f.Imports {
			dep, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if ours, ok := strings.CutPrefix(dep, module); ok {
				all[pkg] = append(all[pkg], ours)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	const least = 20
	if len(all) < least {
		t.Fatalf("found %d packages, expected %d at least", len(all), least)
	}
	return all
}

// helper reports a package that only tests import.
func helper(pkg string) bool { return pkg == "e2e" || strings.HasSuffix(pkg, "test") }

// TestLinks: every relative link of the documentation leads to a file, and to a heading
// of it where it names one.
func TestLinks(t *testing.T) {
	links := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	files := []string{"../README.md", "../examples/existing-envoy/README.md"}
	for _, pattern := range []string{"*.md", "decisions/*.md", "../*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range links.FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			target, anchor, _ := strings.Cut(m[1], "#")
			to := file
			if target != "" {
				to = filepath.Join(filepath.Dir(file), target)
			}
			if _, err := os.Stat(to); err != nil {
				t.Errorf("%s: link to %s: %v", file, m[1], err)
				continue
			}
			if anchor != "" && !slices.Contains(headings(t, to), anchor) {
				t.Errorf("%s: link to %s: no such heading", file, m[1])
			}
		}
	}
}

// headings returns the anchors of a file's headings, as GitHub names them.
func headings(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for line := range strings.Lines(string(text)) {
		title, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " ")
		if !ok || line[0] != '#' {
			continue
		}
		anchor := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-', r == '_', r >= '0' && r <= '9', r >= 'a' && r <= 'z', r > 127:
				return r
			default:
				return -1
			}
		}, strings.ToLower(strings.TrimSpace(title)))
		all = append(all, anchor)
	}
	return all
}
