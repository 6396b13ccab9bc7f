package policy

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sluice/routing"
)

// told is a Scorer that says what the prompt says: "topic complexity language".
type told struct{}

func (told) Describe(text string) Description {
	words := strings.Fields(text)
	d := Description{Topic: words[0], Complexity: float64(words[1][0]-'0') / 10}
	if len(words) > 2 && len(words[2]) == 2 {
		d.Language = words[2]
	}
	return d
}

func scored() *Auto {
	a := auto()
	a.Scorer, a.Above = told{}, Thresholds{0.4, 0.6, 0.8}
	return a
}

func TestAuto(t *testing.T) {
	tests := []struct {
		name   string
		req    routing.Request
		change func(*Auto)
		rule   routing.Rule
		tier   routing.Tier
		domain string
		want   string
	}{
		{name: "simple", req: routing.Request{Prompt: "general 1 en"}, rule: routing.ByComplexity, tier: routing.Budget, domain: "general", want: "llama-3.2-3b gpt-4o-mini claude-sonnet-4 claude-opus-4"},
		{name: "medium", req: routing.Request{Prompt: "general 5 en"}, rule: routing.ByComplexity, tier: routing.Standard, domain: "general", want: "gpt-4o-mini claude-sonnet-4 claude-opus-4"},
		{name: "hard", req: routing.Request{Prompt: "general 7 en"}, rule: routing.ByComplexity, tier: routing.Premium, domain: "general", want: "claude-sonnet-4 claude-opus-4"},
		{name: "hardest", req: routing.Request{Prompt: "general 9 en"}, rule: routing.ByComplexity, tier: routing.Flagship, domain: "general", want: "claude-opus-4"},
		{name: "code is worth next to nothing more", req: routing.Request{Prompt: "code 1 en"}, rule: routing.ByDomain, tier: routing.Standard, domain: "code", want: "deepseek-coder-v2 gpt-4o-mini claude-sonnet-4 claude-opus-4"},
		{name: "hard code: the domain's model of the tier", req: routing.Request{Prompt: "code 7 en"}, rule: routing.ByDomain, tier: routing.Premium, domain: "code", want: "claude-sonnet-4 claude-opus-4"},
		{name: "a summary is worth next to nothing more", req: routing.Request{Prompt: "rag_summary 1 en"}, rule: routing.ByDomain, tier: routing.Standard, domain: "rag_summary", want: "gemini-2.0-flash gpt-4o-mini claude-sonnet-4 claude-opus-4"},
		{name: "easy mathematics", req: routing.Request{Prompt: "math 1 en"}, rule: routing.ByComplexity, tier: routing.Budget, domain: "math", want: "llama-3.2-3b gpt-4o-mini deepseek-r1 claude-sonnet-4 o1 claude-opus-4"},
		{
			name: "a reasoning model of the tier", req: routing.Request{Prompt: "math 5 en"},
			change: func(a *Auto) {
				reasoning := *deepseek
				reasoning.Tier = routing.Standard
				a.Domains.Models["math"] = []*routing.Model{o1, &reasoning}
			},
			rule: routing.ByDomain, tier: routing.Standard, domain: "math", want: "deepseek-r1 gpt-4o-mini claude-sonnet-4 o1 claude-opus-4",
		},
		{name: "hard mathematics", req: routing.Request{Prompt: "math 7 en"}, rule: routing.ByDomain, tier: routing.Premium, domain: "math", want: "deepseek-r1 claude-sonnet-4 o1 claude-opus-4"},
		{name: "writing does not reach one that is much dearer", req: routing.Request{Prompt: "writing 5 en"}, rule: routing.ByComplexity, tier: routing.Standard, domain: "writing", want: "gpt-4o-mini gpt-4o claude-sonnet-4 claude-opus-4"},
		{name: "long input", req: routing.Request{Prompt: "general 1 en " + strings.Repeat("something ", 4000), Bytes: 40000}, rule: routing.ByLength, tier: routing.Standard, domain: "general", want: "gpt-4o-mini claude-sonnet-4 claude-opus-4"},
		{name: "long document", req: routing.Request{Prompt: "general 1 en " + strings.Repeat("something ", 40000), Bytes: 400000}, rule: routing.ByLength, tier: routing.Premium, domain: "general", want: "claude-sonnet-4 claude-opus-4"},
		{
			name: "long document with models for it", req: routing.Request{Prompt: "general 1 en " + strings.Repeat("something ", 40000), Bytes: 400000},
			change: func(a *Auto) { a.Domains.Models["long_context"] = []*routing.Model{gpt4o} },
			rule:   routing.ByLength, tier: routing.Premium, domain: "long_context", want: "gpt-4o claude-sonnet-4 claude-opus-4",
		},
		{
			name: "a model that is not good at the language", req: routing.Request{Prompt: "general 1 ko"},
			change: func(a *Auto) { english(a, routing.Budget) },
			rule:   routing.ByComplexity, tier: routing.Standard, domain: "general", want: "gpt-4o-mini claude-sonnet-4 claude-opus-4",
		},
		{
			name: "where none is good at it, all count", req: routing.Request{Prompt: "general 1 ko"},
			change: func(a *Auto) { english(a, routing.Tiers()...) },
			rule:   routing.ByComplexity, tier: routing.Budget, domain: "general", want: "llama-3.2-3b gpt-4o-mini claude-sonnet-4 claude-opus-4",
		},
		{
			name: "Korean has models of its own", req: routing.Request{Prompt: "general 7 ko"},
			change: func(a *Auto) { a.Domains.Models["korean"] = []*routing.Model{gpt4o} },
			rule:   routing.ByDomain, tier: routing.Premium, domain: "korean", want: "gpt-4o claude-sonnet-4 claude-opus-4",
		},
		{
			name: "a Korean question about code is about code", req: routing.Request{Prompt: "code 7 ko"},
			change: func(a *Auto) { a.Domains.Models["korean"] = []*routing.Model{gpt4o} },
			rule:   routing.ByDomain, tier: routing.Premium, domain: "code", want: "claude-sonnet-4 claude-opus-4",
		},
		{
			name: "many turns need room", req: routing.Request{Prompt: "general 1 en", Turns: 12, Bytes: 40_000},
			change: func(a *Auto) { small(a, 15_000) },
			rule:   routing.ByComplexity, tier: routing.Standard, domain: "general", want: "gpt-4o-mini claude-sonnet-4 claude-opus-4",
		},
		{
			name: "few do not", req: routing.Request{Prompt: "general 1 en", Turns: 2, Bytes: 40_000},
			change: func(a *Auto) { small(a, 15_000) },
			rule:   routing.ByComplexity, tier: routing.Budget, domain: "general", want: "llama-3.2-3b gpt-4o-mini claude-sonnet-4 claude-opus-4",
		},
		{name: "a short turn stands on those before", req: routing.Request{Prompt: "yes", Before: "general 7 en"}, rule: routing.ByComplexity, tier: routing.Premium, domain: "general", want: "claude-sonnet-4 claude-opus-4"},
		{name: "preflight", req: routing.Request{Prompt: "general 9 en", Kind: routing.Preflight}, rule: routing.ByAuxiliary, tier: routing.Budget, domain: "general", want: "llama-3.2-3b gpt-4o-mini claude-sonnet-4 claude-opus-4"},
		{name: "auxiliary", req: routing.Request{Prompt: "general 9 en", Kind: routing.Auxiliary}, rule: routing.ByAuxiliary, tier: routing.Budget, domain: "general", want: "llama-3.2-3b gpt-4o-mini claude-sonnet-4 claude-opus-4"},
		{name: "work that goes badly", req: routing.Request{Prompt: "general 5 en", Kind: routing.Continuation, Stage: routing.Stage{Severe: true, Trouble: 1, Total: 1}}, rule: routing.ByStage, tier: routing.Premium, domain: "general", want: "claude-sonnet-4 claude-opus-4"},
		{
			name: "another of the tier stands in", req: routing.Request{Prompt: "general 5 en", API: routing.AnthropicMessages},
			change: func(a *Auto) {
				m := *mini
				m.Provider = &routing.Provider{Name: "openai", Formats: []routing.Format{routing.OpenAI}}
				a.Tiers.TierModels[routing.Standard] = &m
				a.Others = map[routing.Tier][]*routing.Model{routing.Standard: {&m, haiku}, routing.Premium: {gpt4o}}
			},
			rule: routing.ByComplexity, tier: routing.Standard, domain: "general", want: "claude-haiku claude-sonnet-4 claude-opus-4",
		},
		{name: "half a dollar left", req: routing.Request{Prompt: "general 5 en", Allowance: daily.At(9.5)}, rule: routing.ByComplexity, tier: routing.Standard, domain: "general", want: "gpt-4o-mini claude-sonnet-4 claude-opus-4"},
		{
			name: "one model for every tier", req: routing.Request{Prompt: "general 5 en"},
			change: func(a *Auto) {
				for _, t := range routing.Tiers() {
					a.Tiers.TierModels[t] = haiku
				}
			},
			rule: routing.ByComplexity, tier: routing.Budget, domain: "general", want: "claude-haiku",
		},
		{name: "exhausted", req: routing.Request{Prompt: "general 9 en", Allowance: daily.At(9.6)}, rule: routing.ByBudget, tier: routing.Budget, domain: "general", want: "llama-3.2-3b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := scored()
			if tt.change != nil {
				tt.change(a)
			}
			if tt.req.API == 0 {
				tt.req.API = routing.OpenAIChat
			}
			d := a.Decide(&tt.req)
			if d.Rule != tt.rule || d.Tier != tt.tier || d.Domain != tt.domain || d.Model != d.Candidates[0].Name {
				t.Errorf("rule %s, tier %s, domain %s, model %s", d.Rule, d.Tier, d.Domain, d.Model)
			}
			if diff := cmp.Diff(strings.Fields(tt.want), names(d.Candidates)); diff != "" {
				t.Errorf("candidates (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("by the spec's rules", func(t *testing.T) {
		d := auto().Decide(&routing.Request{API: routing.OpenAIChat, Prompt: "explain and compare: python"})
		if d.Complexity != 0.2 || d.Domain != "code" || d.Model != "deepseek-coder-v2" || d.Rule != routing.ByDomain {
			t.Errorf("%+v", d)
		}
		d = auto().Decide(&routing.Request{API: routing.OpenAIChat, Prompt: "an equation"})
		if d.Complexity != 0 || d.Domain != "math" || d.Model != "gpt-4o-mini" || d.Rule != routing.ByDomain {
			t.Errorf("mathematics needs the standard tier: %+v", d)
		}
	})
}

// english makes copies of the tiers' models that are good at English alone.
func english(a *Auto, tiers ...routing.Tier) {
	for _, tier := range tiers {
		m := *a.Tiers.TierModels[tier]
		m.Languages = []string{"en"}
		a.Tiers.TierModels[tier] = &m
	}
}

// small gives the budget model a small context.
func small(a *Auto, context int) {
	m := *a.Tiers.TierModels[routing.Budget]
	m.Context = context
	a.Tiers.TierModels[routing.Budget] = &m
}

func TestConversations(t *testing.T) {
	other := &routing.Provider{Name: "other", Formats: []routing.Format{routing.OpenAI}}
	past := func(m *routing.Model) routing.Past { return routing.Past{Model: m.Name, Idle: time.Minute} }
	raised := func(m *routing.Model, calls int) routing.Past {
		return routing.Past{Model: m.Name, Idle: time.Minute, Raised: calls}
	}
	cold := routing.Past{Model: sonnet.Name, Idle: time.Hour}
	tests := []struct {
		name string
		req  routing.Request
		rule routing.Rule
		want string // first candidate
	}{
		{"a tool call is open", routing.Request{Prompt: "general 9 en", OpenCall: true, Past: past(mini)}, routing.BySession, "gpt-4o-mini"},
		{"a continuation keeps its turn's decision", routing.Request{Prompt: "general 9 en", Kind: routing.Continuation, Past: past(mini)}, routing.BySession, "gpt-4o-mini"},
		{"unless the work goes badly", routing.Request{Prompt: "general 1 en", Kind: routing.Continuation, Stage: routing.Stage{Repeated: true, Trouble: 2, Total: 4}, Past: past(mini)}, routing.ByStage, "claude-sonnet-4"},
		{"one tier up, whatever the prompt seems to need", routing.Request{Prompt: "general 9 en", Kind: routing.Continuation, Stage: routing.Stage{Severe: true, Trouble: 1, Total: 4}, Past: past(mini)}, routing.ByStage, "claude-sonnet-4"},
		{"and once for one incident", routing.Request{Prompt: "general 1 en", Kind: routing.Continuation, Stage: routing.Stage{Severe: true, Trouble: 2, Total: 5}, Past: raised(mini, 4)}, routing.BySession, "gpt-4o-mini"},
		{"also if the client asks again", routing.Request{Prompt: "general 1 en", Kind: routing.Continuation, Stage: routing.Stage{Severe: true, Trouble: 1, Total: 4}, Past: raised(mini, 4)}, routing.BySession, "gpt-4o-mini"},
		{"but again for the next one", routing.Request{Prompt: "general 1 en", Kind: routing.Continuation, Stage: routing.Stage{Repeated: true, Trouble: 2, Total: 6}, Past: raised(mini, 4)}, routing.ByStage, "claude-sonnet-4"},
		{"and in a history that has begun anew", routing.Request{Prompt: "general 1 en", Kind: routing.Continuation, Stage: routing.Stage{Repeated: true, Trouble: 2, Total: 3}, Past: raised(mini, 40)}, routing.ByStage, "claude-sonnet-4"},
		{"go on", routing.Request{Prompt: "yes", Before: "general 9 en", Past: past(mini)}, routing.BySession, "gpt-4o-mini"},
		{"a harder turn moves up", routing.Request{Prompt: "general 7 en", Past: past(mini)}, routing.ByComplexity, "claude-sonnet-4"},
		{"a turn as hard stays", routing.Request{Prompt: "general 7 en", Past: past(gpt4o)}, routing.BySession, "gpt-4o"},
		{"an easier turn moves down in a short conversation", routing.Request{Prompt: "general 1 en", Past: past(sonnet), Bytes: 400}, routing.ByComplexity, "llama-3.2-3b"},
		{"a flagship keeps what is cached", routing.Request{Prompt: "general 7 en", Past: past(o1), Bytes: 2_000_000}, routing.BySession, "o1"},
		{"a conversation that went cold moves", routing.Request{Prompt: "general 1 en", Past: cold, Bytes: 400}, routing.ByComplexity, "llama-3.2-3b"},
		{"signed reasoning stays with its issuer", routing.Request{Prompt: "general 9 en", Signed: true, Past: past(mini)}, routing.ByComplexity, "claude-opus-4"},
		{"an auxiliary request goes to the cheapest", routing.Request{Prompt: "general 1 en", Kind: routing.Auxiliary, Past: past(opus)}, routing.ByAuxiliary, "llama-3.2-3b"},
		{"but not one that quotes signed reasoning", routing.Request{Prompt: "general 1 en", Kind: routing.Auxiliary, Signed: true, Past: past(opus)}, routing.BySession, "claude-opus-4"},
		{"a preflight request asks for the conversation's model", routing.Request{Prompt: "general 1 en", Kind: routing.Preflight, Past: past(opus)}, routing.BySession, "claude-opus-4"},
		{"an owner", routing.Request{Prompt: "general 1 en", Owner: "resp_1", Past: past(opus)}, routing.ByOwner, "claude-opus-4"},
		{"a model that is gone", routing.Request{Prompt: "general 1 en", Past: routing.Past{Model: "gone"}}, routing.ByComplexity, "llama-3.2-3b"},
		{"a model that cannot serve this", routing.Request{Prompt: "general 1 en", Past: past(mini), API: routing.AnthropicMessages, Kind: routing.Continuation}, routing.BySession, "gpt-4o-mini"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.req.API == 0 {
				tt.req.API = routing.OpenAIChat
			}
			a := scored()
			if strings.HasPrefix(tt.name, "a flagship") { // cached input costs a tenth
				m := *o1
				m.Price.CachedInput = 1.5
				a.Models["o1"] = &m
			}
			d := a.Decide(&tt.req)
			if d.Model != tt.want || d.Rule != tt.rule {
				t.Errorf("model %s by %s, want %s by %s", d.Model, d.Rule, tt.want, tt.rule)
			}
			if d.Fixed != (tt.req.OpenCall || tt.req.Owner != "") {
				t.Errorf("fixed %t", d.Fixed)
			}
		})
	}
	t.Run("auxiliary and preflight requests have more than one candidate", func(t *testing.T) {
		for _, kind := range []routing.TurnKind{routing.Auxiliary, routing.Preflight} {
			for _, signed := range []bool{false, true} {
				d := scored().Decide(&routing.Request{API: routing.OpenAIChat, Prompt: "general 1 en", Kind: kind, Signed: signed, Past: past(sonnet)})
				if len(d.Candidates) < 2 || d.Fixed {
					t.Errorf("%s, signed %t: %v, fixed %t", kind, signed, names(d.Candidates), d.Fixed)
				}
			}
		}
		d := scored().Decide(&routing.Request{API: routing.OpenAIChat, Prompt: "general 1 en", Kind: routing.Preflight, Past: past(sonnet)})
		if got := strings.Join(names(d.Candidates), " "); got != "claude-sonnet-4 claude-opus-4 gpt-4o-mini llama-3.2-3b" {
			t.Errorf("as strong ones do not come first: %s", got)
		}
	})
	t.Run("signed reasoning never reaches another issuer", func(t *testing.T) {
		a := scored()
		m := *mini
		m.Provider = other
		a.Models[m.Name] = &m
		d := a.Decide(&routing.Request{API: routing.OpenAIChat, Prompt: "general 9 en", Signed: true, Explain: true, Past: past(mini), Binding: routing.Binding{Provider: other}})
		if got := names(d.Candidates); len(got) != 1 || got[0] != "gpt-4o-mini" || d.Rule != routing.BySession {
			t.Errorf("%v by %s", got, d.Rule)
		}
		found := false
		for _, c := range d.Considered {
			found = found || c.Model == "claude-opus-4" && c.Outcome == "cannot read what other signed or keeps"
		}
		if !found {
			t.Errorf("the explanation does not say so: %+v", d.Considered)
		}
	})
}

func TestExplanation(t *testing.T) {
	d := scored().Decide(&routing.Request{API: routing.OpenAIChat, Prompt: "rag_summary 1 en", Explain: true})
	got := make(map[string]string)
	for _, c := range d.Considered {
		got[c.Model] = c.Outcome
	}
	want := map[string]string{
		"gemini-2.0-flash": "chosen", "gpt-4o-mini": "behind, should the answer be weak", "claude-sonnet-4": "behind, should the answer be weak",
		"claude-opus-4": "behind, should the answer be weak", "llama-3.2-3b": "weaker than the model chosen",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if d := scored().Decide(&routing.Request{API: routing.OpenAIChat, Prompt: "math 5 en"}); d.Considered != nil {
		t.Error("explained without being asked")
	}
}
