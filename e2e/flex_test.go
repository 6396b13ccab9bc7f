package e2e

import (
	"strconv"
	"strings"
	"testing"
)

// TestFlex: a request that can wait gets the cheaper service tier of each model that has one,
// at its price; a model without one is called as usual.
func TestFlex(t *testing.T) {
	s := priced(t, "price: {input: 1, output: 2}", "price: {input: 1, output: 2, flex: 0.5}")
	for _, tt := range []struct {
		name, extra, header string
		first, next         string // the beginning of what the first model received, and the next one
		rest                string // the end of both
		part                float64
	}{
		{"by a header", "", "x-sluice-latency: relaxed", `{"model": "small",  "messages"`, `{"model": "mid","service_tier":"flex",  "messages"`, `}`, 0.5},
		{"by the body", `,"service_tier":"flex"`, "x: y", `{"model": "small",  "messages"`, `{"model": "mid","service_tier":"flex",  "messages"`, `}`, 0.5},
		{"another tier of the client's", `,"service_tier":"priority"`, "x-sluice-latency: relaxed", `{"model": "small",  "messages"`, `{"model": "mid",  "messages"`, `,"service_tier":"priority"}`, 1},
		{"in no hurry to wait", "", "x: y", `{"model": "small",  "messages"`, `{"model": "mid",  "messages"`, `}`, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := len(s.received())
			r := post(t, s.chat(), chatBody("Tell me about rivers. [[small: 503]]", tt.extra), tt.header)
			got := s.received()[before:]
			if r.status != 200 || len(got) != 2 {
				t.Fatalf("%d %s, %d attempts", r.status, r.body, len(got))
			}
			for i, start := range []string{tt.first, tt.next} {
				if body := string(got[i].Body); !strings.HasPrefix(body, start) || !strings.HasSuffix(body, "12345678901234567890"+tt.rest) {
					t.Errorf("attempt %d received %s", i+1, body)
				}
			}
			input, output := tokensOf(t, r.body)
			usd, err := strconv.ParseFloat(r.header.Get("x-sluice-cost"), 64)
			if want := tt.part * (input*1 + output*2) / 1e6; err != nil || !near(usd, want) {
				t.Errorf("cost %v, want %v", usd, want)
			}
		})
	}
}
