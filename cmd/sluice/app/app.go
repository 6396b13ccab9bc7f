// Package app is the Sluice service: the gRPC server that Envoy's filters call, the admin
// API, the metrics, the stores, and reloads of the configuration. It does not know flags,
// signals or how Envoy is started; package main does. Tests run a whole service in their
// own process, on ports that the system chooses.
//
// Start with [New]; reload.go says what a reload may change.
package app

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	alsv3 "github.com/envoyproxy/go-control-plane/envoy/service/accesslog/v3"
	extprocv3 "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"go.uber.org/zap"
	"golang.org/x/net/netutil"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"sluice/extproc"
	"sluice/routing/config"
	"sluice/routing/pipeline"
)

// Options are what a service needs beside its configuration.
type Options struct {
	// Load reads the configuration again for a reload. It makes the same changes to the
	// file as the caller made to the file that it gave to [New].
	Load func() (*config.File, error)
	// DryRun returns the handler of POST /route, which decides without sending anything. It
	// calls running for the configuration in force.
	DryRun func(running func() *config.Runtime) http.HandlerFunc
	// DrainTimeout bounds how long [App.Stop] waits for the streams in progress.
	DrainTimeout time.Duration
	Build        Build
	Log          *zap.Logger
}

// Build says what program this is, for the metric sluice_build_info.
type Build struct{ Version, Revision, GoVersion string }

// An App is one service. Its methods may be called from different goroutines.
type App struct {
	options  Options
	log      *zap.Logger
	started  *config.Runtime // at the start: what Envoy's configuration was rendered from
	server   *extproc.Server
	stores   *stores
	registry *prometheus.Registry
	metrics  configMetrics

	grpc      *grpc.Server
	health    *health.Server
	processor net.Listener
	admin     *http.Server
	adminAt   net.Listener

	connections *connections // of the processor's listener

	serving   sync.WaitGroup
	failed    chan error
	reloading sync.Mutex // one reload at a time
}

// New does all of a start that can fail: it builds the configuration's running form, opens
// the stores and listens at both addresses. It serves nothing until [App.Start]. A service
// that is not needed any more is closed by [App.Stop], even if it was never started.
func New(f *config.File, o Options) (*App, error) {
	rt, err := config.Build(f)
	if err != nil {
		return nil, err
	}
	reg := prometheus.NewRegistry()
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), buildInfo(o.Build))
	stores, err := openStores(f, o.Log, reg)
	if err != nil {
		return nil, err
	}
	processor, err := listen(f.Processor)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("processor: %w", err), stores.Close())
	}
	admin, err := net.Listen("tcp", f.Admin)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("admin: %w", err), processor.Close(), stores.Close())
	}
	a := &App{
		options:   o,
		log:       o.Log,
		started:   rt,
		server:    extproc.New(pipeline.New(rt, stores.Stores, o.Log, pipeline.NewMetrics(reg)), o.Log),
		stores:    stores,
		registry:  reg,
		metrics:   newConfigMetrics(reg),
		grpc:      newGRPC(int(f.Routing.Limits.Request), o.Log),
		health:    health.NewServer(),
		processor: processor,
		adminAt:   admin,
		failed:    make(chan error, 2), // one of each server
	}
	a.connections = &connections{Listener: processor}
	reg.MustRegister(newBudgetGauge(a.Runtime, stores.Budgets))
	a.metrics.reloaded(rt)
	a.admin = &http.Server{
		Handler: a.adminHandler(reg), MaxHeaderBytes: maxAdminHeader,
		ReadTimeout: adminReadTimeout, WriteTimeout: adminWriteTimeout, IdleTimeout: adminIdleTimeout,
	}
	extprocv3.RegisterExternalProcessorServer(a.grpc, a.server)
	alsv3.RegisterAccessLogServiceServer(a.grpc, a.server)
	healthv1.RegisterHealthServer(a.grpc, a.health)
	return a, nil
}

// Runtime returns the configuration in force.
func (a *App) Runtime() *config.Runtime { return a.server.Pipeline().Runtime() }

// Admin returns the address of the admin API.
func (a *App) Admin() net.Addr { return a.adminAt.Addr() }

// Start begins to serve and returns at once.
func (a *App) Start() {
	a.serving.Go(func() { a.ended(a.grpc.Serve(a.connections)) })
	a.serving.Go(func() { a.ended(a.admin.Serve(netutil.LimitListener(a.adminAt, maxAdminConnections))) })
	a.health.SetServingStatus("", healthv1.HealthCheckResponse_SERVING)
	a.log.Info("serving", zap.Stringer("processor", a.processor.Addr()), zap.Stringer("admin", a.adminAt.Addr()))
}

func (a *App) ended(err error) {
	if err != nil && !errors.Is(err, http.ErrServerClosed) {
		a.failed <- err
	}
}

// Failed receives the error of a server that ended by itself. The service must be stopped then.
func (a *App) Failed() <-chan error { return a.failed }

// Stop refuses new streams, lets those in progress end within Options.DrainTimeout, and closes
// the stores after the last stream has settled. It is called once.
func (a *App) Stop() error {
	a.health.Shutdown()
	a.server.Close()
	done := make(chan struct{})
	go func() {
		a.grpc.GracefulStop()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(a.options.DrainTimeout):
		a.grpc.Stop() // Envoy fails open: it delivers the answers that are held here
		<-done
	}
	err := a.admin.Close()
	// A server that was never started does not close its listener.
	_, _ = a.processor.Close(), a.adminAt.Close()
	a.serving.Wait()
	return errors.Join(err, a.stores.Close())
}

// listen opens host:port, or a socket file after "unix:". It replaces a socket file that a
// dead process left behind, but not one that is in use.
func listen(address string) (net.Listener, error) {
	path, unix := strings.CutPrefix(address, "unix:")
	if !unix {
		return net.Listen("tcp", address)
	}
	if c, err := net.Dial("unix", path); err == nil {
		_ = c.Close()
		return nil, fmt.Errorf("another process listens on %s", path)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	return net.Listen("unix", path)
}
