package llmapi

import (
	"bytes"
	"encoding/json"
	"maps"
	"strconv"
	"testing"

	"sluice/routing"
)

var (
	limited16k = &routing.Model{Name: "limited", UpstreamName: "limited", Provider: plainProvider, MaxOutput: 16384}
	limited4k  = &routing.Model{Name: "short", UpstreamName: "short", Provider: plainProvider, MaxOutput: 4096}
	newName    = &routing.Model{Name: "new", UpstreamName: "new", Provider: plainProvider, LimitKey: routing.MaxCompletionTokens, MaxOutput: 100_000}
	oldName    = &routing.Model{Name: "old", UpstreamName: "old", Provider: plainProvider, LimitKey: routing.MaxTokens}
	newLimited = &routing.Model{Name: "both", UpstreamName: "both", Provider: plainProvider, LimitKey: routing.MaxCompletionTokens, MaxOutput: 8192}
)

// TestLimit: each attempt asks for as much as its model can give, under the name that it
// knows; a later one goes back to what the client asked for.
func TestLimit(t *testing.T) {
	const chat, messages = routing.OpenAIChat, routing.AnthropicMessages
	for _, tt := range []struct {
		name         string
		api          routing.API
		body         string
		first, next  *routing.Model
		sent, resent string
	}{
		{
			"lowered, and the client's again", chat, `{"model":"auto", "max_tokens" : 32000, "seed":1.50}`, limited16k, plainModel,
			`{"model":"limited", "max_tokens" : 16384, "seed":1.50}`, `{"model":"plain", "max_tokens" : 32000, "seed":1.50}`,
		},
		{
			"lowered for both", chat, `{"max_tokens":32000,"model":"auto"}`, limited4k, limited16k,
			`{"max_tokens":4096,"model":"short"}`, `{"max_tokens":16384,"model":"limited"}`,
		},
		{
			"only for the next", chat, `{"max_tokens":32000,"model":"auto"}`, plainModel, limited4k,
			`{"max_tokens":32000,"model":"plain"}`, `{"max_tokens":4096,"model":"short"}`,
		},
		{
			"it fits", chat, `{"max_tokens":100,"model":"auto"}`, limited4k, limited16k,
			`{"max_tokens":100,"model":"short"}`, `{"max_tokens":100,"model":"limited"}`,
		},
		{
			"no limit", chat, `{"model":"auto"}`, limited4k, newName,
			`{"model":"short"}`, `{"model":"new"}`,
		},
		{
			"renamed, and the client's name again", chat, `{"model":"auto","max_tokens" : 500 }`, newName, plainModel,
			`{"model":"new","max_completion_tokens" : 500 }`, `{"model":"plain","max_tokens" : 500 }`,
		},
		{
			"renamed the other way", chat, `{"max_completion_tokens":500,"model":"auto"}`, oldName, newName,
			`{"max_tokens":500,"model":"old"}`, `{"max_completion_tokens":500,"model":"new"}`,
		},
		{
			"renamed and lowered", chat, `{"model":"auto","max_tokens":32000}`, newLimited, limited16k,
			`{"model":"both","max_completion_tokens":8192}`, `{"model":"limited","max_tokens":16384}`,
		},
		{
			"with usage", chat, `{"stream":true,"max_tokens":32000,"model":"auto"}`, tellsModel, newLimited,
			`{"stream":true,"max_tokens":32000,"model":"tells","stream_options":{"include_usage":true}}`, `{"stream":true,"max_completion_tokens":8192,"model":"both"}`,
		},
		{
			"both names", chat, `{"max_tokens":32000,"max_completion_tokens":32000,"model":"auto"}`, newLimited, oldName,
			`{"max_tokens":32000,"max_completion_tokens":32000,"model":"both"}`, `{"max_tokens":32000,"max_completion_tokens":32000,"model":"old"}`,
		},
		{
			"both names, one of them null", chat, `{"max_tokens":null,"max_completion_tokens":32000,"model":"auto"}`, limited4k, oldName,
			`{"max_tokens":null,"max_completion_tokens":4096,"model":"short"}`, `{"max_tokens":null,"max_completion_tokens":32000,"model":"old"}`,
		},
		{
			"a name with an escape", chat, `{"max\u005ftokens":32000,"model":"auto"}`, newLimited, plainModel,
			`{"max\u005ftokens":8192,"model":"both"}`, `{"max\u005ftokens":32000,"model":"plain"}`,
		},
		{
			"a number in another form", chat, `{"max_tokens":3.2e4,"model":"auto"}`, newLimited, limited4k,
			`{"max_tokens":3.2e4,"model":"both"}`, `{"max_tokens":3.2e4,"model":"short"}`,
		},
		{
			"Messages", messages, `{"model":"auto","max_tokens":32000}`, limited4k, newName,
			`{"model":"short","max_tokens":4096}`, `{"model":"new","max_tokens":32000}`,
		},
		{
			"a thinking budget below", messages, `{"model":"auto","max_tokens":32000,"thinking":{"type":"enabled","budget_tokens":10000}}`, limited16k, limited4k,
			`{"model":"limited","max_tokens":16384,"thinking":{"type":"enabled","budget_tokens":10000}}`, `{"model":"short","max_tokens":32000,"thinking":{"type":"enabled","budget_tokens":10000}}`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			checkSpliced(t, tt.api, tt.body, tt.first, tt.next, tt.sent, tt.resent)
		})
	}
}

// FuzzLimit: what is sent is valid JSON that differs from the client's body in the model and
// the limit alone, the limit is no higher than the model's and the client's, and the next
// attempt's body is the one that would have been made of the client's.
func FuzzLimit(f *testing.F) {
	for i, body := range seeds() {
		f.Add([]byte(body), uint8(i), uint8(i/2))
	}
	f.Add([]byte(`{"model":"auto","max_tokens" : 32000 ,"messages":[]}`), uint8(0), uint8(2))
	f.Add([]byte(`{"max_completion_tokens":9,"max_tokens":null,"model":"auto"}`), uint8(3), uint8(4))
	models := []*routing.Model{limited16k, limited4k, newName, oldName, newLimited, plainModel}
	f.Fuzz(func(t *testing.T, body []byte, i, j uint8) {
		first, next := models[int(i)%len(models)], models[int(j)%len(models)]
		for _, api := range []routing.API{routing.OpenAIChat, routing.AnthropicMessages} {
			req, err := Read(api, body)
			if err != nil {
				continue
			}
			req.Relaxed = false // is tested with the other asks
			sent, _, again := spliced(t, &req, body, first, next)
			checkLimit(t, &req, body, sent, first)
			resent := again(sent)
			if want := Apply(bytes.Clone(body), Asks(&req, []*routing.Model{first, next}).Edits(body, &req, next)...); !bytes.Equal(resent, want) {
				t.Fatalf("then sent %q, want %q", resent, want)
			}
		}
	})
}

// checkLimit decodes both bodies.
func checkLimit(t *testing.T, req *routing.Request, body, sent []byte, m *routing.Model) {
	t.Helper()
	if !json.Valid(sent) {
		t.Fatalf("%q became %q", body, sent)
	}
	before, after := members(body), members(sent)
	if len(before) != len(after) {
		t.Fatalf("%d members became %d: %q became %q", len(before), len(after), body, sent)
	}
	asked := []string{"model", "stream_options"}
	if req.LimitSpan != (routing.Span{}) {
		limits := []string{"max_tokens"}
		if req.API == routing.OpenAIChat {
			limits = append(limits, "max_completion_tokens")
		}
		for _, key := range limits {
			n, err := strconv.Atoi(string(after[key]))
			if err == nil && (n > req.MaxTokens || m.MaxOutput > 0 && n > m.MaxOutput && req.ThinkBudget == 0) {
				t.Fatalf("%s is %d, the model's is %d: %q became %q", key, n, m.MaxOutput, body, sent)
			}
		}
		asked = append(asked, limits...)
	}
	for _, key := range asked {
		delete(before, key)
		delete(after, key)
	}
	if !maps.EqualFunc(before, after, func(a, b json.RawMessage) bool { return bytes.Equal(a, b) }) {
		t.Fatalf("other members changed: %q became %q", body, sent)
	}
}
