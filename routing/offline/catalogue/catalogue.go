// Package catalogue reads lists of models with their prices and limits, and compares a
// configuration with them.
//
// A catalogue is a file of the operator's: LiteLLM's model_prices_and_context_window.json, or a
// plain list with US dollars per million tokens. Nothing is fetched. Start with [Read] and
// [Compare].
package catalogue

import (
	"errors"
	"fmt"
	"math"
	"net/url"
	"strings"

	"sluice/routing/config"
	"sluice/routing/offline/tree"
)

// Entry is what a catalogue says of a model. What it does not say is nil, or 0 of tokens.
type Entry struct {
	Name         string
	Price        *config.Price // nil where input or output is not known
	Context      int           // tokens of the prompt
	MaxOutput    int           // tokens of the answer
	Capabilities []string
	Mode         string // chat, embedding, …; "" is not said
}

// Catalogue is a list of models by name.
type Catalogue struct{ entries map[string]*Entry }

// Len is the number of its models.
func (c *Catalogue) Len() int { return len(c.entries) }

// Read reads a catalogue, JSON or YAML. It is a mapping of names to LiteLLM's fields
// (input_cost_per_token …), or a list of models with input and output in US dollars per million
// tokens, which may also be below models, as in a configuration.
func Read(data []byte) (*Catalogue, error) {
	root, err := tree.Parse(data)
	if err != nil {
		return nil, err
	}
	if list := root.Get("models"); list != nil && list.Kind == tree.List {
		root = list
	}
	c := &Catalogue{make(map[string]*Entry)}
	switch {
	case root != nil && root.Kind == tree.Map:
		for _, e := range root.Entries {
			// The specification is an example in prose.
			if e.Value.Kind == tree.Map && e.Key != "sample_spec" {
				entry := FromLiteLLM(e.Value)
				entry.Name = e.Key
				c.entries[e.Key] = entry
			}
		}
	case root != nil && root.Kind == tree.List:
		for i, item := range root.Items {
			entry, err := plain(item)
			if err != nil {
				return nil, fmt.Errorf("line %d: [%d]: %w", item.Line, i, err)
			}
			c.entries[entry.Name] = entry
		}
	}
	if len(c.entries) == 0 {
		return nil, errors.New("no models; expected a mapping of names to input_cost_per_token and so on, or a list of models with input and output per million tokens")
	}
	return c, nil
}

// plain reads an element of a plain list: the keys of a model of a configuration, or those of
// its price beside its name.
func plain(item *tree.Value) (*Entry, error) {
	e := &Entry{}
	if e.Name = item.Get("model").String(); e.Name == "" {
		e.Name = item.Get("upstream_name").String()
	}
	if e.Name == "" {
		e.Name = item.Get("name").String()
	}
	if e.Name == "" {
		return nil, errors.New("no name; expected model or name")
	}
	price := item
	if p := item.Get("price"); p != nil {
		price = p
	}
	for _, x := range []struct {
		key  string
		into *int
	}{{"context", &e.Context}, {"max_output", &e.MaxOutput}} {
		if item.Get(x.key) != nil {
			n, ok := item.Get(x.key).Number()
			if !ok || n < 0 || n > math.MaxInt32 {
				return nil, fmt.Errorf("%q: %s is no number of tokens", e.Name, x.key)
			}
			*x.into = int(n)
		}
	}
	var numbers [7]*float64
	for i, key := range []string{"input", "output", "cached_input", "cache_write", "cache_write_1h", "flex", "batch"} {
		if price.Get(key) == nil {
			continue
		}
		n, ok := price.Get(key).Number()
		if !ok || n < 0 {
			return nil, fmt.Errorf("%q: %s is no price; expected US dollars per million tokens", e.Name, key)
		}
		numbers[i] = &n
	}
	if e.Price = priceOf([5]*float64(numbers[:5])); e.Price != nil {
		for i, into := range []*float64{&e.Price.Flex, &e.Price.Batch} {
			if n := numbers[5+i]; n != nil && *n <= 1 {
				*into = *n
			}
		}
	}
	e.Capabilities = item.Get("capabilities").Strings()
	return e, nil
}

// priceOf makes a price of input, output, cached_input, cache_write and cache_write_1h.
func priceOf(n [5]*float64) *config.Price {
	if n[0] == nil || n[1] == nil {
		return nil
	}
	return &config.Price{Input: *n[0], Output: *n[1], CachedInput: n[2], CacheWrite: n[3], CacheWrite1h: n[4]}
}

// perMillion are LiteLLM's prices per token, in the order of priceOf.
var perMillion = [5]string{
	"input_cost_per_token", "output_cost_per_token", "cache_read_input_token_cost",
	"cache_creation_input_token_cost", "cache_creation_input_token_cost_above_1hr",
}

// supports are LiteLLM's flags and the capabilities that they stand for.
var supports = []struct{ flag, capability string }{
	{"supports_function_calling", "tools"},
	{"supports_vision", "vision"},
	{"supports_pdf_input", "documents"},
	{"supports_response_schema", "json"},
	{"supports_response_schema", "structured_output"},
	{"supports_audio_input", "audio_input"},
	{"supports_audio_output", "audio_output"},
	{"supports_video_input", "video"},
	{"supports_web_search", "web_search"},
}

// FromLiteLLM reads LiteLLM's fields of a model, in its price list or in the model_info of a
// configuration. What it uses is marked as taken; what is no number, or makes no sense beside
// the others, is not.
func FromLiteLLM(info *tree.Value) *Entry {
	e := &Entry{Mode: info.Take("mode").String()}
	var numbers [5]*float64
	for i, key := range perMillion {
		if n, ok := info.Get(key).Number(); ok && n >= 0 && n < 1 {
			n = math.Round(n*1e12) / 1e6 // of a product such as 1.5e-07 × 1e6 the digits beyond are noise
			numbers[i] = &n
		}
	}
	if e.Price = priceOf(numbers); e.Price != nil {
		for i, key := range perMillion {
			if numbers[i] != nil {
				info.Take(key)
			}
		}
		e.Price.Batch = part(info, "batches", e.Price)
		e.Price.Flex = part(info, "flex", e.Price)
	}
	tokens := func(key string) int {
		if n, ok := info.Get(key).Number(); ok && n >= 1 && n <= math.MaxInt32 {
			return int(n)
		}
		return 0
	}
	if e.Context = tokens("max_input_tokens"); e.Context > 0 {
		info.Take("max_input_tokens")
	}
	for _, key := range []string{"max_output_tokens", "max_tokens"} { // the second is the first's former name
		n := tokens(key)
		if n == 0 || e.Context > 0 && n > e.Context { // a configuration is refused with such a limit
			continue
		}
		if info.Take(key); e.MaxOutput == 0 {
			e.MaxOutput = n
		}
	}
	for _, s := range supports {
		if is, ok := info.Get(s.flag).Bool(); ok {
			if info.Take(s.flag); is {
				e.Capabilities = append(e.Capabilities, s.capability)
			}
		}
	}
	return e
}

// part returns the part of the price that a kind of requests costs, 0 where it is not the same
// for input and output: a configuration has one for both.
func part(info *tree.Value, kind string, p *config.Price) float64 {
	var parts [2]float64
	keys := [2]string{"input_cost_per_token_" + kind, "output_cost_per_token_" + kind}
	for i, whole := range []float64{p.Input, p.Output} {
		if n, ok := info.Get(keys[i]).Number(); ok && whole > 0 {
			parts[i] = math.Round(n*1e6/whole*1e4) / 1e4
		}
	}
	if parts[0] != parts[1] || parts[0] <= 0 || parts[0] > 1 {
		return 0
	}
	info.Take(keys[0])
	info.Take(keys[1])
	return parts[0]
}

// Supports reports what LiteLLM's flags say of a capability in info: is it there, and is
// anything said.
func Supports(info *tree.Value, capability string) (is, said bool) {
	for _, s := range supports {
		if s.capability == capability && info.Get(s.flag) != nil {
			return info.Get(s.flag).Bool()
		}
	}
	return false, false
}

// Find returns the first of the names that the catalogue has, or nil.
func (c *Catalogue) Find(names ...string) *Entry {
	if c == nil {
		return nil
	}
	for _, name := range names {
		if e := c.entries[name]; e != nil {
			return e
		}
	}
	return nil
}

// prefixes are the names of providers in LiteLLM's list, by the host of their endpoint, for the
// providers whose models have a prefix there.
var prefixes = []struct{ host, prefix string }{
	{"generativelanguage.googleapis.com", "gemini/"},
	{"openai.azure.com", "azure/"},
	{"cognitiveservices.azure.com", "azure/"},
	{"services.ai.azure.com", "azure_ai/"},
	{"api.mistral.ai", "mistral/"},
	{"api.deepseek.com", "deepseek/"},
	{"api.groq.com", "groq/"},
	{"openrouter.ai", "openrouter/"},
	{"api.together.xyz", "together_ai/"},
	{"api.fireworks.ai", "fireworks_ai/"},
	{"api.x.ai", "xai/"},
	{"api.perplexity.ai", "perplexity/"},
	{"api.cerebras.ai", "cerebras/"},
	{"api.moonshot.ai", "moonshot/"},
	{"api.deepinfra.com", "deepinfra/"},
}

// Names are the names under which a catalogue may have a model: the provider's own name for it
// behind that of the provider, then alone, then the configuration's.
func Names(m *config.Model, endpoint string) []string {
	upstream := m.UpstreamName
	if upstream == "" {
		upstream = m.Name
	}
	var names []string
	if u, err := url.Parse(endpoint); err == nil {
		for _, p := range prefixes {
			if host := u.Hostname(); host == p.host || strings.HasSuffix(host, "."+p.host) {
				names = append(names, p.prefix+upstream)
			}
		}
	}
	return append(names, m.Provider+"/"+upstream, upstream, m.Name)
}
