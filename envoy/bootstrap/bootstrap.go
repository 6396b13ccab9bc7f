// Package bootstrap renders Envoy's configuration from Sluice's.
//
// It builds Envoy's own message types, without templates, and validates them. No key is
// rendered: Envoy takes keys from its environment or from files that it watches. The package
// starts no Envoy and does not know how requests are decided. Start with [Render]; filters.go
// has what the filters do to a request, routes.go where it goes.
package bootstrap

import (
	"fmt"
	"slices"

	bootstrapv3 "github.com/envoyproxy/go-control-plane/envoy/config/bootstrap/v3"
	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	typev3 "github.com/envoyproxy/go-control-plane/envoy/type/v3"
	"google.golang.org/protobuf/types/known/structpb"

	"sluice/envoy"
	"sluice/routing"
	"sluice/routing/config"
)

// Options override the configuration file for one Envoy process. The zero value renders the
// file as it is. Addresses are host:port or unix:/path.
type Options struct {
	Listen     string // where clients connect; "" is the file's listen
	Processor  string // where Envoy reaches Sluice; "" is the file's processor
	Admin      string // Envoy's admin address; "" is the file's envoy.admin
	AccessLog  string // a file or "off"; "" is the file's envoy.access_log
	SecretsDir string // directory of Rendered.Files; "" is Envoy's working directory
}

// Rendered is a complete configuration: the bootstrap and the files that it refers to.
type Rendered struct {
	Bootstrap *bootstrapv3.Bootstrap
	// Files belong into Options.SecretsDir, by name. They tell Envoy where to find keys and
	// hold none.
	Files map[string][]byte
}

// Render returns the configuration of an Envoy that serves f, which config.Load accepted.
// The models are those that were built from f; a model at an effort shares the cluster of the
// model. An error means that they do not belong to f, or that Envoy would reject the result.
func Render(f *config.File, models []*routing.Model, o Options) (*Rendered, error) {
	r := &renderer{file: f, limits: f.Routing.Limits, files: make(map[string][]byte)}
	if o.Listen == "" {
		o.Listen = f.Listen
	}
	if o.Processor == "" {
		o.Processor = f.Processor
	}
	if o.Admin == "" {
		o.Admin = f.Envoy.Admin
	}
	if o.AccessLog == "" {
		o.AccessLog = f.Envoy.AccessLog
	}
	r.options = o

	models = slices.DeleteFunc(slices.Clone(models), func(m *routing.Model) bool { return m.Plain != nil })
	b, err := r.bootstrap(models)
	if err != nil {
		return nil, err
	}
	if err := validate(b); err != nil {
		return nil, fmt.Errorf("rendered Envoy configuration: %w", err)
	}
	return &Rendered{Bootstrap: b, Files: r.files}, nil
}

// renderer holds the inputs of every part of one configuration.
type renderer struct {
	file    *config.File
	limits  config.Limits
	options Options
	files   map[string][]byte
}

func (r *renderer) bootstrap(models []*routing.Model) (*bootstrapv3.Bootstrap, error) {
	listen, err := address(r.options.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	sluice, err := r.processor()
	if err != nil {
		return nil, fmt.Errorf("processor: %w", err)
	}
	clusters := []*clusterv3.Cluster{sluice}
	for _, m := range models {
		c, err := r.model(m)
		if err != nil {
			return nil, fmt.Errorf("model %q: %w", m.Name, err)
		}
		clusters = append(clusters, c)
	}
	secrets, err := r.secrets()
	if err != nil {
		return nil, err
	}
	b := &bootstrapv3.Bootstrap{
		// Envoy needs a node before it watches a file for secrets.
		Node: &corev3.Node{Id: "sluice", Cluster: "sluice"},
		StaticResources: &bootstrapv3.Bootstrap_StaticResources{
			Listeners: []*listenerv3.Listener{r.listener(listen, models)},
			Clusters:  clusters,
			Secrets:   secrets,
		},
	}
	b.LayeredRuntime = runtime()
	b.OverloadManager = r.overload()
	if r.options.Admin != "" {
		admin, err := address(r.options.Admin)
		if err != nil {
			return nil, fmt.Errorf("envoy.admin: %w", err)
		}
		b.Admin = &bootstrapv3.Admin{Address: admin, IgnoreGlobalConnLimit: true}
	}
	return b, nil
}

// runtime disables flow control by the gRPC streams to Sluice. With it Envoy 1.40 crashes
// (segmentation fault) when it judges an answer of a megabyte: the pause reaches a provider's
// stream that has already ended. And it allows the long expression of [allBut].
func runtime() *bootstrapv3.LayeredRuntime {
	return &bootstrapv3.LayeredRuntime{Layers: []*bootstrapv3.RuntimeLayer{{
		Name: "sluice",
		LayerSpecifier: &bootstrapv3.RuntimeLayer_StaticLayer{StaticLayer: &structpb.Struct{Fields: map[string]*structpb.Value{
			"envoy.reloadable_features.grpc_side_stream_flow_control": structpb.NewBoolValue(false),
			"re2.max_program_size.error_level":                        structpb.NewNumberValue(maxProgram),
		}}},
	}}}
}

// processor is the cluster through which the three filters reach Sluice.
func (r *renderer) processor() (*clusterv3.Cluster, error) {
	at, err := address(r.options.Processor)
	if err != nil {
		return nil, err
	}
	c := &clusterv3.Cluster{
		Name:            envoy.Cluster,
		ConnectTimeout:  duration(processorConnect),
		CircuitBreakers: unlimited(),
		HealthChecks:    processorHealth(),

		OutlierDetection: processorOutliers(),
		CommonLbConfig: &clusterv3.Cluster_CommonLbConfig{
			// By default Envoy asks dead replicas too, once half of them are dead.
			HealthyPanicThreshold: &typev3.Percent{Value: 1},
			// By default a second change within a second waits for the next.
			UpdateMergeWindow: duration(0),
		},
	}
	setEndpoint(c, at, false)
	setProtocol(c, processorProtocol())
	return c, nil
}
