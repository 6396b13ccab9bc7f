package e2e

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// priced is a stack in which every model costs something, so that what an attempt costs
// shows whether it was counted.
func priced(t *testing.T, changes ...string) *stack {
	t.Helper()
	return startStack(t, append(changes,
		"min_confidence: 0.8, capabilities", "min_confidence: 0.8, price: {input: 10, output: 20}, capabilities",
	)...)
}

// tokensOf returns what the providers said in the answer's body about its tokens.
func tokensOf(t *testing.T, body []byte) (input, output float64) {
	t.Helper()
	var a struct {
		Usage struct {
			Prompt     float64 `json:"prompt_tokens"`
			Completion float64 `json:"completion_tokens"`
			Input      float64 `json:"input_tokens"`
			Output     float64 `json:"output_tokens"`
		}
	}
	if err := json.Unmarshal(body, &a); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return a.Usage.Prompt + a.Usage.Input, a.Usage.Completion + a.Usage.Output
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-6 }

// TestCost: every attempt, rejected ones included, is charged by its provider's usage figures.
func TestCost(t *testing.T) {
	s := priced(t)
	cost := func(t *testing.T, r response) float64 {
		t.Helper()
		usd, err := strconv.ParseFloat(r.header.Get("x-sluice-cost"), 64)
		if err != nil || r.header.Get("x-sluice-cost-source") != "usage" {
			t.Fatalf("%v, %v", err, r.header)
		}
		return usd
	}
	good := post(t, s.chat(), chatBody("Tell me about rivers.", ""))
	input, output := tokensOf(t, good.body)
	if want := (input*10 + output*20) / 1e6; !near(cost(t, good), want) || want == 0 {
		t.Errorf("cost %v, want %v", good.header.Get("x-sluice-cost"), want)
	}
	t.Run("attempts given up", func(t *testing.T) {
		r := post(t, s.chat(), chatBody("Tell me about rivers. [[small: refuse]]", ""))
		input, output := tokensOf(t, r.body)
		last := (input*1 + output*2) / 1e6
		if got := cost(t, r); got <= last+input*10/1e6-1e-6 {
			t.Errorf("cost %v does not hold the refused attempt: the last alone is %v", got, last)
		}
		if m := s.sluice.metric(t, "sluice_cost_usd_total", `model="small"`); m <= cost(t, good) {
			t.Errorf("the metric has %v for the first model", m)
		}
	})
	t.Run("untouched", func(t *testing.T) {
		r := post(t, s.messages(), `{"max_tokens":50,"model":"claude","messages":[{"role":"user","content":"hi"}]}`)
		input, output := tokensOf(t, r.body)
		if want := (input*3 + output*15) / 1e6; !near(cost(t, r), want) {
			t.Errorf("cost %v, want %v", r.header.Get("x-sluice-cost"), want)
		}
		r = post(t, s.url+"/v1/responses", `{"model":"gpt","input":"hi"}`)
		input, output = tokensOf(t, r.body)
		if want := (input*5 + output*10) / 1e6; !near(cost(t, r), want) || want == 0 {
			t.Errorf("responses: cost %v, want %v", r.header.Get("x-sluice-cost"), want)
		}
	})
	t.Run("an error costs nothing", func(t *testing.T) {
		r := post(t, s.chat(), chatBody("[[small: 401]]", ""))
		if r.status != 401 || cost(t, r) != 0 {
			t.Errorf("%d costs %v", r.status, r.header)
		}
	})
}

// TestStreamUsage: the usage of a stream is requested from the provider, and its chunk is
// removed for a client that did not request it.
func TestStreamUsage(t *testing.T) {
	access := filepath.Join(t.TempDir(), "access.log")
	s := priced(t, "access_log: off", "access_log: "+access)
	usage := func(events []event) (n int) {
		for _, e := range events {
			if strings.Contains(e.data, `"choices":[]`) {
				n++
			}
		}
		return n
	}
	for _, tt := range []struct {
		name, extra string
		chunks      int
		sent        string
	}{
		{"not asked for", streamed, 0, `{"model": "small","stream_options":{"include_usage":true},  "messages"`},
		{"asked for", streamed + `,"stream_options":{"include_usage":true}`, 1, `"stream_options":{"include_usage":true}}`},
		{"declined", streamed + `,"stream_options": { "include_usage" : false }`, 0, `"stream_options": { "include_usage" : true }}`},
		{"other options", streamed + `,"stream_options":{"x":1}`, 0, `"stream_options":{"include_usage":true,"x":1}}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := s.sluice.metric(t, "sluice_tokens_total", `model="small"`, `direction="output"`, `source="usage"`)
			st := openStream(t, s.chat(), chatBody("Tell me about rivers.", tt.extra))
			events, err := st.rest()
			if err != nil || !strings.HasSuffix(st.raw.String(), "data: [DONE]\n\n") {
				t.Fatalf("%v: %s", err, st.raw.String())
			}
			if got := usage(events); got != tt.chunks {
				t.Errorf("%d chunks with usage, want %d: %s", got, tt.chunks, st.raw.String())
			}
			got := s.local.received("small")
			if body := string(got[len(got)-1].Body); !strings.Contains(body, tt.sent) || !json.Valid([]byte(body)) {
				t.Errorf("the provider received %s", body)
			}
			eventually(t, func() error {
				if now := s.sluice.metric(t, "sluice_tokens_total", `model="small"`, `direction="output"`, `source="usage"`); now < before+20 {
					return fmt.Errorf("%v tokens counted, %v before", now, before)
				}
				return nil
			})
		})
	}
	t.Run("anthropic", func(t *testing.T) {
		st := openStream(t, s.messages(), messagesBody("Tell me about rivers. [[small: refuse]]", streamed))
		if _, err := st.rest(); err != nil {
			t.Fatal(err)
		}
		eventually(t, func() error {
			if n := s.sluice.metric(t, "sluice_tokens_total", `model="haiku"`, `source="usage"`); n < 20 {
				return fmt.Errorf("%v tokens counted", n)
			}
			return nil
		})
	})
	t.Run("a client that hangs up", func(t *testing.T) {
		r := open(t, s.chat(), chatBody("Tell me about rivers. [[small: drip=20ms]]", streamed))
		_, _ = r.Body.Read(make([]byte, 100))
		_ = r.Body.Close()
		eventually(t, func() error {
			if n := s.sluice.metric(t, "sluice_cost_usd_total", `model="small"`, `source="estimate"`); n == 0 {
				return fmt.Errorf("nothing counted")
			}
			return nil
		})
	})
	t.Run("access log", func(t *testing.T) {
		eventually(t, func() error {
			log, err := os.ReadFile(access)
			if err != nil {
				return err
			}
			for line := range strings.Lines(string(log)) {
				var entry map[string]any
				if err := json.Unmarshal([]byte(line), &entry); err != nil {
					t.Fatalf("%s: %v", line, err)
				}
				if cost, _ := entry["cost"].(float64); cost > 0 && entry["cost_source"] == "usage" && entry["model"] == "small" {
					return nil
				}
			}
			return fmt.Errorf("no line tells the cost of a stream:\n%s", log)
		})
	})
}
