package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"sluice/routing/config"
)

func checkCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE",
		Short: "Validate a configuration and print every mistake in it",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			f, warnings, err := config.LoadFile(args[0])
			if _, ok := errors.AsType[*config.Error](err); ok {
				fmt.Fprintln(cmd.ErrOrStderr(), err)
				return errSaid
			} else if err != nil {
				return err
			}
			for _, w := range warnings {
				fmt.Fprintf(cmd.ErrOrStderr(), "%s: warning: %s\n", args[0], w)
			}
			if _, err := config.Build(f); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s: ok: %d models of %d providers, strategy %s\n",
				args[0], len(f.Models), len(f.Providers), f.Routing.Strategy)
			return nil
		},
	}
}
