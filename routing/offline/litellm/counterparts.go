package litellm

import (
	"regexp"
	"strings"
)

// counterpart says what to do about a key that has none. docs/migrate-litellm.md has the same
// keys, which a test compares.
type counterpart struct{ key, text string }

const (
	noLimits  = "rate limits are Envoy's: add its rate limit filter, or a budget in dollars"
	noLogs    = "Sluice has metrics (/metrics at admin), one log line a request, and Envoy's access log; callbacks have no counterpart"
	noChange  = "Sluice does not change requests that way: clients must send it"
	noKeys    = "Sluice manages no keys and does not check those of clients: keep listen on a private address, or use identity.jwt"
	noDB      = "Sluice has no database: what LiteLLM keeps there (keys, teams, models added in its UI) is not imported"
	noHealth  = "Sluice asks no provider for its health: a failed attempt goes to the next candidate"
	noCool    = "there is no cool-down: each request is tried, and a failed attempt goes to the next candidate"
	noBalance = "Sluice does not share load between deployments: the model is chosen by the prompt and by prices"
	automatic = "needs no counterpart: Sluice does so always"
	harmless  = "needs no counterpart"
	noAWS     = "has no counterpart: Sluice does not sign requests for AWS"
)

// counterparts are keys by their section. litellm_params and model_info are those of an element
// of model_list.
var counterparts = []counterpart{
	{"litellm_params.rpm", noLimits},
	{"litellm_params.tpm", noLimits},
	{"litellm_params.max_parallel_requests", noLimits},
	{"litellm_params.max_retries", "Sluice tries another model, not the same one again: routing.limits.attempts"},
	{"litellm_params.num_retries", "Sluice tries another model, not the same one again: routing.limits.attempts"},
	{"litellm_params.stream_timeout", "timeout of the model counts for streams, too: it bounds the time until some of the answer has come; routing.limits.stream_idle bounds silences after that"},
	{"litellm_params.stream_idle_timeout", "routing.limits.stream_idle is one for all models"},
	{"litellm_params.weight", noBalance},
	{"litellm_params.tags", "tags have no counterpart: use routing.domains, or let clients name a model"},
	{"litellm_params.temperature", noChange},
	{"litellm_params.top_p", noChange},
	{"litellm_params.max_tokens", noChange + ". A limit that is too high is lowered to max_output of the model"},
	{"litellm_params.reasoning_effort", "efforts of a model make candidates NAME@LEVEL: see docs/effort.md"},
	{"litellm_params.extra_headers", "Sluice adds no headers to requests; envoy.forward_headers lets those of clients through"},
	{"litellm_params.organization", "requests are billed to the organization of the key"},
	{"litellm_params.drop_params", "requests reach providers as clients sent them: a parameter that a provider refuses is its error"},
	{"litellm_params.additional_drop_params", "requests reach providers as clients sent them: a parameter that a provider refuses is its error"},
	{"litellm_params.max_budget", "budgets are those of everyone, users, keys, teams or tenants, not of models"},
	{"litellm_params.budget_duration", "budgets are those of everyone, users, keys, teams or tenants, not of models"},
	{"litellm_params.mock_response", "sluice simulate serves simulated providers"},
	{"litellm_params.api_version", "is not sent"},
	{"litellm_params.ssl_verify", "certificates are always checked: name the authority in ca of the provider"},
	{"litellm_params.azure_ad_token", "Envoy sends a key; a token that expires can be a credential.file that a job of yours renews"},
	{"litellm_params.tenant_id", "Envoy sends a key; a token that expires can be a credential.file that a job of yours renews"},
	{"litellm_params.client_id", "Envoy sends a key; a token that expires can be a credential.file that a job of yours renews"},
	{"litellm_params.client_secret", "Envoy sends a key; a token that expires can be a credential.file that a job of yours renews"},
	{"litellm_params.aws_region_name", noAWS},
	{"model_info.id", harmless},
	{"model_info.db_model", harmless},
	{"model_info.base_model", "has no counterpart: write price and context of the model"},
	{"model_info.access_groups", noKeys},
	{"model_info.team_id", noKeys},
	{"model_info.max_tokens", "is no usable number, or more than max_input_tokens, and was left out"},
	{"model_info.max_output_tokens", "is no usable number, or more than max_input_tokens, and was left out"},
	{"model_info.max_input_tokens", "is no usable number, and was left out"},
	{"model_info.input_cost_per_token", "was left out: it is no price per token, or output_cost_per_token is missing"},
	{"model_info.output_cost_per_token", "was left out: it is no price per token, or input_cost_per_token is missing"},
	{"model_info.supports_prompt_caching", harmless + ": prices of cached input are what counts"},
	{"model_info.supports_system_messages", harmless},
	{"model_info.supports_tool_choice", harmless},
	{"model_info.supports_parallel_function_calling", harmless},
	{"model_info.litellm_provider", harmless},

	{"router_settings.routing_strategy", noBalance},
	{"router_settings.routing_strategy_args", noBalance},
	{"router_settings.routing_groups", noBalance},
	{"router_settings.enable_weighted_failover", noBalance},
	{"router_settings.allowed_fails", noCool},
	{"router_settings.allowed_fails_policy", noCool},
	{"router_settings.cooldown_time", noCool},
	{"router_settings.disable_cooldowns", noCool},
	{"router_settings.retry_after", "the next candidate is asked at once"},
	{"router_settings.retry_policy", "each kind of failure is tried again on the next candidate, up to routing.limits.attempts: see docs/failures.md"},
	{"router_settings.model_group_retry_policy", "each kind of failure is tried again on the next candidate, up to routing.limits.attempts: see docs/failures.md"},
	{"router_settings.max_fallbacks", "routing.limits.attempts bounds the models that one request may try"},
	{"router_settings.stream_timeout", "routing.limits.stream_time bounds a stream, stream_idle a silence in it"},
	{"router_settings.enable_pre_call_checks", automatic + ", for models with a context"},
	{"router_settings.optional_pre_call_checks", "conversations stay with their model always: routing.session"},
	{"router_settings.enable_tag_filtering", "tags have no counterpart: use routing.domains, or let clients name a model"},
	{"router_settings.provider_budget_config", "budgets are those of everyone, users, keys, teams or tenants, not of providers"},
	{"router_settings.default_litellm_params", noChange},
	{"router_settings.default_max_parallel_requests", noLimits},
	{"router_settings.redis_url", "write it as state.store: redis://host:6379/0"},
	{"router_settings.cache_responses", "write a cache section"},

	{"litellm_settings.success_callback", noLogs},
	{"litellm_settings.failure_callback", noLogs},
	{"litellm_settings.callbacks", noLogs + ". Prometheus needs nothing: its metrics are always there"},
	{"litellm_settings.service_callback", noLogs},
	{"litellm_settings.turn_off_message_logging", automatic + ": prompts and answers are never logged"},
	{"litellm_settings.redact_user_api_key_info", automatic + ": keys are never logged, only their hashes"},
	{"litellm_settings.drop_params", "requests reach providers as clients sent them: a parameter that a provider refuses is its error"},
	{"litellm_settings.modify_params", "requests reach providers as clients sent them"},
	{"litellm_settings.json_logs", automatic},
	{"litellm_settings.budget_duration", "has no counterpart without max_budget"},
	{"litellm_settings.max_end_user_budget", "write a budget per: user, and in identity.user who that is"},
	{"litellm_settings.default_team_params", "write a budget per: team, and in identity.team who that is"},
	{"litellm_settings.default_key_generate_params", noKeys + ". A budget per: key limits each key"},
	{"litellm_settings.upperbound_key_generate_params", noKeys + ". A budget per: key limits each key"},
	{"litellm_settings.default_internal_user_params", noKeys + ". A budget per: user limits each user"},
	{"litellm_settings.cache_params", "has no counterpart: it is about another kind of cache"},
	{"litellm_settings.ssl_verify", "certificates are always checked: name the authority in envoy.ca"},
	{"litellm_settings.cost_discount_config", "write the prices that you pay as price of the models"},
	{"litellm_settings.cost_margin_config", "write the prices that you charge as price of the models"},
	{"litellm_settings.telemetry", harmless + ": Sluice sends nothing to anybody"},
	{"litellm_settings.force_ipv4", "Envoy resolves names; see docs/envoy.md"},
	{"litellm_settings.mcp_aliases", "MCP servers have no counterpart"},
	{"litellm_settings.guardrails", "guardrails have no counterpart; judge is about weak answers, not unsafe ones"},
	{"cache_params.namespace", "keys in Redis have a name of Sluice's own"},
	{"cache_params.supported_call_types", "chat requests alone are cached"},
	{"cache_params.similarity_threshold", "answers are found again by the exact request only"},
	{"cache_params.password", "is not copied"},

	{"general_settings.master_key", noKeys},
	{"general_settings.custom_auth", noKeys},
	{"general_settings.database_url", noDB},
	{"general_settings.database_connection_pool_limit", noDB},
	{"general_settings.store_model_in_db", noDB},
	{"general_settings.disable_spend_logs", noDB},
	{"general_settings.store_prompts_in_spend_logs", "prompts and answers are never kept"},
	{"general_settings.proxy_batch_write_at", noDB},
	{"general_settings.enable_jwt_auth", "write identity.jwt: Envoy verifies the tokens"},
	{"general_settings.litellm_jwtauth", "write identity.jwt, and identity.user, team and tenant with the claims"},
	{"general_settings.user_header_name", "write identity.user.header, if a proxy of yours sets that header and drops the client's"},
	{"general_settings.forward_client_headers_to_llm_api", "envoy.forward_headers names the headers that providers get"},
	{"general_settings.alerting", "alert on the metrics: docs/metrics.md"},
	{"general_settings.alerting_threshold", "alert on the metrics: docs/metrics.md"},
	{"general_settings.background_health_checks", noHealth},
	{"general_settings.health_check_interval", noHealth},
	{"general_settings.max_parallel_requests", noLimits},
	{"general_settings.global_max_parallel_requests", "envoy.connections bounds the connections of clients, envoy.memory what their requests take"},
	{"general_settings.max_response_size_mb", "routing.limits.response is the largest answer that is judged"},
	{"general_settings.completion_model", `write routing.route: ["*"], to have Sluice choose the model whatever clients ask for`},
	{"general_settings.pass_through_endpoints", "other paths than those of docs/clients.md are routes of your own Envoy: examples/existing-envoy"},
	{"general_settings.allowed_ips", "use Envoy's RBAC filter, or a firewall"},

	{"include", "other files are not read: import them one by one, or join them"},
	{"guardrails", "guardrails have no counterpart; judge is about weak answers, not unsafe ones"},
	{"mcp_servers", "MCP servers have no counterpart"},
	{"credential_list", "the rest of it belongs to no deployment that was imported"},
	{"callback_settings", noLogs},
	{"files_settings", "files have no counterpart; sluice batch sends batches"},
	{"finetune_settings", "fine-tuning has no counterpart"},
	{"vector_store_registry", "vector stores have no counterpart"},
	{"search_tools", "search tools have no counterpart"},
	{"prompts", "prompts have no counterpart: clients send them"},

	{"complexity_router_config.tier_boundaries", "its scores are not those of Sluice: routing.quality or routing.calibrate says how much goes to which tier"},
	{"complexity_router_config.dimension_weights", "its scores are not those of Sluice: routing.quality or routing.calibrate says how much goes to which tier"},
	{"complexity_router_config.token_thresholds", "its scores are not those of Sluice: long inputs go to stronger tiers by themselves"},
	{"complexity_router_config.keyword_tier_rules", "keywords have no counterpart: the scorer is learned"},
	{"complexity_router_config.session_affinity", automatic + ": routing.session"},
	{"complexity_router_config.classifier_type", "Sluice has a scorer of its own, without a call to a model"},
	{"complexity_router_config.tiers", "tiers in Sluice are budget, standard, premium and flagship"},
	{"litellm_params.auto_router_config", "examples of requests have no counterpart: routing.domains names models for topics"},
	{"litellm_params.auto_router_config_path", "examples of requests have no counterpart: routing.domains names models for topics"},
	{"litellm_params.auto_router_embedding_model", "needs no counterpart: the scorer is part of the program"},
}

var element = regexp.MustCompile(`\[\d+\]`)

// advice is what to do about the key at path: that of the key in its section, or of the nearest
// thing around it for which there is one.
func advice(path string) string {
	parts := strings.Split(element.ReplaceAllString(path, ""), ".")
	for n := len(parts); n > 0; n-- {
		key := strings.Join(parts[max(n-2, 0):n], ".")
		for _, c := range counterparts {
			if c.key == key {
				return c.text
			}
		}
	}
	return "has no counterpart, and was left out"
}
