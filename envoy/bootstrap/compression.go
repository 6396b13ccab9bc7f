package bootstrap

import (
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	brotliv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/compression/brotli/decompressor/v3"
	gzipv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/compression/gzip/decompressor/v3"
	zstdv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/compression/zstd/decompressor/v3"
	decompressorv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/decompressor/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// encodings are the content encodings that Envoy decodes, each with the library that does it.
var encodings = []struct {
	name    string
	library proto.Message
}{
	{"gzip", &gzipv3.Gzip{}},
	{"br", &brotliv3.Brotli{}},
	{"zstd", &zstdv3.Zstd{}},
}

// A direction is the way of the bodies that a filter decodes.
type direction string

const (
	requests  direction = "request"
	responses direction = "response"
)

// decompressors decode the bodies of one direction, one filter for each encoding, and leave
// those of the other direction and every accept-encoding as they are. Whoever reads the bodies
// stands behind them, and must bound what it holds: a body may grow a hundredfold.
func decompressors(d direction) []*hcmv3.HttpFilter {
	in, out := decoding(d == requests), decoding(d == responses)
	filters := make([]*hcmv3.HttpFilter, len(encodings))
	for i, e := range encodings {
		filters[i] = filter("sluice."+string(d)+"_"+e.name, &decompressorv3.Decompressor{
			DecompressorLibrary: &corev3.TypedExtensionConfig{Name: e.name, TypedConfig: packed(e.library)},
			RequestDirectionConfig: &decompressorv3.Decompressor_RequestDirectionConfig{
				CommonConfig: in, AdvertiseAcceptEncoding: wrapperspb.Bool(false),
			},
			ResponseDirectionConfig: &decompressorv3.Decompressor_ResponseDirectionConfig{CommonConfig: out},
		})
	}
	return filters
}

func decoding(on bool) *decompressorv3.Decompressor_CommonDirectionConfig {
	return &decompressorv3.Decompressor_CommonDirectionConfig{
		Enabled: &corev3.RuntimeFeatureFlag{DefaultValue: wrapperspb.Bool(on), RuntimeKey: "sluice.decode"},
		// cache-control: no-transform forbids changes on the way to the recipient of a body, and
		// Sluice is one.
		IgnoreNoTransformHeader: true,
	}
}
