package bootstrap

import (
	"errors"
	"fmt"
	"strings"

	bootstrapv3 "github.com/envoyproxy/go-control-plane/envoy/config/bootstrap/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protopath"
	"google.golang.org/protobuf/reflect/protorange"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/anypb"
)

// validate checks an Envoy message and the extensions packed inside it by the constraints of
// Envoy's schema, which the generated methods do not follow into extensions. It reports
// everything it finds, each with its path.
func validate(m proto.Message) error {
	var errs problems
	if b, ok := m.(*bootstrapv3.Bootstrap); ok {
		known := make(map[string]bool)
		for _, c := range b.GetStaticResources().GetClusters() {
			if known[c.GetName()] {
				errs.add(nil, "two clusters are called %q", c.GetName())
			}
			known[c.GetName()] = true
		}
	}
	errs.constraints(nil, m)
	errs.walk(m, func(at protopath.Path, m proto.Message) {
		switch a, packed := m.(*anypb.Any); {
		case packed:
			if _, err := a.UnmarshalNew(); err != nil { // the walk skips what it cannot unpack
				errs.add(at, "extension of type %q cannot be checked: %v", a.GetTypeUrl(), err)
			}
		case at.Index(-1).Kind() == protopath.AnyExpandStep:
			errs.constraints(at, m)
		}
	})
	return errors.Join(errs...)
}

// problems are errors about parts of a message.
type problems []error

func (p *problems) add(at protopath.Path, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if len(at) > 1 {
		text = strings.TrimPrefix(at[1:].String(), ".") + ": " + text
	}
	*p = append(*p, errors.New(text))
}

// constraints runs the checks generated from the schema.
func (p *problems) constraints(at protopath.Path, m proto.Message) {
	if c, ok := m.(interface{ ValidateAll() error }); ok {
		if err := c.ValidateAll(); err != nil {
			p.add(at, "%v", err)
		}
	}
}

// walk calls visit for each message inside m, extensions included.
func (p *problems) walk(m proto.Message, visit func(protopath.Path, proto.Message)) {
	err := protorange.Range(m.ProtoReflect(), func(v protopath.Values) error {
		if inner, ok := v.Index(-1).Value.Interface().(protoreflect.Message); ok && inner.IsValid() {
			visit(v.Path, inner.Interface())
		}
		return nil
	})
	if err != nil {
		p.add(nil, "walk: %v", err)
	}
}
