package config

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"
	"time"

	"sluice/routing"
)

// buildModels returns the candidates in their order, and by name.
func buildModels(f *File) (models []*routing.Model, byName map[string]*routing.Model, err error) {
	providers, err := buildProviders(f)
	if err != nil {
		return nil, nil, err
	}
	byName = make(map[string]*routing.Model)
	for _, c := range f.candidates() {
		m := byName[c.model.Name]
		if c.effort == nil {
			m = buildModel(f, c.model, providers)
		} else {
			m = c.build(m)
		}
		models, byName[c.name] = append(models, m), m
	}
	routing.Assume(models)
	return models, byName, nil
}

func buildProviders(f *File) (map[string]*routing.Provider, error) {
	out := make(map[string]*routing.Provider, len(f.Providers))
	for name, p := range f.Providers {
		u, err := url.Parse(p.Endpoint)
		if err != nil {
			return nil, fmt.Errorf("providers.%s.endpoint: %w", name, err)
		}
		provider := &routing.Provider{
			Name: name, Host: u.Host, Base: strings.TrimRight(u.EscapedPath(), "/"),
			StreamUsage: valueOr(p.StreamUsage, true),
		}
		for _, word := range p.Format {
			if format, ok := routing.ParseFormat(word); ok {
				provider.Formats = append(provider.Formats, format)
			}
		}
		out[name] = provider
	}
	return out, nil
}

func buildModel(f *File, m *Model, providers map[string]*routing.Provider) *routing.Model {
	p := &m.Price
	cacheWrite := valueOr(p.CacheWrite, p.Input)
	out := &routing.Model{
		Name:          m.Name,
		UpstreamName:  cmp.Or(m.UpstreamName, m.Name),
		Provider:      providers[m.Provider],
		Cluster:       m.Name,
		Family:        cmp.Or(m.Family, routing.Family(m.Name)),
		Timeout:       time.Duration(cmp.Or(m.Timeout, f.Routing.Limits.TotalTime)),
		MinConfidence: m.MinConfidence,
		Context:       m.Context,
		MaxOutput:     m.MaxOutput,
		Languages:     m.Languages,
		FlexRate:      p.Flex,
		PriorityRate:  valueOr(p.Priority, 0),
		BatchRate:     p.Batch,
		Price: routing.Price{
			Input: p.Input, Output: p.Output, CachedInput: valueOr(p.CachedInput, p.Input),
			CacheWrite: cacheWrite, CacheWrite1h: valueOr(p.CacheWrite1h, cacheWrite),
		},
	}
	out.Tier, _ = routing.ParseTier(m.Tier)
	out.Thinking, _ = routing.ParseThinking(m.Thinking)
	for _, name := range m.Capabilities {
		c, _ := routing.ParseCapability(name)
		out.Capabilities |= c
	}
	if out.Capabilities&routing.StructuredOutput != 0 {
		out.Capabilities |= routing.JSON // of a schema is a kind of any JSON
	}
	switch m.LimitKey {
	case "":
		if out.Provider != nil {
			out.LimitKey = routing.DefaultLimitKey(out.UpstreamName, out.Provider.Host)
		}
	case anyLimitKey:
	default:
		out.LimitKey = routing.LimitKey(m.LimitKey)
	}
	return out
}

// build returns the running form of a candidate at an effort, of its model.
func (c *candidate) build(plain *routing.Model) *routing.Model {
	e := routing.Effort(c.effort.Level)
	tier, _ := routing.ParseTier(c.tier)
	return plain.At(e, tier, valueOr(c.effort.Tokens, e.Expected()))
}

// valueOr returns what is written, or the default.
func valueOr[T any](written *T, byDefault T) T {
	if written == nil {
		return byDefault
	}
	return *written
}
