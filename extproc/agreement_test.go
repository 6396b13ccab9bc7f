package extproc

import (
	"bytes"
	"maps"
	"strings"
	"testing"

	"go.uber.org/zap"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"

	"sluice/envoy"
	"sluice/routing/pipeline"
)

const agreeingConfig = `
providers:
  local: {endpoint: "http://local:8000/v1", format: openai}
models:
  - {name: gpt-mini, provider: local, tier: standard, price: {input: 1, output: 2}}
  - {name: gemini-mini, provider: local, tier: standard, price: {input: 1, output: 1}}
  - {name: gpt-max, provider: local, tier: premium, price: {input: 10, output: 20}}
routing: {strategy: auto, scorer: spec}
identity: {user: {header: x-user}}
cache: {ttl: 1h, scope: everyone}
`

const howMany = `{"model":"auto","messages":[{"role":"user","content":"12 cars have 30 seats each. How many seats are there?"}]}`

// agreeing returns a server that has two models agree, and the metadata of a request.
func agreeing(t *testing.T) (*testServer, *envoyFake, *structpb.Struct) {
	t.Helper()
	s := newServer(t, agreeingConfig, pipeline.Stores{Cache: memoryCache(t)}, zap.NewNop())
	e := speakTo(t, s.Server)
	_, meta := e.routed("/v1/chat/completions", howMany, nil)
	if got := left(meta)[envoy.HeaderMaxRetries]; got != "2" {
		t.Errorf("%s retries, want 2: for the probe and the strong model", got)
	}
	return s, e, meta
}

// after merges what a reply says into the metadata, as Envoy does.
func after(meta, reply *structpb.Struct) *structpb.Struct {
	out := &structpb.Struct{Fields: map[string]*structpb.Value{envoy.Namespace: structpb.NewStructValue(&structpb.Struct{Fields: map[string]*structpb.Value{}})}}
	for _, m := range []*structpb.Struct{meta, reply} {
		maps.Copy(out.Fields[envoy.Namespace].GetStructValue().Fields, m.Fields[envoy.Namespace].GetStructValue().GetFields())
	}
	return out
}

func TestFirstAnswerInPlaceOfTheProbes(t *testing.T) {
	s, e, meta := agreeing(t)
	first := completion("That makes 360 seats.")
	r := e.judging(meta, "gpt-mini", 1, ":status", "200", "content-type", "application/json", "x-request-id", "first", "openai-version", "1", "set-cookie", "a=b").send(chunk(first, true)).receive()
	if got := set(r.GetResponseHeaders().GetResponse().GetHeaderMutation())[envoy.HeaderEscalate]; got != "agreement" {
		t.Fatalf("marker %q in %v", got, r)
	}
	groups := r.GetDynamicMetadata().GetFields()[envoy.CascadeNamespace].GetStructValue().GetFields()[envoy.KeyGroups].GetListValue().GetValues()
	if len(groups) != 3 || groups[1].GetStructValue().GetFields()[envoy.KeyGroupName].GetStringValue() != "gemini-mini" || groups[2].GetStructValue().GetFields()[envoy.KeyGroupName].GetStringValue() != "gpt-max" {
		t.Errorf("groups %v", groups)
	}
	text, err := protojson.Marshal(r.GetDynamicMetadata())
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(text, []byte("360")) || bytes.Contains(text, []byte("seats")) {
		t.Errorf("the metadata tells the answer: %s", text)
	}
	next := after(meta, r.GetDynamicMetadata())
	second := strings.Replace(completion("360"), `"id":"1"`, `"id":"2"`, 1)

	t.Run("another replica delivers the probe's", func(t *testing.T) {
		other, e, _ := agreeing(t)
		e.t = t
		c := e.judging(next, "gemini-mini", 2, ":status", "200", "content-type", "application/json").send(chunk(second, true))
		r := c.receive()
		c.receive()
		c.ended()
		got := set(r.GetResponseHeaders().GetResponse().GetHeaderMutation())
		if got["x-sluice-model"] != "gemini-mini" || got["x-sluice-escalation"] != "agreement" || got["x-sluice-cost"] != "0.000080" || other.counted(t, "sluice_held_bytes") != 0 {
			t.Errorf("%v, %v bytes are held", got, other.counted(t, "sluice_held_bytes"))
		}
	})
	t.Run("this one the first", func(t *testing.T) {
		e.t = t
		c := e.judging(next, "gemini-mini", 2, ":status", "200", "content-type", "text/plain", "x-request-id", "second", "x-goog-version", "2", "content-length", "9").send(chunk(second[:20], false)).send(chunk(second[20:], true))
		m := c.receive().GetResponseHeaders().GetResponse().GetHeaderMutation()
		got := set(m)
		for k, v := range map[string]string{
			":status": "200", "content-type": "application/json", "x-request-id": "first", "openai-version": "1",
			"x-sluice-model": "gpt-mini", "x-sluice-attempts": "2", "x-sluice-escalation": "agreement", "x-sluice-cost": "0.000080", "x-sluice-cost-source": "usage",
		} {
			if got[k] != v {
				t.Errorf("%s: %q, want %q", k, got[k], v)
			}
		}
		if gone := strings.Join(m.GetRemoveHeaders(), " "); !strings.Contains(gone, "x-goog-version") || !strings.Contains(gone, "content-length") || got["set-cookie"] != "" {
			t.Errorf("removed %s, set %v", gone, got)
		}
		var body []byte
		for range 2 {
			b := c.receive().GetResponseBody().GetResponse().GetBodyMutation()
			if b == nil {
				t.Fatal("a chunk goes on as it came")
			}
			body = append(body, b.GetBody()...)
		}
		c.ended()
		if string(body) != first {
			t.Errorf("the client gets %s", body)
		}
		if held := s.counted(t, "sluice_held_bytes"); held != 0 {
			t.Errorf("%v bytes are still held", held)
		}
	})
	t.Run("and that is cached", func(t *testing.T) {
		e.t = t
		c := e.open().send(requestBody(t, "/v1/chat/completions", howMany, nil))
		m := c.receive().GetImmediateResponse()
		if m == nil || string(m.GetBody()) != first || set(m.GetHeaders())["x-sluice-model"] != "gpt-mini" {
			t.Errorf("got %v", m)
		}
	})
}

// TestProbeUnknownHere: a replica that does not have the probe delivers the first answer.
func TestProbeUnknownHere(t *testing.T) {
	s, e, meta := agreeing(t)
	s.Swap(s.Pipeline().With(runtimeOf(t, strings.ReplaceAll(agreeingConfig, "gemini-mini", "gemini-midi"))))
	c := e.judging(meta, "gpt-mini", 1, ":status", "200", "content-type", "application/json").send(chunk(completion("360"), true))
	if got, ok := set(c.receive().GetResponseHeaders().GetResponse().GetHeaderMutation())[envoy.HeaderEscalate]; ok {
		t.Errorf("marker %q", got)
	}
}
