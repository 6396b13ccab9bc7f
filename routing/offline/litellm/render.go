package litellm

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"sluice/routing"
	"sluice/routing/config"
)

var plainScalar = regexp.MustCompile(`^(https?://)?[A-Za-z][A-Za-z0-9._/-]*(:[0-9]+)?[A-Za-z0-9._/-]*$`)

// quoted writes a value that is printable, in quotes where YAML needs them.
func quoted(s string) string {
	if plainScalar.MatchString(s) {
		return s
	}
	return `"` + s + `"`
}

func list(names []string) string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = quoted(name)
	}
	return "[" + strings.Join(out, ", ") + "]"
}

// render writes the configuration. What is worth knowing stands at its top, by line of
// LiteLLM's file, and beside the models.
func (im *importer) render(name string, r *Result) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# Made of a LiteLLM configuration, %s, by sluice config import litellm.", shown(filepath.Base(name)))
	line("# `sluice check` checks it, `sluice config` prints every section with its defaults.")
	if len(r.Keys) > 0 {
		line("# Keys: the environment of Envoy has %s.", strings.Join(r.Keys, ", "))
	}
	if len(r.Values) > 0 {
		line("# The environment of Sluice, and of sluice check, has %s.", strings.Join(r.Values, ", "))
	}
	line("# Clients: base URL http://127.0.0.1:10000/v1; %s is routed, every other name goes to the model of that name.", quoted(im.file.route[0]))
	line("# Sluice does not translate between APIs: /v1/messages is served by providers with format anthropic only.")
	if len(r.Notes) > 0 {
		line("#\n# What has no counterpart or another meaning, by line of LiteLLM's file:")
		for _, g := range grouped(r.Notes) {
			line("#   %s", g)
		}
	}
	line("\nproviders:")
	for _, p := range im.providers {
		text := fmt.Sprintf("{endpoint: %s, format: %s", quoted(p.endpoint), p.format)
		if p.env != "" {
			text += ", credential: {env: " + p.env
			if p.header != "" {
				text += ", header: " + p.header
			}
			text += "}"
		}
		line("  %s: %s}", quoted(p.name), text)
	}
	line("\nmodels:                            # price: US dollars per million tokens; by tier, then by price")
	for _, m := range im.models {
		line("  - %s  # line %s", m, strings.Join(append([]string{strconv.Itoa(m.line)}, m.remarks...), "; "))
	}
	for _, l := range im.left {
		line("  # left out, %s", l)
	}
	im.renderRouting(line)
	f := &im.file
	if f.keepRefusal {
		line("\njudge: {policy_refusal: escalate}")
	}
	if len(f.budgets) > 0 {
		line("\nbudgets:")
		for _, budget := range f.budgets {
			line("  - %s", budget)
		}
	} else {
		line("\nbudgets: []                        # nobody's spending is limited; see sluice config")
	}
	for _, s := range []struct{ format, value string }{
		{"state: {store: %s}", f.state}, {"envoy: {ca: %s}", f.ca}, {"telemetry: {log_level: %s}", f.logLevel},
	} {
		if s.value != "" {
			line("\n"+s.format, quoted(s.value))
		}
	}
	if f.cache != "" {
		line("\ncache: %s", f.cache)
	}
	return b.String()
}

func (im *importer) renderRouting(line func(format string, args ...any)) {
	f := &im.file
	line("\nrouting:")
	line("  route: %s", list(f.route))
	if len(f.tierModels) > 0 {
		var parts []string
		for _, t := range routing.Tiers() {
			parts = append(parts, t.String()+": "+quoted(f.tierModels[t]))
		}
		line("  tier_models: {%s}", strings.Join(parts, ", "))
	}
	if f.byDflt != "" {
		line("  default_model: %s", quoted(f.byDflt))
	}
	if len(f.cascade) > 0 {
		line("  cascade: %-26s # used by strategy: cascade; auto chooses by the prompt", list(f.cascade))
	}
	limits := slices.Clone(f.limits)
	if f.attempts > 0 && f.attempts != config.Default().Routing.Limits.Attempts {
		limits = append([]string{"attempts: " + strconv.Itoa(f.attempts)}, limits...)
	}
	if len(limits) > 0 {
		line("  limits: {%s}", strings.Join(limits, ", "))
	}
}

// String is the model as the configuration has it.
func (m *model) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "{name: %s, provider: %s, tier: %s", quoted(m.name), quoted(m.provider.name), m.tier)
	if m.upstream != m.name {
		fmt.Fprintf(&b, ", upstream_name: %s", quoted(m.upstream))
		// Two cheap models of different makers are compared; who made one is read off its name.
		if family := routing.Family(m.upstream); routing.Family(m.name) != family && family != m.upstream && printable(family) {
			fmt.Fprintf(&b, ", family: %s", quoted(family))
		}
	}
	if m.timeout > 0 {
		fmt.Fprintf(&b, ", timeout: %s", duration(m.timeout))
	}
	if m.context > 0 {
		fmt.Fprintf(&b, ", context: %d", m.context)
	}
	if m.maxOutput > 0 {
		fmt.Fprintf(&b, ", max_output: %d", m.maxOutput)
	}
	if p := m.price; p != nil {
		fmt.Fprintf(&b, ", price: {input: %s, output: %s", dollars(p.Input), dollars(p.Output))
		for _, x := range []struct {
			key string
			is  *float64
		}{{"cached_input", p.CachedInput}, {"cache_write", p.CacheWrite}, {"cache_write_1h", p.CacheWrite1h}, {"flex", &p.Flex}, {"priority", p.Priority}, {"batch", &p.Batch}} {
			if x.is != nil && (*x.is > 0 || x.key == "cached_input") {
				fmt.Fprintf(&b, ", %s: %s", x.key, dollars(*x.is))
			}
		}
		b.WriteString("}")
	}
	if len(m.can) > 0 {
		fmt.Fprintf(&b, ", capabilities: [%s]", strings.Join(m.can, ", "))
	}
	b.WriteString("}")
	return b.String()
}

// duration writes a time without the parts of it that are none.
func duration(d time.Duration) string {
	text := d.String()
	if short, ok := strings.CutSuffix(text, "m0s"); ok {
		text = short + "m"
	}
	if short, ok := strings.CutSuffix(text, "h0m"); ok {
		text = short + "h"
	}
	return text
}

func dollars(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

var index = regexp.MustCompile(`^model_list\[\d+\]\.`)

// grouped are the notes as lines of a comment: those that say the same of the same key of
// several models are one.
func grouped(notes []Note) []string {
	var out []string
	var lines [][]string
	at := make(map[string]int)
	for _, n := range notes {
		text := index.ReplaceAllString(n.Path, "") + ": " + n.Text
		i, ok := at[text]
		if !ok {
			i = len(out)
			at[text] = i
			out, lines = append(out, text), append(lines, nil)
		}
		if l := strconv.Itoa(n.Line); len(lines[i]) == 0 || lines[i][len(lines[i])-1] != l { // they are in order
			lines[i] = append(lines[i], l)
		}
	}
	for i, text := range out {
		word := "line "
		if len(lines[i]) > 1 {
			word = "lines "
		}
		out[i] = word + strings.Join(lines[i], ", ") + ": " + text
	}
	return out
}
