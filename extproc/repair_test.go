package extproc

import (
	"strings"
	"testing"

	extprocv3 "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"sluice/envoy"
	"sluice/routing/header"
	"sluice/routing/pipeline"
)

const (
	wantsJSON = `{"model":"auto","response_format":{"type":"json_object"},"messages":[{"role":"user","content":"Name two rivers."}]}`
	fencedOne = "Here they are:\\n```json\\n{\\\"rivers\\\": [\\\"Rhine\\\", \\\"Han\\\"]}\\n```"
	bareOne   = `{\"rivers\": [\"Rhine\", \"Han\"]}`
)

// repairing serves with testConfig and what is added to its section judge.
func repairing(t *testing.T, judge string) (*envoyFake, *prometheus.Registry, *observer.ObservedLogs) {
	t.Helper()
	core, logs := observer.New(zap.InfoLevel)
	s := newServer(t, strings.Replace(testConfig, "judge: {", "judge: {"+judge, 1), pipeline.Stores{}, zap.New(core))
	return speakTo(t, s.Server), s.registry, logs
}

// TestJudgeRepairs: what the client gets, in the place of the chunks that came.
func TestJudgeRepairs(t *testing.T) {
	e, registry, logs := repairing(t, "")
	_, meta := e.routed("/v1/chat/completions", wantsJSON, nil)
	whole, want := completion(fencedOne), completion(bareOne)
	for _, tt := range []struct {
		name     string
		chunks   []string
		trailers bool
	}{
		{"one chunk", []string{whole}, false},
		{"three chunks", []string{whole[:40], whole[40:160], whole[160:]}, false},
		{"an empty last chunk", []string{whole, ""}, false},
		{"trailers", []string{whole[:40], whole[40:]}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e.t = t
			c := e.judging(meta, "mid", 1, ":status", "200", "content-type", "application/json", "content-length", "312")
			for i, text := range tt.chunks {
				c.send(chunk(text, i == len(tt.chunks)-1 && !tt.trailers))
			}
			if tt.trailers {
				c.send(&extprocv3.ProcessingRequest{Request: &extprocv3.ProcessingRequest_ResponseTrailers{ResponseTrailers: &extprocv3.HttpTrailers{}}})
			}
			h := c.receive().GetResponseHeaders().GetResponse().GetHeaderMutation()
			got := set(h)
			if got[header.Repaired] != "json" || got[envoy.HeaderEscalate] != "" || got[header.Cost] != "0.000050" || !strings.Contains(strings.Join(h.GetRemoveHeaders(), " "), "content-length") {
				t.Errorf("headers %v", h)
			}
			var body strings.Builder
			for range tt.chunks {
				m := c.receive().GetResponseBody().GetResponse().GetBodyMutation()
				if m == nil {
					t.Fatal("a chunk goes on as it came")
				}
				body.Write(m.GetBody())
			}
			if tt.trailers {
				if r := c.receive(); r.GetResponseTrailers() == nil {
					t.Errorf("the trailers are answered by %v", r)
				}
			}
			if body.String() != want {
				t.Errorf("got  %s\nwant %s", body.String(), want)
			}
			c.ended()
		})
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	counted := 0.0
	for _, f := range families {
		if f.GetName() == "sluice_repaired_total" {
			counted = f.GetMetric()[0].GetCounter().GetValue()
		}
	}
	if counted != 4 {
		t.Errorf("%v repairs counted, want 4", counted)
	}
	for _, l := range logs.FilterMessage("answered").All() {
		if l.ContextMap()["repaired"] != "json" || l.ContextMap()["verdict"] != nil {
			t.Errorf("log %v", l.ContextMap())
		}
	}
	if n := logs.FilterMessage("answered").Len(); n != 1 { // it is the same request each time
		t.Errorf("%d lines in the log, want 1", n)
	}
}

func TestJudgeRepairsNot(t *testing.T) {
	for _, tt := range []struct{ name, config, request, answer, marker string }{
		{"no JSON was asked for", "", chat, fencedOne, ""},
		{"in words alone", "", strings.Replace(chat, "rivers", "rivers, as JSON", 1), fencedOne, ""},
		{"it is JSON", "", wantsJSON, bareOne, ""},
		{"switched off", "repair: off, ", wantsJSON, fencedOne, "json"},
		{"switched off, and broken JSON is kept", "repair: off, json: keep, ", wantsJSON, fencedOne, ""},
		{"broken", "", wantsJSON, strings.Replace(fencedOne, "]", "", 1), "json"},
		{"a schema that it does not satisfy", "", strings.Replace(wantsJSON, `"json_object"`, `"json_schema","json_schema":{"schema":{"required":["lakes"]}}`, 1), fencedOne, "schema"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e, _, _ := repairing(t, tt.config)
			_, meta := e.routed("/v1/chat/completions", tt.request, nil)
			c := e.judging(meta, "mid", 1, ":status", "200", "content-type", "application/json").send(chunk(completion(tt.answer), true))
			got := set(c.receive().GetResponseHeaders().GetResponse().GetHeaderMutation())
			if got[envoy.HeaderEscalate] != tt.marker || got[header.Repaired] != "" {
				t.Errorf("headers %v", got)
			}
			if m := c.receive().GetResponseBody(); m.GetResponse().GetBodyMutation() != nil {
				t.Errorf("the chunk is answered by %v", m)
			}
		})
	}
}

// TestJudgeConstraint: its switch, its marker, and the plan that carries no word of the prompt.
func TestJudgeConstraint(t *testing.T) {
	prompt := strings.Replace(chat, "Tell", `Do not use the word \"carry\". Tell`, 1)
	for config, want := range map[string]string{"": "constraint", "constraint: keep, ": ""} {
		e, _, _ := repairing(t, config)
		_, meta := e.routed("/v1/chat/completions", prompt, nil)
		if plan := meta.GetFields()[envoy.Namespace].GetStructValue().GetFields()[envoy.KeyPlan].GetStringValue(); strings.Contains(plan, "carry") || !strings.Contains(plan, "avoid") {
			t.Errorf("plan %s", plan)
		}
		c := e.judging(meta, "small", 1, ":status", "200", "content-type", "application/json").send(chunk(completion(goodText), true))
		if got := set(c.receive().GetResponseHeaders().GetResponse().GetHeaderMutation())[envoy.HeaderEscalate]; got != want {
			t.Errorf("%q: marker %q, want %q", config, got, want)
		}
	}
}
