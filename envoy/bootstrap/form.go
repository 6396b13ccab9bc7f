package bootstrap

import (
	"bytes"
	"encoding/json"
	"fmt"

	"go.yaml.in/yaml/v4"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// JSON returns the bootstrap as Envoy reads it. The same configuration gives the same bytes.
func (r *Rendered) JSON() ([]byte, error) { return marshal(r.Bootstrap) }

// YAML returns the bootstrap in the form that people read, in the order of JSON.
func (r *Rendered) YAML() ([]byte, error) {
	text, err := r.JSON()
	if err != nil {
		return nil, err
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, fmt.Errorf("turn the bootstrap into YAML: %w", err)
	}
	plain(&doc)
	out, err := yaml.Dump(&doc, yaml.WithV3Defaults(), yaml.WithIndent(2), yaml.WithLineWidth(-1))
	if err != nil {
		return nil, fmt.Errorf("turn the bootstrap into YAML: %w", err)
	}
	return out, nil
}

// plain drops the braces and quotes of JSON; the encoder puts quotes back where YAML needs them.
func plain(n *yaml.Node) {
	n.Style = 0
	for _, c := range n.Content {
		plain(c)
	}
}

// marshal indents afresh because protojson varies its white space on purpose, so that
// nobody relies on it.
func marshal(m proto.Message) ([]byte, error) {
	text, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("turn %s into JSON: %w", m.ProtoReflect().Descriptor().FullName(), err)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, text, "", "  "); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}
