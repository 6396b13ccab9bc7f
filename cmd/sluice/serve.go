package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"sluice/cmd/sluice/app"
	"sluice/routing/config"
)

func serveCommand() *cobra.Command {
	var path, listen, admin string
	var delay, drain time.Duration
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the router for an Envoy that is started separately",
		Long: `Run the router for an Envoy that is started separately.

SIGHUP reloads the configuration. A reload that fails, or that needs another bootstrap of
Envoy, is refused and logged, and the running configuration stays in force.

SIGTERM or an interrupt drains and ends it. Health checks fail from then on, and requests are
served for --shutdown-delay more, so that Envoy passes to other replicas; then the answers in
hand are judged, for at most --drain-timeout. A second signal ends it at once.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			fromFlags := func() (*config.File, error) {
				f, err := load(path)
				if err != nil {
					return nil, err
				}
				if cmd.Flags().Changed("listen") {
					f.Processor = listen
				}
				if cmd.Flags().Changed("admin") {
					f.Admin = admin
				}
				return f, nil
			}
			f, err := fromFlags()
			if err != nil {
				return err
			}
			log, err := newLogger(f.Telemetry.LogLevel, os.Stderr)
			if err != nil {
				return err
			}
			a, err := newApp(f, fromFlags, drain, log)
			if err != nil {
				return err
			}
			return serve(cmd.Context(), a, delay)
		},
	}
	configFlag(cmd, &path)
	cmd.Flags().StringVar(&listen, "listen", "", "`address` for Envoy, host:port or unix:/path (default: processor of the configuration)")
	cmd.Flags().StringVar(&admin, "admin", "", "`address` of the admin API (default: admin of the configuration)")
	cmd.Flags().DurationVar(&delay, "shutdown-delay", shutdownDelay, "how long requests are still served after SIGTERM, while health checks fail")
	cmd.Flags().DurationVar(&drain, "drain-timeout", drainTimeout, "how long answers in hand are waited for after that")
	return cmd
}

const (
	// shutdownDelay is longer than the health check of the rendered Envoy takes to notice.
	shutdownDelay = 3 * time.Second
	// drainTimeout and shutdownDelay together end before Kubernetes kills, after 30 s.
	drainTimeout = 20 * time.Second
)

// newApp returns the service for f. Each reload calls load again. When it stops, answers in
// hand are waited for until drain is over.
func newApp(f *config.File, load func() (*config.File, error), drain time.Duration, log *zap.Logger) (*app.App, error) {
	tuneCollector()
	return app.New(f, app.Options{Load: load, DryRun: dryRun, DrainTimeout: drain, Build: build(), Log: log})
}

// serve runs the service until ctx ends, and then for the delay. It reloads at each SIGHUP.
func serve(ctx context.Context, a *app.App, delay time.Duration) error {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	a.Start()
	for {
		select {
		case <-hup:
			_ = a.Reload() // it logs
		case err := <-a.Failed():
			return errors.Join(err, a.Stop())
		case <-ctx.Done():
			a.Drain(delay)
			return a.Stop()
		}
	}
}
