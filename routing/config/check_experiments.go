package config

import (
	"fmt"
	"slices"
	"strings"

	"sluice/routing/experiment"
	"sluice/routing/header"
	"sluice/routing/policy"
)

// Bounds of experiments, whose names are metric labels and parts of keys.
const (
	maxExperiments = 100
	maxVariants    = 20
	maxName        = 64
)

// notVariants look like settings of an experiment. A variant of such a name would be a
// mistake.
var notVariants = []string{"name", "share", "strategy", "strategies", "domain", "domains", "header", "value", "enroll", "weight", "model", "variants", "unknown"}

func (c *checker) experiments() {
	if len(c.file.Experiments) > maxExperiments {
		c.fail("experiments", "%d experiments are too many; expected up to %d", len(c.file.Experiments), maxExperiments)
	}
	for i := range c.file.Experiments {
		e := &c.file.Experiments[i]
		path := "experiments." + e.Name
		c.name(path, e.Name)
		if e.Unit != "" {
			c.oneOf(path+".unit", e.Unit, string(experiment.ByUser), string(experiment.BySession), string(experiment.ByKey))
		}
		c.variants(path, e.Variants)
		c.enrol(path+".enrol", &e.Enrol)
	}
	if e := c.file.Routing.Experiment; e != "" && !slices.ContainsFunc(c.file.Experiments, func(x Experiment) bool { return x.Name == e }) {
		c.fail("routing.experiment", "unknown experiment %q", e)
	}
}

// name checks the name of an experiment or variant.
func (c *checker) name(path, name string) {
	if name == "" || len(name) > maxName || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\uFFFD' }) {
		c.fail(path, "%q is not a name; expected 1 to %d bytes of text without control characters", name, maxName)
	}
}

func (c *checker) variants(path string, variants []Variant) {
	switch {
	case len(variants) == 0:
		c.fail(path, "expected at least one variant")
	case len(variants) > maxVariants:
		c.fail(path, "%d variants are too many; expected up to %d", len(variants), maxVariants)
	}
	var sum float64
	for _, v := range variants {
		at := path + "." + v.Name
		c.name(at, v.Name)
		if slices.Contains(notVariants, v.Name) {
			c.fail(at, "cannot be the name of a variant; expected variants, unit, and enrol: {share, strategies, domains, header, value}")
			continue
		}
		c.model(at+".model", v.Model)
		if v.Weight < 0 || v.Weight > 1 {
			c.fail(at+".weight", "%v is out of range; expected a share from 0 to 1", v.Weight)
		}
		sum += v.Weight
	}
	switch {
	case sum < 0.999:
		c.warn(path, "weights sum to %v, not 1; the first variant gets the rest", sum)
	case sum > 1.001:
		c.warn(path, "weights sum to %v, not 1; the last variants get less than their weight", sum)
	}
}

func (c *checker) enrol(path string, e *Enrol) {
	if e.Share < 0 || e.Share > 1 {
		c.fail(path+".share", "%v is out of range; expected a share of the units from 0 to 1", e.Share)
	}
	if e.Share == 0 && (len(e.Strategies) > 0 || len(e.Domains) > 0 || e.Header != "") {
		c.warn(path, "enrols no requests; expected a share above 0")
	}
	for i, s := range e.Strategies {
		at := fmt.Sprintf("%s.strategies[%d]", path, i)
		if s == policy.NameExperiment {
			c.fail(at, "requests of strategy %s always take part; expected another strategy", s)
			continue
		}
		c.oneOf(at, s, policy.NameAuto, policy.NameHierarchical, policy.NameDomain, policy.NameCascade)
	}
	for i, d := range e.Domains {
		c.oneOf(fmt.Sprintf("%s.domains[%d]", path, i), d, Domains...)
	}
	switch {
	case e.Header == "" && e.Value != "":
		c.fail(path+".value", "expected a header beside it")
	case e.Header != "" && !headerName(e.Header):
		c.fail(path+".header", "%q is not a header name in lower case", e.Header)
	case strings.HasPrefix(e.Header, header.Prefix):
		c.fail(path+".header", "%q begins with %s; Envoy removes such headers of clients", e.Header, header.Prefix)
	}
}

// headerName reports whether the text is the name of a header in lower case, of letters,
// digits and -_. only, since Envoy's configuration quotes it in formats.
func headerName(s string) bool {
	return s != "" && len(s) <= maxName && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == ""
}
