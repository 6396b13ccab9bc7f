package config

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// problemsOf loads a configuration and returns its problems and warnings as they are printed.
func problemsOf(t *testing.T, yaml string) (problems, warnings []string) {
	t.Helper()
	f, warned, err := Load("x.yaml", []byte(yaml))
	list, ok := errors.AsType[*Error](err)
	if err != nil && !ok {
		t.Fatalf("expected an *Error, got %v", err)
	}
	if (f == nil) != ok {
		t.Errorf("a file: %t, an error: %t", f != nil, ok)
	}
	if ok {
		for _, p := range list.Problems {
			problems = append(problems, p.String())
		}
	}
	for _, w := range warned {
		warnings = append(warnings, w.String())
	}
	return problems, warnings
}

// TestEveryMistake: one run tells every mistake of a file, in the order of the file, each time
// in the same way.
func TestEveryMistake(t *testing.T) {
	const text = `listn: 127.0.0.1:1
admin: nowhere
providers:
  p: {endpoint: "http://127.0.0.1:1/v1", format: [openai, telex], http_2: true}
  q: [openai]
models:
  - {name: m, provider: p, tier: budget, price: {output: -1, input: -2, batch: 7}}
  - {name: n, provider: q, tier: huge, timeout: soon, contxt: 5}
  - {name: m, provider: nobody, tier: budget, name: o}
routing:
  cascade: [m, x, n]
  limits: {total_time: 0s, attempts: [3], stream_idle: 0s}
  quality: {caught: often}
  sesion: {ttl: 1h}
budgets: {}
judge:
  refusal: maybe
  <<: {empty: keep}
cache: {ttl: 1h, ttl: 2h}
state: {store: memory, path: }
compression: ${SLUICE_TEST_UNSET}
`
	want := []string{
		`line 1: listn: unknown key; did you mean listen?`,
		`line 2: admin: "nowhere" is not an address; expected host:port`,
		`line 4: providers.p.format[1]: "telex" is unknown; expected openai, anthropic or responses`,
		`line 4: providers.p.http_2: unknown key; did you mean http2?`,
		`line 5: providers.q: expected a mapping of keys to values, found a list`,
		`line 7: models[0].price.output: -1 is negative; expected US dollars per million tokens`,
		`line 7: models[0].price.input: -2 is negative; expected US dollars per million tokens`,
		`line 7: models[0].price.batch: 7 is out of range; expected 0 to 1 (a part of the price)`,
		`line 8: models[1].tier: "huge" is not a tier; expected budget, standard, premium or flagship`,
		`line 8: models[1].timeout: expected a duration such as 500ms, 5s or 10m, found "soon"`,
		`line 8: models[1].contxt: unknown key; did you mean context?`,
		`line 9: models[2].name: key is given twice`,
		`line 9: models[2].provider: unknown provider "nobody"; known: p`,
		`line 11: routing.cascade[1]: unknown model "x"; known: m, n, m`,
		`line 12: routing.limits.total_time: expected more than 0`,
		`line 12: routing.limits.attempts: expected a whole number, found a list`,
		`line 12: routing.limits.stream_idle: expected more than 0`,
		`line 13: routing.quality.caught: expected a number, found "often"`,
		`line 14: routing.sesion: unknown key; did you mean session?`,
		`line 15: budgets: expected a list, found a mapping`,
		`line 17: judge.refusal: "maybe" is unknown; expected one of escalate, keep`,
		`line 18: judge.<<: unknown key; expected one of min_characters, empty, length, refusal, policy_refusal, json, tool_arguments, tool_call_text, repetition, unfinished, wrong_language, low_confidence, provider_error, constraint, repair, stream_hold`,
		`line 19: cache.ttl: key is given twice`,
		`line 20: state.path: expected one value, found nothing`,
		`line 21: compression: environment variable SLUICE_TEST_UNSET is not set`,
	}
	for range 5 {
		got, _ := problemsOf(t, text)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	}
}

// TestBroken: where providers or models cannot be read at all, what depends on them is not
// reported, too; and an element that cannot be read does not shift the problems of others.
func TestBroken(t *testing.T) {
	for _, tt := range []struct {
		name, yaml string
		want       []string
	}{
		{"providers", minimal + "judge: {empty: never}\n---", nil},
		{"no mapping", "providers: none\n" + strings.ReplaceAll(minimal, "providers:", "judge:"), []string{
			`line 1: providers: expected a mapping of keys to values, found "none"`,
			`line 4: judge.local: unknown key; expected one of min_characters, empty, length, refusal, policy_refusal, json, tool_arguments, tool_call_text, repetition, unfinished, wrong_language, low_confidence, provider_error, constraint, repair, stream_hold`,
		}},
		{"a model", strings.Replace(minimal, "models:", "models:\n  - none", 1), []string{`line 5: models[0]: expected a mapping of keys to values, found "none"`}},
		{"a word", minimal + "routing: {cascade: [[small], other]}\n", []string{`line 7: routing.cascade[0]: expected one value, found a list`}},
		{"no budgets", minimal + "budgets:\n", []string{`line 7: budgets: expected a list, found nothing`}},
		{"a complex key", minimal + "judge: {? [a] : b}\n", []string{`line 7: judge: expected a plain key`}},
		{"an experiment", minimal + "experiments: {e: [a], f: {v: {model: small, wight: 1}, enrol: {shar: 1}}}\n", []string{
			`line 7: experiments.e: expected a mapping of keys to values`,
			`line 7: experiments.f.v.wight: unknown key; did you mean weight?`,
			`line 7: experiments.f.enrol.shar: unknown key; did you mean share?`,
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.want == nil {
				tt.want = []string{"expected one YAML document, found more"}
			}
			got, _ := problemsOf(t, tt.yaml)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestQuotedNumbers: in flow mappings ${NAME} needs quotes, also where it is a number.
func TestQuotedNumbers(t *testing.T) {
	t.Setenv("SLUICE_TEST_LIMIT", "12.5")
	t.Setenv("SLUICE_TEST_YES", "true")
	t.Setenv("SLUICE_TEST_EMPTY", "")
	f, _, err := Load("x.yaml", []byte(minimal+`
budgets:
  - {name: "7", per: everyone, limit: "${SLUICE_TEST_LIMIT}", window: day, on_exhausted: cheapest}
routing: {debug: "${SLUICE_TEST_YES}", limits: {attempts: '2'}}
envoy: {ca: "${SLUICE_TEST_EMPTY}", access_log: "null"}
`))
	if err != nil {
		t.Fatal(err)
	}
	if b := f.Budgets[0]; b.Limit != 12.5 || b.Name != "7" || !f.Routing.Debug || f.Routing.Limits.Attempts != 2 || f.Envoy.CA != "" || f.Envoy.AccessLog != "null" {
		t.Errorf("%+v, %+v", f.Routing, f.Envoy)
	}
}

// TestSuspicious: what is surely wrong is a mistake, and what may be meant is a warning.
func TestSuspicious(t *testing.T) {
	provider := func(credential string) string {
		return strings.Replace(minimal, "format: openai}", "format: openai, credential: {"+credential+"}}", 1)
	}
	price := func(text string) string {
		return strings.Replace(minimal, "price: {input: 3, output: 15}", "price: {"+text+"}", 1)
	}
	for _, tt := range []struct {
		name, yaml       string
		problem, warning string
	}{
		{"admin for everybody", "admin: 0.0.0.0:9001\n", "", `line 1: admin: "0.0.0.0:9001" listens on all interfaces: metrics, budgets and dry runs are open to the whole network; expected one interface, such as 127.0.0.1`},
		{"admin for everybody, IPv6", "admin: '[::]:9001'\n", "", `line 1: admin: "[::]:9001" listens on all interfaces: metrics, budgets and dry runs are open to the whole network; expected one interface, such as 127.0.0.1`},
		{"admin without a host", "admin: ':9001'\n", "", `line 1: admin: ":9001" listens on all interfaces: metrics, budgets and dry runs are open to the whole network; expected one interface, such as 127.0.0.1`},
		{"processor for everybody", "processor: 0.0.0.0:9002\n", "", `line 1: processor: "0.0.0.0:9002" listens on all interfaces: the filters, which see every prompt, are open to the whole network; expected one interface, such as 127.0.0.1`},
		{"Envoy's admin for everybody", "envoy: {admin: '0.0.0.0:9003'}\n", "", `line 1: envoy.admin: "0.0.0.0:9003" listens on all interfaces: Envoy's settings are open to the whole network; expected one interface, such as 127.0.0.1`},
		{"listen for everybody", "listen: 0.0.0.0:9001\n", "", ""},
		{"admin on one interface", "admin: 10.0.0.1:9001\nprocessor: sluice.local:1\n", "", ""},
		{"one address twice", "admin: 127.0.0.1:10000\n", `line 1: admin: "127.0.0.1:10000" is the address of listen already`, ""},
		{"ports that are chosen", "admin: 127.0.0.1:0\nlisten: 127.0.0.1:0\n", "", ""},

		{"credential in host", provider("env: K, header: host"), `line 3: providers.local.credential.header: "host" cannot carry a credential: the proxy sets or removes it; expected one such as authorization`, ""},
		{"in content-length", provider("env: K, header: content-length"), `line 3: providers.local.credential.header: "content-length" cannot carry a credential: the proxy sets or removes it; expected one such as authorization`, ""},
		{"in a connection header", provider("env: K, header: transfer-encoding"), `line 3: providers.local.credential.header: "transfer-encoding" cannot carry a credential: the proxy sets or removes it; expected one such as authorization`, ""},
		{"in Sluice's own", provider("env: K, header: x-sluice-model"), `line 3: providers.local.credential.header: "x-sluice-model" cannot carry a credential: the proxy sets or removes it; expected one such as authorization`, ""},
		{"in a pseudo-header", provider("env: K, header: ':authority'"), `line 3: providers.local.credential.header: ":authority" is a pseudo-header; expected one such as authorization`, ""},
		{"in no header", provider("env: K, header: 'X Key'"), `line 3: providers.local.credential.header: "X Key" is not a header name in lower case`, ""},
		{"a line break in a prefix", provider(`env: K, prefix: "Bearer \r\n"`), `line 3: providers.local.credential.prefix: "Bearer \r\n" has control characters, such as line breaks`, ""},
		{"a line break in a variable", provider(`env: "K\n"`), `line 3: providers.local.credential.env: "K\n" has control characters, such as line breaks`, ""},
		{"a credential of another header", provider("env: K, header: api-key, prefix: 'Key '"), "", ""},
		{"a line break in an upstream name", strings.Replace(minimal, "name: small,", `name: small, upstream_name: "a\nb",`, 1), `line 5: models[0].upstream_name: "a\nb" has control characters, such as line breaks`, ""},

		{"a negative answer", strings.Replace(minimal, "tier: budget", "tier: budget, max_output: -1", 1), `line 5: models[0].max_output: -1 is negative; expected tokens, or 0 for unknown`, ""},
		{"an answer beyond the context", strings.Replace(minimal, "tier: budget", "tier: budget, context: 8000, max_output: 16000", 1), `line 5: models[0].max_output: 16000 is more than the context of the model, 8000`, ""},
		{"a key of no API", strings.Replace(minimal, "tier: budget", "tier: budget, limit_key: max_length", 1), `line 5: models[0].limit_key: "max_length" is unknown; expected max_tokens, max_completion_tokens or any`, ""},
		{"a capability of no model", strings.Replace(minimal, "tier: budget", "tier: budget, capabilities: [tools, pdf]", 1), `line 5: models[0].capabilities[1]: "pdf" is unknown; expected one of tools, vision, json, logprobs, documents, audio_input, audio_output, video, image_output, thinking, effort, web_search, provider_tools, structured_output`, ""},
		{"no room to answer after thinking", strings.NewReplacer("format: openai", "format: anthropic", "tier: budget", "tier: budget, max_output: 8000, thinking: budget, efforts: [low, high]").Replace(minimal), `line 5: models[0].efforts.high: thinks for up to 8000 tokens, which leaves no room for an answer in max_output, 8000`, ""},

		{"a negative price", price("input: -3, output: 15"), `line 6: models[1].price.input: -3 is negative; expected US dollars per million tokens`, ""},
		{"a price of a million calls", price("input: 3000, output: 15000"), "", `line 6: models[1].price.output: 15000 is very high; expected US dollars per million tokens`},
		{"a price per token", price("output: 0.000015"), "", `line 6: models[1].price.output: 1.5e-05 is very low; expected US dollars per million tokens, not per token`},
		{"answers for nothing", price("input: 3"), "", `line 6: models[1].price.output: 0 is far below the price of input, 3; answers usually cost more`},
		{"a dear cache", price("input: 3, output: 15, cached_input: 30"), "", `line 6: models[1].price.cached_input: 30 is above the price of input, 3; what is read from a cache usually costs less`},
		{"usual prices", price("input: 3, output: 15, cached_input: 0.3, cache_write: 3.75"), "", ""},

		{"answers that cannot arrive", "routing: {limits: {answer: 1MiB}}\n", `line 1: routing.limits.answer: 1048576 bytes is less than routing.limits.response, 33554432 bytes`, ""},
		{"an Envoy without memory", "envoy: {memory: 64MiB}\n", `line 1: envoy.memory: 67108864 bytes is out of range; expected 128MiB to 1024GiB`, ""},
		{"an Envoy with room for two", "envoy: {memory: 200MiB}\n", "", `line 1: envoy.memory: 209715200 bytes is less than four times routing.limits.request and routing.limits.response together: a few large requests would fill it`},
		{"an Envoy for nobody", "envoy: {connections: 0}\n", `line 1: envoy.connections: 0 is out of range; expected 1 to 10000000`, ""},
		{"requests without time", "routing: {limits: {request_time: 0s}}\n", `line 1: routing.limits.request_time: expected more than 0`, ""},

		{"streams held too long", "judge: {stream_hold: {time: 15s}}\n", "", `line 1: judge.stream_hold.time: 15s is not below routing.limits.stream_idle, 15s: attempts would be given up while their streams are held`},
		{"a silence that is too short for the hold", "routing: {limits: {stream_idle: 2s}}\n", "", `judge.stream_hold.time: 2s is not below routing.limits.stream_idle, 2s: attempts would be given up while their streams are held`},
		{"streams that end first", "routing: {limits: {stream_time: 10s}}\n", "", `line 1: routing.limits.stream_idle: 15s has no effect: routing.limits.stream_time, 10s, ends the stream first`},
		{"a model's time", strings.Replace(minimal, "tier: budget", "tier: budget, timeout: 2m", 1), "", `line 5: models[0].timeout: 2m0s has no effect: routing.limits.total_time, 1m30s, ends the request first`},
		{"a store's time", minimal + "routing: {limits: {total_time: 2s}}\nstate: {timeout: 2s}\n", "", `line 8: state.timeout: 2s is not below routing.limits.total_time, 2s: requests would end while they wait for the store`},
		{"a cache's time", minimal + "routing: {limits: {total_time: 2s}}\ncache: {wait: 3s, scope: key}\n", "", `line 8: cache.wait: 3s is not below routing.limits.total_time, 2s: requests would end while they wait for the same one`},
		{"more steps than attempts", "routing: {limits: {attempts: 2}, cascade: [llama-3.2-3b, gpt-4o-mini, o1]}\nagreement: off\n", "", `line 1: routing.cascade: only the first 2 of 3 models can be tried; expected routing.limits.attempts of 3`},
		{"no JSON", "routing: {structured_model: deepseek-r1}\n", "", `line 1: routing.structured_model: deepseek-r1 does not have the capability json: it is left out where JSON is asked for`},
		{"JSON of a schema", "models: [{name: m, provider: openai, tier: budget, capabilities: [structured_output]}]\nproviders: {openai: {endpoint: http://127.0.0.1:1, format: openai}}\nrouting: {structured_model: m}\n", "", ""},
		{"a strategy without a budget", "routing: {strategy: domain}\n", "", `line 1: routing.strategy: domain is not restricted by the built-in budget; expected budgets of your own to limit what it spends`},
		{"and with one", "routing: {strategy: domain}\nbudgets: []\n", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			problems, warnings := problemsOf(t, tt.yaml)
			if diff := cmp.Diff(tt.problem, strings.Join(problems, "\n")); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.warning, strings.Join(warnings, "\n")); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
		})
	}
}

// TestDistance: a key is suggested where it differs in few letters.
func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"ttl", "ttl", 0}, {"caugth", "caught", 2}, {"contxt", "context", 1}, {"kitten", "sitting", 3}} {
		if got := distance(tt.a, tt.b); got != tt.want {
			t.Errorf("distance(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
		if distance(tt.a, tt.b) != distance(tt.b, tt.a) {
			t.Errorf("distance(%q, %q) is not symmetric", tt.a, tt.b)
		}
	}
	if !slices.Contains(sections["config.Judge"], "stream_hold") {
		t.Errorf("sections %v", sections)
	}
}
