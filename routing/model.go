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

// String returns the name used in configuration, headers and metric labels, "" for no tier.
func (t Tier) String() string { return nameOf(t, tierNames[:]) }

// MarshalText renders the tier by its name.
func (t Tier) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// ParseTier returns the tier called name and whether there is one.
func ParseTier(name string) (Tier, bool) { return parse[Tier](name, tierNames[:]) }

// nameOf returns the name of a value, by its place in names. The zero value is called "".
func nameOf[T ~uint8](v T, names []string) string {
	if int(v) < len(names) {
		return names[v]
	}
	return ""
}

// parse is the inverse of nameOf. It does not find "".
func parse[T ~uint8](name string, names []string) (T, bool) {
	i := slices.Index(names, name)
	return T(max(i, 0)), i >= 0 && name != ""
}

// A Format is a family of wire formats that a provider speaks.
type Format uint8

// The formats. A provider may speak several.
const (
	OpenAI    Format = iota + 1 // Chat Completions, and the APIs beside it
	Anthropic                   // Messages
	Responses                   // OpenAI's Responses
)

// Formats lists every format.
func Formats() []Format { return []Format{OpenAI, Anthropic, Responses} }

var formatNames = [...]string{"", "openai", "anthropic", "responses"}

// String returns the name used in configuration, "" for no format.
func (f Format) String() string { return nameOf(f, formatNames[:]) }

// ParseFormat returns the format called name and whether there is one.
func ParseFormat(name string) (Format, bool) { return parse[Format](name, formatNames[:]) }

// An API is one endpoint of a format: what the client called.
type API uint8

// The endpoints that Sluice knows by their path. Only the first three are routed and
// judged; requests to the others go to the provider of the model they name.
const (
	OpenAIChat API = iota + 1
	AnthropicMessages
	OpenAIResponses
	OpenAICompletions
	OpenAIEmbeddings
	AnthropicCountTokens
	OpenAIInputTokens
)

// Format returns the wire format that requests, answers and errors of the endpoint have.
func (a API) Format() Format {
	switch a {
	case AnthropicMessages, AnthropicCountTokens:
		return Anthropic
	case OpenAIResponses, OpenAIInputTokens:
		return Responses
	default:
		return OpenAI
	}
}

// Routed reports whether Sluice understands the endpoint well enough to choose a
// model for its requests.
func (a API) Routed() bool {
	return a == OpenAIChat || a == AnthropicMessages || a == OpenAIResponses
}

// Counts reports whether the endpoint counts the tokens of a prompt, which costs nothing.
func (a API) Counts() bool { return a == AnthropicCountTokens || a == OpenAIInputTokens }

var apiNames = [...]string{
	"unknown", "openai_chat", "anthropic_messages", "openai_responses", "openai_completions", "openai_embeddings", "anthropic_count_tokens", "openai_input_tokens",
}

// String returns the name used in logs and metric labels.
func (a API) String() string { return nameOf(a, apiNames[:]) }

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

// Passes reports whether the provider may get a request that names its model: of the format, or,
// where it speaks OpenAI's, of the Responses API, of which nobody knows until it is asked.
func (p *Provider) Passes(f Format) bool {
	return p.Speaks(f) || f == Responses && p.Speaks(OpenAI)
}

// Native reports whether the format is the provider's own, and not one that it imitates. The
// two of OpenAI are of one maker.
func (p *Provider) Native(f Format) bool {
	return p.Passes(f) && maker(p.Formats[0]) == maker(f)
}

func maker(f Format) Format {
	if f == Responses {
		return OpenAI
	}
	return f
}

// Path maps a client's path, query included, to the provider's own. The endpoint is
// the base URL that the SDK of the provider's first format would be given: an
// OpenAI one ends in the version (/v1), an Anthropic one does not.
func (p *Provider) Path(client string) string {
	if len(p.Formats) > 0 && maker(p.Formats[0]) == OpenAI {
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
	Family        string // who made it; models of one family make the same mistakes
	Tier          Tier
	Timeout       time.Duration // bound on one attempt that is not streamed
	MinConfidence float64       // mean token probability below which an answer escalates; 0 accepts all
	Context       int           // tokens in and out together; 0 is unknown and filters nothing
	MaxOutput     int           // most tokens of an answer that it may be asked for; 0 is unknown
	LimitKey      LimitKey      // what it calls the limit on an answer in Chat Completions
	Price         Price
	FlexRate      float64 // part of the price for a request that can wait (service_tier: flex); 0 is no such tier
	PriorityRate  float64 // multiple of the price for a request that must not wait (service_tier: priority); 0 is 1
	BatchRate     float64 // part of the price in a batch; 0 is no batches
	Capabilities  Capabilities
	Assumed       ByFormat // capabilities that nobody declares and it may have, see [Assume]
	Languages     []string // ISO 639-1 codes of those it is good at; empty is all

	// Of a candidate that is a model at an effort, see [Model.At]: the effort, the tokens of
	// reasoning expected of an answer, and the model.
	Effort    Effort
	Reasoning int
	Plain     *Model
	Thinking  Thinking // how a model of Anthropic's takes an effort
}

// Knows reports whether the model is good at the language; "" is an unknown one.
func (m *Model) Knows(language string) bool {
	return language == "" || len(m.Languages) == 0 || slices.Contains(m.Languages, language)
}
