package routing

import (
	"slices"
	"strings"
)

// Capabilities is a set of things that a request needs and a model may have.
type Capabilities uint32

// The capabilities, in the words of the configuration.
const (
	Tools            Capabilities = 1 << iota
	Vision                        // images in
	JSON                          // an answer that is any JSON
	Logprobs                      // log-probabilities of the answer's tokens
	Documents                     // PDF and other files in
	AudioInput                    // sound in
	AudioOutput                   // sound out
	Video                         // videos in
	ImageOutput                   // images out
	TakesThinking                 // takes the parameters that switch thinking on
	TakesEffort                   // takes a reasoning effort
	WebSearch                     // the provider searches the web for the model
	ProviderTools                 // other tools that the provider defines or runs: code execution, MCP, computer use
	StructuredOutput              // an answer of a JSON schema that the request gives
)

var capabilityNames = []string{
	"tools", "vision", "json", "logprobs", "documents", "audio_input", "audio_output", "video", "image_output",
	"thinking", "effort", "web_search", "provider_tools", "structured_output",
}

// CapabilityNames lists the capabilities in the words of the configuration.
func CapabilityNames() []string { return slices.Clone(capabilityNames) }

// ParseCapability returns the capability called name and whether there is one.
func ParseCapability(name string) (Capabilities, bool) {
	i := slices.Index(capabilityNames, name)
	return 1 << max(i, 0), i >= 0
}

// Names lists the members of the set in the order of their declaration.
func (c Capabilities) Names() []string {
	var names []string
	for i, n := range capabilityNames {
		if c&(1<<i) != 0 {
			names = append(names, n)
		}
	}
	return names
}

// String joins the names with commas.
func (c Capabilities) String() string { return strings.Join(c.Names(), ",") }

// ByFormat holds a set of capabilities for each format.
type ByFormat [Responses + 1]Capabilities

// standIns are the capabilities that a model need not declare as long as no model does. Behind
// each are those that make it likely, the best sign first.
var standIns = []struct {
	missing Capabilities
	signs   []Capabilities
}{
	{Documents, []Capabilities{Vision}},
	{Video, []Capabilities{Vision}},
	{AudioInput, []Capabilities{Video, Vision}},
	{AudioOutput, []Capabilities{AudioInput, Video, Vision}},
	{ImageOutput, []Capabilities{Vision}},
	{TakesThinking, nil},
	{TakesEffort, nil},
	{WebSearch, []Capabilities{ProviderTools, Tools}},
	{ProviderTools, []Capabilities{WebSearch, Tools}},
	{StructuredOutput, []Capabilities{JSON}},
}

// relaxable are the capabilities without which a model is asked rather than none, from the
// first to go to the last. What remains, it must have: tools, images and log-probabilities.
var relaxable = []Capabilities{
	TakesThinking | TakesEffort,
	JSON | StructuredOutput,
	WebSearch | ProviderTools,
	Documents | AudioInput | AudioOutput | Video | ImageOutput,
}

// Assume fills in what the models of a configuration are assumed to be able to do. A
// capability can decide between models only where one of them declares it: where no model
// that speaks the request's format does, those with the best sign of it are assumed to have
// it, and without any sign all of them. So a configuration that says nothing of documents
// sends them to a model that sees images, and one that says nothing of thinking ignores it.
// The tools of a provider are known to whose own format it is, rather than to imitations.
func Assume(models []*Model) {
	for _, m := range models {
		m.Assumed = ByFormat{}
	}
	for _, f := range Formats() {
		var declared Capabilities
		for _, m := range models {
			if m.Provider.Speaks(f) {
				declared |= m.Capabilities
			}
		}
		for _, s := range standIns {
			if declared&s.missing != 0 {
				continue
			}
			var sign Capabilities
			if i := slices.IndexFunc(s.signs, func(c Capabilities) bool { return declared&c != 0 }); i >= 0 {
				sign = s.signs[i]
			}
			has := func(m *Model) bool { return m.Provider.Speaks(f) && m.Capabilities&sign == sign }
			native := s.missing&(WebSearch|ProviderTools) != 0 &&
				slices.ContainsFunc(models, func(m *Model) bool { return has(m) && m.Provider.Native(f) })
			for _, m := range models {
				if has(m) && (!native || m.Provider.Native(f)) {
					m.Assumed[f] |= s.missing
				}
			}
		}
	}
}

// Has returns what the model can do in the format: what is declared, and what is assumed.
func (m *Model) Has(f Format) Capabilities { return m.Capabilities | m.Assumed[f] }

// A LimitKey is what a model calls the client's limit on an answer in Chat Completions. The
// zero value leaves it as the client calls it.
type LimitKey string

// The keys.
const (
	MaxTokens           LimitKey = "max_tokens"
	MaxCompletionTokens LimitKey = "max_completion_tokens"
)

// limitKeys are the models that refuse or ignore one of the keys, by prefixes of their names:
// OpenAI's reasoning models refuse max_tokens, Mistral's API unknown keys such as
// max_completion_tokens, which DeepSeek's ignores.
var limitKeys = []struct {
	prefix string
	key    LimitKey
}{
	{"o1", MaxCompletionTokens},
	{"o3", MaxCompletionTokens},
	{"o4", MaxCompletionTokens},
	{"gpt-5", MaxCompletionTokens},
	{"gpt-6", MaxCompletionTokens},
	{"codex-mini", MaxCompletionTokens},
}

// limitKeyHosts are the same by the provider's host.
var limitKeyHosts = map[string]LimitKey{
	"api.mistral.ai":       MaxTokens,
	"codestral.mistral.ai": MaxTokens,
	"api.deepseek.com":     MaxTokens,
}

// DefaultLimitKey returns what the model is known to call the limit: by its own name after a
// provider's path, such as openai/, else by the provider's host.
func DefaultLimitKey(name, host string) LimitKey {
	n := strings.ToLower(name[strings.LastIndexByte(name, '/')+1:])
	for _, k := range limitKeys {
		if rest, ok := strings.CutPrefix(n, k.prefix); ok && (rest == "" || rest[0] == '-' || rest[0] == '.') {
			return k.key
		}
	}
	return limitKeyHosts[strings.TrimSuffix(strings.ToLower(host), ":443")]
}
