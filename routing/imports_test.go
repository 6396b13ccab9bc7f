package routing_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestImports keeps routing, and all below it, free of its transport, and the arrows
// between its packages one way: config to policy to signal to routing, and llmapi to agent
// to routing.
//
// It reads the files itself: a test that asks "go list" instead is served from
// the test cache after a sub-package has changed.
func TestImports(t *testing.T) {
	const sub = "sluice/routing/"
	everywhere := map[string]string{
		"sluice/cmd":             "wiring stays in cmd",
		"sluice/extproc":         "routing must not know its transport",
		"sluice/envoy":           "routing must not know Envoy",
		"github.com/envoyproxy/": "routing must not know Envoy",
		"google.golang.org/grpc": "routing must not know gRPC",
	}
	// What a package other than config may import from below routing; its tests may
	// import more.
	below := map[string][]string{
		".":      {},
		"signal": {},
		"tokens": {},
		"policy": {sub + "signal", sub + "classify", sub + "experiment", sub + "agreement", sub + "tokens"},
		"agent":  {},

		"language": {sub + "lexicon"},
		"lexicon":  {},
		"llmapi":   {sub + "agent", sub + "language", sub + "llmapi/jsonscan", sub + "tokens"},

		"coding":          {},
		"llmapi/jsonscan": {},
		"llmapi/sse":      {},
		"llmapi/answer":   {sub + "llmapi", sub + "lexicon", sub + "llmapi/jsonscan", sub + "llmapi/sse"},
		"llmapi/convert":  {sub + "llmapi/answer", sub + "llmapi/jsonscan", sub + "llmapi/sse"},
	}
	files := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		files++
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		allowed, bound := below[filepath.Dir(path)]
		bound = bound && !strings.HasSuffix(path, "_test.go")
		for _, spec := range f.Imports {
			dep, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if strings.HasSuffix(path, "_test.go") && dep == "sluice/cmd/sluice/simulator" {
				continue // tests call simulated providers
			}
			for prefix, why := range everywhere {
				if strings.HasPrefix(dep, prefix) {
					t.Errorf("%s imports %s: %s", path, dep, why)
				}
			}
			if bound && strings.HasPrefix(dep, sub) && !slices.Contains(allowed, dep) {
				t.Errorf("%s imports %s: of routing's packages it may import %v", path, dep, allowed)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 10 {
		t.Errorf("read %d files; are these all?", files)
	}
}
