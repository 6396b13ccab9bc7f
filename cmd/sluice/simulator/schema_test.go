package simulator

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

func TestInstanceSatisfiesSchema(t *testing.T) {
	tests := []struct{ name, schema string }{
		{"flat", `{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer"},"rain":{"type":"boolean"},"chance":{"type":"number","minimum":20}},"required":["city","days","rain","chance"]}`},
		{"nested", `{"type":"object","properties":{"places":{"type":"array","minItems":3,"items":{"type":"object","properties":{"name":{"type":"string"}},"required":["name"]}}},"required":["places"]}`},
		{"enum and const", `{"type":"object","properties":{"unit":{"enum":["C","F"]},"kind":{"const":"weather"}},"required":["unit","kind"]}`},
		{"optional", `{"type":"object","properties":{"note":{"anyOf":[{"type":"string"},{"type":"null"}]},"other":{"type":["string","null"]}},"required":["note","other"]}`},
		{"definitions", `{"$defs":{"Place":{"type":"object","properties":{"name":{"type":"string"}},"required":["name"]}},"type":"object","properties":{"place":{"$ref":"#/$defs/Place"}},"required":["place"]}`},
		{"required but not described", `{"type":"object","required":["city"]}`},
		{"top-level array", `{"type":"array","items":{"type":"integer"}}`},
		{"accepts all", `true`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var s schema
			if err := json.Unmarshal([]byte(tt.schema), &s); err != nil {
				t.Fatal(err)
			}
			text := instanceText(&s, []string{"Seoul", "Busan"})
			document, err := jsonschema.UnmarshalJSON(strings.NewReader(tt.schema))
			if err != nil {
				t.Fatal(err)
			}
			c := jsonschema.NewCompiler()
			if err := c.AddResource("test.json", document); err != nil {
				t.Fatal(err)
			}
			compiled, err := c.Compile("test.json")
			if err != nil {
				t.Fatal(err)
			}
			instance, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			if err := compiled.Validate(instance); err != nil {
				t.Errorf("%s: %v", text, err)
			}
		})
	}
}

func TestInstanceIsBounded(t *testing.T) {
	for _, text := range []string{
		`{"$defs":{"T":{"type":"array","minItems":100,"items":{"$ref":"#/$defs/T"}}},"$ref":"#/$defs/T"}`,
		`{"type":"array","minItems":1000000000,"items":{"type":"string"}}`,
		`{"$defs":{"L":{"$ref":"#/$defs/L"}},"$ref":"#/$defs/L"}`,
	} {
		var s schema
		if err := json.Unmarshal([]byte(text), &s); err != nil {
			t.Fatal(err)
		}
		if n := len(instanceText(&s, []string{"word"})); n > 100_000 {
			t.Errorf("an instance of %s has %d bytes", text, n)
		}
	}
}
