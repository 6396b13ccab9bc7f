package config

import (
	"slices"
	"strings"

	"sluice/routing"
)

// Efforts are the reasoning efforts of a model: a list of levels, or a mapping of each to its
// settings.
type Efforts []Effort

// Effort is a model at one effort: a candidate of its own.
type Effort struct {
	Level  string `yaml:"-"`
	Tier   string `yaml:"tier"`   // "" is the model's
	Tokens *int   `yaml:"tokens"` // expected of reasoning in an answer; absent is by the level
}

// at returns the name of the candidate for the effort.
func (m *Model) at(e *Effort) string { return m.Name + "@" + e.Level }

// maxReasoning bounds the expected tokens of reasoning.
const maxReasoning = 1_000_000

// candidate is what the rest of the file may name: a model, or a model at an effort.
type candidate struct {
	name, tier string
	model      *Model
	effort     *Effort // nil for the model alone
}

// candidates lists the models, then those at an effort.
func (f *File) candidates() []candidate {
	list := make([]candidate, 0, len(f.Models))
	for i := range f.Models {
		m := &f.Models[i]
		list = append(list, candidate{name: m.Name, tier: m.Tier, model: m})
	}
	for i := range f.Models {
		m := &f.Models[i]
		for j := range m.Efforts {
			e := &m.Efforts[j]
			c := candidate{name: m.at(e), tier: m.Tier, model: m, effort: e}
			if e.Tier != "" {
				c.tier = e.Tier
			}
			list = append(list, c)
		}
	}
	return list
}

// candidate returns the candidate called name, and whether there is one.
func (f *File) candidate(name string) (candidate, bool) {
	list := f.candidates()
	if i := slices.IndexFunc(list, func(c candidate) bool { return c.name == name }); i >= 0 {
		return list[i], true
	}
	return candidate{}, false
}

// HasEfforts reports whether any model has efforts.
func (f *File) HasEfforts() bool {
	return slices.ContainsFunc(f.Models, func(m Model) bool { return len(m.Efforts) > 0 })
}

// efforts checks the efforts of one model.
func (c *checker) efforts(path string, m *Model) {
	var own routing.Format
	p, known := c.file.Providers[m.Provider]
	if known && len(p.Format) > 0 {
		own, _ = routing.ParseFormat(p.Format[0])
	}
	c.thinking(path+".thinking", m, own)
	for i := range m.Efforts {
		e := &m.Efforts[i]
		at := path + ".efforts." + e.Level
		words := levels(own)
		switch {
		case slices.ContainsFunc(m.Efforts[:i], func(o Effort) bool { return o.Level == e.Level }):
			c.fail(at, "effort %q is given twice", e.Level)
		case own == 0: // reported at the provider
		case slices.Contains(words, e.Level):
		case slices.Contains(levels(routing.OpenAI), e.Level):
			c.fail(at, "provider %[2]q takes efforts in the %[1]s format, which has no %[3]q; expected one of %[4]s", own, m.Provider, e.Level, strings.Join(words, ", "))
		default:
			c.fail(at, "%q is not an effort; expected one of %s", e.Level, strings.Join(words, ", "))
		}
		if e.Tier != "" {
			c.tier(at+".tier", e.Tier)
		}
		if e.Tokens != nil && (*e.Tokens < 0 || *e.Tokens > maxReasoning) {
			c.fail(at+".tokens", "%d is out of range; expected 0 to %d tokens of reasoning", *e.Tokens, maxReasoning)
		}
		if name := m.at(e); slices.ContainsFunc(c.file.Models, func(o Model) bool { return o.Name == name }) {
			c.fail(at, "makes a candidate %q, which is already the name of a model", name)
		}
	}
}

func (c *checker) thinking(path string, m *Model, own routing.Format) {
	switch _, ok := routing.ParseThinking(m.Thinking); {
	case !ok:
		c.fail(path, "%q is unknown; expected effort, adaptive or budget", m.Thinking)
	case m.Thinking == "":
	case own == routing.OpenAI, own == routing.Responses:
		c.fail(path, "is for models in Anthropic's format; the format of provider %q is openai", m.Provider)
	case len(m.Efforts) == 0:
		c.fail(path, "has no effect without efforts")
	}
}

func levels(f routing.Format) []string {
	var words []string
	for _, e := range f.Efforts() {
		words = append(words, string(e))
	}
	return words
}

// unknownModel reports the name of a candidate that does not exist.
func (c *checker) unknownModel(path, name string) {
	list := c.file.candidates()
	if i := strings.LastIndexByte(name, '@'); i > 0 {
		if of, ok := c.file.candidate(name[:i]); ok && of.effort == nil {
			if len(of.model.Efforts) == 0 {
				c.fail(path, "unknown model %q: %s has no efforts", name, of.name)
				return
			}
			list = slices.DeleteFunc(list, func(c candidate) bool { return c.model != of.model })
		}
	}
	names := make([]string, len(list))
	for i := range list {
		names[i] = list[i].name
	}
	c.fail(path, "unknown model %q; known: %s", name, strings.Join(names, ", "))
}
