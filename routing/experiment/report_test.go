package experiment

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// people returns n units of a variant, each of whose figures is one of two, by turns.
func people(n int, variant string, low, high Totals) []Totals {
	list := make([]Totals, n)
	for i := range list {
		list[i] = low
		if i%2 == 1 {
			list[i] = high
		}
		list[i].Unit, list[i].Variant = fmt.Sprint(variant, i), variant
		list[i].First = time.Date(2026, 11, 1, 12, 0, i, 0, time.UTC)
	}
	return list
}

// plain is a unit with two requests of that cost in all.
func plain(cost float64) Totals {
	return Totals{Requests: 2, Cost: cost, Seconds: 4, Tokens: 200}
}

func TestMeans(t *testing.T) {
	units := []Totals{
		// Means of units, not of requests: 1, 2, 3, 4 of 10, 1, 1 and 4 requests.
		{Unit: "a", Variant: "control", Requests: 10, Cost: 10, Seconds: 20, Tokens: 1000, Escalated: 5, Failed: 1, Rated: 4, Rating: 3},
		{Unit: "b", Variant: "control", Requests: 1, Cost: 2, Seconds: 4, Tokens: 50},
		{Unit: "c", Variant: "control", Requests: 1, Cost: 3, Seconds: 6, Tokens: 150, Escalated: 1, Failed: 1, Rated: 1, Rating: 0.25},
		{Unit: "d", Variant: "control", Requests: 4, Cost: 16, Seconds: 32, Tokens: 400, Escalated: 2},
		{Unit: "e", Variant: "treatment", Requests: 1, Cost: 1, Moved: 3},
		{Unit: "f", Variant: "gone", Requests: 7, Cost: 1},
	}
	r := Analyse(between(0.5, 0.5), units, 9)
	half := func(v, mean, spread float64) *Interval {
		h := radius(v, mean*spread, 0.05)
		return &Interval{mean - h, mean + h}
	}
	want := map[string]Estimate{
		"cost":            {4, 2.5, half(5.0/3/4, 2.5, 0.25)},
		"latency":         {4, 5, half(20.0/3/4, 5, 0.25)},
		"tokens":          {4, 100, half(5000.0/3/4, 100, 0.25)},
		"escalation_rate": {4, 0.5, half(0.5/3/4, 0.5, 0.75)},
		"failure_rate":    {4, 0.275, half(0.7075/3/4, 0.275, 0.75)},
		"feedback":        {2, 0.5, half(0.125/2, 0.5, 0.25)},
	}
	near := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) <= 1e-12*math.Max(math.Abs(a), math.Abs(b)) })
	if diff := cmp.Diff(want, r.Arms[0].Metrics, near); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if e := r.Arms[1].Metrics["cost"]; e != (Estimate{Units: 1, Mean: 1}) {
		t.Errorf("one unit: %+v", e)
	}
	if r.Units != 5 || r.Requests != 17 || r.Moved != 1 || r.Unknown != 1 || r.Dropped != 9 || len(r.Differences) != 0 {
		t.Errorf("%+v", r)
	}
}

func TestAdvice(t *testing.T) {
	two := between(0.5, 0.5)
	with := func(n int, low, high Totals) []Totals {
		return append(people(n, "control", plain(0.04), plain(0.06)), people(n, "treatment", low, high)...)
	}
	change := func(cost float64, f func(*Totals)) Totals {
		u := plain(cost)
		f(&u)
		return u
	}
	failing := func(u *Totals) { u.Failed = 1 }
	wordy := func(u *Totals) { u.Tokens = 300 }
	disliked := func(u *Totals) { u.Rated, u.Rating = 2, 0.5 }
	tests := []struct {
		name  string
		e     *Experiment
		units []Totals
		want  string
	}{
		{"nobody", two, nil, "keep running: no unit has taken part yet."},
		{"one variant", between(1), people(5, "control", plain(1), plain(2)), "nothing to conclude: there is only one variant."},
		{"few", two, with(20, plain(0.01), plain(0.02)), "keep running: control has 20 users of at least 50."},
		{"none of one", two, people(9, "control", plain(1), plain(2)), "keep running: control has 9 users of at least 50."},
		{
			"split off", two, append(people(400, "control", plain(1), plain(2)), people(200, "treatment", plain(1), plain(2))...),
			"do not conclude: the split is off: control 67 %, treatment 33 % where 50 % : 50 % was planned (p = below 0.001); look for requests of one variant that never end or are answered elsewhere.",
		},
		{
			"weights changed", two, append(people(400, "control", plain(1), plain(2)), people(200, "treatment", change(1, func(u *Totals) { u.Moved = 1 }), plain(2))...),
			"do not conclude: the split is off: control 67 %, treatment 33 % where 50 % : 50 % was planned (p = below 0.001); the variants or their weights were changed during the experiment: start again under another name.",
		},
		{
			"cheaper", two, with(100, plain(0.028), plain(0.042)),
			"prefer treatment: treatment costs 30 % less than control.",
		},
		{
			"dearer", two, with(100, plain(0.08), plain(0.12)),
			"stay with control: treatment costs 100 % more than control.",
		},
		{
			"cheaper but worse", two, with(100, change(0.02, failing), change(0.03, failing)),
			"weigh up: treatment costs 50 % less than control; but it fails 50 points more often.",
		},
		{
			"wordy", two, with(100, change(0.04, wordy), change(0.06, wordy)),
			"keep running: treatment answers with 50 % more tokens than control, and no other difference is significant. Still open: cost (−11 % to +11 %).",
		},
		{
			"the same", two, with(100, plain(0.04), plain(0.06)),
			"keep running: no difference is significant between treatment and control. Still open: cost (−11 % to +11 %).",
		},
		{
			"three", between(0.4, 0.3, 0.3),
			append(append(people(120, "control", plain(0.04), plain(0.06)), people(90, "treatment", plain(0.04), plain(0.06))...),
				people(90, "third", change(0.02, disliked), change(0.03, disliked))...),
			"keep running: no difference is significant between treatment and control. Still open: cost (−11 % to +11 %). prefer third: third costs 50 % less than control.",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, Analyse(tt.e, tt.units, 0).Advice); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestSentences(t *testing.T) {
	tests := []struct {
		metric             string
		absolute, relative float64
		want               string
	}{
		{"cost", -0.01, -0.312, "costs 31 % less"},
		{"cost", 0.01, 0.0123, "costs 1.2 % more"},
		{"cost", 0.01, 0, "costs 10 points more"},
		{"latency", 1, 0.5, "takes 50 % longer"},
		{"latency", -1, -0.5, "takes 50 % less long"},
		{"tokens", -10, -0.1, "answers with 10 % less tokens"},
		{"escalation_rate", 0.021, 2, "escalates 2.1 points more often"},
		{"failure_rate", -0.2, -0.5, "fails 20 points less often"},
		{"feedback", 0.051, 0.1, "is rated 5.1 points better"},
		{"feedback", -0.051, -0.1, "is rated 5.1 points worse"},
	}
	for _, tt := range tests {
		if got := metric(tt.metric).sentence(&Difference{Absolute: tt.absolute, Relative: tt.relative}); got != tt.want {
			t.Errorf("%s %v: %q, want %q", tt.metric, tt.absolute, got, tt.want)
		}
	}
}

func TestFigures(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 0.0123: "0.012", 1: "1", 1.26: "1.3", 9.94: "9.9", 9.96: "10", 12.6: "13", 1234.5: "1,234", 1e7: "10,000,000"} {
		if got := figure(v); got != want {
			t.Errorf("figure(%v) = %s, want %s", v, got, want)
		}
	}
	for v, want := range map[float64]string{0: "0", 0.01234: "0.0123", 1: "1.00", 12.34: "12.3", 99.96: "100", 123.4: "123", 12345: "12,345"} {
		if got := precise(v); got != want {
			t.Errorf("precise(%v) = %s, want %s", v, got, want)
		}
	}
}

func TestPrint(t *testing.T) {
	e := between(0.5, 0.5)
	low := Totals{Requests: 10, Cost: 0.018, Seconds: 15, Tokens: 3000, Escalated: 1, Rated: 2, Rating: 1}
	high := Totals{Requests: 6, Cost: 0.012, Seconds: 12, Tokens: 2400, Escalated: 2, Rated: 2, Rating: 2, Failed: 1}
	cheap := func(u Totals) Totals { u.Cost *= 0.69; return u }
	units := append(people(310, "control", low, high), people(304, "treatment", cheap(low), cheap(high))...)
	units[3].Moved = 2
	var b strings.Builder
	if err := Analyse(e, units, 5).Print(&b); err != nil {
		t.Fatal(err)
	}
	const want = `simulated  by user: 614 users, 4,912 requests since 2026-11-01 12:00:00 UTC

                             control                    treatment
model                        control-model              treatment-model
users                        310 (50 %, planned 50 %)   304 (50 %, planned 50 %)
requests                     2,480                      2,432
cost, $ per 1,000 requests   1.90 ± 0.022               1.31 ± 0.015
                                                        −31 % (−33 % to −29 %) *
latency, seconds             1.75 ± 0.051               1.75 ± 0.051
                                                        +0 % (−4.6 % to +4.6 %)
answer, tokens               350 ± 10                   350 ± 10
                                                        +0 % (−4.6 % to +4.6 %)
escalated, %                 21.7 ± 2.3                 21.7 ± 2.4
                                                        +0 points (−3.7 to +3.7 points)
failed, %                    8.33 ± 1.6                 8.33 ± 1.6
                                                        +0 points (−2.5 to +2.5 points)
feedback, 0 to 100           75.0 ± 4.8                 75.0 ± 4.8
                                                        +0 points (−7.6 to +7.6 points)

Means over users, with intervals of 95 %; * is a significant difference; both are valid however often the report is read.
Split as planned: p = 1.
1 user got another variant after the weights changed; their requests with it are left out.
5 outcomes of users beyond the limit are left out.

→ prefer treatment: treatment costs 31 % less than control. Still open: latency (−4.6 % to +4.6 %), escalations (−3.7 to +3.7 points), failures (−2.5 to +2.5 points), feedback (−7.6 to +7.6 points).
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPrintOfNobody(t *testing.T) {
	var b strings.Builder
	if err := Analyse(between(0.5, 0.5), nil, 0).Print(&b); err != nil {
		t.Fatal(err)
	}
	const want = `simulated  by user: 0 users, 0 requests

           control                 treatment
model      control-model           treatment-model
users      0 (0 %, planned 50 %)   0 (0 %, planned 50 %)
requests   0                       0

→ keep running: no unit has taken part yet.
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Whatever the totals, the report has a JSON form and reads back.
func TestReportAsJSON(t *testing.T) {
	huge := Totals{Requests: 1, Cost: maxFigure, Seconds: maxFigure, Tokens: maxFigure}
	for name, units := range map[string][]Totals{
		"nobody":  nil,
		"one":     people(1, "control", plain(1), plain(1)),
		"alike":   append(people(60, "control", plain(1), plain(1)), people(60, "treatment", plain(2), plain(2))...),
		"nothing": append(people(60, "control", Totals{Requests: 1}, Totals{}), people(60, "treatment", Totals{}, Totals{})...),
		"huge":    append(people(60, "control", huge, plain(0)), people(60, "treatment", plain(1e-300), huge)...),
	} {
		r := Analyse(between(0.5, 0.5), units, 0)
		text, err := json.Marshal(r)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var back Report
		if err := json.Unmarshal(text, &back); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(r, &back); diff != "" {
			t.Errorf("%s (-sent +read):\n%s", name, diff)
		}
		if err := back.Print(&strings.Builder{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
