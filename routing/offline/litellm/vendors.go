package litellm

import (
	"net"
	"net/url"
	"slices"
	"strings"

	"sluice/routing/offline/tree"
)

// vendor says how the models behind one of LiteLLM's prefixes are reached.
type vendor struct {
	prefix   string
	endpoint string // base URL without api_base; "" is that of the variable base
	base     string // variable that LiteLLM takes the base URL from where there is no api_base
	suffix   string // of the base URL in Sluice, behind api_base
	env      string // variable of the key where there is no api_key; "" is no key
	header   string // of the key; "" is the usual one
	format   string // "" is openai
	own      bool   // a server of the user's own, which has no price
	listed   bool   // the built-in default has prices of its models
	path     string // put before a model's name that has no slash
}

// both is the format of an endpoint that speaks OpenAI's, too.
const both = "[anthropic, openai]"

var vendors = []vendor{
	{prefix: "openai", endpoint: "https://api.openai.com/v1", env: "OPENAI_API_KEY", listed: true},
	{prefix: "anthropic", endpoint: "https://api.anthropic.com", env: "ANTHROPIC_API_KEY", format: both, listed: true},
	{prefix: "azure", base: "AZURE_API_BASE", suffix: "/openai/v1", env: "AZURE_API_KEY", header: "api-key", listed: true},
	{prefix: "azure_ai", base: "AZURE_AI_API_BASE", suffix: "/openai/v1", env: "AZURE_AI_API_KEY", header: "api-key"},
	{prefix: "gemini", endpoint: "https://generativelanguage.googleapis.com/v1beta/openai", env: "GEMINI_API_KEY", listed: true},
	{prefix: "deepseek", endpoint: "https://api.deepseek.com/v1", env: "DEEPSEEK_API_KEY", listed: true},
	{prefix: "mistral", endpoint: "https://api.mistral.ai/v1", env: "MISTRAL_API_KEY"},
	{prefix: "groq", endpoint: "https://api.groq.com/openai/v1", env: "GROQ_API_KEY"},
	{prefix: "openrouter", endpoint: "https://openrouter.ai/api/v1", env: "OPENROUTER_API_KEY"},
	{prefix: "together_ai", endpoint: "https://api.together.xyz/v1", env: "TOGETHERAI_API_KEY"},
	{prefix: "fireworks_ai", endpoint: "https://api.fireworks.ai/inference/v1", env: "FIREWORKS_AI_API_KEY", path: "accounts/fireworks/models/"},
	{prefix: "xai", endpoint: "https://api.x.ai/v1", env: "XAI_API_KEY"},
	{prefix: "perplexity", endpoint: "https://api.perplexity.ai", env: "PERPLEXITYAI_API_KEY"},
	{prefix: "cerebras", endpoint: "https://api.cerebras.ai/v1", env: "CEREBRAS_API_KEY"},
	{prefix: "sambanova", endpoint: "https://api.sambanova.ai/v1", env: "SAMBANOVA_API_KEY"},
	{prefix: "deepinfra", endpoint: "https://api.deepinfra.com/v1/openai", env: "DEEPINFRA_API_KEY"},
	{prefix: "moonshot", endpoint: "https://api.moonshot.ai/v1", env: "MOONSHOT_API_KEY"},
	{prefix: "nvidia_nim", endpoint: "https://integrate.api.nvidia.com/v1", env: "NVIDIA_NIM_API_KEY"},
	{prefix: "litellm_proxy", base: "LITELLM_PROXY_API_BASE", env: "LITELLM_PROXY_API_KEY"},
	{prefix: "hosted_vllm", base: "HOSTED_VLLM_API_BASE", own: true},
	{prefix: "vllm", base: "HOSTED_VLLM_API_BASE", own: true},
	{prefix: "lm_studio", base: "LM_STUDIO_API_BASE", own: true},
	{prefix: "llamafile", endpoint: "http://127.0.0.1:8080/v1", own: true},
	{prefix: "ollama", endpoint: "http://127.0.0.1:11434/v1", suffix: "/v1", own: true},
	{prefix: "ollama_chat", endpoint: "http://127.0.0.1:11434/v1", suffix: "/v1", own: true},
	{prefix: "custom_openai", env: "OPENAI_API_KEY"},
	{prefix: "openai_like", env: "OPENAI_LIKE_API_KEY"},
	{prefix: "text-completion-openai", endpoint: "https://api.openai.com/v1", env: "OPENAI_API_KEY"},
}

// unreachable are prefixes of providers whose APIs Sluice does not speak, and what to do
// instead.
var unreachable = map[string]string{
	"bedrock":          "Sluice does not sign requests for AWS; models that Bedrock serves at its OpenAI-compatible endpoint can be written as a provider, https://bedrock-runtime.REGION.amazonaws.com/openai/v1 with a Bedrock API key; others need a gateway that signs in between",
	"bedrock_converse": "as for bedrock/: Sluice does not sign requests for AWS",
	"sagemaker":        "Sluice does not sign requests for AWS",
	"sagemaker_chat":   "Sluice does not sign requests for AWS",
	"vertex_ai":        "Vertex AI takes OAuth tokens that expire, not keys; write a provider with the endpoint https://REGION-aiplatform.googleapis.com/v1/projects/PROJECT/locations/REGION/endpoints/openapi, upstream_name google/MODEL, and a credential.file that a job of yours renews, or use Gemini's API with a key",
	"vertex_ai_beta":   "as for vertex_ai/: Vertex AI takes OAuth tokens that expire, not keys",
	"watsonx":          "watsonx takes tokens that expire, not keys, and has an API of its own",
	"github_copilot":   "its tokens are those of a person's login",
	"cohere":           "Sluice does not speak Cohere's API",
	"cohere_chat":      "Sluice does not speak Cohere's API",
	"replicate":        "Sluice does not speak Replicate's API",
	"huggingface":      "write a provider with the endpoint https://router.huggingface.co/v1, or that of your own inference server, and the model as upstream_name",
}

// provider is where models of the result live.
type provider struct {
	name, endpoint, format, env, header string
}

// hints are words at the beginning of a model without a prefix, by which LiteLLM knows its
// provider.
var hints = []struct{ begins, prefix string }{
	{"gpt-", "openai"},
	{"chatgpt-", "openai"},
	{"o1", "openai"},
	{"o3", "openai"},
	{"o4", "openai"},
	{"ft:gpt-", "openai"},
	{"text-embedding", "openai"},
	{"whisper", "openai"},
	{"tts-", "openai"},
	{"dall-e", "openai"},
	{"claude", "anthropic"},
	{"gemini", "vertex_ai"},
}

// vendorOf splits a model as LiteLLM does into its provider and the provider's own name for it.
// Where why is not "", Sluice cannot reach it.
func vendorOf(model, custom string) (v *vendor, upstream, why string) {
	prefix, upstream, found := strings.Cut(model, "/")
	switch {
	case custom != "":
		if prefix != custom {
			upstream = model
		}
		prefix = custom
	case !found:
		prefix, upstream = "", model
		for _, h := range hints {
			if strings.HasPrefix(model, h.begins) {
				prefix = h.prefix
				break
			}
		}
		if prefix == "" {
			return nil, "", "names no provider; expected a prefix such as openai/"
		}
	}
	if i := slices.IndexFunc(vendors, func(v vendor) bool { return v.prefix == prefix }); i >= 0 {
		v := vendors[i]
		// Of such prefixes the rest names a form of the API, which is none of the model's name.
		for _, form := range []string{"responses/", "chat/"} {
			if v.prefix == "openai" || v.prefix == "azure" {
				upstream = strings.TrimPrefix(upstream, form)
			}
		}
		if v.path != "" && !strings.Contains(upstream, "/") {
			upstream = v.path + upstream
		}
		if v.prefix == "azure_ai" && strings.HasPrefix(upstream, "claude") {
			v.suffix, v.format, v.header = "/anthropic", "anthropic", ""
		}
		return &v, upstream, ""
	}
	if why := unreachable[prefix]; why != "" {
		return nil, "", why
	}
	return nil, "", "the provider " + shown(prefix) + " is not known to the importer; if it has an OpenAI-compatible endpoint, write it under providers"
}

// endpointOf returns the base URL of the models of v. The value base, which may be nil, is
// never part of why: it may hold a password.
func (im *importer) endpointOf(at string, v *vendor, base *tree.Value) (endpoint, why string) {
	name, ok := variable(base)
	switch {
	case base == nil && v.endpoint != "":
		return v.endpoint, ""
	case base == nil && v.base != "":
		name, ok = v.base, true
	case base == nil:
		return "", "has no api_base, and the provider no endpoint that is known"
	}
	if ok {
		im.samples[name] = "http://127.0.0.1:9"
		if v.suffix != "" && base != nil {
			im.note(base.Line, at+".litellm_params.api_base", "%s is put before %s: its value has no slash at its end, and nothing of the path behind the host", name, v.suffix)
		}
		return "${" + name + "}" + v.suffix, ""
	}
	u, err := url.Parse(strings.TrimSpace(base.String()))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || !printable(u.Host+u.Path) || u.Fragment != "" {
		return "", "its api_base is not a base URL such as https://api.example.com/v1"
	}
	path := strings.TrimRight(u.Path, "/")
	if strings.HasPrefix(v.prefix, "azure") { // it may lead to a deployment, and name a version
		for _, own := range []string{"/openai", "/models", "/anthropic"} {
			path, _, _ = strings.Cut(path, own)
		}
	} else if u.RawQuery != "" {
		return "", "its api_base has a query, which an endpoint in Sluice cannot have"
	}
	for _, tail := range []string{"/chat/completions", "/v1/messages"} {
		path = strings.TrimSuffix(path, tail)
	}
	if v.prefix == "anthropic" {
		path = strings.TrimSuffix(path, "/v1")
	}
	if path = strings.TrimRight(path, "/"); v.suffix != "" && !strings.HasSuffix(path, v.suffix) {
		path += v.suffix
	}
	return u.Scheme + "://" + u.Host + path, ""
}

// private reports whether an endpoint is in a network of the user's own.
func private(endpoint string) bool {
	u, err := url.Parse(endpoint)
	if err != nil {
		return false
	}
	host := u.Hostname()
	if ip := net.ParseIP(host); ip != nil {
		return ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast()
	}
	return host != "" && (!strings.Contains(host, ".") || slices.ContainsFunc([]string{".local", ".internal", ".svc", ".lan"}, func(s string) bool {
		return strings.HasSuffix(host, s)
	}) || strings.Contains(host, ".svc."))
}

// placeholders are what people write as the key of a server that asks for none.
var placeholders = []string{"", "none", "null", "empty", "dummy", "fake", "fake-key", "na", "n/a", "not-needed", "anything", "ollama", "sk-none", "token"}
