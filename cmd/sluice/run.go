package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"sluice/envoy/bootstrap"
	"sluice/envoy/process"
	"sluice/routing/config"
)

func runCommand() *cobra.Command {
	var r runner
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Start Envoy and the router together",
		Long: `Start Envoy and the router together, and keep both running.

With no configuration and no key in the environment the providers are simulated, so
that nothing is needed and nothing is called. With OPENAI_API_KEY, ANTHROPIC_API_KEY
or another provider's key set, the built-in default uses the providers that have one.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r.out = cmd.OutOrStdout()
			return r.run(cmd.Context())
		},
	}
	configFlag(cmd, &r.path)
	cmd.Flags().BoolVar(&r.simulate, "simulate", false, "put simulated providers in the place of the configured ones")
	cmd.Flags().BoolVar(&r.tour, "tour", false, "send a few requests and show what happened to each")
	cmd.Flags().StringVar(&r.logs, "log-dir", "", "`folder` for the logs (default: standard error, and envoy.access_log)")
	return cmd
}

// runner is one `sluice run`.
type runner struct {
	path     string
	simulate bool
	tour     bool
	logs     string
	out      io.Writer
}

func (r *runner) run(ctx context.Context) error {
	binary, err := process.Find()
	if err != nil {
		return err
	}
	f, err := load(r.path)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "sluice-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()

	var env []string
	switch {
	case r.simulate || (r.path == "" && !hasKey(f)):
		simulated, err := startSimulation()
		if err != nil {
			return err
		}
		defer simulated.stop()
		env = simulated.apply(f)
		fmt.Fprintln(r.out, "Providers are simulated: no key is used and nothing leaves this machine.")
	case r.path == "":
		left := f.Restrict(reachable)
		fmt.Fprintf(r.out, "Providers left out, since they have no key or do not answer: %s.\n", strings.Join(left, ", "))
	}

	log, envoyOut := io.Writer(os.Stderr), io.Writer(os.Stderr)
	options := bootstrap.Options{SecretsDir: filepath.Join(dir, "secrets")}
	if r.logs != "" {
		if err := os.MkdirAll(r.logs, 0o755); err != nil {
			return err
		}
		router, err := os.Create(filepath.Join(r.logs, "sluice.log"))
		if err != nil {
			return err
		}
		defer func() { _ = router.Close() }()
		envoyLog, err := os.Create(filepath.Join(r.logs, "envoy.log"))
		if err != nil {
			return err
		}
		defer func() { _ = envoyLog.Close() }()
		log, envoyOut = router, envoyLog
		if options.AccessLog, err = filepath.Abs(filepath.Join(r.logs, "access.log")); err != nil {
			return err
		}
	}
	logger, err := newLogger(f.Telemetry.LogLevel, log)
	if err != nil {
		return err
	}
	f.Processor = "unix:" + filepath.Join(dir, "sluice.sock")
	text, err := render(f, options)
	if err != nil {
		return err
	}
	boot := filepath.Join(dir, "envoy.json")
	if err := os.WriteFile(boot, text, 0o600); err != nil {
		return err
	}
	s, err := newService(f, r.path, logger)
	if err != nil {
		return err
	}

	// Envoy goes first at the end: what it cuts off then is settled as far as it still says so.
	group, both := errgroup.WithContext(ctx)
	serving, stopServing := context.WithCancel(context.WithoutCancel(ctx))
	defer stopServing()
	group.Go(func() error { return s.run(serving) })
	group.Go(func() error {
		defer stopServing()
		return process.Run(both, process.Options{
			Path: binary, Config: boot, Env: env, Output: envoyOut, Listen: f.Listen, Log: logger,
		}, func() { r.ready(both, f, env != nil) })
	})
	return errors.Join(group.Wait())
}

// ready tells the user what there is, once clients can connect.
func (r *runner) ready(ctx context.Context, f *config.File, simulated bool) {
	if r.tour {
		if err := tour(ctx, r.out, f, simulated); err != nil {
			fmt.Fprintln(r.out, "tour:", err)
		}
	}
	fmt.Fprintf(r.out, `
Sluice is up. Point a client at it:
  OPENAI_BASE_URL=http://%[1]s/v1      model: %[3]s
  ANTHROPIC_BASE_URL=http://%[1]s
Try:
  curl http://%[1]s/v1/chat/completions -i -d '{"model":"%[3]s","messages":[{"role":"user","content":"Compare TCP and UDP"}]}'
  curl http://%[1]s/v1/models
  curl http://%[2]s/metrics
Stop with Ctrl-C.
`, f.Listen, f.Admin, alias(f))
	if r.logs != "" {
		fmt.Fprintf(r.out, "Logs are in %s.\n", r.logs)
	}
}

// alias is a name that a client may ask for to be routed.
func alias(f *config.File) string {
	if name := f.Routing.Route[0]; name != "*" {
		return name
	}
	return "auto"
}
