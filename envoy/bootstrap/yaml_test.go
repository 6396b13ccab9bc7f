package bootstrap

import (
	"bytes"

	"go.yaml.in/yaml/v3"
)

// YAML returns the bootstrap in the form of the golden files, in the order of JSON.
func (r *Rendered) YAML() ([]byte, error) {
	text, err := r.JSON()
	if err != nil {
		return nil, err
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, err
	}
	blockStyle(&doc)
	var out bytes.Buffer
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	if err := enc.Encode(&doc); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// blockStyle drops the braces and quotes of JSON; the encoder adds the quotes that YAML needs.
func blockStyle(n *yaml.Node) {
	n.Style = 0
	for _, c := range n.Content {
		blockStyle(c)
	}
}
