package config

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sluice/routing"
)

const minimal = `
providers:
  local: {endpoint: "http://127.0.0.1:8000/v1", format: openai}
models:
  - {name: small, provider: local, tier: budget}
  - {name: large, provider: local, tier: premium, price: {input: 3, output: 15}}
`

func TestDefaultIsValid(t *testing.T) {
	f, warnings, err := Load("default.yaml", DefaultYAML())
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range warnings {
		if !strings.Contains(w.Text, "not counted yet") {
			t.Errorf("unexpected warning: %v", w)
		}
	}
	f.Written = nil // by which alone it differs
	if diff := cmp.Diff(Default(), f); diff != "" {
		t.Errorf("loading the default over itself changed it (-want +got):\n%s", diff)
	}
	rt, err := Build(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"auto", "hierarchical", "domain", "cascade", "experiment"} {
		req := &routing.Request{API: routing.OpenAIChat, Messages: 1, Prompt: "hello", Strategy: name}
		d, err := rt.Router.Route(req)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if d.Model == "" || len(d.Candidates) == 0 {
			t.Errorf("%s: decision without a model: %+v", name, d)
		}
	}
}

func TestMinimal(t *testing.T) {
	f, _, err := Load("minimal.yaml", []byte(minimal))
	if err != nil {
		t.Fatal(err)
	}
	want := Routing{
		Route: []string{"auto", "sluice/auto"}, Strategy: "auto", Scorer: "learned", Quality: &Quality{Level: "balanced"},
		BudgetStatus: 402,
		Session:      Session{TTL: Duration(time.Hour), Most: 100000},
		Tiers:        Thresholds{0.2, 0.4, 0.7},
		TierModels:   map[string]string{"budget": "small", "standard": "large", "premium": "large", "flagship": "large"},
		DefaultModel: "large",
		Cascade:      []string{"small", "large"},
		Limits: Limits{
			Attempts: 3, TotalTime: Duration(90 * time.Second), StreamTime: Duration(10 * time.Minute),
			StreamIdle: Duration(15 * time.Second), Request: 32 << 20, RequestTime: Duration(5 * time.Minute), Response: 32 << 20, Answer: 64 << 20, Held: 256 << 20,
		},
	}
	if diff := cmp.Diff(want, f.Routing); diff != "" {
		t.Errorf("routing (-want +got):\n%s", diff)
	}
	rt, err := Build(f)
	if err != nil {
		t.Fatal(err)
	}
	large := rt.Router.Model("large")
	if large.Price != (routing.Price{Input: 3, Output: 15, CachedInput: 3, CacheWrite: 3, CacheWrite1h: 3}) || large.Timeout != 90*time.Second || large.UpstreamName != "large" {
		t.Errorf("model large: %+v", large)
	}
	if diff := cmp.Diff([]string{"auto", "sluice/auto", "small", "large"}, rt.Listed); diff != "" {
		t.Errorf("listed (-want +got):\n%s", diff)
	}
}

func TestMistakes(t *testing.T) {
	t.Setenv("SLUICE_TEST_ENDPOINT", "http://127.0.0.1:9/v1")
	tests := []struct {
		name, yaml string
		want       []string // every problem, in order
	}{
		{"unknown key", minimal + "colour: red\n", []string{
			"line 7: colour: unknown key; expected one of listen, admin, admin_hosts, processor, providers, models, routing, judge, budgets, experiments, identity, state, cache, compression, agreement, cors, envoy, telemetry",
		}},
		{"removed compression", minimal + "compression: safe\n", []string{
			`line 7: compression: "safe" was removed, it saved next to nothing; write "off", or "spec" for the published rule`,
		}},
		{"unknown repair", minimal + "judge: {repair: maybe, constraint: never}\n", []string{
			`line 7: judge.repair: "maybe" is unknown; expected one of json, off`,
			`line 7: judge.constraint: "never" is unknown; expected one of escalate, keep`,
		}},
		{"unknown nested key", minimal + "judge:\n  min_charcters: 3\n", []string{
			"line 8: judge.min_charcters: unknown key; did you mean min_characters?",
		}},
		{"all at once", minimal + "routing:\n  strategy: magic\n  cascade: [small, medium]\n  limits: {attempts: 0}\njudge: {refusal: maybe}\n", []string{
			`line 8: routing.strategy: "magic" is unknown; expected one of auto, hierarchical, domain, cascade, experiment`,
			`line 9: routing.cascade[1]: unknown model "medium"; known: small, large`,
			`line 10: routing.limits.attempts: 0 is out of range; expected 1 to 10`,
			`line 11: judge.refusal: "maybe" is unknown; expected one of escalate, keep`,
		}},
		{"types", minimal + "routing: {limits: {attempts: many, total_time: soon, request: big}, route: auto}\n", []string{
			`line 7: routing.limits.attempts: expected a whole number, found "many"`,
			`line 7: routing.limits.total_time: expected a duration such as 500ms, 5s or 10m, found "soon"`,
			`line 7: routing.limits.request: expected a size such as 512KiB or 64MiB, found "big"`,
			`line 7: routing.route: expected a list, found "auto"`,
		}},
		{"key twice", "listen: 127.0.0.1:1\nlisten: 127.0.0.1:2\n", []string{"line 2: listen: key is given twice"}},
		{"not a mapping", "- a\n", []string{"line 1: expected a mapping of keys to values, found a list"}},
		{"not YAML", "a: [1\n", []string{"line 2: did not find expected ',' or ']' while parsing a flow sequence that begins in line 1"}},
		{"two documents", "listen: 127.0.0.1:1\n---\nadmin: 127.0.0.1:2\n", []string{"expected one YAML document, found more"}},
		{"alias", "listen: &a 127.0.0.1:1\nadmin: *a\n", []string{"line 2: admin: aliases are not supported; write the value out"}},
		{"environment", "listen: ${SLUICE_TEST_UNSET}:1\n", []string{"line 1: listen: environment variable SLUICE_TEST_UNSET is not set"}},
		{"provider", "providers:\n  p: {endpoint: ftp://x, format: [openai, telex], credential: {}}\nmodels:\n  - {name: m, provider: q, tier: huge}\n", []string{
			`line 2: providers.p.endpoint: "ftp://x" is not a base URL; expected one such as https://api.example.com/v1`,
			`line 2: providers.p.format[1]: "telex" is unknown; expected openai, anthropic or responses`,
			`line 2: providers.p.credential: expected either env or file`,
			`line 4: models[0].provider: unknown provider "q"; known: p`,
			`line 4: models[0].tier: "huge" is not a tier; expected budget, standard, premium or flagship`,
		}},
		{"time zone", minimal + "budgets:\n  - {name: b, per: user, limit: 1, window: day, timezone: Mars/Olympus, on_exhausted: cheapest}\n", []string{
			`line 8: budgets[0].timezone: "Mars/Olympus" is not an IANA time zone such as Asia/Seoul`,
		}},
		{"null value", minimal + "telemetry: {log_level: }\n", []string{"line 7: telemetry.log_level: expected one value, found nothing"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, _, err := Load("x.yaml", []byte(tt.yaml))
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("expected an *Error, got %v", err)
			}
			if f != nil {
				t.Error("a file beside an error")
			}
			var got []string
			for _, p := range e.Problems {
				got = append(got, p.String())
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEnvironment(t *testing.T) {
	t.Setenv("SLUICE_TEST_HOST", "127.0.0.1")
	f, _, err := Load("x.yaml", []byte("listen: ${SLUICE_TEST_HOST}:8080\n"))
	if err != nil {
		t.Fatal(err)
	}
	if f.Listen != "127.0.0.1:8080" {
		t.Errorf("listen %q", f.Listen)
	}
}

func TestExperimentsKeepTheirOrder(t *testing.T) {
	f, _, err := Load("x.yaml", []byte(minimal+`
experiments:
  zebra: {z: {model: large, weight: 0.5}, a: {model: small, weight: 0.5}}
  ant:   {only: {model: small, weight: 1}}
`))
	if err != nil {
		t.Fatal(err)
	}
	want := Experiments{
		{Name: "zebra", Variants: []Variant{{"z", "large", 0.5}, {"a", "small", 0.5}}},
		{Name: "ant", Variants: []Variant{{"only", "small", 1}}},
	}
	if diff := cmp.Diff(want, f.Experiments); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNoBudgetNeverExhausts(t *testing.T) {
	f, _, err := Load("x.yaml", []byte(minimal+"budgets: []\nrouting: {strategy: hierarchical}\n"))
	if err != nil {
		t.Fatal(err)
	}
	rt, err := Build(f)
	if err != nil {
		t.Fatal(err)
	}
	if accounts := rt.Budgets.Accounts(routing.Principal{User: "ann"}, time.Now()); len(accounts) != 0 {
		t.Errorf("accounts %v", accounts)
	}
	d, err := rt.Router.Route(&routing.Request{API: routing.OpenAIChat, Messages: 1, Allowance: rt.Budgets.At(math.MaxFloat64)})
	if err != nil || d.Reason != "complexity_0.00" {
		t.Errorf("reason %q, error %v", d.Reason, err)
	}
}

func TestRestrict(t *testing.T) {
	f := Default()
	left := f.Restrict(func(p Provider) bool { return p.Credential != nil && p.Credential.Env == "OPENAI_API_KEY" })
	if diff := cmp.Diff([]string{"anthropic", "deepseek", "google", "local"}, left); diff != "" {
		t.Errorf("left out (-want +got):\n%s", diff)
	}
	c := &checker{file: f, at: map[string]place{}}
	c.check()
	if len(c.problems) > 0 {
		t.Errorf("what remains is no valid configuration: %v", c.problems)
	}
	want := map[string]string{"budget": "gpt-4o-mini", "standard": "gpt-4o-mini", "premium": "gpt-4o", "flagship": "o1"}
	if diff := cmp.Diff(want, f.Routing.TierModels); diff != "" {
		t.Errorf("tier models (-want +got):\n%s", diff)
	}
}

func TestHash(t *testing.T) {
	a, err := Build(Default())
	if err != nil {
		t.Fatal(err)
	}
	f := Default()
	f.Routing.Tiers.Standard = 0.3
	b, err := Build(f)
	if err != nil {
		t.Fatal(err)
	}
	if a.Hash == b.Hash || len(a.Hash) != 12 {
		t.Errorf("hashes %q and %q", a.Hash, b.Hash)
	}
}

func TestLoadFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sluice.yaml")
	if _, _, err := LoadFile(path); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("missing file: %v", err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f, _, err := LoadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Default(), f); diff != "" {
		t.Errorf("an empty file is not the default (-want +got):\n%s", diff)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(DefaultYAML())
	f.Add([]byte(minimal))
	f.Add([]byte(effortful))
	f.Add([]byte("a: &a [*a]"))
	f.Add([]byte("models: [{name: x, price: {input: .nan}}]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, _, err := Load("fuzz.yaml", data)
		if (file == nil) == (err == nil) {
			t.Fatalf("value and error: %v, %v", file != nil, err)
		}
		if err != nil {
			return
		}
		if _, err := Build(file); err != nil {
			t.Fatalf("an accepted file cannot be built: %v", err)
		}
	})
}
