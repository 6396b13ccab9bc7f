package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// TestExperiment: users are enrolled, stay with their variant over a restart of the router,
// are counted once each, and what they say of an answer reaches the report.
func TestExperiment(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state.db")
	s := startStack(t,
		"strategy: cascade", "strategy: auto\n  scorer: spec",
		"store: memory", "store: disk, path: "+file,
		"state: {", `identity: {user: {header: x-user}}
experiments:
  mid_or_haiku:
    enrol: {share: 1}
    mid:   {model: mid, weight: 0.5}
    haiku: {model: haiku, weight: 0.5}
state: {`)
	const users = 24
	assigned, counts := make(map[int]string), make(map[string]int)
	var rated string
	round := func(t *testing.T) {
		t.Helper()
		for i := range users {
			prompt := easy
			if i == 0 {
				prompt += " [[*: 500]]"
			}
			r := post(t, s.chat(), chatBody(prompt, ""), fmt.Sprintf("x-user: user-%d", i))
			variant, ok := strings.CutPrefix(r.header.Get("x-sluice-reason"), "experiment_")
			if i > 0 && (!ok || r.header.Get("x-sluice-model") != variant) {
				t.Fatalf("user %d: %s by %s: %s", i, r.header.Get("x-sluice-model"), r.header.Get("x-sluice-reason"), r.body)
			}
			if was := assigned[i]; was != "" && was != variant {
				t.Errorf("user %d was in %s and is in %s", i, was, variant)
			}
			if assigned[i] == "" {
				assigned[i] = variant
				counts[variant]++
			}
			rated = r.header.Get("x-sluice-request-id")
		}
	}
	round(t)
	if counts["mid"] == 0 || counts["haiku"] == 0 || len(counts) != 2 {
		t.Fatalf("users went %v", counts)
	}
	feedback := func(body string) int {
		r, err := client.Post(s.sluice.adminURL(t)+"/feedback", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		_ = r.Body.Close()
		return r.StatusCode
	}
	eventually(t, func() error {
		if status := feedback(fmt.Sprintf(`{"request_id":%q,"rating":0.5}`, rated)); status != http.StatusAccepted {
			return fmt.Errorf("feedback: %d", status)
		}
		return nil
	})
	if status := feedback(`{"request_id":"no such","rating":1}`); status != http.StatusNotFound {
		t.Errorf("feedback on nothing: %d", status)
	}

	s.sluice.stop(t)
	s.startSluice(t)
	round(t)
	t.Run("report", func(t *testing.T) {
		type report struct {
			Experiments []json.RawMessage `json:"experiments"`
		}
		var text string
		eventually(t, func() error {
			r, err := client.Get(s.sluice.adminURL(t) + "/experiments")
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = r.Body.Close() }()
			b, err := io.ReadAll(r.Body)
			var all report
			if err != nil || json.Unmarshal(b, &all) != nil || len(all.Experiments) != 1 {
				t.Fatalf("%v: %s", err, b)
			}
			text = string(b)
			total := 0
			for _, units := range countsOf(t, all.Experiments[0]) {
				total += units
			}
			if total != users {
				return fmt.Errorf("%d units in %s", total, b)
			}
			return nil
		})
		if !strings.Contains(text, "mid_or_haiku") {
			t.Error(text)
		}
		shown := s.offline(t, "experiment", "report", "--admin", strings.TrimPrefix(s.sluice.adminURL(t), "http://"))
		if !bytes.Contains(shown, []byte("mid_or_haiku")) || !bytes.Contains(shown, []byte("haiku")) {
			t.Errorf("printed %s", shown)
		}
		t.Logf("\n%s", shown)
	})
	exposures := s.sluice.metric(t, "sluice_experiment_exposures_total")
	if exposures != 0 {
		t.Errorf("%v units were exposed a second time after the restart", exposures)
	}
}

// countsOf returns the units of each variant in a report.
func countsOf(t *testing.T, report json.RawMessage) map[string]int {
	t.Helper()
	var r struct {
		Variants []struct {
			Name  string `json:"variant"`
			Units int    `json:"units"`
		} `json:"variants"`
	}
	if err := json.Unmarshal(report, &r); err != nil {
		t.Fatal(err)
	}
	counts := make(map[string]int)
	for _, v := range r.Variants {
		counts[v.Name] = v.Units
	}
	return counts
}
