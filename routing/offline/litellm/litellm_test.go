package litellm

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/routing"
	"sluice/routing/config"
	"sluice/routing/offline/catalogue"
)

var update = flag.Bool("update", false, "write the golden files")

// TestGolden imports each configuration in testdata. The result is a golden file, passes the
// check of configurations with the variables that it names, and holds no secret.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, path := range files {
		if strings.HasSuffix(path, ".golden.yaml") {
			continue
		}
		n++
		t.Run(filepath.Base(path), func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			r, err := Import(path, data, nil)
			if err != nil {
				t.Fatal(err)
			}
			golden := strings.TrimSuffix(path, ".yaml") + ".golden.yaml"
			if *update {
				if err := os.WriteFile(golden, r.YAML, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(r.YAML)); diff != "" {
				t.Errorf("go test -update writes it:\n%s", diff)
			}
			for _, name := range r.Values {
				value := map[string]string{"REDIS_PORT": "6379", "AZURE_BASE": "https://acme.openai.azure.com"}[name]
				if value == "" {
					value = "value"
				}
				t.Setenv(name, value)
			}
			f := load(t, r)
			inOrder(t, f)
			for _, text := range append(notes(r), string(r.YAML)) {
				if strings.Contains(strings.ToLower(text), "of-the-test") || strings.Contains(text, "OFTHETEST") {
					t.Errorf("a secret is in the result: %s", text)
				}
			}
		})
	}
	if n < 5 {
		t.Errorf("%d configurations", n)
	}
}

func load(t *testing.T, r *Result) *config.File {
	t.Helper()
	f, _, err := config.Load("result", r.YAML)
	if err != nil {
		t.Fatalf("%v\n%s", err, r.YAML)
	}
	if _, err := config.Build(f); err != nil {
		t.Fatal(err)
	}
	return f
}

func notes(r *Result) []string {
	var out []string
	for _, n := range r.Notes {
		out = append(out, n.String())
	}
	return out
}

// inOrder checks that models rise by tier, and within a tier by price as far as it is known.
func inOrder(t *testing.T, f *config.File) {
	t.Helper()
	for i := 1; i < len(f.Models); i++ {
		a, b := f.Models[i-1], f.Models[i]
		ta, _ := routing.ParseTier(a.Tier)
		tb, _ := routing.ParseTier(b.Tier)
		if free := b.Price == (config.Price{}); ta > tb || ta == tb && !free && blended(&a.Price) > blended(&b.Price) {
			t.Errorf("%s (%s, %v) stands before %s (%s, %v)", a.Name, a.Tier, a.Price, b.Name, b.Tier, b.Price)
		}
	}
}

// TestTiers: the tiers that prices stand for are those of the built-in default.
func TestTiers(t *testing.T) {
	for _, m := range config.Default().Models {
		if got := tierOf(&m.Price).String(); got != m.Tier {
			t.Errorf("%s: %s by its price, %s in the default", m.Name, got, m.Tier)
		}
	}
}

const small = `model_list:
  - model_name: m
    litellm_params: {model: openai/gpt-4o-mini%s}
    model_info: {%s}
%s`

func imported(t *testing.T, params, info, rest string) *Result {
	t.Helper()
	r, err := Import("config.yaml", fmt.Appendf(nil, small, params, info, rest), nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestNothingIsSilent: a key that the importer does not know is noted with its line, wherever it
// stands; so is each key of the table.
func TestNothingIsSilent(t *testing.T) {
	sections := map[string]string{
		"litellm_params": "", "model_info": "",
		"router_settings": "", "litellm_settings": "", "general_settings": "",
	}
	keys := []string{"unheard_of"}
	for _, c := range counterparts {
		if section, key, ok := strings.Cut(c.key, "."); ok {
			if _, ok := sections[section]; ok {
				keys = append(keys, c.key)
				_ = key
			}
		}
	}
	for _, full := range keys {
		section, key, ok := strings.Cut(full, ".")
		all := []string{section}
		if !ok {
			key, all = full, []string{"litellm_params", "model_info", "router_settings", "litellm_settings", "general_settings"}
		}
		for _, section := range all {
			params, info, rest, line := "", "", "", "line 5: "
			switch section {
			case "litellm_params":
				params, line = ", "+key+": {x: 1}", "line 3: "
			case "model_info":
				info, line = key+": {x: 1}", "line 4: "
			default:
				rest = section + ": {" + key + ": {x: 1}}\n"
			}
			r := imported(t, params, info, rest)
			found := slices.ContainsFunc(notes(r), func(n string) bool { return strings.HasPrefix(n, line) && strings.Contains(n, section+"."+key+": ") })
			if !found {
				t.Errorf("%s.%s is dropped in silence: %q", section, key, notes(r))
			}
			if !strings.Contains(string(r.YAML), section+"."+key+": ") {
				t.Errorf("%s.%s is not at the top of the file", section, key)
			}
		}
	}
}

// TestMalformed: what has another form than LiteLLM's is noted, too.
func TestMalformed(t *testing.T) {
	for _, c := range []struct{ rest, want string }{
		{"general_settings: text", "line 5: general_settings: is no mapping"},
		{"router_settings: [1]", "line 5: router_settings: is no mapping"},
		{"router_settings: {fallbacks: m}", "line 5: router_settings.fallbacks[0]: is no mapping of a model"},
		{"router_settings: {fallbacks: [m]}", "line 5: router_settings.fallbacks[0]: is no mapping of a model"},
		{"router_settings: {fallbacks: [{m: [[m]]}]}", "line 5: router_settings.fallbacks[0].m: has a fallback that names no model"},
		{"router_settings: {fallbacks: [{m: [{model: m, temperature: 0}]}]}", `line 5: router_settings.fallbacks[0].m: what "m" gets besides`},
		{"router_settings: {model_group_alias: m}", "line 5: router_settings.model_group_alias: is no mapping"},
		{"router_settings: {timeout: 1h}", "line 5: router_settings.timeout: is no number of seconds"},
		{"router_settings:\n  timeout: 1\n  timeout: 2", "line 6: router_settings.timeout: does not count"},
		{"litellm_settings: {max_budget: much}", "line 5: litellm_settings.max_budget: is no sum"},
		{"litellm_settings: {cache: true, cache_params: local}", "line 5: litellm_settings.cache_params: is no mapping"},
		{"litellm_settings: {cache: maybe}", "line 5: litellm_settings.cache: has no counterpart"},
		{"environment_variables: [A]", "line 5: environment_variables: is no mapping"},
	} {
		r := imported(t, "", "", c.rest)
		if !slices.ContainsFunc(notes(r), func(n string) bool { return strings.HasPrefix(n, c.want) }) {
			t.Errorf("%s: %q, want %q", c.rest, notes(r), c.want)
		}
	}
}

// TestMapped: what has a counterpart.
func TestMapped(t *testing.T) {
	for _, c := range []struct{ name, params, info, rest, want string }{
		{"timeout", ", timeout: 2.5", "", "", "timeout: 2.5s"},
		{"prices", "", "input_cost_per_token: 1e-06, output_cost_per_token: 2e-06, input_cost_per_token_batches: 5e-07, output_cost_per_token_batches: 1e-06", "", "price: {input: 1, output: 2, batch: 0.5}"},
		{"prices in litellm_params", ", input_cost_per_token: 1e-06, output_cost_per_token: 2e-06", "", "", "price: {input: 1, output: 2}"},
		{"limits", "", "max_input_tokens: 9000, max_output_tokens: 800", "", "context: 9000, max_output: 800"},
		{"legacy limit", "", "max_tokens: 900", "", "max_output: 900"},
		{"a capability more", "", "supports_audio_input: true", "", "audio_input"},
		{"a capability less", "", "supports_vision: false", "", "capabilities: [documents, json, logprobs, structured_output, tools]"},
		{"an endpoint", ", api_base: https://proxy.example.com/v1/", "", "", "endpoint: https://proxy.example.com/v1,"},
		{"an endpoint by variable", ", api_base: os.environ/BASE", "", "", `endpoint: "${BASE}",`},
		{"budget", "", "", "litellm_settings: {max_budget: 7, budget_duration: 1d, timezone: Asia/Seoul}", "{name: everyone, per: everyone, limit: 7, window: day, timezone: Asia/Seoul, on_exhausted: refuse}"},
		{"budget of another window", "", "", "litellm_settings: {max_budget: 20, budget_duration: 2d}", "limit: 10, window: day"},
		{"budget for ever", "", "", "litellm_settings: {max_budget: 20}", "limit: 20, window: month"},
		{"state", "", "", "router_settings: {redis_host: r, redis_port: 1, redis_password: secret}", `state: {store: "redis://:${REDIS_PASSWORD}@r:1/0"}`},
		{"cache of the environment", "", "", "litellm_settings: {cache: true}", `cache: {store: "redis://:${REDIS_PASSWORD}@${REDIS_HOST}:${REDIS_PORT}/0"}`},
		{"cache in memory", "", "", "litellm_settings: {cache: true, cache_params: {type: local, ttl: 90}}", "cache: {store: memory, ttl: 1m30s}"},
		{"limits of requests", "", "", "router_settings: {timeout: 30, num_retries: 4}\ngeneral_settings: {max_request_size_mb: 8}", "limits: {attempts: 5, total_time: 30s, request: 8MiB}"},
		{"the longest timeout", ", timeout: 300", "", "", "limits: {total_time: 5m}"},
		{"a fallback with parameters", "", "", "router_settings: {model_group_alias: {two: m}, fallbacks: [{m: [{model: two, messages: []}]}]}", "cascade: [m, two]"},
		{"authority", "", "", "litellm_settings: {ssl_verify: /etc/ca.pem}", `envoy: {ca: "/etc/ca.pem"}`},
	} {
		if r := imported(t, c.params, c.info, c.rest); !strings.Contains(string(r.YAML), c.want) {
			t.Errorf("%s: no %s in\n%s", c.name, c.want, r.YAML)
		}
	}
}

// TestCatalogue: prices of a list of the user's count before those of the built-in default, and
// after those of the file.
func TestCatalogue(t *testing.T) {
	list, err := catalogue.Read([]byte(`{"gpt-4o-mini": {"input_cost_per_token": 3e-06, "output_cost_per_token": 4e-06, "max_input_tokens": 7000, "supports_function_calling": true}}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ info, want string }{
		{"", "tier: premium, upstream_name: gpt-4o-mini, family: openai, context: 7000, price: {input: 3, output: 4}, capabilities: [tools]}"},
		{"input_cost_per_token: 1e-06, output_cost_per_token: 2e-06", "price: {input: 1, output: 2}"},
	} {
		r, err := Import("config.yaml", fmt.Appendf(nil, small, "", c.info, ""), list)
		if err != nil || !strings.Contains(string(r.YAML), c.want) {
			t.Errorf("%v: no %s in\n%s", err, c.want, r.YAML)
		}
	}
}

func TestMistakes(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", "expected a mapping with model_list"},
		{"model_list: []", "none of its models can be imported"},
		{"model_list: {a: b}", "line 1: model_list: is no list"},
		{"model_list: [{model_name: a, litellm_params: {model: bedrock/x}}]", "does not sign requests for AWS"},
		{"model_list: [", "line "},
		{"model_list: [" + strings.Repeat("1, ", mostModels) + "1]", "2001 deployments and aliases"},
	} {
		if r, err := Import("config.yaml", []byte(c.in), nil); err == nil || r != nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %q", c.in, err, c.want)
		}
	}
}

// TestDocumentation: the page has the table of keys without a counterpart, and every provider.
func TestDocumentation(t *testing.T) {
	const path, head = "../../../docs/migrate-litellm.md", "| key | what to do instead |\n| --- | --- |\n"
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text, table, _ := strings.Cut(string(page), head)
	var want strings.Builder
	for _, c := range counterparts {
		fmt.Fprintf(&want, "| `%s` | %s |\n", c.key, c.text)
	}
	if *update {
		if err := os.WriteFile(path, []byte(text+head+want.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	} else if diff := cmp.Diff(want.String(), table); diff != "" {
		t.Errorf("go test -update writes the table:\n%s", diff)
	}
	documented := regexp.MustCompile("`[^`]+`").FindAllString(string(page), -1)
	for _, v := range vendors {
		if !slices.Contains(documented, "`"+v.prefix+"/`") {
			t.Errorf("docs/migrate-litellm.md has no %s/", v.prefix)
		}
	}
	for prefix := range unreachable {
		if !slices.Contains(documented, "`"+prefix+"/`") {
			t.Errorf("docs/migrate-litellm.md has no %s/", prefix)
		}
	}
}

// FuzzImport: a result or an error; a result passes the check of configurations, and a planted
// key is in no part of it. Import itself checks its results, and says so in its error.
func FuzzImport(f *testing.F) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range files {
		if data, err := os.ReadFile(path); err == nil && !strings.HasSuffix(path, ".golden.yaml") {
			f.Add(string(data), "planted-2b1f", "m", "gpt-4o")
		}
	}
	f.Add("", "planted-2b1f", "a: b # c", "x\ny")
	f.Add("", "planted-2b1f", "null", "${HOME}")
	f.Add("", "planted-2b1f", "1e3", "- {name: x}")
	f.Fuzz(func(t *testing.T, text, key, name, model string) {
		if len(key) < 8 {
			key = "planted-2b1f"
		}
		planted := fmt.Sprintf("model_list:\n- {model_name: %q, litellm_params: {model: %q, api_key: %q}}\n- {model_name: ok, litellm_params: {model: gpt-4o, api_key: %q}}\n", name, "openai/"+model, key, key)
		for _, in := range []string{text, planted} {
			r, err := Import("config.yaml", []byte(in), nil)
			if err != nil && strings.Contains(err.Error(), "a mistake of the importer") {
				t.Fatalf("%v\n%s", err, r.YAML)
			}
			if err == nil && len(r.YAML) == 0 {
				t.Fatal("neither a result nor an error")
			}
			if in == planted && err == nil && !strings.Contains(name+model, key) {
				for _, text := range append(notes(r), string(r.YAML)) {
					if strings.Contains(text, key) && !strings.Contains("config.yaml sluice config import litellm", key) && key == "planted-2b1f" {
						t.Fatalf("the key is in %s", text)
					}
				}
			}
		}
	})
}
