package main

import (
	"fmt"
	"maps"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sluice/cmd/sluice/simulator"
	"sluice/routing/config"
	"sluice/routing/state"
)

func simulateCommand() *cobra.Command {
	var (
		listen  string
		options simulator.Options
	)
	cmd := &cobra.Command{
		Use:   "simulate",
		Short: "Serve simulated model providers, for tests and demonstrations",
		Long: `Serve simulated model providers, for tests and demonstrations.

One server speaks the OpenAI and the Anthropic wire formats. Its answers are canned, and
directives in a prompt, such as [[gpt-4o-mini: 503]], make a model fail in a chosen way.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			l, err := net.Listen("tcp", listen)
			if err != nil {
				return err
			}
			s := simulator.New(options)
			s.Start(l)
			fmt.Fprintf(cmd.OutOrStdout(), "OpenAI format at http://%[1]s/v1, Anthropic format at http://%[1]s\n", l.Addr())
			<-cmd.Context().Done()
			return s.Close()
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&listen, "listen", "127.0.0.1:8000", "`address` to serve on")
	fl.StringSliceVar(&options.Models, "models", nil, "comma-separated `names` of the models that exist (default: every name)")
	fl.StringVar(&options.Header, "header", "", "request `header` that must carry the credential (default: no credential is needed)")
	fl.StringVar(&options.Credential, "credential", "", "`value` that the header must have")
	fl.IntVar(&options.Batch.Polls, "batch-polls", 2, "number of polls after which a batch ends")
	fl.DurationVar(&options.Batch.Time, "batch-time", 0, "shortest time until a batch ends")
	return cmd
}

// simulation is one simulated server that stands for all providers of a configuration.
type simulation struct {
	server *simulator.Server
	base   string
}

func startSimulation() (*simulation, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := simulator.New(simulator.Options{})
	s.Start(l)
	return &simulation{s, "http://" + l.Addr().String()}, nil
}

func (s *simulation) stop() { _ = s.server.Close() }

// apply points every provider of the configuration at the simulated server.
func (s *simulation) apply(f *config.File) {
	if f.State.Store == state.OnDisk && f.State.Path == "" {
		f.State.Store = state.InMemory // simulated spending must not be added to real spending
	}
	f.Providers = maps.Clone(f.Providers)
	for name, p := range f.Providers {
		p.Endpoint = s.base
		if p.Format[0] == "openai" {
			p.Endpoint += "/v1"
		}
		p.CA, p.HTTP2 = "", false
		if p.Credential != nil {
			k := *p.Credential
			k.File, k.Env = "", "SLUICE_SIMULATED_"+strings.ToUpper(strings.NewReplacer("-", "_", ".", "_").Replace(name))
			p.Credential = &k
		}
		f.Providers[name] = p
	}
}

// env is the environment in which Envoy finds a placeholder for each key. The simulated
// server accepts any.
func (s *simulation) env(f *config.File) []string {
	var env []string
	for name, p := range f.Providers {
		if p.Credential != nil {
			env = append(env, p.Credential.Env+"=simulated-"+name)
		}
	}
	return env
}

// hasKey reports whether the environment has a key of any provider.
func hasKey(f *config.File) bool {
	return slices.ContainsFunc(slices.Collect(maps.Values(f.Providers)), func(p config.Provider) bool {
		return p.Credential != nil && p.Credential.Env != "" && os.Getenv(p.Credential.Env) != ""
	})
}

// reachable reports whether the provider can answer: its key is set, or it needs none
// and its endpoint accepts connections.
func reachable(p config.Provider) bool {
	if p.Credential != nil {
		return p.Credential.File != "" || os.Getenv(p.Credential.Env) != ""
	}
	u, err := url.Parse(p.Endpoint)
	if err != nil {
		return false
	}
	c, err := net.DialTimeout("tcp", u.Host, time.Second)
	if err != nil {
		return false
	}
	_ = c.Close()
	return true
}
