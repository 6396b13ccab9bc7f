package cache_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/routing"
	"sluice/routing/cache"
)

// TestSDKs has the providers' own SDKs read answers in the form in which they were stored
// and in the other one: they put together the same from both.
func TestSDKs(t *testing.T) {
	python, err := exec.Command("../../.ci/sdk").Output()
	if err != nil {
		t.Fatalf("a Python with the SDKs: %v", err)
	}
	server := http.NewServeMux()
	at := httptest.NewServer(server)
	defer at.Close()
	args, names := []string{"testdata/sdk.py"}, []string(nil)
	for name, c := range map[string]struct {
		api  routing.API
		body string
	}{
		"text":    {routing.OpenAIChat, plainAnswer},
		"message": {routing.AnthropicMessages, plainMessage},
		"choices and tools": {routing.OpenAIChat, `{"id":"c2","object":"chat.completion","created":1,"model":"m","system_fingerprint":"f","choices":[` +
			`{"index":0,"message":{"role":"assistant","content":null,"refusal":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\": 1.10}"}},{"id":"b","type":"function","function":{"name":"g","arguments":"{}"}}]},"logprobs":null,"finish_reason":"tool_calls"},` +
			`{"index":1,"message":{"role":"assistant","content":"세계 \ud83d\ude00","reasoning_content":"hm"},"logprobs":{"content":[{"token":"x","bytes":[1],"logprob":-0.5,"top_logprobs":[]}]},"finish_reason":"stop"}],` +
			`"usage":{"prompt_tokens":9,"completion_tokens":6,"total_tokens":15,"completion_tokens_details":{"reasoning_tokens":2}}}`},
		"blocks": {routing.AnthropicMessages, `{"id":"m2","type":"message","role":"assistant","model":"claude-opus-4","content":[` +
			`{"type":"thinking","thinking":"Let me see.","signature":"c2ln/+=="},{"type":"redacted_thinking","data":"eA=="},` +
			`{"type":"text","text":"Two things.","citations":[{"type":"char_location","cited_text":"x","document_index":0,"document_title":"d","start_char_index":0,"end_char_index":1}]},` +
			`{"type":"tool_use","id":"t1","name":"f","input":{"x":1.5,"deep":{"y":["é"]}}},{"type":"tool_use","id":"t2","name":"g","input":{}}],` +
			`"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":9,"cache_read_input_tokens":4,"cache_creation_input_tokens":0,"output_tokens":60}}`},
	} {
		plain := &cache.Entry{API: c.api, Body: []byte(c.body)}
		stream, _, ok := plain.Answer(true, true)
		if !ok {
			t.Errorf("%s: no stream", name)
		}
		for _, e := range []*cache.Entry{plain, {API: c.api, Stream: true, Body: stream}} {
			base := fmt.Sprint("/", len(names))
			server.Handle(base+"/", serve(t, e))
			args = append(args, c.api.String(), at.URL+base)
			names = append(names, fmt.Sprintf("%s, stored as a stream: %v", name, e.Stream))
		}
	}
	out, err := exec.CommandContext(t.Context(), strings.TrimSpace(string(python)), args...).Output()
	if err != nil {
		exit := new(exec.ExitError)
		_ = errors.As(err, &exit)
		t.Fatalf("%v\n%s", err, exit.Stderr)
	}
	var seen []struct{ Plain, Streamed map[string]any }
	if err := json.Unmarshal(out, &seen); err != nil || len(seen) != len(names) {
		t.Fatalf("%v in %s", err, out)
	}
	for i, s := range seen {
		if diff := cmp.Diff(s.Plain, s.Streamed); diff != "" || len(s.Plain) < 5 {
			t.Errorf("%s, as the SDK sees it (-plain +streamed):\n%s", names[i], diff)
		}
	}
}

// serve answers every request from the entry.
func serve(t *testing.T, e *cache.Entry) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var ask struct{ Stream bool }
		if err := json.NewDecoder(r.Body).Decode(&ask); err != nil {
			t.Error(err)
		}
		body, kind, ok := e.Answer(ask.Stream, true)
		if !ok {
			t.Errorf("no answer for stream: %v", ask.Stream)
		}
		w.Header().Set("Content-Type", kind)
		_, _ = w.Write(body) // the SDK reports what it misses
	}
}
