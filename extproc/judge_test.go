package extproc

import (
	"slices"
	"strings"
	"testing"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	extprocv3 "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
	"go.uber.org/zap"
	"google.golang.org/protobuf/types/known/structpb"

	"sluice/envoy"
	"sluice/routing/pipeline"
)

// judging opens the judge's conversation on one attempt's response, with the
// metadata that the route filter gave.
func (e *envoyFake) judging(meta *structpb.Struct, cluster string, attempt int, headers ...string) *conversation {
	e.t.Helper()
	ns := meta.Fields[envoy.Namespace].GetStructValue()
	m := &extprocv3.ProcessingRequest{
		Request:         &extprocv3.ProcessingRequest_ResponseHeaders{ResponseHeaders: &extprocv3.HttpHeaders{Headers: headerMap(headers...)}},
		MetadataContext: &corev3.Metadata{FilterMetadata: map[string]*structpb.Struct{envoy.Namespace: ns}},
		Attributes:      attributesOf(e.t, map[string]any{envoy.AttributeCluster: cluster, envoy.AttributeAttempt: float64(attempt)}),
	}
	return e.open().send(m)
}

func chunk(body string, end bool) *extprocv3.ProcessingRequest {
	return &extprocv3.ProcessingRequest{Request: &extprocv3.ProcessingRequest_ResponseBody{
		ResponseBody: &extprocv3.HttpBody{Body: []byte(body), EndOfStream: end},
	}}
}

func completion(text string) string {
	return `{"id":"1","object":"chat.completion","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"` + text + `"},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":20,"total_tokens":30}}`
}

const goodText = "Rivers carry water from the hills to the sea, and much else with it."

func TestJudgeHoldsUntilTheVerdict(t *testing.T) {
	e := serve(t)
	_, meta := e.routed("/v1/chat/completions", chat, nil)
	whole := completion(goodText)
	c := e.judging(meta, "mid", 2, ":status", "200", "content-type", "application/json")
	c.send(chunk(whole[:50], false)).send(chunk(whole[50:], true))
	h := c.receive()
	if h.GetResponseHeaders() == nil {
		t.Fatalf("the first reply is %v", h)
	}
	got := set(h.GetResponseHeaders().GetResponse().GetHeaderMutation())
	for k, v := range map[string]string{
		"x-sluice-model": "mid", "x-sluice-tier": "standard", "x-sluice-reason": "cascade", "x-sluice-domain": "general",
		"x-sluice-attempts": "2", "x-sluice-escalation": "unreachable", "x-sluice-request-id": "id-1", "x-sluice-cost": "0.000050",
	} {
		if got[k] != v {
			t.Errorf("%s: %q, want %q", k, got[k], v)
		}
	}
	for range 2 {
		b := c.receive().GetResponseBody()
		if b == nil || b.GetResponse().GetBodyMutation() != nil {
			t.Errorf("a chunk is answered by %v", b)
		}
	}
	c.ended()

	t.Run("an estimate where the provider gives no usage", func(t *testing.T) {
		e.t = t
		body, _, _ := strings.Cut(whole, `,"usage"`)
		c := e.judging(meta, "mid", 2, ":status", "200", "content-type", "application/json").send(chunk(body+"}", true))
		got := set(c.receive().GetResponseHeaders().GetResponse().GetHeaderMutation())
		if got["x-sluice-cost-source"] != "estimate" || got["x-sluice-cost"] <= "0.000010" || got["x-sluice-cost"] > "0.000100" {
			t.Errorf("x-sluice-cost: %s by %s", got["x-sluice-cost"], got["x-sluice-cost-source"])
		}
	})
}

func TestJudgeEscalates(t *testing.T) {
	e := serve(t)
	_, meta := e.routed("/v1/chat/completions", chat, nil)
	t.Run("one candidate up", func(t *testing.T) {
		e.t = t
		c := e.judging(meta, "small", 1, ":status", "200", "content-type", "application/json").send(chunk(completion(""), true))
		r := c.receive()
		if got := set(r.GetResponseHeaders().GetResponse().GetHeaderMutation())[envoy.HeaderEscalate]; got != "empty" {
			t.Errorf("marker %q", got)
		}
		tried := r.GetDynamicMetadata().Fields["sluice"].GetStructValue().Fields["tried"].GetListValue().GetValues()
		if len(tried) != 1 || tried[0].GetStructValue().Fields["reason"].GetStringValue() != "empty" {
			t.Errorf("tried %v", tried)
		}
		if r.GetDynamicMetadata().Fields["sluice.cascade"] != nil {
			t.Error("the order is written although it does not change")
		}
	})
	t.Run("the last candidate's answer is delivered", func(t *testing.T) {
		e.t = t
		c := e.judging(meta, "claude", 3, ":status", "200", "content-type", "application/json").send(chunk(completion(""), true))
		if got, ok := set(c.receive().GetResponseHeaders().GetResponse().GetHeaderMutation())[envoy.HeaderEscalate]; ok {
			t.Errorf("marker %q", got)
		}
	})
	t.Run("a failure to be JSON goes to the structured model", func(t *testing.T) {
		e.t = t
		body := strings.Replace(chat, `"messages"`, `"response_format":{"type":"json_object"},"messages"`, 1)
		_, meta := e.routed("/v1/chat/completions", body, nil)
		c := e.judging(meta, "mid", 1, ":status", "200", "content-type", "application/json").send(chunk(completion("no JSON, and long enough not to be short"), true))
		r := c.receive()
		groups := r.GetDynamicMetadata().GetFields()["sluice.cascade"].GetStructValue().GetFields()["priority_groups"].GetListValue().GetValues()
		// With JSON wanted, mid and the structured model are what can serve: nothing to change.
		if got := set(r.GetResponseHeaders().GetResponse().GetHeaderMutation())[envoy.HeaderEscalate]; got != "json" || groups != nil {
			t.Errorf("marker %q, groups %v", got, groups)
		}
	})
	t.Run("status alone", func(t *testing.T) {
		e.t = t
		for _, encoding := range []string{"identity", "gzip"} {
			c := e.judging(meta, "small", 1, ":status", "503", "content-type", "text/plain", "content-encoding", encoding)
			if got := set(c.receive().GetResponseHeaders().GetResponse().GetHeaderMutation())[envoy.HeaderEscalate]; got != "server_error" {
				t.Errorf("%s: marker %q", encoding, got)
			}
		}
	})
}

func TestJudgeStream(t *testing.T) {
	e := serve(t)
	_, meta := e.routed("/v1/chat/completions", strings.Replace(chat, `"messages"`, `"stream":true,"messages"`, 1), nil)
	event := func(text string) string {
		return `data: {"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"` + text + `"}}]}` + "\n\n"
	}
	t.Run("time is up", func(t *testing.T) {
		e.t = t
		c := e.judging(meta, "small", 1, ":status", "200", "content-type", "text/event-stream; charset=utf-8").send(chunk(event("I"), false))
		if c.receive().GetResponseHeaders() == nil || c.receive().GetResponseBody() == nil {
			t.Error("not let go")
		}
		c.send(chunk(event(" see."), true))
		if m := c.receive().GetResponseBody(); m == nil || m.GetResponse().GetBodyMutation() != nil {
			t.Errorf("the last chunk is answered by %v", m)
		}
		c.ended()
	})
	t.Run("healthy", func(t *testing.T) {
		e.t = t
		c := e.judging(meta, "small", 1, ":status", "200", "content-type", "text/event-stream").send(chunk(event(goodText), false))
		if c.receive().GetResponseHeaders() == nil || c.receive().GetResponseBody() == nil {
			t.Error("not let go")
		}
		usage := `data: {"object":"chat.completion.chunk","choices":[],"usage":{"prompt_tokens":11,"completion_tokens":3,"total_tokens":14}}` + "\n\n"
		end := "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
		c.send(chunk(end+usage+"data: [DONE]\n\n", true))
		last := c.receive()
		if got := string(last.GetResponseBody().GetResponse().GetBodyMutation().GetBody()); got != end+"data: [DONE]\n\n" {
			t.Errorf("the client gets %q: the usage was not asked for by it", got)
		}
		notes := last.GetDynamicMetadata().GetFields()["sluice"].GetStructValue().GetFields()
		if notes["input_tokens"].GetNumberValue() != 11 || notes["output_tokens"].GetNumberValue() != 3 || notes["cost_source"].GetStringValue() != "usage" {
			t.Errorf("metadata %v", notes)
		}
		c.ended()
	})
	t.Run("what is held back gets no reply", func(t *testing.T) {
		// Were Sluice to die meanwhile, Envoy would let the chunk go as it is.
		e.t = t
		usage := `data: {"object":"chat.completion.chunk","choices":[],"usage":{"prompt_tokens":11,"completion_tokens":3,"total_tokens":14}}` + "\n\n"
		c := e.judging(meta, "small", 1, ":status", "200", "content-type", "text/event-stream").send(chunk(event(goodText), false))
		if c.receive().GetResponseHeaders() == nil || c.receive().GetResponseBody() == nil {
			t.Error("not let go")
		}
		c.send(chunk(event("And so on.")+usage[:60], false)).send(chunk(usage[60:80], false)).send(chunk(usage[80:]+"data: [DONE]\n\n", true))
		want := []string{event("And so on."), "", "data: [DONE]\n\n"}
		for i, w := range want {
			m := c.receive().GetResponseBody().GetResponse().GetBodyMutation()
			if m == nil || string(m.GetBody()) != w || m.GetClearBody() != (w == "") {
				t.Errorf("chunk %d is answered by %v, want %q", i, m, w)
			}
		}
		c.ended()
	})
	t.Run("trailers end a stream", func(t *testing.T) {
		e.t = t
		c := e.judging(meta, "small", 1, ":status", "200", "content-type", "text/event-stream").send(chunk(event(goodText), false))
		if c.receive().GetResponseHeaders() == nil || c.receive().GetResponseBody() == nil {
			t.Error("not let go")
		}
		c.send(chunk(`data: {"id":"cut o`, false))
		c.send(&extprocv3.ProcessingRequest{Request: &extprocv3.ProcessingRequest_ResponseTrailers{ResponseTrailers: &extprocv3.HttpTrailers{}}})
		// Nothing that a provider sent is lost, though it will never be an event.
		if m := c.receive().GetResponseBody(); m == nil || m.GetResponse().GetBodyMutation() != nil && string(m.GetResponse().GetBodyMutation().GetBody()) != `data: {"id":"cut o` {
			t.Errorf("the last chunk is answered by %v", m)
		}
		if r := c.receive(); r.GetResponseTrailers() == nil || r.GetDynamicMetadata().GetFields()["sluice"] == nil {
			t.Errorf("the trailers are answered by %v", r)
		}
		c.ended()
	})
	t.Run("the client hangs up", func(t *testing.T) {
		e.t = t
		c := e.judging(meta, "small", 1, ":status", "200", "content-type", "text/event-stream")
		if err := c.stream.CloseSend(); err != nil {
			t.Fatal(err)
		}
		c.ended()
	})
}

// TestAnswerTooLarge: a stream beyond the limit ends, in place of a chunk that has no reply yet,
// with the rest of the event that has begun and an error; one that nobody has judged yet fails.
func TestAnswerTooLarge(t *testing.T) {
	limited := strings.Replace(testConfig, "routing:\n", "routing:\n  limits: {request: 1KiB, response: 1KiB, answer: 4KiB}\n", 1)
	e := speakTo(t, newServer(t, limited, pipeline.Stores{}, zap.NewNop()).Server)
	_, meta := e.routed("/v1/chat/completions", strings.Replace(chat, `"messages"`, `"stream":true,"messages"`, 1), nil)
	event := `data: {"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"` + goodText + `"}}]}` + "\n\n"
	many := strings.Repeat(event, 1+4096/len(event))

	t.Run("released", func(t *testing.T) {
		e.t = t
		c := e.judging(meta, "small", 1, ":status", "200", "content-type", "text/event-stream").send(chunk(event+event[:20], false))
		if c.receive().GetResponseHeaders() == nil {
			t.Error("not let go")
		}
		c.send(chunk(event[20:]+many, false))
		all := "" // of the second event nothing went on before: it might have been the usage
		for range 2 {
			all += string(c.receive().GetResponseBody().GetResponse().GetBodyMutation().GetBody())
		}
		failure, ok := strings.CutPrefix(all, event+event)
		if !ok || !strings.HasPrefix(failure, `data: {"error":{"code":"answer_too_large"`) || !strings.HasSuffix(failure, "}}\n\n") {
			t.Errorf("the client gets %q", all)
		}
		if end := c.receive().GetImmediateResponse(); end.GetDetails() != "sluice_too_large" {
			t.Errorf("the end is %v", end)
		}
		c.ended()
	})
	t.Run("not judged yet", func(t *testing.T) {
		e.t = t
		c := e.judging(meta, "small", 1, ":status", "200", "content-type", "text/event-stream").send(chunk(many, false))
		if got := set(c.receive().GetResponseHeaders().GetResponse().GetHeaderMutation()); got[envoy.HeaderEscalate] != "provider_error" {
			t.Errorf("headers %v", got)
		}
	})
}

func TestRewrite(t *testing.T) {
	e := serve(t)
	first, meta := e.routed("/v1/chat/completions?beta=1&key=secret", chat, nil)
	for _, tt := range []struct{ cluster, body, path, host string }{
		{"mid", `"mid"`, "/v1/chat/completions?beta=1", "api.openai.com"},
		{"claude", `"claude-20250514"`, "/v1/chat/completions?beta=1", "api.anthropic.com"},
	} {
		m := requestBody(t, "/ignored", string(first.GetBodyMutation().GetBody()), map[string]any{
			envoy.AttributeCluster: tt.cluster, envoy.AttributeHeader("x-envoy-attempt-count"): "2",
		})
		m.MetadataContext = &corev3.Metadata{FilterMetadata: map[string]*structpb.Struct{envoy.Namespace: meta.Fields[envoy.Namespace].GetStructValue()}}
		c := e.open().send(m)
		r := c.receive().GetRequestBody().GetResponse()
		c.ended()
		if got := string(r.GetBodyMutation().GetBody()); got != strings.Replace(chat, `"auto"`, tt.body, 1) {
			t.Errorf("%s: body %s", tt.cluster, got)
		}
		h := set(r.GetHeaderMutation())
		if h[":path"] != tt.path || h[":authority"] != tt.host {
			t.Errorf("%s: headers %v", tt.cluster, r.GetHeaderMutation())
		}
	}
}

// TestProviderCannotEscalate: only Sluice has Envoy retry, whatever a provider sends.
func TestProviderCannotEscalate(t *testing.T) {
	e := serve(t)
	_, meta := e.routed("/v1/chat/completions", chat, nil)
	c := e.judging(meta, "small", 1, ":status", "200", "content-type", "application/json", envoy.HeaderEscalate, "empty").send(chunk(completion(goodText), true))
	m := c.receive().GetResponseHeaders().GetResponse().GetHeaderMutation()
	if !slices.Contains(m.GetRemoveHeaders(), envoy.HeaderEscalate) {
		t.Errorf("the provider's header stays: %v", m)
	}
}
