package extproc

import (
	"bytes"
	"maps"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"

	"sluice/envoy"
	"sluice/routing"
	"sluice/routing/cache"
	"sluice/routing/config"
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
func agreeing(t *testing.T) (*Server, *envoyFake, *structpb.Struct) {
	t.Helper()
	f, _, err := config.Load("test.yaml", []byte(agreeingConfig))
	if err != nil {
		t.Fatal(err)
	}
	rt, err := config.Build(f)
	if err != nil {
		t.Fatal(err)
	}
	answers, err := cache.NewMemory(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	s := New(rt, Stores{Cache: answers}, zap.NewNop(), NewMetrics(prometheus.NewRegistry()))
	e := speakTo(t, s)
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
		r := e.judging(next, "gemini-mini", 2, ":status", "200", "content-type", "application/json").send(chunk(second, true)).receive()
		got := set(r.GetResponseHeaders().GetResponse().GetHeaderMutation())
		if got["x-sluice-model"] != "gemini-mini" || got["x-sluice-escalation"] != "agreement" || got["x-sluice-cost"] != "0.000080" || other.holdings.bytes != 0 {
			t.Errorf("%v, %d bytes are held", got, other.holdings.bytes)
		}
	})
	t.Run("this one the first", func(t *testing.T) {
		e.t = t
		c := e.judging(next, "gemini-mini", 2, ":status", "200", "content-type", "text/plain", "x-request-id", "second", "x-goog-version", "2", "content-length", "9").send(chunk(second[:20], false)).send(chunk(second[20:], true))
		m := c.receive().GetResponseHeaders().GetResponse().GetHeaderMutation()
		got := set(m)
		for k, v := range map[string]string{
			":status": "200", "content-type": "application/json", "x-request-id": "first", "openai-version": "1",
			"x-sluice-model": "gpt-mini", "x-sluice-attempts": "2", "x-sluice-escalation": "agreement", "x-sluice-cost": "0.000080", "x-sluice-cost-source": "provider",
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
		if s.holdings.bytes != 0 || s.holdings.lru.Len() != 0 {
			t.Errorf("%d bytes are still held", s.holdings.bytes)
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
	f, _, err := config.Load("test.yaml", []byte(strings.ReplaceAll(agreeingConfig, "gemini-mini", "gemini-midi")))
	if err != nil {
		t.Fatal(err)
	}
	rt, err := config.Build(f)
	if err != nil {
		t.Fatal(err)
	}
	s.Swap(rt)
	c := e.judging(meta, "gpt-mini", 1, ":status", "200", "content-type", "application/json").send(chunk(completion("360"), true))
	if got, ok := set(c.receive().GetResponseHeaders().GetResponse().GetHeaderMutation())[envoy.HeaderEscalate]; ok {
		t.Errorf("marker %q", got)
	}
}

// TestTooLateForAProbe: where the first answer took more than its third of the time, it is
// delivered, for a good answer must not be lost to the time-out of the whole.
func TestTooLateForAProbe(t *testing.T) {
	s, e, meta := agreeing(t)
	for _, tt := range []struct {
		gone   time.Duration
		marker string
	}{{29 * time.Second, "agreement"}, {31 * time.Second, ""}} {
		s.now = func() time.Time { return time.Now().Add(tt.gone) }
		c := e.judging(meta, "gpt-mini", 1, ":status", "200", "content-type", "application/json").send(chunk(completion("360"), true))
		if got := set(c.receive().GetResponseHeaders().GetResponse().GetHeaderMutation())[envoy.HeaderEscalate]; got != tt.marker {
			t.Errorf("after %v: marker %q, want %q", tt.gone, got, tt.marker)
		}
	}
}

func TestHoldings(t *testing.T) {
	h, now := newHoldings(), time.Unix(1000, 0)
	model := &routing.Model{Name: "m"}
	answer := func(size int, life time.Duration) *held {
		return &held{model: model, body: make([]byte, size), headers: []field{{"a", "b"}}, lapses: now.Add(life)}
	}
	h.put(0, answer(10, time.Minute), now) // a request that nothing names
	h.put(1, answer(mostHeldOne, time.Minute), now)
	if h.lru.Len() != 0 || h.bytes != 0 {
		t.Errorf("%d held of %d bytes; one is too large, the other has no name", h.lru.Len(), h.bytes)
	}
	const size = mostHeldOne / 2
	for i := range uint64(200) {
		h.put(i+1, answer(size, time.Minute), now)
		if h.bytes > mostHeld {
			t.Fatalf("%d bytes held", h.bytes)
		}
	}
	if h.take(1) != nil || h.take(200) == nil || h.take(200) != nil {
		t.Error("the oldest is still there, or the last is not, or it is there twice")
	}
	h.put(199, answer(7, time.Minute), now) // again
	if got := h.take(199); got == nil || len(got.body) != 7 {
		t.Errorf("took %v", got)
	}
	h.put(300, answer(5, time.Hour), now.Add(2*time.Minute))
	if h.lru.Len() != 1 || h.bytes != answer(5, 0).size() {
		t.Errorf("%d held of %d bytes, want the one that has not lapsed", h.lru.Len(), h.bytes)
	}
	for i := range uint64(3 * mostHeldCount) {
		h.put(1000+i, answer(0, time.Hour), now)
	}
	if h.lru.Len() > mostHeldCount || h.bytes != h.lru.Len()*answer(0, 0).size() {
		t.Errorf("%s held of %d bytes", strconv.Itoa(h.lru.Len()), h.bytes)
	}
}
