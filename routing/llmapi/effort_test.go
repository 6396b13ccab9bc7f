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
	thinker  = &routing.Model{Name: "thinker", UpstreamName: "o9", Provider: &routing.Provider{Formats: []routing.Format{routing.OpenAI}}}
	claude   = &routing.Model{Name: "claude", UpstreamName: "claude-9", Provider: &routing.Provider{Formats: []routing.Format{routing.Anthropic, routing.OpenAI}}}
	adaptive = &routing.Model{Name: "adaptive", UpstreamName: "claude-8", Provider: claude.Provider, Thinking: routing.ThinkAdaptive}
	budget   = &routing.Model{Name: "budget", UpstreamName: "claude-4", Provider: claude.Provider, Thinking: routing.ThinkBudget}

	thinkerLow  = thinker.At(routing.EffortLow, routing.Premium, 300)
	thinkerHigh = thinker.At(routing.EffortHigh, routing.Flagship, 4000)
	claudeLow   = claude.At(routing.EffortLow, routing.Premium, 300)
	adaptiveMax = adaptive.At(routing.EffortMax, routing.Flagship, 16000)
	budgetLow   = budget.At(routing.EffortLow, routing.Premium, 300)
	budgetHigh  = budget.At(routing.EffortHigh, routing.Flagship, 4000)
)

// effortCases are bodies of clients, what the first model is sent and what the next one is.
var effortCases = []struct {
	name        string
	api         routing.API
	body        string
	first, next *routing.Model
	sent        string
	resent      string
}{
	{
		name: "chat", api: routing.OpenAIChat, body: `{ "model" : "auto" ,"seed":12345678901234567890.10}`, first: thinkerLow, next: thinkerHigh,
		sent:   `{ "model" : "o9","reasoning_effort":"low" ,"seed":12345678901234567890.10}`,
		resent: `{ "model" : "o9","reasoning_effort":"high" ,"seed":12345678901234567890.10}`,
	},
	{
		name: "only the first", api: routing.OpenAIChat, body: `{"model":"o9","stream":false}`, first: thinkerLow, next: thinker,
		sent:   `{"model":"o9","reasoning_effort":"low","stream":false}`,
		resent: `{"model":"o9","stream":false}`,
	},
	{
		name: "only the next", api: routing.OpenAIChat, body: `{"model":"auto","service_tier":"flex"}`, first: relaxedModel, next: thinkerHigh,
		sent:   `{"model":"relaxed","service_tier":"flex"}`,
		resent: `{"model":"o9","reasoning_effort":"high"}`,
	},
	{
		name: "behind usage", api: routing.OpenAIChat, body: `{"model":"auto","stream":true}`, first: tellsModel, next: thinkerHigh,
		sent:   `{"model":"tells","stream_options":{"include_usage":true},"stream":true}`,
		resent: `{"model":"o9","reasoning_effort":"high","stream":true}`,
	},
	{
		name: "the client's word", api: routing.OpenAIChat, body: `{"model":"auto","reasoning_effort":"low","x":1}`, first: thinkerHigh, next: thinkerLow,
		sent:   `{"model":"o9","reasoning_effort":"low","x":1}`,
		resent: `{"model":"o9","reasoning_effort":"low","x":1}`,
	},
	{
		name: "the client's word, null", api: routing.OpenAIChat, body: `{"model":"auto" ,"reasoning" : null}`, first: thinkerHigh, next: thinkerLow,
		sent:   `{"model":"o9" ,"reasoning" : null}`,
		resent: `{"model":"o9" ,"reasoning" : null}`,
	},
	{
		name: "Responses", api: routing.OpenAIResponses, body: `{"model":"thinker@high","input":"q"}`, first: thinkerHigh, next: thinker,
		sent:   `{"model":"o9","reasoning":{"effort":"high"},"input":"q"}`,
		resent: `{"model":"o9","input":"q"}`,
	},
	{
		name: "in an imitated format", api: routing.OpenAIChat, body: `{"model":"auto"}`, first: budgetHigh, next: thinkerLow,
		sent:   `{"model":"claude-4"}`,
		resent: `{"model":"o9","reasoning_effort":"low"}`,
	},
	{
		name: "Messages", api: routing.AnthropicMessages, body: `{"model":"auto","max_tokens":100}`, first: claudeLow, next: adaptiveMax,
		sent:   `{"model":"claude-9","output_config":{"effort":"low"},"max_tokens":100}`,
		resent: `{"model":"claude-8","thinking":{"type":"adaptive"},"output_config":{"effort":"max"},"max_tokens":100}`,
	},
	{
		name: "from adaptive to none", api: routing.AnthropicMessages, body: `{"max_tokens":100,"model":"auto"}`, first: adaptiveMax, next: claude,
		sent:   `{"max_tokens":100,"model":"claude-8","thinking":{"type":"adaptive"},"output_config":{"effort":"max"}}`,
		resent: `{"max_tokens":100,"model":"claude-9"}`,
	},
	{
		name: "a budget raises the limit", api: routing.AnthropicMessages, body: `{"max_tokens" : 100 , "model":"auto"}`, first: budgetHigh, next: budgetLow,
		sent:   `{"max_tokens" : 8100 , "model":"claude-4","thinking":{"type":"enabled","budget_tokens":8000}}`,
		resent: `{"max_tokens" : 1124 , "model":"claude-4","thinking":{"type":"enabled","budget_tokens":1024}}`,
	},
	{
		name: "and lowers it again", api: routing.AnthropicMessages, body: `{"model":"auto","max_tokens":100}`, first: budgetHigh, next: claude,
		sent:   `{"model":"claude-4","thinking":{"type":"enabled","budget_tokens":8000},"max_tokens":8100}`,
		resent: `{"model":"claude-9","max_tokens":100}`,
	},
	{
		name: "the budget comes later", api: routing.AnthropicMessages, body: `{"max_tokens":9000,"model":"auto"}`, first: claudeLow, next: budgetHigh,
		sent:   `{"max_tokens":9000,"model":"claude-9","output_config":{"effort":"low"}}`,
		resent: `{"max_tokens":12096,"model":"claude-4","thinking":{"type":"enabled","budget_tokens":8000}}`,
	},
	{
		name: "a limit with room enough", api: routing.AnthropicMessages, body: `{"max_tokens":32000,"model":"auto"}`, first: budgetHigh, next: budgetLow,
		sent:   `{"max_tokens":32000,"model":"claude-4","thinking":{"type":"enabled","budget_tokens":8000}}`,
		resent: `{"max_tokens":32000,"model":"claude-4","thinking":{"type":"enabled","budget_tokens":1024}}`,
	},
	{
		name: "a limit that is no plain number", api: routing.AnthropicMessages, body: `{"max_tokens":1e3,"model":"auto"}`, first: budgetHigh, next: claudeLow,
		sent:   `{"max_tokens":1e3,"model":"claude-4"}`,
		resent: `{"max_tokens":1e3,"model":"claude-9","output_config":{"effort":"low"}}`,
	},
	{
		name: "no limit", api: routing.AnthropicMessages, body: `{"model":"auto"}`, first: budgetHigh, next: claude,
		sent:   `{"model":"claude-4"}`,
		resent: `{"model":"claude-9"}`,
	},
	{
		name: "a temperature", api: routing.AnthropicMessages, body: `{"model":"auto","max_tokens":9,"temperature":0}`, first: adaptiveMax, next: claudeLow,
		sent:   `{"model":"claude-8","max_tokens":9,"temperature":0}`,
		resent: `{"model":"claude-9","output_config":{"effort":"low"},"max_tokens":9,"temperature":0}`,
	},
	{
		name: "the client's thinking", api: routing.AnthropicMessages, body: `{"model":"auto","thinking":{"type":"disabled"},"max_tokens":9}`, first: budgetHigh, next: claudeLow,
		sent:   `{"model":"claude-4","thinking":{"type":"disabled"},"max_tokens":9}`,
		resent: `{"model":"claude-9","thinking":{"type":"disabled"},"max_tokens":9}`,
	},
}

// spliced returns what the models, as far as the request takes their efforts, are sent:
// the first one of the client's body, and how another one's is made of that, where the
// answer's limit may be said to stand elsewhere.
func spliced(t *testing.T, req *routing.Request, body []byte, first, next *routing.Model) (sent []byte, edits []Edit, again func(sent []byte, limit ...routing.Span) []byte) {
	t.Helper()
	first, next = first.For(req), next.For(req)
	ask := Asks(req, []*routing.Model{first, next})
	edits = ask.Edits(body, req, first)
	sent = Apply(bytes.Clone(body), edits...)
	at := Locate(edits, routing.Span{Start: req.ModelStart, End: req.ModelEnd})
	raises := ask.LimitAt != (routing.Span{})
	if raises {
		ask.LimitAt = Locate(edits, ask.LimitAt)
	}
	return sent, edits, func(sent []byte, limit ...routing.Span) []byte {
		a := ask
		if raises && len(limit) > 0 {
			a.LimitAt = limit[0]
		}
		resent, err := a.Resend(bytes.Clone(sent), req.API, at, next)
		if err != nil {
			t.Fatal(err)
		}
		return resent
	}
}

// checkSpliced checks what the models are sent one after the other, also where somebody has
// moved the body on its way. It returns what [spliced] does.
func checkSpliced(t *testing.T, api routing.API, body string, first, next *routing.Model, want, wantNext string) (sent []byte, again func(sent []byte, limit ...routing.Span) []byte) {
	t.Helper()
	req, err := Read(api, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	sent, _, again = spliced(t, &req, []byte(body), first, next)
	if string(sent) != want {
		t.Errorf("sent %s\nwant %s", sent, want)
	}
	if got := again(sent); string(got) != wantNext {
		t.Errorf("then sent %s\n     want %s", got, wantNext)
	}
	if got := again(append([]byte("\n "), sent...)); string(got) != "\n "+wantNext {
		t.Errorf("moved and then sent %s\n               want %s", got, wantNext)
	}
	return sent, again
}

func TestEffort(t *testing.T) {
	for _, c := range effortCases {
		t.Run(c.name, func(t *testing.T) {
			sent, again := checkSpliced(t, c.api, c.body, c.first, c.next, c.sent, c.resent)
			for _, at := range []routing.Span{{Start: 1, End: 2}, {Start: 1 << 20, End: 1<<20 + 4}, {Start: -1, End: 1}, {Start: 3, End: 2}} {
				if got := again(sent, at); string(got) != c.resent {
					t.Errorf("with the limit at %v sent again %s\n      want %s", at, got, c.resent)
				}
			}
		})
	}
}

// TestReadEffort: what the client says of effort, and what stands against thinking.
func TestReadEffort(t *testing.T) {
	const human, call = `{"role":"user","content":"q"}`, `{"type":"tool_use","id":"a","name":"Bash","input":{}}`
	const result = `{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"x"}]}`
	const thought = `{"type":"thinking","thinking":"hm","signature":"s"}`
	assistant := func(blocks string) string { return `{"role":"assistant","content":[` + blocks + `]}` }
	for _, c := range []struct {
		body                  string
		own, steered, thought bool
	}{
		{body: human},
		{body: human + `],"thinking":{"type":"enabled","budget_tokens":2000},"x":[`, own: true},
		{body: human + `],"output_config":{"format":{}},"x":[`, own: true},
		{body: human + `],"reasoning_effort":"low","x":[`, own: true},
		{body: human + `],"temperature":0.5,"x":[`, steered: true},
		{body: human + `],"temperature":1.0,"x":[`},
		{body: human + `],"top_k":5,"x":[`, steered: true},
		{body: human + `],"top_p":null,"tool_choice":{"type":"auto"},"x":[`},
		{body: human + `],"tool_choice":{"type":"any"},"x":[`, steered: true},
		{body: human + `],"tool_choice":{"type":"tool","name":"Bash"},"x":[`, steered: true},
		{body: human + "," + assistant(`{"type":"text","text":"{"}`), steered: true},
		{body: human + "," + assistant(thought+","+call) + "," + result, thought: true},
		{body: human + "," + assistant(call) + "," + result},
		{body: human + "," + assistant(thought+","+call) + "," + result + "," + assistant(call) + "," + result, thought: true},
		{body: human + "," + assistant(thought+`,{"type":"text","text":"done"}`) + "," + human},
		{body: human + "," + assistant(thought+`,{"type":"text","text":"done"}`) + "," + human + "," + assistant(call) + "," + result},
		{body: human + "," + assistant(`{"type":"redacted_thinking","data":"x"},`+call) + "," + result, thought: true},
	} {
		t.Run(c.body, func(t *testing.T) {
			req, err := Read(routing.AnthropicMessages, []byte(`{"model":"m","max_tokens":9,"messages":[`+c.body+`]}`))
			if err != nil {
				t.Fatal(err)
			}
			if req.OwnEffort != c.own || (req.Steered || req.Forced) != c.steered || req.Thought != c.thought {
				t.Errorf("own effort %t, steered %t, thought %t; want %t, %t, %t", req.OwnEffort, req.Steered || req.Forced, req.Thought, c.own, c.steered, c.thought)
			}
		})
	}
}

// FuzzEffort: what is sent has the candidate's effort, or the client's own word and no
// other; without its edits it is the client's body; and the body of the next attempt is the
// one that would have been made of the client's.
func FuzzEffort(f *testing.F) {
	for _, c := range effortCases {
		f.Add([]byte(c.body), uint8(0), uint8(3))
	}
	for _, body := range seeds() {
		f.Add([]byte(body), uint8(5), uint8(1))
	}
	models := []*routing.Model{thinkerLow, thinkerHigh, thinker, claudeLow, adaptiveMax, budgetLow, budgetHigh, budget, tellsModel}
	f.Fuzz(func(t *testing.T, body []byte, i, j uint8) {
		first, next := models[int(i)%len(models)], models[int(j)%len(models)]
		for _, api := range []routing.API{routing.OpenAIChat, routing.AnthropicMessages, routing.OpenAIResponses} {
			req, err := Read(api, body)
			if err != nil {
				continue
			}
			sent, edits, again := spliced(t, &req, body, first, next)
			checkEffort(t, api, &req, body, sent, first)
			var undo []Edit
			for _, e := range edits {
				end := Locate(edits, e.Span).End
				undo = append(undo, Edit{routing.Span{Start: end - len(e.Text), End: end}, string(body[e.Start:e.End])})
			}
			if got := Apply(bytes.Clone(sent), undo...); !bytes.Equal(got, body) {
				t.Fatalf("other bytes changed: %q became %q", body, sent)
			}
			resent := again(sent)
			who := []*routing.Model{first.For(&req), next.For(&req)}
			if want := Apply(bytes.Clone(body), Asks(&req, who).Edits(body, &req, who[1])...); !bytes.Equal(resent, want) {
				t.Fatalf("sent again %q, want %q", resent, want)
			}
			if got := again(append([]byte(" "), sent...)); !bytes.Equal(got[1:], resent) {
				t.Fatalf("moved and sent again %q, want %q", got, resent)
			}
		}
	})
}

// checkEffort decodes both bodies: they differ in what was asked for alone.
func checkEffort(t *testing.T, api routing.API, req *routing.Request, body, sent []byte, m *routing.Model) {
	t.Helper()
	before, after := members(body), members(sent)
	who := m.For(req)
	words := map[string]string{}
	if who.Effort != "" {
		word := strconv.Quote(string(who.Effort))
		switch {
		case api == routing.OpenAIChat:
			words["reasoning_effort"] = word
		case api == routing.OpenAIResponses:
			words["reasoning"] = `{"effort":` + word + `}`
		case who.Thinking == routing.ThinkBudget:
			n := who.BudgetTokens()
			words["thinking"] = `{"type":"enabled","budget_tokens":` + strconv.Itoa(n) + `}`
			var limit int
			if err := json.Unmarshal(after["max_tokens"], &limit); err != nil || limit <= n || limit < req.MaxTokens {
				t.Fatalf("max_tokens %s beside a budget of %d: %q", after["max_tokens"], n, sent)
			}
			before["max_tokens"] = after["max_tokens"]
		default:
			words["output_config"] = `{"effort":` + word + `}`
			if who.Thinking == routing.ThinkAdaptive {
				words["thinking"] = `{"type":"adaptive"}`
			}
		}
	}
	for key, want := range words {
		if _, own := before[key]; own || string(after[key]) != want {
			t.Fatalf("%s is %s, want %s: %q became %q", key, after[key], want, body, sent)
		}
		delete(after, key)
	}
	for _, key := range []string{"model", "stream_options", "service_tier"} { // of other asks
		delete(before, key)
		delete(after, key)
	}
	if !maps.EqualFunc(before, after, func(a, b json.RawMessage) bool { return bytes.Equal(a, b) }) {
		t.Fatalf("other members changed: %q became %q", body, sent)
	}
}
