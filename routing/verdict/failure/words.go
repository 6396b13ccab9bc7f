package failure

// Codes and words of errors, in lower case, from the documentation and the public issue
// trackers of the providers: OpenAI, Azure, Anthropic, Bedrock, Gemini and Vertex, Mistral,
// DeepSeek, Groq, Together, Fireworks, OpenRouter, xAI, Cohere, Cerebras, Perplexity, Moonshot,
// DashScope, Zhipu, Volcengine, MiniMax, and the servers vLLM, SGLang, TGI, llama.cpp, Ollama,
// LM Studio and LiteLLM. A phrase is as short as it can be and still mean one thing.

// namedStatus are the names by which errors without a status of their own tell it.
var namedStatus = []struct {
	status int
	names  []string
}{
	{StatusOverloaded, []string{"overloaded"}},
	{429, []string{"rate_limit", "ratelimit", "too_many_requests", "toomanyrequests", "resource_exhausted", "throttl"}},
	{504, []string{"timeout", "timed_out", "deadline_exceeded"}},
	{503, []string{"unavailable", "no_capacity", "capacity_exceeded"}},
	{500, []string{"api_error", "server_error", "internal", "upstream_error", "provider_error"}},
	{402, []string{"insufficient_quota", "insufficient_balance", "billing", "payment"}},
	{403, []string{"permission", "forbidden"}},
	{401, []string{"authentication", "unauthorized", "invalid_api_key"}},
	{404, []string{"not_found"}},
	{400, []string{"invalid_request", "bad_request", "invalid_argument", "validation"}},
}

// Too long for the model.
var (
	longCodes = []string{
		"context_length_exceeded", "context_window_exceeded", "contextwindowexceeded", "exceed_context_size", "context_too_long",
		"request_too_large", "model_max_prompt_tokens_exceeded", "tokens_limit_reached", "token_limit_exceeded", "prompt_too_long",
		"input_too_long", "max_context_length", " 1261 ", " 3051 ",
	}
	longWords = []string{
		"context length", "context window", "context limit", "context size", "contextwindowexceeded", "context_length_exceeded",
		"prompt is too long", "prompt too long", "prompt tokens too long", "maximum prompt length", "prompt length exceeds",
		"input is too long", "input too long", "input is longer", "input length exceed", "input exceeds", "input tokens exceed", "range of input length",
		"maximum input length", "max input characters", "max input length", "input token count", "too many input tokens", "input tokens are too many",
		"request is too long", "message is too long", "messages are too long", "messages too long", "conversation is too long",
		"maximum model length", "maximum sequence length", "exceeds maximum length", "exceeds the maximum allowed length", "exceed the maximum length",
		"too many tokens", "maximum number of tokens", "max message tokens", "model token limit", "token limit exceeded", "token limit for", "exceeds token limit", "exceeds the token limit",
		"exceed the token limit", "total number of tokens in the prompt", "prompt token count of", "prompt tokens exceed", "total tokens exceed",
		"tokens + `max_new_tokens", "inputs tokens + max_new_tokens", "`inputs` must have less than", "reduce the length of", "reduce your prompt", "reduce your message size",
		"reduce the size of your prompt", "shorten your", "shorter prompt", "shorter input", "reduce the number of tokens", "reduce the number of input tokens",
		"too large for model", "request too large for", "body too large for", "larger than kv cache", "kv cache size", "exceeds the kv cache",
		"expected maxlength", "token count exceeds", "tokens exceeds", "number of tokens to keep",
		"tokens in request more than", "max_model_len", "prompt is too large", "input sequence length", "max_sequence_length", "history too long", "history is too long",
		"超长", "输入过长", "上下文长度", "超过最大长度", "超出最大长度", "长度超过", "tokens超", "token超", "token数超", "tokens 超",
	}
)

// waitWords say that tokens are too many for the moment, though one prompt may have few.
var waitWords = []string{"please wait", "wait before", "tokens per day", "too many tokens per", "too many requests"}

// exceedWords say, with a number of tokens and a part of the prompt, that it is too long.
var exceedWords = []string{
	"exceed", "too long", "too many", "too large", "longer than", "greater than", "larger than", "more than", "can only", "cannot fit", "does not fit", "maximum", "limit", "over the",
}

// A limit on the answer above what the model can give, which is no matter of the prompt.
var (
	outputParams = []string{"max_tokens", "max_completion_tokens", "max_output_tokens", "max_new_tokens"}
	outputFields = []string{
		"max_tokens", "max tokens", "max_completion_tokens", "max_output_tokens", "maxoutputtokens", "maxtokens", "output tokens", "completion tokens",
		"maximum tokens you requested", "num_predict", "max_new_tokens",
	}
	outputAbove = []string{
		"max_tokens' is too large", "max_completion_tokens' is too large", "max_tokens is too large", "max_completion_tokens is too large",
		"max_output_tokens is too large", "max_tokens too large", "maximum tokens you requested exceed", "maximum allowed number of output tokens",
		"range of max_tokens", "input validation error: `max_new_tokens` must be <=",
	}
	outputExcess = []string{
		"too large", "too high", "too big", "exceed", "greater than the", "larger than", "higher than", "less than or equal", "must be less", "must be <",
		"lower than", "smaller than", "above", "at most", "maximum", "supported range", "range of", "range from", "should be in", "must be between", "up to", "limit",
	}
	outputNot   = []string{"required", "positive", "greater than 0", "at least 1", "thinking", "budget_tokens", "must be an integer", "valid integer", "type"}
	promptWords = []string{"context length", "context limit", "context window", "context size", "prompt", "input", "messages", "too many tokens: total"}
)

// The operator's account.
var (
	quotaCodes = []string{
		"insufficient_quota", "insufficient_user_quota", "insufficient_balance", "insufficient_credit", "insufficient_funds", "insufficientbalance", "exceeded_current_quota",
		"billing", "payment_required", "paymentrequired", "arrear", "overdue", "freetieronly", "quota_exhausted", "quotaexhausted",
		"usage_limit_reached", "spend_limit", " 1113 ", " 1008 ",
	}
	accountCodes = []string{
		"account_deactivated", "account_disabled", "accessdenied", "access_denied", "access_terminated", "permission_denied", "permission_error",
		"unsupported_country", "unsupported_region", "unpurchased", "modelnotopen", "service_disabled", "consumer_suspended", "billing_disabled",
		"operationdenied", "not_authorized", "subscription",
	}
	moneyWords = []string{
		"credit balance", "insufficient balance", "balance is insufficient", "balance is not enough", "insufficient account balance", "not enough balance",
		"insufficient credit", "not enough credit", "more credits", "out of credit", "no credits", "all available credits", "purchase credits", "add credits",
		"insufficient funds", "insufficient quota", "payment required", "spending limit", "spend limit", "monthly limit", "overdue", "arrear",
		"good standing", "billing hard limit", "enable billing", "requires billing", "billing to be enabled", "billing is not", "billing account", "has been suspended",
		"is suspended", "account is disabled", "account has been disabled", "account is not active", "account is deactivated", "organization has been disabled",
		"specified api usage limits", "specified workspace api usage limits", "usage limits. you will regain access", "free tier of the model has been exhausted",
		"free quota", "please recharge", "recharge your", "top up", "余额", "欠费", "充值", "额度",
	}
	accessWords = []string{
		"not have access to", "have access to the model", "doesn't have access", "don't have access", "no access to", "without access to", "not authorized to",
		"not have permission", "no permission", "lacks permission", "access denied", "permission denied", "your country", "unsupported country", "country, region",
		"your region", "in this region", "organization must be verified", "data policy", "user location", "your location is not", "not available in your", "has not been used in project", "is not activated",
		"not been activated", "has not activated", "not enabled for your", "not enabled for this", "not subscribed", "requires a subscription", "upgrade your plan",
		"访问权限", "无权", "未开通",
		"credential is only authorized", "out of extra usage", "extra usage, not your plan", "use case details have not been submitted", "terms acceptance",
		"has been restricted", "blocked at the",
	}
	keyCodes = []string{"invalid_api_key", "api_key_invalid", "authentication_error", "invalid_authentication", "unauthorized", "invalid_token", "expired_api_key"}
	keyWords = []string{
		"api key not valid", "invalid api key", "incorrect api key", "invalid authentication", "api key expired", "api key is invalid", "api-key is invalid",
		"missing api key", "no api key", "api key is missing", "security token included in the request is",
	}
)

// The provider's safety policy.
var (
	policyCodes = []string{
		"content_filter", "content_policy", "contentfilter", "responsibleaipolicy", "data_inspection_failed", "datainspectionfailed", "sensitivecontent",
		"safety_check", "moderation", "prohibited_content", "invalid_prompt", "policy_violation", "new_sensitive", "guardrail", " 1301 ", " 1026 ", " 1027 ",
	}
	policyWords = []string{
		"content management policy", "content filter", "content policy", "usage policies", "usage policy", "usage guidelines", "safety system", "moderation", "was flagged",
		"were flagged", "been flagged", "content exists risk", "inappropriate content", "considered high risk", "data inspection", "prohibited content", "敏感",
		"prohibited_content", "new_sensitive", "safety reasons", "safety filter", "safety policy", "safety policies", "for safety", "unsafe", "policy violation", "violates our", "violate our",
		"violates the", "violates usage", "violates content", "content violat", "content filtering", "blocked by our", "guardrail", "不安全",
	}
)

// A model that the provider does not have.
var (
	modelCodes = []string{
		"model_not_found", "modelnotfound", "model_not_available", "model_decommissioned", "invalid_model", "deploymentnotfound", "model_not_exist",
		"model_deprecated", "invalidendpointormodel", "model_unavailable", " 1211 ",
	}
	missingWords = []string{
		"not found", "not exist", "doesn't exist", "no such model", "unknown model", "invalid model", "not a valid model", "no longer available",
		"no longer supported", "decommissioned", "is deprecated", "been deprecated", "end of its life", "been retired", "was retired", "been shut down", "not supported for",
		"no endpoints found", "unable to access model", "identifier is invalid", "models loaded", "not loaded", "was deprecated on", "': not found for account", "failed to load model", "not available",
		"not have access", "模型不存在", "not deployed", "not ready to serve",
	}
)

// What this model, or the server that runs it, does not take.
var (
	// incapableRoutes are OpenRouter's words where no provider of the model can do what was asked.
	incapableRoutes = []string{"no endpoints found that support", "no endpoints found that can handle"}

	unsupportedCodes = []string{
		"unsupported_value", "unsupported_param", "unsupportedparam", "unsupported_feature", "unsupported_content", "unsupported_image",
		"unsupported_file", "unsupported_model", "unsupported_api", "unsupported_operation", "not_supported", "unknown_parameter", "unknown_field",
		"unrecognized_parameter", "extra_forbidden", "tool_use_failed", "json_validate_failed", "invalid_request_message_order", " 3230 ", "template_error",
		"not_implemented", "notimplemented", "invalid_reasoning_effort", "operationnotsupported",
		"output_parse_failed", "tool_error",
	}
	// aboveCodes are bounds that differ between providers.
	aboveCodes = []string{"integer_above_max_value", "decimal_above_max_value", "array_above_max_length", "string_above_max_length", "object_above_max_properties"}
	// boundedParams have the same bounds nearly everywhere.
	boundedParams = []string{"temperature", "top_p", "penalty"}
	// narrowRange is what some providers allow of them and others exceed.
	narrowRange = []string{"range: 0..1", "[0, 1]", "[0,1]", "(0, 1)", "(0,1)", "(0, 1.0)", "between 0 and 1", "between 0.0 and 1.0", "<= 1.0", "less than or equal to 1"}

	unsupportedWords = []string{
		"unsupported", "not support", "n't support", "no support for", "not yet supported", "only supported", "only support ", "only supports", "supported only",
		"not available for this model", "not available on this model", "not available with", "requires a model", "requires a different model", "not enabled for", "not applicable to this model",
		"not compatible with", "incompatible with", "not implemented", "cannot be used with", "can't be used with",
		"cannot be combined with", "cannot be enabled", "cannot both be specified", "not permitted", "not allowed", "not a multimodal", "not multimodal", "not a chat model", "not a vision",
		"no vision", "at most 0 image", "at most 0 audio", "at most 0 video", "may be provided in one", "too many images", "too many tools", "maximum number of images", "maximum number of tools",
		"unrecognized request argument", "unrecognized argument", "unrecognized field", "unrecognized key", "unrecognized parameter", "unrecognized property",
		"unrecognized request parameter", "unknown parameter", "unknown field", "unknown argument", "unknown name", "unknown property", "unexpected keyword", "unexpected field",
		"unexpected parameter", "unexpected property", "unexpected argument", "invalid field",
		"additional property", "extra fields", "extra inputs", "must be set to false for", "type is unavailable", "does not accept", "doesn't accept", "is not accepted",
		"requires --", "only allows", "does not allow", "only one of", "may only be set", "only be set to 1", "only the default", "only 1 is allowed", "at most 1", "n = 1",
		"should alternate with", "must alternate", "expected last role", "last message must have role", "last message must be",
		"last role must be", "must come first", "must be the first message", "must be at the beginning", "only one system", "multiple system", "must end with a user message", "prefill", "system role", "developer role",
		"chat template", "template error", "jinja",
		"must be a string)", "content must be a string", "content must be string", "expected a string, got array", "expected a string, but got an array",
		"expected a string, got list", "sequence, expected a string", "expected string, received array", "expected `text`", "mmproj",
		"too many states", "schema is too complex", "schema too complex", "failed to call a function", "failed to generate json", "failed to validate json",
		"on-demand throughput", "不支持",
		"beta flag", "thought signature", "request contains an invalid argument", "provider returned error", "contain the word 'json'", "must be a user message",
		"api versions", "is deprecated for this", "is not enabled for", "parser for this template", "unexpected role", "unexpected message role", "not recognized", "parts field",
		"invalid params", "参数", "cannot be disabled", "model produced invalid content", "a maximum of ", "did not match any variant",
	}
	// variantWords come before a value that the server does not know.
	variantWords = []string{
		"unknown variant", "invalid value:", "invalid value for", "input tag", "unexpected role", "unknown role", "invalid role", "unknown part type", "unknown content type",
		"invalid content type", "unrecognized role", "unknown type",
	}
	// choiceFields take one of a few words, of which each provider knows others.
	choiceFields = []string{"effort", "thinking", "reasoning", "response_format", "service_tier", "verbosity", "tool_choice type"}
	choiceWords  = []string{"must be '", "must be \"", "must be one of", "should be one of", "expected one of", "input should be '", "invalid", "allowed values", "valid values"}
	// ownWords are about what only one provider has or forbids, though the sentence looks like
	// one about a mistake: fields that it does not know, keywords of a schema, what must come
	// back of its own earlier answers.
	ownWords = []string{
		"cannot find field", "extraneous key", "' is not permitted", "thought_signature", "reasoning_content", "signature in thinking", "`signature`",
		"a final `assistant` message must start with", "signature: field required", "array schema missing items", "required following item", "'array' not in 'string'", "is required to be supplied",
		"schema must have a 'type' key", "must be explicitly set to false", "expected a value >= 16", "go struct field .messages.content",
	}
	knownPrefixes = []string{"web_search", "computer_", "bash_", "text_editor_", "code_execution", "memory_", "mcp_", "input_", "output_"}
	knownValues   = []string{
		"developer", "system", "tool", "function", "assistant",
		"image_url", "image", "audio", "file", "document", "video", "video_url", "refusal", "thinking", "redacted_thinking", "reasoning", "tool_use", "tool_result",
		"tool_reference", "server_tool_use", "search_result", "container_upload",
		"json_object", "json_schema", "grammar", "required", "any", "custom", "allowed_tools",
		"none", "minimal", "low", "medium", "high", "xhigh", "max", "enabled", "disabled", "adaptive", "flex", "priority", "auto", "scale", "standard_only", "ephemeral",
	}

	// crashWords come with 400 where a local server lost its model.
	crashWords = []string{"model has crashed", "model unloaded", "unloaded or crashed", "out of memory"}

	// busyCodes come with 400 although the request is right.
	busyCodes = []string{"failed_precondition", "model_loading", "temporarily"}

	// Mistakes whose words are like the ones above.
	mistakeCodes = []string{"invalid_type", "missing_required_parameter", "json_invalid", "invalid_json", "invalid_function_parameters", " missing "}
	mistakeWords = []string{
		"could not parse", "failed to parse", "not valid json", "invalid json", "malformed", "field required", "is required", "missing required", "is a required property",
		"invalid schema", "is not of type", "no corresponding", "without a corresponding", "tool_call_id", "tool_use_id", "unexpected `tool_use", "input_schema: json schema is invalid",
		"make sure your image", "same number of function calls", "不能为空",
	}

	// What else every model refuses. These words are too common to be asked first.
	wrongWords = []string{
		"required", "missing", "not be empty", "be empty", "is empty", "empty array", "empty string", "empty list", "at least one", "at least 1", "too short",
		"minimum", "greater than or equal to", "greater than 0", "greater than `", "must be positive", "must be non-negative", "must be a ", "must be an ", "should be a ", "should be an ",
		"expected a ", "expected an ", "expected string", "expected number", "expected integer", "expected object", "expected array", "expected boolean", "expected a",
		"invalid type", "parsing", "parse error", "parse the", "parse json", "parse body", "parse request", "decode", "unmarshal", "unexpected end", "unexpected token '", "unexpected token in json", "unexpected token at", "unexpected character", "unterminated",
		"syntax error", "json error", "surrogate", "utf-8", "utf8", "duplicate", "must be unique", "match pattern", "match the pattern", "must be followed by", "must be a response", "must have a corresponding",
		"base64", "could not process image", "not represent a valid", "invalid url", "only allowed when", "must be set", "must be provided", "must be specified", "must provide", "invalid 'messages",
		"invalid character", "no tool call found", "no tool output found", "must be valid", "be valid json", "is not valid", "process input image", "is already set",
		"not specified", "not in request.tools", "no messages", "not one of [",
	}
	// boundWords are the bounds of sampling parameters, narrowRange apart.
	boundWords = []string{"between", "range", "maximum", "minimum", "less than", "greater than", "at most", "at least", "<=", ">=", "must be in", "should be in"}
	// limitWords are about a count or a size that another model may allow.
	limitWords = []string{"exceed", "too many", "too large", "max allowed", "maximum of", "maximum allowed", "at most", "not greater than", "no more than", "limit:", "up to"}
	// thingWords name what a client refers to and, with absentWords, does not exist.
	thingWords  = []string{"tool '", "tool `", "tool \"", "file", "function '", "function `", "provided tools"}
	absentWords = []string{"not found", "not exist", "no such"}

	// What a provider holds for a client, so that no other one has it.
	heldCodes = []string{"previous_response_not_found", "file_not_found", "response_not_found", "conversation_not_found"}
	heldWords = []string{"file", "previous response", "response with id", "item with id", "conversation with id", "container with id", "invalid url"}
)

// namedParts are the parts of a request that a client writes.
var namedParts = []string{
	"message", "role", "content", "tool", "function", "schema", "json", "token", "model", "image", "key", "prompt", "system", "temperature", "required", "missing", "stop",
	"vision", "audio", "video", "think", "effort", "reason", "history", "format", "user", "logprob", "top_", "seed", "length", "parse",
}
