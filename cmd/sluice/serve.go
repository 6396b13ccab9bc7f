package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"

	alsv3 "github.com/envoyproxy/go-control-plane/envoy/service/accesslog/v3"
	extprocv3 "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/spf13/cobra"
	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"sluice/extproc"
	"sluice/routing/config"
	"sluice/routing/experiment"
	"sluice/routing/pipeline"
)

func serveCommand() *cobra.Command {
	var path, listen, admin string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve Envoy's filters, for an Envoy that runs elsewhere",
		Long: `Serve Envoy's filters, for an Envoy that runs elsewhere.

SIGHUP loads the configuration again; a bad one is reported and the old one stays.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f, err := load(path)
			if err != nil {
				return err
			}
			if cmd.Flags().Changed("listen") {
				f.Processor = listen
			}
			if cmd.Flags().Changed("admin") {
				f.Admin = admin
			}
			log, err := newLogger(f.Telemetry.LogLevel, os.Stderr)
			if err != nil {
				return err
			}
			s, err := newService(f, path, log)
			if err != nil {
				return err
			}
			return s.run(cmd.Context())
		},
	}
	configFlag(cmd, &path)
	cmd.Flags().StringVar(&listen, "listen", "", "`address` for Envoy, host:port or unix:/path (default: processor of the configuration)")
	cmd.Flags().StringVar(&admin, "admin", "", "`address` of health and metrics (default: admin of the configuration)")
	return cmd
}

// service is the ext_proc server with its health, its metrics and its reloads.
type service struct {
	path     string // of the configuration; "" is the built-in one
	log      *zap.Logger
	server   *extproc.Server
	stores   *stores
	grpc     *grpc.Server
	health   *health.Server
	admin    *http.Server
	listener net.Listener
	adminAt  net.Listener

	reloads  *prometheus.GaugeVec
	reloaded prometheus.Gauge
}

// newService builds everything that can fail, sockets included.
func newService(f *config.File, path string, log *zap.Logger) (*service, error) {
	rt, err := config.Build(f)
	if err != nil {
		return nil, err
	}
	reg := prometheus.NewRegistry()
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	stores, err := openStores(f, log, reg)
	if err != nil {
		return nil, err
	}
	s := &service{
		path:   path,
		stores: stores,
		log:    log,
		server: extproc.New(pipeline.New(rt, stores.Stores, log, pipeline.NewMetrics(reg)), log),
		health: health.NewServer(),
		grpc:   newGRPC(int(f.Routing.Limits.Request), log),
		reloads: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Namespace: "sluice", Name: "config_info", Help: "1 for the hash of the configuration in force.",
		}, []string{"hash"}),
		reloaded: prometheus.NewGauge(prometheus.GaugeOpts{
			Namespace: "sluice", Name: "config_last_reload_successful", Help: "0 after a configuration that could not be taken up.",
		}),
	}
	reg.MustRegister(s.reloads, s.reloaded, newBudgetGauge(s.runtime, stores.Budgets))
	s.inForce(rt)
	extprocv3.RegisterExternalProcessorServer(s.grpc, s.server)
	alsv3.RegisterAccessLogServiceServer(s.grpc, s.server)
	healthv1.RegisterHealthServer(s.grpc, s.health)
	if s.listener, err = listenOn(f.Processor); err != nil {
		return nil, errors.Join(fmt.Errorf("processor: %w", err), stores.Close())
	}
	if s.adminAt, err = net.Listen("tcp", f.Admin); err != nil {
		return nil, errors.Join(fmt.Errorf("admin: %w", err), s.listener.Close(), stores.Close())
	}
	s.admin = &http.Server{Handler: s.adminHandler(reg), ReadHeaderTimeout: 5 * time.Second}
	return s, nil
}

// listenOn opens host:port, or a socket file behind "unix:"; a file that a dead
// process left behind is replaced, one that is in use is not.
func listenOn(address string) (net.Listener, error) {
	path, unix := strings.CutPrefix(address, "unix:")
	if !unix {
		return net.Listen("tcp", address)
	}
	if c, err := net.Dial("unix", path); err == nil {
		_ = c.Close()
		return nil, fmt.Errorf("%s is served by another process", path)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	return net.Listen("unix", path)
}

func (s *service) adminHandler(reg *prometheus.Registry) http.Handler {
	mux := http.NewServeMux()
	ok := func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") }
	mux.HandleFunc("GET /healthz", ok)
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		res, err := s.health.Check(r.Context(), &healthv1.HealthCheckRequest{})
		if err != nil || res.GetStatus() != healthv1.HealthCheckResponse_SERVING {
			http.Error(w, "not ready", http.StatusServiceUnavailable)
			return
		}
		ok(w, r)
	})
	mux.HandleFunc("POST /route", dryRun(s.runtime))
	mux.HandleFunc("GET /budgets", balances(s.runtime, s.stores.Budgets))
	newExperimentAdmin(s.runtime, s.stores.Experiments, s.log, reg).handle(mux)
	mux.Handle("GET /metrics", promhttp.HandlerFor(reg, promhttp.HandlerOpts{}))
	return mux
}

// run serves until ctx ends, then lets conversations in progress finish.
func (s *service) run(ctx context.Context) error {
	floor := make([]byte, collectorFloor)
	defer runtime.KeepAlive(floor)
	errs := make(chan error, 2)
	go func() { errs <- s.grpc.Serve(s.listener) }()
	go func() { errs <- s.admin.Serve(s.adminAt) }()
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	s.health.SetServingStatus("", healthv1.HealthCheckResponse_SERVING)
	s.log.Info("serving", zap.Stringer("processor", s.listener.Addr()), zap.Stringer("admin", s.adminAt.Addr()))
	for {
		select {
		case err := <-errs:
			s.grpc.Stop()
			return errors.Join(err, s.admin.Close(), s.stores.Close())
		case <-hup:
			s.reload()
		case <-ctx.Done():
			s.stop()
			return s.stores.Close() // the conversations have ended
		}
	}
}

// stop refuses new conversations and gives those in progress a moment to end.
func (s *service) stop() {
	const grace = 5 * time.Second
	s.health.Shutdown()
	s.server.Close()
	done := make(chan struct{})
	go func() {
		s.grpc.GracefulStop()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(grace):
		s.grpc.Stop() // Envoy lets what is judged now go to its client
	}
	_ = s.admin.Close()
}

// reload takes up the configuration anew: everything that can fail first, then one swap.
func (s *service) reload() {
	f, err := load(s.path)
	var rt *config.Runtime
	if err == nil {
		err = f.CheckReload(s.runtime().File)
	}
	if err == nil {
		rt, err = config.Build(f)
	}
	if err != nil {
		s.reloaded.Set(0)
		s.log.Error("configuration not taken up; the old one stays", zap.Error(err))
		return
	}
	old := s.runtime()
	for _, c := range experiment.Changes(old.Experiments, rt.Experiments) {
		s.log.Warn("experiment changed", zap.Stringer("what", c))
	}
	if was := old.File; was.State != rt.File.State || was.Routing.Session != rt.File.Routing.Session || !sameCache(was.Cache, rt.File.Cache) {
		s.log.Warn("state, routing.session, and store and max_size of cache stay as they are until a restart")
	}
	s.server.Swap(s.server.Pipeline().With(rt))
	s.inForce(rt)
	s.log.Info("configuration taken up", zap.String("hash", rt.Hash))
}

// sameCache reports whether two configurations keep answers in the same place.
func sameCache(a, b *config.Cache) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Store == b.Store && a.MaxSize == b.MaxSize
}

func (s *service) inForce(rt *config.Runtime) {
	s.reloads.Reset()
	s.reloads.WithLabelValues(rt.Hash).Set(1)
	s.reloaded.Set(1)
}

// runtime returns the configuration in force.
func (s *service) runtime() *config.Runtime { return s.server.Pipeline().Runtime() }
