package offline_test

import (
	"fmt"
	"slices"
	"testing"

	"sluice/routing"
	"sluice/routing/config"
	"sluice/routing/offline"
	"sluice/routing/pipeline"
)

func runtime(yaml string) *config.Runtime {
	f, _, err := config.Load("example.yaml", []byte(yaml))
	if err != nil {
		panic(err)
	}
	rt, err := config.Build(f)
	if err != nil {
		panic(err)
	}
	return rt
}

const twoModels = `
providers: {p: {endpoint: "http://127.0.0.1:1/v1", format: openai}}
models:
  - {name: small, provider: p, tier: budget}
  - {name: a-larger-one, provider: p, tier: premium}
routing: {strategy: hierarchical, tier_models: {budget: small, standard: small, premium: a-larger-one, flagship: a-larger-one}}
`

func ExampleDecide() {
	p := pipeline.NewOffline(runtime(twoModels), nil)
	body := offline.ChatBody("auto", "analyze, compare and explain why: def f():", "")
	plan, err := offline.Decide(p, routing.OpenAIChat, body, pipeline.Offline{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(plan.Candidates[0], plan.Reason)
	// Output: a-larger-one complexity_0.50
}

// TestDecide: a request that names a model is routed only where the command says so; the body
// is never changed, whatever room there is behind it.
func TestDecide(t *testing.T) {
	p := pipeline.NewOffline(runtime(twoModels), nil)
	for _, tt := range []struct {
		model     string
		anyModel  bool
		candidate string
		wantErr   string
	}{
		{"auto", false, "small", ""},
		{"a-larger-one", false, "a-larger-one", ""},
		{"a-larger-one", true, "small", ""},
		{"nobody", true, "small", ""},
		{"nobody", false, "", `unknown model "nobody"; known: auto, sluice/auto, small, a-larger-one`},
	} {
		t.Run(fmt.Sprint(tt.model, tt.anyModel), func(t *testing.T) {
			sent := offline.ChatBody(tt.model, "hello", "")
			body := append(make([]byte, 0, 1000), sent...)
			plan, err := offline.Decide(p, routing.OpenAIChat, body, pipeline.Offline{AnyModel: tt.anyModel})
			switch {
			case tt.wantErr != "":
				if err == nil || err.Error() != tt.wantErr {
					t.Errorf("error %v, want %s", err, tt.wantErr)
				}
			case err != nil:
				t.Fatal(err)
			case plan.Candidates[0] != tt.candidate:
				t.Errorf("candidates %v, want %s first", plan.Candidates, tt.candidate)
			}
			if !slices.Equal(body, sent) {
				t.Errorf("the body became %s", body)
			}
		})
	}
}

func TestChatBody(t *testing.T) {
	got := string(offline.ChatBody("auto", `a < "b"`, "me"))
	if want := `{"model":"auto","messages":[{"role":"user","content":"a < \"b\""}],"user":"me"}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
