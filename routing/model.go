package routing

import (
	"slices"
	"strings"
	"time"
)

// A Tier ranks models by strength and price, weakest first.
type Tier uint8

// The tiers of the product, in rising order. The zero value is no tier.
const (
	Budget Tier = iota + 1
	Standard
	Premium
	Flagship
)

var tierNames = [...]string{"", "budget", "standard", "premium", "flagship"}

// Tiers lists every tier, weakest first.
func Tiers() []Tier { return []Tier{Budget, Standard, Premium, Flagship} }

// String returns the name used in configuration, headers and metric labels, or ""
// for no tier.
func (t Tier) String() string {
	if int(t) < len(tierNames) {
		return tierNames[t]
	}
	return ""
}

// MarshalText renders the tier by its name.
func (t Tier) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// ParseTier returns the tier called name and whether there is one.
func ParseTier(name string) (Tier, bool) {
	for _, t := range Tiers() {
		if t.String() == name {
			return t, true
		}
	}
	return 0, false
}

// A Format is a family of wire formats that a provider speaks.
type Format uint8

// The formats. A provider may speak several.
const (
	OpenAI Format = iota + 1
	Anthropic
)

// String returns the name used in configuration, or "" for no format.
func (f Format) String() string {
	switch f {
	case OpenAI:
		return "openai"
	case Anthropic:
		return "anthropic"
	default:
		return ""
	}
}

// ParseFormat returns the format called name and whether there is one.
func ParseFormat(name string) (Format, bool) {
	for _, f := range []Format{OpenAI, Anthropic} {
		if f.String() == name {
			return f, true
		}
	}
	return 0, false
}

// An API is one endpoint of a format: what the client called.
type API uint8

// The endpoints that Sluice knows by their path. Only the first two are routed and
// judged; requests to the others go to the provider of the model they name.
const (
	OpenAIChat API = iota + 1
	AnthropicMessages
	OpenAIResponses
	OpenAICompletions
	OpenAIEmbeddings
	AnthropicCountTokens
)

// Format returns the wire format that requests, answers and errors of the endpoint have.
func (a API) Format() Format {
	switch a {
	case AnthropicMessages, AnthropicCountTokens:
		return Anthropic
	default:
		return OpenAI
	}
}

// Routed reports whether Sluice understands the endpoint well enough to choose a
// model for its requests.
func (a API) Routed() bool { return a == OpenAIChat || a == AnthropicMessages }

// String returns the name used in logs and metric labels.
func (a API) String() string {
	switch a {
	case OpenAIChat:
		return "openai_chat"
	case AnthropicMessages:
		return "anthropic_messages"
	case OpenAIResponses:
		return "openai_responses"
	case OpenAICompletions:
		return "openai_completions"
	case OpenAIEmbeddings:
		return "openai_embeddings"
	case AnthropicCountTokens:
		return "anthropic_count_tokens"
	default:
		return "unknown"
	}
}

// Capabilities is a set of things that a request needs and a model may have.
type Capabilities uint8

// The capabilities, in the words of the configuration.
const (
	Tools Capabilities = 1 << iota
	Vision
	JSON
	Logprobs
)

var capabilityNames = []string{"tools", "vision", "json", "logprobs"}

// ParseCapability returns the capability called name and whether there is one.
func ParseCapability(name string) (Capabilities, bool) {
	for i, n := range capabilityNames {
		if n == name {
			return 1 << i, true
		}
	}
	return 0, false
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

// A Provider is where models live.
type Provider struct {
	Name    string
	Host    string // host and port as the :authority header carries it
	Base    string // path of the endpoint without a trailing slash, "" for none
	Formats []Format

	StreamUsage bool // in OpenAI's format it knows stream_options.include_usage
}

// Speaks reports whether the provider has the format.
func (p *Provider) Speaks(f Format) bool {
	return slices.Contains(p.Formats, f)
}

// Path maps a client's path, query included, to the provider's own. The endpoint is
// the base URL that the SDK of the provider's first format would be given: an
// OpenAI one ends in the version (/v1), an Anthropic one does not.
func (p *Provider) Path(client string) string {
	if len(p.Formats) > 0 && p.Formats[0] == OpenAI {
		client = strings.TrimPrefix(client, "/v1")
	}
	return p.Base + client
}

// A Model is one candidate for answering requests.
type Model struct {
	Name          string // what clients, rules and headers call it
	UpstreamName  string // what the provider calls it
	Provider      *Provider
	Cluster       string // the Envoy cluster that reaches it
	Family        string // who made it; models of one family err alike
	Tier          Tier
	Timeout       time.Duration // bound on one attempt that is not streamed
	MinConfidence float64       // mean token probability below which an answer escalates; 0 accepts all
	Context       int           // tokens in and out together; 0 is unknown and filters nothing
	Price         Price
	FlexRate      float64 // part of the price that a request which can wait costs (service_tier: flex); 0 where there is no such tier
	PriorityRate  float64 // times the price that a request which must not wait costs (service_tier: priority); 0 is 1
	BatchRate     float64 // part of the price that a request in a batch costs; 0 where there are no batches
	Capabilities  Capabilities
	Languages     []string // ISO 639-1 codes of those it is good at; empty is all

	// A candidate that is a model at an effort, see [Model.At]: the effort, the tokens of
	// reasoning expected of an answer, and the model.
	Effort    Effort
	Reasoning int
	Plain     *Model
	Thinking  Thinking // how it takes an effort, if it is one of Anthropic's
}

// Knows reports whether the model is good at the language; "" is one that could not be told.
func (m *Model) Knows(language string) bool {
	return language == "" || len(m.Languages) == 0 || slices.Contains(m.Languages, language)
}
