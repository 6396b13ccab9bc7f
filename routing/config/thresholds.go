package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"sluice/routing/policy"
)

// errWritten is returned for files in which thresholds cannot be replaced.
var errWritten = errors.New("routing: the thresholds are written in a way that cannot be edited")

// WithThresholds returns a copy of the configuration in which the scorer of its strategy
// has the thresholds.
func (f *File) WithThresholds(t Thresholds) *File {
	out := *f
	if f.Learned() {
		out.Routing.Calibrate, out.Routing.Quality = &Calibrate{Thresholds: &t}, nil
	} else {
		out.Routing.Tiers = t
	}
	return &out
}

// ThresholdsYAML returns the key below routing that gives the thresholds to the scorer
// of the configuration's strategy.
func (f *File) ThresholdsYAML(t Thresholds) string {
	key, value := f.thresholds(t)
	return key + ": " + value
}

func (f *File) thresholds(t Thresholds) (key, value string) {
	number := func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
	value = fmt.Sprintf("{standard: %s, premium: %s, flagship: %s}", number(t.Standard), number(t.Premium), number(t.Flagship))
	if f.Learned() {
		return "calibrate", "{thresholds: " + value + "}"
	}
	return "tiers", value
}

// Learned reports whether thresholds are of the learned complexity rather than of the spec's score.
func (f *File) Learned() bool {
	return f.Routing.Strategy == policy.NameAuto && f.Routing.Scorer == "learned"
}

// SetThresholds returns the configuration in data with the thresholds for the scorer of
// its strategy. Everything else stays as it is written, comments included. Errors are
// those of [Load], or say that data is of a form that cannot be edited.
func SetThresholds(name string, data []byte, t Thresholds) ([]byte, error) {
	f, _, err := Load(name, data)
	if err != nil {
		return nil, err
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	key, text := f.thresholds(t)
	edited, ok := setRouting(string(data), &doc, key, text)
	if !ok {
		return nil, errWritten
	}
	g, _, err := Load(name, []byte(edited))
	if err != nil {
		return nil, err
	}
	if hash(g) != hash(f.WithThresholds(t)) {
		return nil, errWritten
	}
	return []byte(edited), nil
}

// setRouting gives a key below routing the value. ok is false where the text is of a
// form that this does not know.
func setRouting(data string, doc *yaml.Node, key, text string) (out string, ok bool) {
	var routing *yaml.Node
	if len(doc.Content) > 0 {
		routing = child(doc.Content[0], "routing")
	}
	if routing == nil {
		if data != "" && !strings.HasSuffix(data, "\n") {
			data += "\n"
		}
		return data + "routing:\n  " + key + ": " + text + "\n", true
	}
	if routing.Kind != yaml.MappingNode || len(routing.Content) == 0 {
		return "", false
	}
	old, value := entry(routing, key)
	if old == nil && key == "calibrate" {
		old, value = entry(routing, "quality") // which the thresholds take the place of
	}
	if old == nil {
		first := routing.Content[0]
		end := ", "
		if routing.Style&yaml.FlowStyle == 0 {
			end = "\n" + strings.Repeat(" ", first.Column-1)
		}
		at := offset(data, first)
		return data[:at] + key + ": " + text + end + data[at:], true
	}
	start, last := offset(data, old), lastOf(value)
	end := offset(data, last) + len(last.Value)
	if last.Kind != yaml.ScalarNode || last.Style != 0 || end > len(data) || data[end-len(last.Value):end] != last.Value {
		return "", false
	}
	for depth(data[start:end]) > 0 {
		brace := strings.IndexByte(data[end:], '}')
		if brace < 0 {
			return "", false
		}
		end += brace + 1
	}
	return data[:start] + key + ": " + text + data[end:], true
}

// entry returns a key of a mapping and its value, or nil.
func entry(n *yaml.Node, key string) (name, value *yaml.Node) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i], n.Content[i+1]
		}
	}
	return nil, nil
}

// depth is the number of braces that are open at the end of the text.
func depth(text string) int { return strings.Count(text, "{") - strings.Count(text, "}") }

// lastOf returns the scalar that ends a node.
func lastOf(n *yaml.Node) *yaml.Node {
	for len(n.Content) > 0 {
		n = n.Content[len(n.Content)-1]
	}
	return n
}

// offset is where a node begins in the text that it was read from. Its column counts
// characters, its line and column begin at 1.
func offset(data string, n *yaml.Node) int {
	at := 0
	for range n.Line - 1 {
		at += strings.IndexByte(data[at:], '\n') + 1
	}
	column := 1
	for i := range data[at:] {
		if column == n.Column {
			return at + i
		}
		column++
	}
	return len(data)
}
