package verdict

import (
	"strings"
	"testing"

	"sluice/routing/llmapi/answer"
)

func TestStatus(t *testing.T) {
	e := func(code, message string) string {
		return `{"error":{"message":` + quote(message) + `,"type":"invalid_request_error","param":null,"code":` + quote(code) + `}}`
	}
	a := func(kind, message string) string {
		return `{"type":"error","error":{"type":` + quote(kind) + `,"message":` + quote(message) + `},"request_id":"r1"}`
	}
	tests := []struct {
		name   string
		status int
		body   string
		want   Reason
	}{
		{"rate limit", 429, e("rate_limit_exceeded", "Rate limit reached"), RateLimited},
		{"quota", 429, e("insufficient_quota", "You exceeded your current quota"), Account},
		{"no body", 429, ``, RateLimited},
		{"request time-out", 408, ``, Timeout},
		{"internal", 500, `oops`, ServerError},
		{"bad gateway", 502, `<html>`, ServerError},
		{"unavailable", 503, ``, ServerError},
		{"gateway time-out", 504, ``, ServerError},
		{"overloaded", 529, a("overloaded_error", "Overloaded"), ServerError},

		{"unauthorized", 401, e("invalid_api_key", "Incorrect API key"), ""},
		{"forbidden", 403, e("model_not_found", "Project does not have access to model"), ModelNotFound},
		{"forbidden, Anthropic", 403, a("permission_error", "no"), Account},
		{"payment", 402, e("", "Insufficient balance"), Account},
		{"conflict", 409, ``, ServerError},
		{"method", 405, ``, Unsupported},

		{"context, by code", 400, e("context_length_exceeded", "Too much."), ContextLength},
		{"context, OpenAI", 400, e("", "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens."), ContextLength},
		{"context, Anthropic", 400, a("invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"), ContextLength},
		{"context, Anthropic with max_tokens", 400, a("invalid_request_error", "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000"), ContextLength},
		{"context, Google", 400, `[{"error":{"code":400,"message":"The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).","status":"INVALID_ARGUMENT"}}]`, ContextLength},
		{"context, vLLM", 400, `{"object":"error","message":"This model's maximum context length is 4096 tokens.","type":"BadRequestError","param":null,"code":400}`, ContextLength},
		{"context, llama.cpp", 400, `{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error"}}`, ContextLength},
		{"context, TGI", 422, `{"error":"Input validation error: inputs tokens + max_new_tokens must be <= 4096: too many tokens","error_type":"validation"}`, ContextLength},
		{"too large", 413, a("request_too_large", "Request exceeds the maximum size"), ContextLength},
		{"too large, a proxy's", 413, `<h1>413 Request Entity Too Large</h1>`, ContextLength},

		{"model, OpenAI", 404, e("model_not_found", "The model `x` does not exist or you do not have access to it."), ModelNotFound},
		{"model, Anthropic", 404, a("not_found_error", "model: claude-x"), ModelNotFound},
		{"model, Google", 404, `[{"error":{"code":404,"message":"models/x is not found for API version v1main, or is not supported for generateContent.","status":"NOT_FOUND"}}]`, ModelNotFound},
		{"model, vLLM", 404, `{"object":"error","message":"The model x does not exist.","type":"NotFoundError","code":404}`, ModelNotFound},
		{"model, Ollama", 404, `{"error":"model 'x' not found"}`, ModelNotFound},
		{"model, Mistral", 400, `{"object":"error","message":"Invalid model: x","type":"invalid_model","param":null,"code":"1500"}`, ModelNotFound},
		{"model, DeepSeek", 400, e("invalid_request_error", "Model Not Exist"), ModelNotFound},
		{"model, OpenRouter", 400, `{"error":{"message":"x is not a valid model ID","code":400}}`, ModelNotFound},
		{"model, Azure", 404, `{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist."}}`, ModelNotFound},
		{"model, decommissioned", 400, e("model_decommissioned", "The model x has been decommissioned"), ModelNotFound},

		{"path", 404, `404 page not found`, Unsupported},
		{"path, in JSON", 404, `{"detail":"Not Found"}`, Unsupported},
		{"a page", 400, `<html>prompt is too long</html>`, ""},
		{"a file", 404, a("not_found_error", "File not found: file_1"), ""},
		{"malformed", 400, e("", "'messages' is a required property"), ""},
		{"malformed, Anthropic", 400, a("invalid_request_error", "messages: at least one message is required"), ""},
		{"malformed model", 400, e("", "you must provide a model parameter"), ""},
		{"parameter of a model", 400, e("unsupported_value", "'temperature' does not support 0.2 with this model."), Unsupported},
		{"a field, FastAPI", 422, `{"detail":[{"type":"extra_forbidden","loc":["body","stream_options"],"msg":"Extra inputs are not permitted","input":{"include_usage":true}}]}`, Unsupported},
		{"a field, Mistral", 422, `{"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body","x"],"msg":"Extra inputs are not permitted","input":1}]},"type":"invalid_request_error","param":null,"code":null}`, Unsupported},
		{"a role, FastAPI", 422, `{"detail":[{"type":"literal_error","loc":["body","messages",0,"role"],"msg":"Input should be 'user' or 'assistant'","input":"developer"}]}`, Unsupported},
		{"quoted by OpenRouter", 400, `{"error":{"message":"Provider returned error","code":400,"metadata":{"raw":"{\"error\":{\"message\":\"prompt is too long: 9 tokens > 8 maximum\"}}","provider_name":"X"}}}`, ContextLength},
		{"region, Google", 400, `[{"error":{"code":400,"message":"User location is not supported for the API use.","status":"FAILED_PRECONDITION"}}]`, Account},
		{"policy, kept", 400, e("content_policy_violation", "rejected by our safety system"), ""},
		{"redirect", 307, ``, Redirect},
		{"a tool that is not there", 400, e("", "Tool 'search' does not exist; the model cannot call it"), ""},
		{"quotes the prompt", 400, e("", "Invalid 'messages[0].content': "+strings.Repeat("x", 1<<10)+" context length"), ""},
		{"a text", 400, `context length? no idea`, ContextLength},
		{"a text, deserialized", 422, "Failed to deserialize the JSON body into the target type: messages[0].role: unknown variant `developer`, expected one of `system`", Unsupported},
		{"errors, Cloudflare", 400, `{"errors":[{"message":"AiError: The estimated number of input and maximum output tokens (34000) exceeded this model context window limit (32000).","code":5021}],"success":false}`, ContextLength},
		{"capital, AWS", 400, `{"Message":"Input is too long for requested model."}`, ContextLength},
		{"nothing, in words", 400, `Bad Request`, ""},
		{"empty", 400, ``, ""},
		{"odd JSON", 400, `[[[`, ""},
	}
	j := newJudge(t, nil)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := j.Status(tt.status, answer.ReadError([]byte(tt.body))); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestStatusKept(t *testing.T) {
	j := newJudge(t, func(s *Settings) { s.Actions[RateLimited] = Keep })
	if got := j.Status(429, answer.Error{}); got != "" {
		t.Errorf("429 that is kept: got %q", got)
	}
	if got := j.Status(500, answer.Error{}); got != ServerError {
		t.Errorf("500: got %q", got)
	}
}

func TestCause(t *testing.T) {
	for kind, want := range map[string]Reason{"overloaded_error": ServerError, "rate_limit_error": RateLimited, "what": ""} {
		if got := Cause(answer.Error{Type: kind}); got != want {
			t.Errorf("%s: %q, want %q", kind, got, want)
		}
	}
}
