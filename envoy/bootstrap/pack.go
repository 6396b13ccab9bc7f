package bootstrap

import (
	"maps"
	"slices"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

// packed wraps a message for one of Envoy's extension points.
func packed(m proto.Message) *anypb.Any {
	a, err := anypb.New(m)
	if err != nil {
		panic(err) // the message is nil or has invalid UTF-8
	}
	return a
}

func packedMap[M proto.Message](name string, m M) map[string]*anypb.Any {
	return map[string]*anypb.Any{name: packed(m)}
}

// sorted returns the keys of m in order: the same configuration renders the same bytes.
func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func textFormat(format string) *corev3.SubstitutionFormatString_TextFormatSource {
	return &corev3.SubstitutionFormatString_TextFormatSource{TextFormatSource: inline(format)}
}

func inline(text string) *corev3.DataSource {
	return &corev3.DataSource{Specifier: &corev3.DataSource_InlineString{InlineString: text}}
}
