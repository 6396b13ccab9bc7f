package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"sluice/cmd/sluice/app"
	"sluice/routing/config"
)

func serveCommand() *cobra.Command {
	var path, listen, admin string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the router for an Envoy that is started separately",
		Long: `Run the router for an Envoy that is started separately.

SIGHUP reloads the configuration. A reload that fails, or that needs another bootstrap of
Envoy, is refused and logged, and the running configuration stays in force.`,
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
			a, err := newApp(f, fromFlags, log)
			if err != nil {
				return err
			}
			return serve(cmd.Context(), a)
		},
	}
	configFlag(cmd, &path)
	cmd.Flags().StringVar(&listen, "listen", "", "`address` for Envoy, host:port or unix:/path (default: processor of the configuration)")
	cmd.Flags().StringVar(&admin, "admin", "", "`address` of the admin API (default: admin of the configuration)")
	return cmd
}

// newApp returns the service for f. Each reload calls load again.
func newApp(f *config.File, load func() (*config.File, error), log *zap.Logger) (*app.App, error) {
	tuneCollector()
	return app.New(f, app.Options{Load: load, DryRun: dryRun, Build: build(), Log: log})
}

// serve runs the service until ctx ends, and reloads it at each SIGHUP.
func serve(ctx context.Context, a *app.App) error {
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
			return a.Stop()
		}
	}
}
