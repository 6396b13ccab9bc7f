package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"sluice/routing/policy"
)

// errWritten is the error for files in which thresholds cannot be replaced.
var errWritten = errors.New("routing: the thresholds are written in a form that cannot be edited; edit them by hand")

// WithThresholds returns a copy of the configuration with the thresholds for the scorer of
// its strategy.
func (f *File) WithThresholds(t Thresholds) *File {
	out := *f
	if f.Learned() {
		out.Routing.Calibrate, out.Routing.Quality = &Calibrate{Thresholds: &t}, nil
	} else {
		out.Routing.Tiers = t
	}
	return &out
}

// ThresholdsYAML returns the thresholds as a key below routing, for the scorer of the
// configuration's strategy.
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

// Learned reports whether thresholds are for the learned complexity, not for the spec's score.
func (f *File) Learned() bool {
	return f.Routing.Strategy == policy.NameAuto && f.Routing.Scorer == "learned"
}

// SetThresholds returns the configuration in data with the thresholds for the scorer of its
// strategy. Everything else stays as it is written, comments included. Errors are those of
// [Load], or that data has a form that cannot be edited.
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

// setRouting sets a key below routing. ok is false if the text has a form that it cannot
// edit.
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
		old, value = entry(routing, "quality") // which the thresholds replace
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

// depth returns the number of open braces at the end of the text.
func depth(text string) int { return strings.Count(text, "{") - strings.Count(text, "}") }

// lastOf returns the last scalar of a node.
func lastOf(n *yaml.Node) *yaml.Node {
	for len(n.Content) > 0 {
		n = n.Content[len(n.Content)-1]
	}
	return n
}

// offset returns where a node begins in the text that it was read from. Lines and columns
// begin at 1, and columns count characters.
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
