package failure

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sluice/routing/llmapi/answer"
)

// TestDocumentedFailures classifies every row of the table in docs/failures.md.
func TestDocumentedFailures(t *testing.T) {
	page, err := os.ReadFile("../../../docs/failures.md")
	if err != nil {
		t.Fatal(err)
	}
	rows, kinds := 0, map[Kind]bool{}
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(line), "|"), "|"), "|")
		if len(cells) != 6 {
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		status, err := strconv.Atoi(cells[1])
		if err != nil {
			continue // the head of the table
		}
		want := Kind(strings.TrimSpace(strings.TrimSuffix(cells[5], "✓")))
		e := answer.Error{Code: cells[2], Param: cells[3], Message: cells[4]}
		if got := Of(status, e); got != want {
			t.Errorf("%s %d %s %q: %q, want %q", cells[0], status, e.Code, e.Message, got, want)
		}
		e = answer.Error{Type: cells[2], Param: cells[3], Message: cells[4]}
		if got := Of(status, e); got != want {
			t.Errorf("%s %d, type %s: %q, want %q", cells[0], status, e.Type, got, want)
		}
		rows++
		kinds[want] = true
	}
	if rows < 100 || len(kinds) < 10 {
		t.Errorf("read %d rows of %d kinds", rows, len(kinds))
	}
}

// TestInOtherWords classifies errors in words that no provider is known to use.
func TestInOtherWords(t *testing.T) {
	for _, tt := range []struct {
		status  int
		e       answer.Error
		want    Kind
		comment string
	}{
		{400, answer.Error{Message: "Prompt has 9001 tokens, but the model can only take 8192"}, ContextLength, ""},
		{400, answer.Error{Message: "请求的 token 数超过限制"}, ContextLength, ""},
		{400, answer.Error{Message: "max_tokens must be smaller than 4097"}, Unsupported, ""},
		{400, answer.Error{Message: "This model only supports text"}, Unsupported, ""},
		{400, answer.Error{Message: "multimodal content is not allowed here"}, Unsupported, ""},
		{400, answer.Error{Message: "invalid reasoning_effort: 'xhigh'"}, Unsupported, ""},
		{400, answer.Error{Message: "thinking.type: Input should be 'enabled' or 'disabled'"}, Unsupported, ""},
		{400, answer.Error{Message: "Invalid schema for response_format 'x': In context=(), 'minLength' is not permitted."}, Unsupported, ""},
		{422, answer.Error{Type: "string_type", Param: "messages.0.content", Message: "Input should be a valid string"}, Unsupported, "a list of parts"},
		{422, answer.Error{Type: "string_type", Param: "messages.0.content", Message: "Input should be a valid string", Value: "5"}, "", "a number"},
		{422, answer.Error{Type: "literal_error", Param: "messages.0.role", Message: "Input should be 'system' or 'user'", Value: "developer"}, Unsupported, ""},
		{422, answer.Error{Type: "literal_error", Param: "messages.0.role", Message: "Input should be 'system' or 'user'", Value: "robot"}, "", ""},
		{422, answer.Error{Type: "missing", Param: "messages", Message: "Field required"}, "", ""},
		{400, answer.Error{Message: "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024"}, "", ""},
		{400, answer.Error{Message: "temperature: Input should be less than or equal to 1"}, Unsupported, "others go up to 2"},
		{400, answer.Error{Message: "temperature must be between 0 and 2"}, "", ""},
		{400, answer.Error{Message: "Tool 'search' does not exist; the model cannot call it"}, "", ""},
		{400, answer.Error{Message: "Bad Request"}, "", ""},
		{400, answer.Error{}, "", ""},
		{422, answer.Error{Type: "validation", Message: "inputs tokens + max_new_tokens must be <= 512. Given: 600 inputs tokens and 20 max_new_tokens"}, ContextLength, ""},
		{400, answer.Error{Code: "OperationNotSupported", Message: "The operation does not work with the specified model."}, Unsupported, ""},
		{400, answer.Error{Message: "This response format requires a model with structured output"}, Unsupported, ""},
		{400, answer.Error{Message: "top_logprobs is not available with this kind of model"}, Unsupported, ""},
		{400, answer.Error{Message: "the system message must come first"}, Unsupported, ""},
		{400, answer.Error{Message: "Too many images: 9 > 4"}, Unsupported, ""},
		{400, answer.Error{Message: "Unsupported image; please make sure your image is valid"}, "", ""},
		{400, answer.Error{Param: "stream", Message: "Your organization must be verified to stream"}, Account, ""},
		{503, answer.Error{Message: "Insufficient balance"}, Account, ""},
		{200, answer.Error{Type: "overloaded_error", Message: "Overloaded"}, ServerError, "in a stream"},
		{200, answer.Error{Code: "429", Message: "slow down"}, RateLimited, ""},
		{200, answer.Error{Type: "invalid_request_error", Message: "prompt is too long: 9 tokens > 8 maximum"}, ContextLength, ""},
		{200, answer.Error{Type: "invalid_request_error", Message: "tools are not supported"}, Unsupported, ""},
		{200, answer.Error{Type: "server_error", Message: "boom"}, ServerError, ""},
		{200, answer.Error{Message: "who knows"}, "", ""},
		{400, answer.Error{Message: "The frobnication of your request is of a kind that we do not do here"}, Unsupported, "words that nobody knows"},
		{418, answer.Error{}, Unsupported, "a status that nobody uses"},
		{400, answer.Error{Message: "parameter `reasoning_effort` is not recognized"}, Unsupported, ""},
		{400, answer.Error{Message: "max_tokens must be at least 1, got -5."}, "", "one that a client wrote"},
		{400, answer.Error{Message: "temperature must be in [0, 2], got 5"}, "", ""},
		{400, answer.Error{Message: "Unknown parameter: 'safety_identifier'."}, Unsupported, "no policy"},
		{422, answer.Error{Message: "Input validation error: `max_new_tokens` must be <= 1024"}, Unsupported, ""},
	} {
		if got := Of(tt.status, tt.e); got != tt.want {
			t.Errorf("%d %+v: %q, want %q", tt.status, tt.e, got, tt.want)
		}
	}
}

func TestRoom(t *testing.T) {
	for message, want := range map[string][2]int{
		"prompt is too long: 210000 tokens > 200000 maximum":                                                                                     {210000, 200000},
		"input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000":                                                            {210000, 200000},
		"This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens.":                                    {9001, 8192},
		"This model's maximum context length is 8192 tokens. However, you requested 9001 tokens (1001 in the messages, 8000 in the completion).": {9001, 8192},
		"The input token count (1,200,000) exceeds the maximum number of tokens allowed (1,048,576).":                                            {1200000, 1048576},
		"Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length":                                 {40000, 32768},
		"Range of input length should be [1, 30720]":                                                                                             {0, 30720},
		"Your request exceeded model token limit: 262144 (requested: 270000)":                                                                    {270000, 262144},
		"The model gpt-4-1106-preview takes less":                                                                                                {},
		"too long":                           {},
		"99999999999999999999 tokens > 8192": {0, 8192},
	} {
		if tokens, most := Room(answer.Error{Message: message}); tokens != want[0] || most != want[1] {
			t.Errorf("%s: %d and %d, want %v", message, tokens, most, want)
		}
	}
}

func TestWait(t *testing.T) {
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name, value string
		e           answer.Error
		want        time.Duration
		no          bool
	}{
		{name: "retry-after", value: "5", want: 5 * time.Second},
		{name: "retry-after", value: "0.5", want: 500 * time.Millisecond},
		{name: "retry-after", value: "Sat, 28 Nov 2026 12:00:30 GMT", want: 30 * time.Second},
		{name: "retry-after", value: "Sat, 28 Nov 2026 11:00:00 GMT", want: 0},
		{name: "retry-after-ms", value: "1500", want: 1500 * time.Millisecond},
		{name: "retry-after", value: "soon", no: true},
		{name: "retry-after", value: "-5", no: true},
		{name: "retry-after", value: "NaN", no: true},
		{name: "retry-after", value: "1e300", no: true},
		{e: answer.Error{RetryDelay: "34.07s"}, want: 34070 * time.Millisecond},
		{e: answer.Error{Message: "Rate limit reached. Please try again in 7.66s. Need more?"}, want: 7660 * time.Millisecond},
		{e: answer.Error{Message: "Please try again in 1m2.5s."}, want: 62500 * time.Millisecond},
		{e: answer.Error{Message: "Please retry after 20 seconds."}, want: 20 * time.Second},
		{e: answer.Error{Message: "try again in 344ms"}, want: 344 * time.Millisecond},
		{e: answer.Error{Message: "try again in a while"}, no: true},
		{no: true},
	} {
		got, ok := Wait(func(name string) string {
			if name == tt.name {
				return tt.value
			}
			return ""
		}, tt.e, now)
		if got != tt.want || ok == tt.no {
			t.Errorf("%s %q %+v: %v, %v", tt.name, tt.value, tt.e, got, ok)
		}
	}
}

func TestVague(t *testing.T) {
	for message, want := range map[string]bool{
		"": true, "Bad Request": true, "Invalid request": true, "invalid input": true,
		"'messages' is a required property": false, "property 'stream_options' is unsupported, did you mean 'stream'?": false,
	} {
		if got := Vague(answer.Error{Message: message}); got != want {
			t.Errorf("%q: %v", message, got)
		}
	}
	if !Names(answer.Error{Param: "stream_options.include_usage"}, "stream_options") || Names(answer.Error{Message: "no"}, "stream_options") {
		t.Error("Names is wrong")
	}
}

func FuzzOf(f *testing.F) {
	f.Add(400, []byte(`{"detail":[{"loc":["body","x"],"type":"extra_forbidden","msg":"a 1,000 + 2 tokens"}]}`))
	f.Add(429, []byte(`[{"error":{"details":[{"retryDelay":"3s"}],"message":"try again in 3 s"}}]`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		e := answer.ReadError(body)
		if kind := Of(status, e); kind != "" && !slices.Contains([]Kind{
			RateLimited, ServerError, Timeout, ContextLength, ModelNotFound, Unsupported, Account, Redirect, Policy,
		}, kind) {
			t.Errorf("kind %q", kind)
		}
		if tokens, most := Room(e); tokens < 0 || most < 0 || tokens != 0 && tokens <= most {
			t.Errorf("%d tokens where %d fit", tokens, most)
		}
		if wait, ok := Wait(func(string) string { return string(body) }, e, time.Time{}); wait < 0 || wait > maxWait || wait > 0 && !ok {
			t.Errorf("wait %v", wait)
		}
	})
}
