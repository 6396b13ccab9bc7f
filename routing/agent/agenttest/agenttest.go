// Package agenttest holds requests of coding agents, written by hand, with what must be
// seen in each and why. Tests of several packages read them: what is read (package
// agent), and what is decided.
//
// To add a case, add an entry to a file under cases; every field is explained at [Case].
package agenttest

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"testing"

	"go.yaml.in/yaml/v4"

	"sluice/routing"
)

//go:embed cases/*.yaml
var files embed.FS

// A Case is one request.
type Case struct {
	File    string            `yaml:"-"` // it was read from
	Name    string            `yaml:"name"`
	Why     string            `yaml:"why"`
	API     string            `yaml:"api"`     // chat, messages, count_tokens or responses
	User    string            `yaml:"user"`    // whom the caller authenticated, if anybody
	Headers map[string]string `yaml:"headers"` // names in lower case
	Body    string            `yaml:"body"`    // JSON
	Want    Facts             `yaml:"want"`
	// Decision is what auto must decide, where the case says so.
	Decision *Decision `yaml:"decision"`
}

// Facts are what must be seen in a request. What is left out must be absent.
type Facts struct {
	Kind     string `yaml:"kind"` // by its name in package routing
	Prompt   string `yaml:"prompt"`
	Before   string `yaml:"before"`
	Stage    Stage  `yaml:"stage"`
	Signed   bool   `yaml:"signed"`
	OpenCall bool   `yaml:"open_call"`
	Owner    string `yaml:"owner"`
	// Session and Lane are labels: in one file equal labels mean equal values and different
	// labels different ones. "" is no session; of lanes it says nothing.
	Session string `yaml:"session"`
	Lane    string `yaml:"lane"`
}

// Stage is routing.Stage as a case spells it, without its counts of calls.
type Stage struct {
	Calls      int  `yaml:"calls"`
	Failures   int  `yaml:"failures"`
	Severe     bool `yaml:"severe"`
	Repeated   bool `yaml:"repeated"`
	Passing    bool `yaml:"passing"`
	Editing    bool `yaml:"editing"`
	Exploring  bool `yaml:"exploring"`
	Compaction bool `yaml:"compaction"`
	Continuing bool `yaml:"continuing"`
}

// StageOf returns the stage as a case spells it.
func StageOf(s routing.Stage) Stage {
	return Stage{
		Calls: s.Calls, Failures: s.Failures, Severe: s.Severe, Repeated: s.Repeated, Passing: s.Passing,
		Editing: s.Editing, Exploring: s.Exploring, Compaction: s.Compaction, Continuing: s.Continuing,
	}
}

// A Decision is what must be decided; what is left out is not checked.
type Decision struct {
	Past  string `yaml:"past"` // model that answered the conversation before
	Model string `yaml:"model"`
	Tier  string `yaml:"tier"`
	Rule  string `yaml:"rule"`
}

var apis = map[string]routing.API{
	"chat": routing.OpenAIChat, "messages": routing.AnthropicMessages,
	"count_tokens": routing.AnthropicCountTokens, "responses": routing.OpenAIResponses,
}

// Endpoint returns the API that the case calls.
func (c *Case) Endpoint() routing.API { return apis[c.API] }

// Header returns a request header.
func (c *Case) Header(name string) string { return c.Headers[name] }

// Cases returns every case. A mistake in a file ends the test.
func Cases(tb testing.TB) []Case {
	tb.Helper()
	names, err := fs.Glob(files, "cases/*.yaml")
	if err != nil {
		tb.Fatal(err)
	}
	var all []Case
	for _, name := range names {
		cases, err := load(name)
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, cases...)
	}
	return all
}

func load(name string) ([]Case, error) {
	text, err := files.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var cases []Case
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&cases); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	for i := range cases {
		c := &cases[i]
		c.File = name
		if c.Name == "" || c.Why == "" || apis[c.API] == 0 || c.Want.Kind == "" {
			return nil, fmt.Errorf("%s: case %d, %q: expected a name, a reason, a known API and a kind", name, i+1, c.Name)
		}
	}
	return cases, nil
}
