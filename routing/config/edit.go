package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// SetTiers returns the configuration in data with other numbers for routing.tiers.
// Everything else stays as it is written, comments included. The result is checked: an
// error is an [*Error], or says that data is of a form that cannot be edited.
func SetTiers(name string, data []byte, t Thresholds) ([]byte, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, &Error{name, []Problem{{Text: strings.TrimPrefix(err.Error(), "yaml: ")}}}
	}
	e := editor{lines: strings.SplitAfter(string(data), "\n")}
	text := fmt.Sprintf("tiers: {standard: %s, premium: %s, flagship: %s}", number(t.Standard), number(t.Premium), number(t.Flagship))
	var root *yaml.Node
	if len(doc.Content) > 0 {
		root = doc.Content[0]
	}
	routing := value(root, "routing")
	tiers := value(routing, "tiers")
	switch {
	case tiers != nil && replaceable(tiers):
		e.replace(value(tiers, "flagship"), number(t.Flagship))
		e.replace(value(tiers, "premium"), number(t.Premium))
		e.replace(value(tiers, "standard"), number(t.Standard))
	case tiers != nil:
		return nil, errors.New("routing.tiers: expected the three numbers standard, premium and flagship, each written out")
	case routing != nil && routing.Kind == yaml.MappingNode && len(routing.Content) > 0:
		first := routing.Content[0]
		if routing.Style&yaml.FlowStyle != 0 {
			e.insert(first, text+", ")
		} else {
			e.insert(first, text+"\n"+strings.Repeat(" ", first.Column-1))
		}
	case routing != nil:
		return nil, errors.New("routing: expected keys, found none")
	default:
		e.append("routing:\n  " + text + "\n")
	}
	out := []byte(strings.Join(e.lines, ""))
	f, _, err := Load(name, out)
	if err != nil {
		return nil, err
	}
	if f.Routing.Tiers != t {
		return nil, errors.New("routing.tiers: the file is written in a way that cannot be edited")
	}
	return out, nil
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// value returns what a mapping has for key, nil if it has nothing or is no mapping.
func value(mapping *yaml.Node, key string) *yaml.Node {
	if mapping == nil || mapping.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return mapping.Content[i+1]
		}
	}
	return nil
}

// replaceable reports whether tiers has all its numbers, in the order of their names
// and as plain scalars, so that replacing them from the last on moves none of the others.
func replaceable(tiers *yaml.Node) bool {
	var at []int
	for _, key := range []string{"standard", "premium", "flagship"} {
		n := value(tiers, key)
		if n == nil || n.Kind != yaml.ScalarNode || n.Style != 0 || n.Anchor != "" {
			return false
		}
		at = append(at, n.Line<<32|n.Column)
	}
	return slices.IsSorted(at)
}

// An editor changes single places of a text; lines and columns count from 1.
type editor struct{ lines []string }

// place splits the line of a node before the node, whose column counts characters.
func (e *editor) place(n *yaml.Node) (before, after string) {
	line := []rune(e.lines[n.Line-1])
	return string(line[:n.Column-1]), string(line[n.Column-1:])
}

func (e *editor) replace(n *yaml.Node, text string) {
	before, after := e.place(n)
	e.lines[n.Line-1] = before + text + strings.TrimPrefix(after, n.Value)
}

func (e *editor) insert(n *yaml.Node, text string) {
	before, after := e.place(n)
	e.lines[n.Line-1] = before + text + after
}

func (e *editor) append(text string) {
	last := &e.lines[len(e.lines)-1]
	if *last != "" && !strings.HasSuffix(*last, "\n") {
		*last += "\n"
	}
	e.lines = append(e.lines, text)
}
