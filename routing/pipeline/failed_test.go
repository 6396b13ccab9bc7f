package pipeline

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/routing/header"
	"sluice/routing/llmapi"
	"sluice/routing/verdict"
)

func TestExhausted(t *testing.T) {
	p := testPipeline(t, cascadeConfig, Stores{})
	now := time.UnixMilli(1_000_000)
	p.now = func() time.Time { return now }
	in := func(seconds int) int64 { return now.Add(time.Duration(seconds) * time.Second).UnixMilli() }
	limited := func(after int) Tried {
		return Tried{Model: "a", Reason: verdict.RateLimited, Status: 429, Ready: in(after)}
	}
	busy := Tried{Model: "a", Reason: verdict.RateLimited, Status: 429}
	overloaded := Tried{Model: "b", Reason: verdict.ServerError, Status: 529}
	failed := Tried{Model: "a", Reason: verdict.ServerError, Status: 500}
	long := Tried{Model: "b", Reason: verdict.ContextLength, Status: 400, Tokens: 9001, Most: 8192}
	account := Tried{Model: "c", Reason: verdict.Account, Status: 402}
	for _, tt := range []struct {
		name   string
		list   []Tried
		status int
		code   string
		passes bool
		wait   time.Duration
	}{
		{"too many requests", []Tried{limited(30), limited(5), limited(9)}, 429, codeAllFailed, true, 5 * time.Second},
		{"the soonest is another kind", []Tried{limited(30), {Model: "b", Reason: verdict.ServerError, Status: 503, Ready: in(2)}}, 503, codeAllFailed, true, 2 * time.Second},
		{"by now it may be asked", []Tried{limited(-3), busy}, 429, codeAllFailed, true, time.Millisecond},
		{"nobody says how long", []Tried{busy, overloaded}, 529, codeAllFailed, true, 0},
		{"in a stream", []Tried{{Model: "a", Reason: verdict.ProviderError, Cause: verdict.ServerError, Stands: 529}}, 529, codeAllFailed, true, 0},
		{"flex capacity", []Tried{{Model: "a", Reason: verdict.RateLimited, Status: 498}}, 503, codeAllFailed, true, 0},
		{"one of them is too busy", []Tried{failed, busy, {Model: "c", Reason: verdict.ProviderError}}, 502, codeAllFailed, false, 0},
		{"the last is too busy", []Tried{failed, busy}, 429, codeAllFailed, true, 0},
		{"one says when", []Tried{failed, limited(5), failed}, 429, codeAllFailed, true, 5 * time.Second},
		{"failed", []Tried{failed, failed}, 502, codeAllFailed, false, 0},
		{"in no time", []Tried{failed, {Model: "b", Reason: verdict.Timeout}}, 504, codeAllFailed, false, 0},
		{"no money", []Tried{account, account}, 502, codeAllFailed, false, 0},
		{"too long", []Tried{long, long}, 400, llmapi.CodeContextLength, false, 0},
		{"too long, and no money for the larger one", []Tried{long, account}, 400, llmapi.CodeContextLength, false, 0},
		{"too long, and the larger one is away", []Tried{long, failed}, 502, codeAllFailed, false, 0},
		{"too long, and the larger one is busy", []Tried{long, limited(5)}, 429, codeAllFailed, true, 5 * time.Second},
	} {
		e := p.exhausted(begin(t, p, chatCall(question)), tt.list)
		if e.Status != tt.status || e.Code != tt.code || e.Passes != tt.passes || e.RetryIn != tt.wait {
			t.Errorf("%s: %d %s, passes %t, retry in %v", tt.name, e.Status, e.Code, e.Passes, e.RetryIn)
		}
	}
}

// answerWith lets each attempt of a new request get the next of the answers, and returns the
// last action.
func answerWith(t *testing.T, p *Pipeline, call *Call, answers ...given) *Action {
	t.Helper()
	pr := &Progress{Plan: begin(t, p, call)}
	for i, g := range answers {
		r := p.Respond(pr, Head{Attempt: i + 1, Status: g.status, ContentType: "application/json", Headers: g.headers})
		a := r.Start(t.Context(), g.body == "")
		if a == nil {
			_, a = r.Feed(t.Context(), []byte(g.body), true)
		}
		r.Finish(t.Context())
		r.Close()
		if a == nil {
			t.Fatal("no action")
		}
		if a.Kind != Retry {
			if i != len(answers)-1 {
				t.Fatalf("attempt %d ended it: %+v", i+1, a)
			}
			return a
		}
		if a.Plan != nil {
			pr.Plan = a.Plan
		}
		pr.Tried = a.Tried
		if i == len(answers)-1 {
			return a
		}
	}
	return nil
}

type given struct {
	status  int
	body    string
	headers func(func(string, string) bool)
}

func field(a *Action, name string) string {
	for _, f := range a.Set {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

func with(pairs ...string) func(func(string, string) bool) {
	return func(yield func(string, string) bool) {
		for i := 0; i < len(pairs); i += 2 {
			if !yield(pairs[i], pairs[i+1]) {
				return
			}
		}
	}
}

func messagesCall() *Call {
	c := chatCall(strings.Replace(question, "{", `{"max_tokens":100,`, 1))
	c.Path = "/v1/messages"
	return c
}

func TestAllFailed(t *testing.T) {
	config := strings.ReplaceAll(cascadeConfig, "format: openai", "format: [openai, anthropic]")
	alone := strings.Replace(config, "cascade: [a, b, c]", "cascade: [a, b, c], limits: {attempts: 1}", 1)
	p := testPipeline(t, config, Stores{})
	tooLong := `{"error":{"message":"exceeded model token limit: 8192 (requested: 9001)"}}`
	known := `{"error":{"code":"context_length_exceeded","message":"too long"}}`

	t.Run("too long, for an agent of Anthropic's", func(t *testing.T) {
		for n := 1; n <= 3; n += 2 { // one candidate, and three
			p := p
			if n == 1 {
				p = testPipeline(t, alone, Stores{})
			}
			a := answerWith(t, p, messagesCall(), slices.Repeat([]given{{400, tooLong, noHeaders}}, n)...)
			var body struct {
				Error struct{ Type, Message string }
			}
			if err := json.Unmarshal(a.Body, &body); err != nil || a.Kind != Replace || a.Status != 400 || body.Error.Type != "invalid_request_error" ||
				body.Error.Message != "prompt is too long: 9001 tokens > 8192 maximum" || field(a, header.ShouldRetry) != "false" {
				t.Errorf("%d candidates: %d %s", n, a.Status, a.Body)
			}
		}
	})
	t.Run("too long, for one of OpenAI's", func(t *testing.T) {
		a := answerWith(t, p, chatCall(question), slices.Repeat([]given{{400, tooLong, noHeaders}}, 3)...)
		if a.Status != 400 || !strings.Contains(string(a.Body), `"code":"context_length_exceeded"`) || !strings.Contains(string(a.Body), "maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens") {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	})
	t.Run("the only candidate's own words, where they are known", func(t *testing.T) {
		p := testPipeline(t, alone, Stores{})
		if a := answerWith(t, p, chatCall(question), given{400, known, noHeaders}); a.Kind != Deliver {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	})
	t.Run("for a while", func(t *testing.T) {
		wait := given{429, `{"error":{"message":"slow down"}}`, with("retry-after", "5", "x-should-retry", "true")}
		a := answerWith(t, p, chatCall(question), given{429, "{}", with("retry-after", "60")}, wait, given{503, "{}", noHeaders})
		if a.Status != 429 || field(a, "retry-after") != "5" || field(a, "retry-after-ms") == "" || field(a, header.ShouldRetry) != "" {
			t.Errorf("%d %v", a.Status, a.Set)
		}
	})
	t.Run("an error of the last candidate that names the request", func(t *testing.T) {
		refuses := given{400, `{"error":{"message":"tools are not supported with this model","code":"unsupported_parameter"}}`, noHeaders}
		if a := answerWith(t, p, chatCall(question), given{500, "{}", noHeaders}, refuses, refuses); a.Kind != Deliver || a.Body != nil {
			t.Errorf("%d %s", a.Status, a.Body)
		}
		if a := answerWith(t, p, chatCall(question), given{429, "{}", noHeaders}, refuses, refuses); a.Kind != Replace || a.Status == 400 {
			t.Errorf("after one that is busy: %d %s", a.Status, a.Body)
		}
	})
	t.Run("redirects", func(t *testing.T) {
		moved := given{307, "", with("location", "http://elsewhere/", "set-cookie", "a=b")}
		a := answerWith(t, p, chatCall(question), moved, moved, moved)
		if a.Kind != Replace || a.Status != 502 || !slices.Contains(a.Remove, "location") || !slices.Contains(a.Remove, "set-cookie") {
			t.Errorf("%+v", a)
		}
		if a := answerWith(t, p, chatCall(strings.Replace(question, "auto", "a", 1)), moved); a.Kind != Replace || a.Status != 502 || !slices.Contains(a.Remove, "location") {
			t.Errorf("the model named: %+v", a)
		}
	})
}

// TestMoreRoom: after a prompt was too long for one model, those that take no more come last.
func TestMoreRoom(t *testing.T) {
	config := cascadeConfig
	for name, context := range map[string]string{"a": "9000", "b": "9000", "c": "90000"} {
		config = strings.Replace(config, "name: "+name+",", "name: "+name+", context: "+context+",", 1)
	}
	p := testPipeline(t, config, Stores{})
	a := answerWith(t, p, chatCall(question), given{400, `{"error":{"message":"prompt is too long"}}`, noHeaders})
	if a.Kind != Retry || a.Plan == nil || strings.Join(a.Plan.Candidates, " ") != "a c b" {
		t.Errorf("%+v", a)
	}
}

func TestRefusedField(t *testing.T) {
	refuses := given{400, `{"error":{"message":"property 'stream_options' is unsupported, did you mean 'stream'?"}}`, noHeaders}
	call := func() *Call { return chatCall(strings.Replace(question, "{", `{"stream":true,`, 1)) }
	sent := func(t *testing.T, p *Pipeline, plan *Plan, attempt int) string {
		t.Helper()
		body := slices.Clone(begin(t, p, call()).First.Body)
		up, _, err := p.Retry(&Progress{Plan: plan}, attempt, "", body)
		if err != nil {
			t.Fatal(err)
		}
		return string(up.Body)
	}
	for name, tt := range map[string]struct {
		given
		again bool
	}{
		"named":                {refuses, true},
		"by a parameter":       {given{422, `{"detail":[{"type":"extra_forbidden","loc":["body","stream_options"],"msg":"Extra inputs are not permitted"}]}`, noHeaders}, true},
		"no words":             {given{400, `{"error":{"message":"Bad Request"}}`, noHeaders}, true},
		"about something else": {given{400, `{"error":{"message":"tools are not supported with this model"}}`, noHeaders}, false},
	} {
		other := strings.Replace(cascadeConfig, "models:", "  other: {endpoint: \"http://other/v1\", format: openai}\nmodels:", 1)
		p := testPipeline(t, strings.Replace(other, "name: b, provider: local", "name: b, provider: other", 1), Stores{})
		a := answerWith(t, p, call(), tt.given)
		if a.Kind != Retry || (a.Plan != nil) != tt.again {
			t.Fatalf("%s: %+v", name, a)
		}
		if !tt.again {
			continue
		}
		if got := strings.Join(a.Plan.Candidates, " "); got != "a a b c" {
			t.Errorf("%s: candidates %s", name, got)
		}
		if again, next := sent(t, p, a.Plan, 2), sent(t, p, a.Plan, 3); strings.Contains(again, "stream_options") || !strings.Contains(next, "stream_options") {
			t.Errorf("%s: sent %s, then %s", name, again, next)
		}
	}
	t.Run("remembered once it has helped", func(t *testing.T) {
		p := testPipeline(t, cascadeConfig, Stores{})
		first := begin(t, p, call())
		if n := first.MaxRetries(); n != 3 || !strings.Contains(string(first.First.Body), "stream_options") {
			t.Errorf("%d retries of %s", n, first.First.Body)
		}
		if a := answerWith(t, p, call(), refuses, refuses); a.Kind != Retry || a.Plan != nil || a.Tried[0].Model != "a" || a.Tried[1].Model != "a" {
			t.Errorf("%+v", a) // no third time
		}
		if body := begin(t, p, call()).First.Body; !strings.Contains(string(body), "stream_options") {
			t.Errorf("it did not help, and yet: %s", body)
		}
		answerWith(t, p, call(), refuses, given{200, goodAnswer, noHeaders})
		if plan := begin(t, p, call()); strings.Contains(string(plan.First.Body), "stream_options") {
			t.Errorf("sent again: %s", plan.First.Body)
		}
		now := p.now().Add(refusalsLast + time.Minute)
		p.now = func() time.Time { return now }
		if body := begin(t, p, call()).First.Body; !strings.Contains(string(body), "stream_options") {
			t.Errorf("never tried again: %s", body)
		}
	})
	t.Run("an attempt that the proxy adds", func(t *testing.T) {
		p := testPipeline(t, cascadeConfig, Stores{})
		pr := &Progress{Plan: begin(t, p, call()), Tried: []Tried{{Model: "a", Reason: verdict.ServerError}, {Model: "b", Reason: verdict.ServerError}}}
		_, _, err := p.Retry(pr, 4, "", nil)
		if r := p.RetryErrorReply(pr, err); err == nil || r.Status != 502 || r.Summary.Attempts != 3 || !strings.Contains(string(r.Body), "unreachable") || *r.ShouldRetry {
			t.Errorf("%v: %+v", err, r)
		}
	})
}
