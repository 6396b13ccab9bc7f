package extproc

import (
	"strings"
	"testing"
	"time"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	extprocv3 "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
	"go.uber.org/zap"
	"google.golang.org/protobuf/types/known/structpb"

	"sluice/envoy"
	"sluice/routing/header"
	"sluice/routing/pipeline"
	"sluice/routing/session"
)

const effortConfig = `
providers:
  openai:    {endpoint: "http://local:8000/v1", format: openai}
  anthropic: {endpoint: "http://local:8001", format: anthropic}
models:
  - {name: thinker, provider: openai, tier: premium, efforts: [low, high], capabilities: [json], price: {input: 1, output: 2}}
  - {name: claude, provider: anthropic, tier: flagship, thinking: budget, efforts: [low], price: {input: 1, output: 2}}
  - {name: other, provider: anthropic, tier: flagship}
  - {name: small, provider: openai, tier: budget, capabilities: [json]}
routing:
  strategy: cascade
  cascade: [small, thinker@low, thinker@high, claude@low, other]
  structured_model: thinker@high
  allow_headers: [x-sluice-strategy]
cache: {ttl: 1h, scope: everyone}
`

// thinking returns a server whose cascade climbs by effort, and what speaks to it.
func thinking(t *testing.T, changes ...string) (*testServer, *envoyFake) {
	t.Helper()
	sessions, err := session.NewMemory(10, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	s := newServer(t, strings.NewReplacer(changes...).Replace(effortConfig), pipeline.Stores{Cache: memoryCache(t), Sessions: sessions}, zap.NewNop())
	return s, speakTo(t, s.Server)
}

// resent is what the rewrite filter makes of the body for the attempt.
func (e *envoyFake) resent(meta *structpb.Struct, body, cluster string, attempt int) string {
	e.t.Helper()
	m := requestBody(e.t, "/ignored", body, map[string]any{
		envoy.AttributeCluster: cluster, envoy.AttributeAttempt: float64(attempt),
	})
	m.MetadataContext = &corev3.Metadata{FilterMetadata: map[string]*structpb.Struct{envoy.Namespace: meta.Fields[envoy.Namespace].GetStructValue()}}
	return sentBody(e.open().send(m).receive())
}

func sentBody(m *extprocv3.ProcessingResponse) string {
	return string(m.GetRequestBody().GetResponse().GetBodyMutation().GetBody())
}

// TestEffortOfEachAttempt: one cluster serves several efforts; the attempt tells them apart.
func TestEffortOfEachAttempt(t *testing.T) {
	s, e := thinking(t, "cascade: [small, ", "cascade: [")
	r, meta := e.routed("/v1/chat/completions", chat, nil)
	body := string(r.GetBodyMutation().GetBody())
	if want := strings.Replace(chat, `"auto"`, `"thinker","reasoning_effort":"low"`, 1); body != want {
		t.Errorf("sent %s", body)
	}
	if got, want := e.resent(meta, body, "thinker", 2), strings.Replace(chat, `"auto"`, `"thinker","reasoning_effort":"high"`, 1); got != want {
		t.Errorf("sent again %s", got)
	}
	for i, effort := range []string{"high", "low"} { // the first one is settled
		attempt := 2 - i
		c := e.judging(meta, "thinker", attempt, ":status", "200", "content-type", "application/json").send(chunk(completion(goodText), true))
		m := c.receive()
		got := set(m.GetResponseHeaders().GetResponse().GetHeaderMutation())
		ns := m.GetDynamicMetadata().GetFields()[envoy.Namespace].GetStructValue().GetFields()
		if got[header.Model] != "thinker" || got[header.Effort] != effort || ns[envoy.KeyModel].GetStringValue() != "thinker" || ns[envoy.KeyEffort].GetStringValue() != effort {
			t.Errorf("attempt %d: %v, %v", attempt, got, ns)
		}
		c.receive()
		c.ended()
	}
	if n := s.counted(t, "sluice_verdicts_total", "thinker@high", "premium", "good"); n != 1 {
		t.Errorf("%v good verdicts on the candidate, want 1", n)
	}
	t.Run("given again", func(t *testing.T) {
		e.t = t
		m := e.open().send(requestBody(t, "/v1/chat/completions", chat, nil)).receive().GetImmediateResponse()
		got := set(m.GetHeaders())
		if got[header.Cache] != "hit" || got[header.Model] != "thinker" || got[header.Effort] == "" {
			t.Errorf("%v", got)
		}
	})
}

// TestRaisedLimit: what a budget needs is given to that attempt alone.
func TestRaisedLimit(t *testing.T) {
	_, e := thinking(t)
	const body = `{"max_tokens": 64,"model":"auto","messages":[{"role":"user","content":"Tell me about rivers"}]}`
	r, meta := e.routed("/v1/messages", body, nil)
	sent := string(r.GetBodyMutation().GetBody())
	if want := strings.NewReplacer("64", "1088", `"auto"`, `"claude","thinking":{"type":"enabled","budget_tokens":1024}`).Replace(body); sent != want {
		t.Errorf("sent %s, want %s", sent, want)
	}
	plan, err := pipeline.DecodePlan(meta.Fields[envoy.Namespace].GetStructValue().Fields[envoy.KeyPlan].GetStringValue())
	if err != nil || sent[plan.Ask.LimitAt.Start:plan.Ask.LimitAt.End] != "1088" {
		t.Errorf("the plan has the limit at %v: %v", plan.Ask.LimitAt, err)
	}
	if got, want := e.resent(meta, sent, "other", 2), strings.Replace(body, "auto", "other", 1); got != want {
		t.Errorf("sent again %s, want %s", got, want)
	}
}

// TestStructuredEffort: the model for failed JSON comes at its effort, but for a client that
// says itself how hard to think.
func TestStructuredEffort(t *testing.T) {
	const format = `,"response_format":{"type":"json_object"}}`
	for own, want := range map[string]string{"": "thinker@high", `,"reasoning_effort":"low"`: "thinker"} {
		_, e := thinking(t, "cascade: [small, thinker@low, thinker@high, ", "cascade: [small, ", "name: other, provider: anthropic, tier: flagship", "name: other, provider: openai, tier: flagship, capabilities: [json]")
		r, meta := e.routed("/v1/chat/completions", chat[:len(chat)-1]+own+format, nil)
		m := e.judging(meta, "small", 1, ":status", "200", "content-type", "application/json").send(chunk(completion(goodText), true)).receive()
		plan := m.GetDynamicMetadata().GetFields()[envoy.Namespace].GetStructValue().GetFields()[envoy.KeyPlan].GetStringValue()
		if !strings.Contains(plan, `"cands":["small","`+want+`"`) {
			t.Errorf("%s: plan %s", own, plan)
			continue
		}
		meta.Fields[envoy.Namespace].GetStructValue().Fields[envoy.KeyPlan] = structpb.NewStringValue(plan)
		got := e.resent(meta, string(r.GetBodyMutation().GetBody()), "thinker", 2)
		spliced := `"thinker"`
		if own == "" {
			spliced += `,"reasoning_effort":"high"`
		}
		if want := strings.Replace(chat[:len(chat)-1], `"auto"`, spliced, 1) + own + format; got != want {
			t.Errorf("sent again %s, want %s", got, want)
		}
	}
}

// TestConversationKeepsEffort: a request that does not take the effort does not move the
// conversation away from it.
func TestConversationKeepsEffort(t *testing.T) {
	_, e := thinking(t, "strategy: cascade", "strategy: auto\n  scorer: spec\n  tier_models: {budget: thinker@low, standard: thinker@low, premium: thinker@high, flagship: thinker@high}")
	turn := func(n int, extra string) string {
		body := `{"model":"auto","prompt_cache_key":"k","messages":[{"role":"user","content":"Tell me about rivers"}`
		for range n {
			body += `,{"role":"assistant","content":"They run."},{"role":"user","content":"go on"}`
		}
		return body + "]" + extra + "}"
	}
	for i, tt := range []struct{ extra, want string }{
		{"", `"model":"thinker","reasoning_effort":"low"`},
		{`,"reasoning_effort":"high"`, `"model":"thinker","prompt_cache_key"`},
		{"", `"model":"thinker","reasoning_effort":"low"`},
	} {
		r, _ := e.routed("/v1/chat/completions", turn(i, tt.extra), nil)
		if got := string(r.GetBodyMutation().GetBody()); !strings.Contains(got, tt.want) {
			t.Errorf("turn %d sent %s, want %s", i, got, tt.want)
		}
	}
}
