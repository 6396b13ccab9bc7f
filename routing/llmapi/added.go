package llmapi

import (
	"slices"

	"sluice/routing"
)

// A Field is something that Sluice adds to a request by itself.
type Field string

// The fields, by the names that errors call them.
const (
	FieldUsage  Field = "stream_options"
	FieldFlex   Field = "service_tier"
	FieldEffort Field = "effort"
)

var addable = []Field{FieldUsage, FieldFlex, FieldEffort}

// Words returns how errors name the field.
func (f Field) Words() []string {
	switch f {
	case FieldUsage:
		return []string{"stream_options", "stream options", "streamoptions", "include_usage"}
	case FieldFlex:
		return []string{"service_tier", "service tier", "servicetier", "flex"}
	case FieldEffort:
		return []string{"effort", "reasoning", "thinking", "output_config", "budget_tokens"}
	}
	return nil
}

// Refused is a field that the provider, or one model of it, does not take.
type Refused struct {
	By    string `json:"by"` // name of the provider, or of the model where models of one differ
	Field Field  `json:"field"`
}

func refused(f Field, m *routing.Model) Refused {
	if f == FieldUsage {
		return Refused{m.Provider.Name, f}
	}
	return Refused{m.Base().Name, f}
}

// asks reports whether the field is put into a request to the model.
func (a Ask) asks(f Field, m *routing.Model) bool {
	switch f {
	case FieldUsage:
		return a.Usage && m.Provider.StreamUsage && !a.refuses(f, m)
	case FieldFlex:
		return a.Flex && m.FlexRate > 0 && !a.refuses(f, m)
	case FieldEffort:
		return a.Effort && m.Effort != "" && !a.refuses(f, m)
	}
	return false
}

func (a Ask) refuses(f Field, m *routing.Model) bool {
	return len(a.Refused) > 0 && slices.Contains(a.Refused, refused(f, m))
}

// Added lists what a request to the model has that the client did not say.
func (a Ask) Added(m *routing.Model) []Refused {
	var out []Refused
	for _, f := range addable {
		if a.asks(f, m) {
			out = append(out, refused(f, m))
		}
	}
	return out
}
