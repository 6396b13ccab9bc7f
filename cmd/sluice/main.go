// Command sluice routes LLM traffic inside Envoy. Its sub-commands run the service, with
// Envoy (run) or without (serve), simulate providers (simulate), answer questions offline
// (check, route, envoy bootstrap), process files of requests (batch), report on experiments
// (experiment), and evaluate and train (eval, replay, calibrate, train).
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // budgets have time zones, and containers often none

	"github.com/spf13/cobra"

	"sluice/routing/config"
)

func main() {
	if err := rootCommand().ExecuteContext(untilSignal()); err != nil {
		if !errors.Is(err, errSaid) {
			fmt.Fprintln(os.Stderr, "sluice:", err)
		}
		os.Exit(1)
	}
}

// untilSignal returns a context that ends with the first signal to stop. From then on, before
// anyone sees that, a second signal ends the program at once.
func untilSignal() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		signal.Stop(signals)
		cancel()
	}()
	return ctx
}

// errSaid is returned for a failure that has been printed already.
var errSaid = errors.New("already printed")

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "sluice",
		Short:         "Routes LLM traffic inside Envoy",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(runCommand(), serveCommand(), simulateCommand(), envoyCommand(), checkCommand(), routeCommand(), configCommand(),
		evalCommand(), replayCommand(), calibrateCommand(), trainCommand(), batchCommand(), experimentCommand(), versionCommand())
	return root
}

// load reads the configuration at path, or the built-in default where path is "".
// Warnings go to standard error.
func load(path string) (*config.File, error) {
	if path == "" {
		return config.Default(), nil
	}
	f, warnings, err := config.LoadFile(path)
	for _, w := range warnings {
		fmt.Fprintf(os.Stderr, "%s: warning: %s\n", path, w)
	}
	return f, err
}

// loadRuntime returns the runtime form of the configuration at path.
func loadRuntime(path string) (*config.Runtime, error) {
	f, err := load(path)
	if err != nil {
		return nil, err
	}
	return config.Build(f)
}

func configFlag(cmd *cobra.Command, path *string) {
	cmd.Flags().StringVarP(path, "config", "c", "", "configuration `file` (default: the built-in one)")
}
