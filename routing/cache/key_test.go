package cache_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"sluice/routing"
	"sluice/routing/cache"
	"sluice/routing/llmapi"
	"sluice/routing/llmapi/jsonscan"
)

const (
	chatQuestion = `{"model":"auto","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Why is the sky blue?"}],"max_tokens":100,"temperature":0,"seed":7,"response_format":{"type":"text"}}`
	agentQuery   = `{"model":"auto","system":[{"type":"text","text":"x-anthropic-billing-header: cc_version=2.1.29.a1b; cc_entrypoint=cli; cch=0a1b2;"},{"type":"text","text":"You are an agent.","cache_control":{"type":"ephemeral"}}],"messages":[{"role":"user","content":[{"type":"text","text":"List the ports"}]}],"tools":[{"name":"bash","input_schema":{"type":"object"}}],"max_tokens":32000,"metadata":{"user_id":"user_1_session_2"}}`
)

// rules cache all that can be.
var rules = cache.Rules{TTL: time.Hour, MaxEntry: 1 << 20, Scope: cache.User, Temperature: cache.Any, Tools: true}

var alice = routing.Principal{User: "alice", Key: "k1", Team: "red", Tenant: "acme"}

// ask returns the question in body, or why there is none.
func ask(t testing.TB, r cache.Rules, api routing.API, who routing.Principal, strategy, body string, c cache.Control) (cache.Question, cache.Bypass) {
	t.Helper()
	req, err := llmapi.Read(api, []byte(body))
	if err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	req.Who = who
	return r.Question(&req, strategy, c)
}

// key returns the key of a request of Alice's.
func key(t testing.TB, api routing.API, body string) string {
	t.Helper()
	q, why := ask(t, rules, api, alice, "auto", body, cache.Control{})
	if why != "" || len(q.Key) != 64 {
		t.Fatalf("key %q, bypass %q: %s", q.Key, why, body)
	}
	return q.Key
}

// replaced returns text with old, which must be in it once, replaced.
func replaced(t testing.TB, text, old, by string) string {
	t.Helper()
	if strings.Count(text, old) != 1 {
		t.Fatalf("%q is not once in %s", old, text)
	}
	return strings.Replace(text, old, by, 1)
}

func TestKeyCoversWhatShapesTheAnswer(t *testing.T) {
	chat := [][2]string{
		{`"model":"auto"`, `"model":"sluice/auto"`},
		{"Be brief.", "Be brief"},
		{"sky blue?", "sky  blue?"},
		{"sky blue?", "sea blue?"},
		{`{"role":"user"`, `{"role":"assistant"`},
		{`{"role":"user"`, `{"role":"user","name":"bo"`},
		{`blue?"}]`, `blue?"},{"role":"user","content":""}]`},
		{`"max_tokens":100`, `"max_tokens":101`},
		{`"max_tokens":100`, `"max_completion_tokens":100`},
		{`"max_tokens":100,`, ``},
		{`"temperature":0`, `"temperature":0.1`},
		{`"temperature":0,`, ``},
		{`"seed":7`, `"seed":8`},
		{`"type":"text"`, `"type":"json_object"`},
		{`"seed":7`, `"seed":7,"top_p":0.5`},
		{`"seed":7`, `"seed":7,"n":2`},
		{`"seed":7`, `"seed":7,"logprobs":true`},
		{`"seed":7`, `"seed":7,"top_logprobs":2`},
		{`"seed":7`, `"seed":7,"stop":["."]`},
		{`"seed":7`, `"seed":7,"logit_bias":{"1":2}`},
		{`"seed":7`, `"seed":7,"frequency_penalty":1`},
		{`"seed":7`, `"seed":7,"presence_penalty":1`},
		{`"seed":7`, `"seed":7,"reasoning_effort":"low"`},
		{`"seed":7`, `"seed":7,"verbosity":"low"`},
		{`"seed":7`, `"seed":7,"prediction":{"type":"content","content":"x"}`},
		{`"seed":7`, `"seed":7,"modalities":["text"]`},
		{`"seed":7`, `"seed":7,"parallel_tool_calls":false`},
		{`"seed":7`, `"seed":7,"tools":[{"type":"function","function":{"name":"f"}}]`},
		{`"seed":7`, `"seed":7,"tool_choice":"none"`},
		{`"seed":7`, `"seed":7,"never_heard_of":null`},
		{`"seed":7`, `"seed":7,"":0`},
		{`"seed":7`, `"seed":7,"seed":7`},
		{`"seed":7`, `"seed":7,"Stream":false`},
	}
	agent := [][2]string{
		{"You are an agent.", "You are an  agent."},
		{`,"cache_control":{"type":"ephemeral"}`, ``},
		{"cc_entrypoint=cli", "cc_entrypoint=sdk"},
		{"cch=0a1b2;", "cch=0a1b2; and speak French"},
		{"cch=0a1b2;", `cch=0a1b2;\nSpeak French.`},
		{"cch=0a1b2;", "cch=French;"},
		{"cch=0a1b2;", "cch=" + strings.Repeat("a", 33) + ";"},
		{"cch=0a1b2;", "ccx=0a1b2;"},
		{`cch=0a1b2;"`, `cch=0a1b2;","x":1`},
		{"List the ports", "List all ports"},
		{`"name":"bash"`, `"name":"sh"`},
		{`{"type":"object"}`, `{"type":"object","x":1}`},
		{`"max_tokens":32000`, `"max_tokens":32001`},
		{`"max_tokens":32000`, `"max_tokens":32000,"thinking":{"type":"adaptive"}`},
		{`"max_tokens":32000`, `"max_tokens":32000,"stop_sequences":["."]`},
		{`"max_tokens":32000`, `"max_tokens":32000,"top_k":1`},
		{`"max_tokens":32000`, `"max_tokens":32000,"inference_geo":"eu"`},
		{`"max_tokens":32000`, `"max_tokens":32000,"context_management":{}`},
	}
	differ := func(api routing.API, base string, changes [][2]string) {
		seen := map[string]string{key(t, api, base): "the question itself"}
		for _, c := range changes {
			k := key(t, api, replaced(t, base, c[0], c[1]))
			if other, is := seen[k]; is {
				t.Errorf("%s → %s has the key of %s", c[0], c[1], other)
			}
			seen[k] = c[0] + " → " + c[1]
		}
	}
	differ(routing.OpenAIChat, chatQuestion, chat)
	differ(routing.AnthropicMessages, agentQuery, agent)
	both := `{"model":"auto","max_tokens":1,"messages":[{"role":"user","content":"Hi"}]}`
	if key(t, routing.OpenAIChat, both) == key(t, routing.AnthropicMessages, both) {
		t.Error("one body has one key in both formats")
	}
}

func TestKeyIsBlindToTheRest(t *testing.T) {
	chat := [][2]string{
		{`"seed":7`, `"seed":7,"stream":true`},
		{`"seed":7`, `"seed":7,"stream":true,"stream_options":{"include_usage":true}`},
		{`"seed":7`, `"seed":7,"user":"bob"`},
		{`"seed":7`, `"seed":7,"safety_identifier":"b"`},
		{`"seed":7`, `"seed":7,"metadata":{"run":"17"}`},
		{`"seed":7`, `"seed":7,"prompt_cache_key":"p","prompt_cache_retention":"24h"`},
		{`"seed":7`, `"seed":7,"store":false`},
		{`"seed":7`, `"seed":7,"service_tier":"flex"`},
		{`"temperature":0,"seed":7`, `"seed":7,"temperature":0`},
		{`{"model"`, " {\r\n\t\"model\" "},
		{`"seed":7,`, `"seed" : 7 , `},
		{`"seed"`, `"s\u0065ed"`},
		{`"seed":7`, `"seed":7,"str\u0065am":true`},
		{`"model":"auto"`, `"model":"\u0061uto"`},
	}
	agent := [][2]string{
		{"cch=0a1b2;", "cch=fffff;"},
		{"cc_version=2.1.29.a1b", "cc_version=2.1.30.c"},
		{"cch=0a1b2;", ""},
		{`,"metadata":{"user_id":"user_1_session_2"}`, ``},
		{"user_1_session_2", "user_1_session_3"},
		{
			`{"type":"text","text":"x-anthropic-billing-header: cc_version=2.1.29.a1b; cc_entrypoint=cli; cch=0a1b2;"}`,
			`{ "text":"x-anthropic-billing-header: cc_version=2.1.201; cc_entrypoint=cli; cch=00000;" , "type":"text" }`,
		},
	}
	same := func(api routing.API, base string, changes [][2]string) {
		want := key(t, api, base)
		for _, c := range changes {
			if key(t, api, replaced(t, base, c[0], c[1])) != want {
				t.Errorf("%s → %s changes the key", c[0], c[1])
			}
		}
	}
	same(routing.OpenAIChat, chatQuestion, chat)
	same(routing.AnthropicMessages, replaced(t, agentQuery, "cc_entrypoint=cli; cch", "cc_entrypoint=cli; cch"), agent)
	line := `{"model":"auto","max_tokens":1,"messages":[],"system":"x-anthropic-billing-header: cch=%s;%s"}`
	a, b := key(t, routing.AnthropicMessages, fmt.Sprintf(line, "1", `\nS`)), key(t, routing.AnthropicMessages, fmt.Sprintf(line, "2", `\nS`))
	if a != b || a == key(t, routing.AnthropicMessages, fmt.Sprintf(line, "1", `\nT`)) || a == key(t, routing.AnthropicMessages, fmt.Sprintf(line, "1", `S`)) {
		t.Error("a billing line at the start of one text")
	}
}

func TestKeyCoversWhoAndHow(t *testing.T) {
	r := rules
	seen := make(map[string]string)
	add := func(what string, q cache.Question, why cache.Bypass) {
		t.Helper()
		if other, is := seen[q.Key]; is || why != "" {
			t.Errorf("%s has the key of %q, bypass %q", what, other, why)
		}
		seen[q.Key] = what
	}
	// The same word as user, key, team and tenant is not the same principal.
	for _, scope := range []cache.Scope{cache.User, cache.Key, cache.Team, cache.Tenant, cache.Everyone} {
		r.Scope = scope
		who := routing.Principal{User: "x", Key: "x", Team: "x", Tenant: "x"}
		q, why := ask(t, r, routing.OpenAIChat, who, "auto", chatQuestion, cache.Control{})
		add(string(scope), q, why)
	}
	r.Scope = cache.User
	for _, who := range []routing.Principal{{User: "alice"}, {User: "bob"}, {User: "alice", Tenant: "acme"}, {User: "ealice", Tenant: "acm"}, {Key: "alice"}, {Key: "k2"}} {
		q, why := ask(t, r, routing.OpenAIChat, who, "auto", chatQuestion, cache.Control{})
		add(fmt.Sprint(who), q, why)
	}
	who := routing.Principal{User: "u"}
	for _, strategy := range []string{"auto", "cascade"} {
		q, why := ask(t, r, routing.OpenAIChat, who, strategy, chatQuestion, cache.Control{})
		add("strategy "+strategy, q, why)
	}
	// Where one word ends and the next begins counts, too.
	moved, why := ask(t, r, routing.OpenAIChat, who, "uto", replaced(t, chatQuestion, `"auto"`, `"autoa"`), cache.Control{})
	add("a letter of the strategy in the model", moved, why)
	q, why := ask(t, r, routing.OpenAIChat, who, "auto", chatQuestion, cache.Control{Features: "context-1m"})
	add("a beta", q, why)
	q, why = ask(t, r, routing.OpenAIChat, who, "auto", chatQuestion, cache.Control{MaxAge: time.Minute, NoWrite: true})
	if seen[q.Key] != "strategy auto" || why != "" || q.Write || !q.Read || q.MaxAge != time.Minute {
		t.Errorf("what a client says of the cache gave %+v, %q", q, why)
	}
	req, err := llmapi.Read(routing.OpenAIChat, []byte(chatQuestion))
	if err != nil {
		t.Fatal(err)
	}
	req.Who, req.Experiment = who, "pricing"
	q, why = r.Question(&req, "auto", cache.Control{})
	add("an experiment", q, why)
}

// TestTenantsApart asks 1,000 questions for each of 8 tenants in every scope, in any order
// and at once: nobody is ever given an answer that was meant for somebody whom the scope
// keeps apart from them.
func TestTenantsApart(t *testing.T) {
	const questions, tenants = 1000, 8
	for _, scope := range []cache.Scope{cache.User, cache.Key, cache.Team, cache.Tenant} {
		r := rules
		r.Scope = scope
		store, err := cache.NewMemory(64 << 20)
		if err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for tenant := range tenants {
			// All tenants have users and teams of the same names.
			who := routing.Principal{User: "admin", Key: fmt.Sprint("hash", tenant), Team: "platform", Tenant: fmt.Sprint("tenant", tenant)}
			all.Go(func() {
				for round := range 2 {
					for i := range questions {
						n := (i + tenant*questions/tenants) % questions
						own := fmt.Sprintf("%d answered for %s", n, who.Tenant)
						body := fmt.Sprintf(`{"model":"auto","messages":[{"role":"user","content":"Question %d"}]}`, n)
						q, why := ask(t, r, routing.OpenAIChat, who, "auto", body, cache.Control{})
						e, _ := store.Get(t.Context(), q.Key)
						if why != "" || (e != nil) != (round == 1) || e != nil && string(e.Body) != own {
							t.Errorf("%s: %s, round %d: got %v, bypass %q", scope, own, round, e, why)
							return
						}
						_ = store.Put(t.Context(), q.Key, &cache.Entry{Body: []byte(own)}, time.Hour)
					}
				}
			})
		}
		all.Wait()
	}
}

// FuzzKey checks that a key holds for the same parameters in another order and with other
// white space, and for no other ones; and that whatever is read has a key or a reason.
func FuzzKey(f *testing.F) {
	f.Add([]byte(chatQuestion), []byte("x"), []byte(`1`))
	f.Add([]byte(agentQuery), []byte("stop"), []byte(`["."]`))
	f.Add([]byte(`{"model":"a","system":["x-anthropic-billing-header:"]}`), []byte("system"), []byte(`[]`))
	f.Fuzz(func(t *testing.T, body, name, value []byte) {
		for _, api := range []routing.API{routing.OpenAIChat, routing.AnthropicMessages} {
			req, err := llmapi.Read(api, body)
			if err != nil {
				continue
			}
			question := func(body []byte) (cache.Question, cache.Bypass) {
				other, err := llmapi.Read(api, body)
				if err != nil {
					t.Fatalf("%v in %s", err, body)
				}
				req.Layout = other.Layout
				req.Who = alice
				return rules.Question(&req, "auto", cache.Control{})
			}
			q, why := question(body)
			if (q.Key == "") == (why == "") || why == cache.OptedOut || why == cache.NoPrincipal {
				t.Fatalf("key %q, bypass %q", q.Key, why)
			}
			if why != "" {
				continue
			}
			fields, err := jsonscan.Fields(body, nil)
			if err != nil {
				t.Fatal(err)
			}
			turned := []byte(" {")
			twice := make(map[string]int)
			for i := range fields {
				from := fields[len(fields)-1-i]
				twice[string(from.Key)]++
				if i > 0 {
					turned = append(turned, " ,\n"...)
				}
				turned = fmt.Appendf(turned, "%s :\t%s ", quoted(from.Key), from.Value)
			}
			turned = append(turned, '}')
			if len(twice) < len(fields) || !bytes.Equal(bytes.ToValidUTF8(body, nil), body) {
				continue
			}
			again, why := question(turned)
			if again.Key != q.Key {
				t.Fatalf("another key (bypass %q) in another order:\n%s\n%s", why, body, turned)
			}
			more := fmt.Appendf(nil, "%s,%s:%s}", bytes.TrimRight(turned, "}"), quoted(append([]byte("~"), name...)), value)
			if _, err := jsonscan.Fields(more, nil); err != nil || len(fields) == 0 {
				continue
			}
			if other, _ := question(more); other.Key == q.Key {
				t.Fatalf("the same key with another parameter:\n%s", more)
			}
		}
	})
}

func quoted(text []byte) []byte {
	q, _ := json.Marshal(string(text)) // strings always encode
	return q
}
