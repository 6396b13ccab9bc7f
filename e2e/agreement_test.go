package e2e

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"sluice/cmd/sluice/simulator"
	"sluice/routing/state/redistest"
)

// agreeing changes the configuration so that auto starts at mid, haiku is the cheapest model
// of another family, and gpt the next stronger one. All of them cost something.
func agreeing(budget float64, store string) []string {
	return []string{
		"strategy: cascade", "strategy: auto\n  scorer: spec\n  debug: true\n  tier_models: {budget: mid, standard: mid, premium: gpt, flagship: claude}",
		"tier: standard, timeout: 5s, capabilities: [tools, json]}", "tier: standard, timeout: 1s, capabilities: [tools, json], price: {input: 0.5, output: 1}}",
		"price: {input: 1, output: 2}", "price: {input: 1, output: 2}, family: one",
		"min_confidence: 0.8, capabilities", "family: one, capabilities",
		"judge: {min_characters: 20}", fmt.Sprintf("budgets: [{name: all, per: everyone, limit: %v, window: month, timezone: UTC, on_exhausted: refuse, exhausted_below: 0, premium_above: 0}]", budget),
		"store: memory", "store: " + store + ", timeout: 500ms",
	}
}

// sum is a question whose answer can be compared; the models say what they are told.
func sum(mid, haiku, gpt string) string {
	return says(mid, haiku, gpt) + " A hall has 12 benches and 30 chairs. How many seats are there?"
}

func says(mid, haiku, gpt string) string {
	var b strings.Builder
	for i, words := range []string{mid, haiku, gpt} {
		b.WriteString(" [[" + []string{"mid", "haiku", "gpt"}[i] + ": " + words + "]]")
	}
	return b.String()
}

func say(text string) string { return "say=" + url.QueryEscape(text) }

// asked lists the models that requests reached, in order.
func asked(list []simulator.Request) string {
	names := make([]string, len(list))
	for i, r := range list {
		names[i] = r.Model
	}
	return strings.Join(names, " ")
}

// content is the text that a client got.
func content(r response) string {
	_, after, _ := strings.Cut(string(r.body), `"content":"`)
	text, _, _ := strings.Cut(after, `"`)
	return text
}

func TestAgreement(t *testing.T) {
	s := startStack(t, agreeing(100, "memory")...)
	const (
		schema = `,"response_format":{"type":"json_schema","json_schema":{"name":"x","schema":{"type":"object","properties":{"label":{"enum":["spam","ham"]},"reason":{"type":"string"}},"required":["label"]}}}`
		call   = `,"tools":[{"type":"function","function":{"name":"weather","parameters":{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer"}}}}}],"tool_choice":"required"`
	)
	for _, tt := range []struct {
		name, prompt, extra, model, attempts, escalation, asked, says string
	}{
		{"the same number in other words", sum(say("42"), say("The answer is 42.00 kg."), "ok"), "", "mid", "2", "agreement", "mid haiku", "42"},
		{"another number", sum(say("42"), say("43"), say("42")), "", "gpt", "3", "disagreement,disagreement", "mid haiku gpt", "42"},
		{"no number", sum(say("42"), say("I would say so."), say("42")), "", "gpt", "3", "disagreement,disagreement", "mid haiku gpt", "42"},
		{"the same label, other reasons", "Is this mail spam?" + says(say(`{"label": "ham", "reason": "a friend"}`), say("{\"reason\":\"no link\",\n\"label\":\"ham\"}"), "ok"), schema, "mid", "2", "agreement", "mid haiku", `{\`},
		{"the same label, in a fence", "Is this mail spam?" + says(say("Sure:\n```json\n{\"label\":\"ham\"}\n```"), say(`{"label":"ham"}`), "ok"), schema, "mid", "2", "agreement", "mid haiku", `{\`},
		{"the same call", "Weather in Bern, please." + says(say(`{"city": "Bern", "days": 2}`), say(`{"days":2.0,"city":"Bern"}`), "ok"), call, "mid", "2", "agreement", "mid haiku", ""},
		{"another call", "Weather in Bern, please." + says(say(`{"city":"Bern","days":2}`), say(`{"city":"Bern","days":3}`), say(`{"city":"Bern","days":3}`)), call, "gpt", "3", "disagreement,disagreement", "mid haiku gpt", ""},
		{"the probe is down", sum(say("42"), "503", say("42")), "", "gpt", "3", "agreement,server_error", "mid haiku gpt", "42"},
		{"the probe's key is wrong", sum(say("42"), "401", say("42")), "", "gpt", "3", "agreement,provider_error", "mid haiku gpt", "42"},
		{"the strong model's key is wrong", sum(say("42"), say("43"), "401"), "", "mid", "3", "disagreement,disagreement", "mid haiku gpt", "42"},
		{"the probe does not like the request", sum(say("42"), "400", say("42")), "", "gpt", "3", "agreement,provider_error", "mid haiku gpt", "42"},
		{"the probe is too slow", sum(say("42"), "hang", say("42")), "", "gpt", "3", "agreement,timeout", "mid haiku gpt", "42"},
		{"the probe says nothing", sum(say("42"), "empty", say("42")), "", "gpt", "3", "agreement,empty", "mid haiku gpt", "42"},
		{"the first answer is weak", sum("refuse", say("42"), say("42")), "", "gpt", "2", "refusal", "mid gpt", "42"},
		{"the strong model fails", sum(say("42"), say("43"), "500"), "", "mid", "3", "disagreement,disagreement", "mid haiku gpt", "42"},
		{"the strong model refuses", sum(say("42"), say("43"), "refuse"), "", "mid", "3", "disagreement,disagreement", "mid haiku gpt", "42"},
		{"the first answer has no number", sum(say("Let me think about it."), say("42"), say("42")), "", "gpt", "2", "no_answer", "mid gpt", "42"},
		{"a chat", "Tell me about rivers." + says(say("Rivers run."), say("They run."), "ok"), "", "mid", "1", "", "mid", "Rivers run."},
		{"an essay", "Write an essay on 12 rivers and 30 lakes; how many are there?" + says(say("Many."), say("Few."), "ok"), "", "mid", "1", "", "mid", "Many."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before, booked := len(s.received()), budgetOf(t, s.sluice)
			r := post(t, s.chat(), chatBody(strings.NewReplacer(`"`, `\"`, "\n", `\n`).Replace(tt.prompt), tt.extra))
			expectAnswer(t, r, tt.model, tt.attempts, tt.escalation)
			if got := asked(s.received()[before:]); got != tt.asked {
				t.Errorf("asked %s, want %s", got, tt.asked)
			}
			expectClean(t, s.received()[before:])
			if fenced := strings.Contains(tt.name, "fence"); fenced != (r.header.Get("x-sluice-repaired") == "json") || strings.Contains(string(r.body), "Sure") {
				t.Errorf("repaired: %q, %s", r.header.Get("x-sluice-repaired"), r.body)
			}
			if got := content(r); got != tt.says {
				t.Errorf("the client got %q, want %q in %s", got, tt.says, r.body)
			}
			cost, err := strconv.ParseFloat(r.header.Get("x-sluice-cost"), 64)
			if err != nil || cost == 0 {
				t.Errorf("cost %q", r.header.Get("x-sluice-cost"))
			}
			eventually(t, func() error {
				if b := budgetOf(t, s.sluice); b.Reserved != 0 || !nearly(b.Spent-booked.Spent, cost, 1) {
					return fmt.Errorf("the books say %+v, before %+v; it cost %v", b, booked, cost)
				}
				return nil
			})
		})
	}
	t.Run("streamed requests are not held", func(t *testing.T) {
		before := len(s.received())
		st := openStream(t, s.chat(), chatBody(sum(say("42"), say("43"), "ok"), streamed))
		if _, err := st.rest(); err != nil || st.header.Get("x-sluice-model") != "mid" || asked(s.received()[before:]) != "mid" {
			t.Errorf("%v, %v, asked %s", err, st.header, asked(s.received()[before:]))
		}
	})
	t.Run("counted and explained", func(t *testing.T) {
		for result, want := range map[string]float64{"agreed": 4, "disagreed": 6, "probe_failed": 5, "no_answer": 1} {
			if got := s.sluice.metric(t, "sluice_agreement_total", `first="mid"`, `probe="haiku"`, `result="`+result+`"`); got != want {
				t.Errorf("%s: %v, want %v", result, got, want)
			}
		}
		r := post(t, s.chat(), chatBody(sum(say("42"), say("42"), "ok"), ""), "x-sluice-debug: true")
		if got := r.header.Get("x-sluice-debug"); !strings.Contains(got, `"agreement":{"expected_cost_usd":`) || !strings.Contains(got, `"probe":"haiku"`) {
			t.Errorf("explained as %s", got)
		}
		if log := s.sluice.printed(t, `.*"agreement":"agreed".*`)[0]; !strings.Contains(log, `"probe":"haiku"`) || !strings.Contains(log, `"model":"mid"`) {
			t.Errorf("logged as %s", log)
		}
	})
	t.Run("off", func(t *testing.T) {
		s := startStack(t, append(agreeing(100, "memory"), "envoy: {", "agreement: off\nenvoy: {")...)
		expectAnswer(t, post(t, s.chat(), chatBody(sum(say("42"), say("43"), "ok"), "")), "mid", "1", "")
	})
}

// TestAgreementMessages: the same in Anthropic's format, where the first answer's headers
// take the place of the probe's.
func TestAgreementMessages(t *testing.T) {
	s := startStack(t, append([]string{"v1\", format: openai", "v1\", format: [openai, anthropic]"}, agreeing(100, "memory")...)...)
	r := post(t, s.messages(), messagesBody(sum(say("42"), say("$42"), "ok"), ""), "anthropic-version: 2023-06-01")
	expectAnswer(t, r, "mid", "2", "agreement")
	if !strings.Contains(string(r.body), `"text":"42"`) {
		t.Errorf("the client got %s", r.body)
	}
}

// TestAgreementWithoutMoney: without money for the probe, or for the strong model, the first
// answer is delivered.
func TestAgreementWithoutMoney(t *testing.T) {
	question := chatBody(sum(say("42"), say("43"), say("44")), `,"max_tokens":100`)
	for _, tt := range []struct {
		name, attempts, escalation, asked string
		factor                            float64 // of the first attempt's estimate
	}{
		{"for the probe", "1", "", "mid", 1.2},
		{"for the strong model", "2", "disagreement", "mid haiku", 5},
	} {
		t.Run(tt.name, func(t *testing.T) {
			priced := func(budget float64) []string {
				return append([]string{
					"price: {input: 5, output: 10}", "price: {input: 50, output: 100}",
					"tier: standard, timeout: 5s, capabilities: [tools, json]}", "tier: standard, timeout: 5s, capabilities: [tools, json], price: {input: 3, output: 6}}",
				},
					agreeing(budget, "memory")...)
			}
			estimate := estimateOf(t, startStack(t, priced(100)...), question)
			s := startStack(t, priced(tt.factor*estimate)...)
			r := post(t, s.chat(), question)
			expectAnswer(t, r, "mid", tt.attempts, tt.escalation)
			if got := asked(s.received()); got != tt.asked || content(r) != "42" {
				t.Errorf("asked %s; the client got %s", got, r.body)
			}
			if n := s.sluice.metric(t, "sluice_escalations_denied_total"); n != 1 {
				t.Errorf("%v escalations were denied", n)
			}
		})
	}
}

// gate delays the probe's answers until it is opened.
func gate(u *upstream) (open func()) {
	release := make(chan struct{})
	u.Behave(func(model string, _ []byte) simulator.Behaviour {
		if model != "haiku" {
			return simulator.Behaviour{Say: simulator.Given, Text: "42"}
		}
		return simulator.Behaviour{Say: simulator.Given, Text: "42.0", Gate: func(ctx context.Context, n int) {
			if n == 0 {
				select {
				case <-release:
				case <-ctx.Done():
				}
			}
		}}
	})
	return sync.OnceFunc(func() { close(release) })
}

// TestAgreementCrash: the router that holds the first answer is killed while the probe is
// asked. The judge of the probe's answer has the hash but not the first answer, so the client
// gets the probe's, which is the same.
func TestAgreementCrash(t *testing.T) {
	slow := append([]string{"tier: standard, timeout: 5s, capabilities: [tools, json]}", "tier: standard, timeout: 20s, capabilities: [tools, json], price: {input: 0.5, output: 1}}"},
		append([]string{"total_time: 20s", "total_time: 8s"}, agreeing(100, redistest.Start(t).URL())...)...)
	question := func(i int) string {
		return chatBody(fmt.Sprintf("What is %d plus %d? Reply with only the number.", i, 42-i), `,"max_tokens":50`)
	}
	t.Run("and is restarted", func(t *testing.T) {
		s := startStack(t, slow...)
		open := gate(s.anthropic)
		defer open()
		s.openai.Behave(func(string, []byte) simulator.Behaviour { return simulator.Behaviour{Say: simulator.Given, Text: "42"} })
		before := budgetOf(t, s.sluice)
		done := make(chan response)
		go func() { done <- crowd(t, s.chat(), 1, question)[0] }()
		eventually(t, func() error { return arrived(s, 1) })
		s.sluice.kill9()
		s.startSluice(t)
		time.Sleep(500 * time.Millisecond) // Envoy connects again
		open()
		r := <-done
		expectAnswer(t, r, "haiku", "2", "agreement")
		if content(r) != "42.0" || asked(s.received()) != "mid haiku" {
			t.Errorf("asked %s; the client got %s", asked(s.received()), r.body)
		}
		cost, err := strconv.ParseFloat(r.header.Get("x-sluice-cost"), 64)
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, func() error { // the client has its answer a little before it is booked
			if b := budgetOf(t, s.sluice); b.Reserved != 0 || !nearly(b.Spent-before.Spent, cost, 1) {
				return fmt.Errorf("the books say %+v, before %+v; it cost %v", b, before, cost)
			}
			return nil
		})
	})
	t.Run("and another one is there", func(t *testing.T) {
		const clients = 40
		s := startReplicas(t, 2, slow...)
		open := gate(s.anthropic)
		defer open()
		s.openai.Behave(func(string, []byte) simulator.Behaviour { return simulator.Behaviour{Say: simulator.Given, Text: "42"} })
		before, estimate := budgetOf(t, s.replicas[1]), estimateOf(t, s, question(1))
		done := make(chan []response)
		go func() { done <- crowd(t, s.chat(), clients, question) }()
		eventually(t, func() error { return arrived(s, clients) })
		s.replicas[0].kill9()
		time.Sleep(500 * time.Millisecond)
		open()
		var told float64
		untold, by := 0, map[string]int{}
		for _, r := range <-done {
			if r.status != 200 || r.err != nil {
				t.Fatalf("%d %s, %v", r.status, r.body, r.err)
			}
			model := r.header.Get("x-sluice-model")
			by[model]++
			if model == "" { // Envoy chose the dead one to judge the probe's answer, and let it go
				untold++
				model = "haiku"
			} else if r.header.Get("x-sluice-escalation") != "agreement" {
				t.Errorf("headers %v", r.header)
			} else if cost, err := strconv.ParseFloat(r.header.Get("x-sluice-cost"), 64); err != nil {
				t.Error(err)
			} else {
				told += cost
			}
			if want := map[string]string{"mid": "42", "haiku": "42.0"}[model]; content(r) != want {
				t.Errorf("%s says %s", model, r.body)
			}
		}
		if by["mid"] == 0 || by["haiku"] == 0 {
			t.Errorf("answers by %v: this shows nothing", by)
		}
		most := told + 2*float64(untold)*estimate // by estimate, of two attempts, the second one cheaper
		eventually(t, func() error {
			if b := budgetOf(t, s.replicas[1]); b.Reserved != 0 || b.Spent-before.Spent < told-1e-6*clients || b.Spent-before.Spent > most+1e-6*clients {
				return fmt.Errorf("the books say %+v, before %+v; the clients paid %v, and %d of them at most %v in all", b, before, told, untold, most)
			}
			return nil
		})
		t.Logf("answers by %v", by)
	})
}

// arrived gives an error until so many probes are asked.
func arrived(s *stack, n int) error {
	if got := len(s.anthropic.received("haiku")); got < n {
		return fmt.Errorf("%d of %d probes are asked", got, n)
	}
	return nil
}
