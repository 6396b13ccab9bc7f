package pipeline

import (
	"strings"
	"testing"
	"time"

	"sluice/routing"
	"sluice/routing/verdict"
)

func TestAfter(t *testing.T) {
	tiers := map[string]routing.Tier{"a": 1, "b": 2, "s": 3, "c": 4}
	tier := func(name string) routing.Tier { return tiers[name] }
	s := &routing.Model{Name: "s", Tier: 3}
	for _, tt := range []struct {
		candidates string
		attempt    int
		reason     verdict.Reason
		want       string
	}{
		{"a b c", 1, verdict.Refusal, "b c"},
		{"a b c", 1, verdict.JSON, "s c"},
		{"a b c", 2, verdict.Schema, "s"},
		{"a b c", 3, verdict.JSON, ""},
		{"a s c", 2, verdict.JSON, "c"},
		{"a s c", 1, verdict.JSON, "s c"},
		{"a b", 1, verdict.JSON, "s"},
		{"a", 1, verdict.Empty, ""},
	} {
		p := &Plan{Candidates: strings.Fields(tt.candidates)}
		if got := strings.Join(p.after(tt.attempt, tt.reason, s, tier), " "); got != tt.want {
			t.Errorf("%s after attempt %d (%s): %q, want %q", tt.candidates, tt.attempt, tt.reason, got, tt.want)
		}
	}
}

func TestCompleteTried(t *testing.T) {
	began := time.UnixMilli(1_000_000)
	p := testPipeline(t, cascadeConfig, Stores{})
	for _, tt := range []struct {
		name    string
		after   time.Duration
		started int64
		tried   []Tried
		attempt int
		want    string
	}{
		{"first attempt", time.Hour, 0, nil, 1, ""},
		{"time-out", 900 * time.Millisecond, 0, nil, 2, "timeout"},
		{"no answer", 899 * time.Millisecond, 0, nil, 2, "unreachable"},
		{"judged already", time.Hour, 0, []Tried{{Model: "a", Reason: verdict.Refusal}}, 2, ""},
		{"the second one", 1500 * time.Millisecond, 1_000_700, []Tried{{Model: "a", Reason: verdict.Refusal}}, 3, "unreachable"},
		{"clocks differ", -time.Hour, 0, nil, 2, "unreachable"},
	} {
		pr := &Progress{Plan: &Plan{Candidates: []string{"a", "b", "c"}, Started: began.UnixMilli(), Tokens: 1000}, Tried: tt.tried, AttemptStarted: tt.started}
		added := p.completeTried(pr, tt.attempt, began.Add(tt.after))
		var got []string
		for _, l := range pr.Tried[len(tt.tried):] {
			got = append(got, string(l.Reason))
			if cost := l.Cost > 0 && l.Estimated; cost != (l.Reason == verdict.Timeout) {
				t.Errorf("%s: cost %v of %s; a provider that was too slow has read the request", tt.name, l.Cost, l.Reason)
			}
		}
		if strings.Join(got, " ") != tt.want || added != (tt.want != "") {
			t.Errorf("%s: %v (added %t), want %q", tt.name, got, added, tt.want)
		}
	}
}
