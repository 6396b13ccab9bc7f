package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"sluice/envoy/bootstrap"
	"sluice/envoy/process"
	"sluice/routing/config"
)

// runDrain is for what Envoy, which has ended then, has left to settle.
const runDrain = 5 * time.Second

func runCommand() *cobra.Command {
	var r runner
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run Envoy and the router together",
		Long: `Run Envoy and the router together, and restart Envoy when it ends.

Without a configuration and without a provider's key in the environment the providers are
simulated: nothing is needed and nothing is called. With OPENAI_API_KEY, ANTHROPIC_API_KEY
or another provider's key, the built-in configuration uses the providers that have a key.

SIGHUP reloads the configuration. A reload that fails, or that needs another bootstrap of
Envoy, is refused and logged, and the running configuration stays in force.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r.out = cmd.OutOrStdout()
			return r.run(cmd.Context())
		},
	}
	configFlag(cmd, &r.path)
	cmd.Flags().BoolVar(&r.simulate, "simulate", false, "replace the configured providers by simulated ones")
	cmd.Flags().BoolVar(&r.tour, "tour", false, "send a few requests and show what happened to each")
	cmd.Flags().StringVar(&r.logs, "log-dir", "", "`directory` of the logs (default: standard error, and envoy.access_log)")
	return cmd
}

// runner is one `sluice run`.
type runner struct {
	path     string
	simulate bool
	tour     bool
	logs     string
	out      io.Writer

	dir       string                     // temporary files of this run
	simulated *simulation                // nil: the configured providers are called
	keep      func(config.Provider) bool // nil: all of them
}

func (r *runner) run(ctx context.Context) error {
	binary, err := process.Find()
	if err != nil {
		return err
	}
	if r.dir, err = os.MkdirTemp("", "sluice-"); err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(r.dir) }()
	if err := r.chooseProviders(); err != nil {
		return err
	}
	if r.simulated != nil {
		defer r.simulated.stop()
	}
	f, err := r.load()
	if err != nil {
		return err
	}

	// Envoy gets a pipe, also for an access log on /dev/stdout: were it to open the file behind
	// standard error for itself, each would write over the other's lines.
	lines := process.NewLines(os.Stderr)
	log, envoyOut := lines.Writer(), lines.Writer()
	options := bootstrap.Options{SecretsDir: filepath.Join(r.dir, "secrets")}
	if r.logs != "" {
		files, err := createLogs(r.logs, "sluice.log", "envoy.log")
		if err != nil {
			return err
		}
		defer func() { _ = errors.Join(files[0].Close(), files[1].Close()) }()
		log, envoyOut = files[0], files[1]
		if options.AccessLog, err = filepath.Abs(filepath.Join(r.logs, "access.log")); err != nil {
			return err
		}
	}
	logger, err := newLogger(f.Telemetry.LogLevel, log)
	if err != nil {
		return err
	}
	text, err := render(f, options)
	if err != nil {
		return err
	}
	boot := filepath.Join(r.dir, "envoy.json")
	if err := os.WriteFile(boot, text, 0o600); err != nil {
		return err
	}
	var env []string
	if r.simulated != nil {
		env = r.simulated.env(f)
	}
	a, err := newApp(f, r.load, runDrain, logger)
	if err != nil {
		return err
	}

	// Envoy stops first, so that the router can still settle the requests that this cuts off.
	group, both := errgroup.WithContext(ctx)
	serving, stopServing := context.WithCancel(context.WithoutCancel(ctx))
	defer stopServing()
	group.Go(func() error { return serve(serving, a, 0) })
	group.Go(func() error {
		defer stopServing()
		return process.Run(both, process.Options{
			Path: binary, Config: boot, Env: env, Output: envoyOut, Listen: f.Listen, Log: logger,
		}, func() { r.ready(both, f) })
	})
	return group.Wait()
}

// chooseProviders decides what [runner.load] does to the providers.
func (r *runner) chooseProviders() error {
	f, err := load(r.path)
	if err != nil {
		return err
	}
	switch {
	case r.simulate || (r.path == "" && !hasKey(f)):
		if r.simulated, err = startSimulation(); err != nil {
			return err
		}
		fmt.Fprintln(r.out, "Providers are simulated: no key is used and nothing leaves this machine.")
	case r.path == "":
		// Asked once: a reload keeps the providers of the start, which Envoy knows.
		asked := make(map[string]bool)
		for _, p := range f.Providers {
			asked[p.Endpoint] = reachable(p)
		}
		r.keep = func(p config.Provider) bool { return asked[p.Endpoint] }
		fmt.Fprintf(r.out, "Providers without a key or an answer are left out: %s.\n", strings.Join(f.Restrict(r.keep), ", "))
	}
	return nil
}

// load reads the configuration as this run serves it, at the start and at each reload.
func (r *runner) load() (*config.File, error) {
	f, err := load(r.path)
	if err != nil {
		return nil, err
	}
	if r.simulated != nil {
		r.simulated.apply(f)
	}
	if r.keep != nil {
		f.Restrict(r.keep)
	}
	f.Processor = "unix:" + filepath.Join(r.dir, "sluice.sock")
	return f, nil
}

func createLogs(dir string, names ...string) ([]*os.File, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	files := make([]*os.File, len(names))
	for i, name := range names {
		var err error
		if files[i], err = os.Create(filepath.Join(dir, name)); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// ready tells the user how to connect, once Envoy accepts connections.
func (r *runner) ready(ctx context.Context, f *config.File) {
	if r.tour {
		if err := tour(ctx, r.out, f, r.simulated != nil); err != nil {
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

// alias is a model name that clients may ask for and that is routed.
func alias(f *config.File) string {
	if name := f.Routing.Route[0]; name != "*" {
		return name
	}
	return "auto"
}
