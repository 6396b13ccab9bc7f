package simulator

import (
	"encoding/json"
	"strings"
)

// Bounds of instances, for schemas that are deep, wide or recursive.
const (
	maxSchemaDepth = 16
	maxValues      = 4096
)

// A schema is the part of JSON Schema that structured answers and tools use.
type schema struct {
	Ref        string             `json:"$ref"`
	Defs       map[string]*schema `json:"$defs"`
	Type       texts              `json:"type"`
	Properties map[string]*schema `json:"properties"`
	Required   []string           `json:"required"`
	Items      *schema            `json:"items"`
	MinItems   int                `json:"minItems"`
	Enum       []any              `json:"enum"`
	Const      any                `json:"const"`
	AnyOf      []*schema          `json:"anyOf"`
	Minimum    float64            `json:"minimum"`
}

// UnmarshalJSON treats what it does not understand, such as true, as a schema that accepts everything.
func (s *schema) UnmarshalJSON(b []byte) error {
	type plain schema
	if json.Unmarshal(b, (*plain)(s)) != nil {
		*s = schema{}
	}
	return nil
}

// instance returns a value that the schema accepts, with all its properties, and the words in
// turn as its strings. For a nil schema it is an object with some of the words.
func (s *schema) instance(words []string) any {
	g := generator{root: s, words: words}
	if s == nil {
		return map[string]any{"topic": g.word(), "summary": g.word(), "items": []string{g.word(), g.word()}}
	}
	return g.value(s, 0)
}

// A generator makes one instance.
type generator struct {
	root          *schema
	words         []string
	spoken, count int // words used and values made so far
}

func (g *generator) word() string {
	g.spoken++
	return g.words[(g.spoken-1)%len(g.words)]
}

func (g *generator) value(s *schema, depth int) any {
	g.count++
	switch {
	case s == nil || depth > maxSchemaDepth || g.count > maxValues:
		return nil
	case s.Ref != "":
		return g.value(g.root.Defs[strings.TrimPrefix(s.Ref, "#/$defs/")], depth+1)
	case s.Const != nil:
		return s.Const
	case len(s.Enum) > 0:
		return s.Enum[0]
	case len(s.AnyOf) > 0:
		return g.value(s.AnyOf[0], depth+1)
	}
	kind := "object"
	if len(s.Type) > 0 {
		kind = s.Type[0]
	}
	switch kind {
	case "object":
		object := map[string]any{}
		for name, p := range s.Properties {
			object[name] = g.value(p, depth+1)
		}
		for _, name := range s.Required {
			if _, have := object[name]; !have {
				object[name] = g.word()
			}
		}
		return object
	case "array":
		list := []any{}
		for range min(max(s.MinItems, 1), maxValues-g.count) {
			list = append(list, g.value(s.Items, depth+1))
		}
		return list
	case "string":
		return g.word()
	case "integer", "number":
		return max(s.Minimum, 7)
	case "boolean":
		return true
	default:
		return nil
	}
}
