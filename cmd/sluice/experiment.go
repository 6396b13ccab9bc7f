package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"sluice/cmd/sluice/app"
	"sluice/routing/experiment"
)

func experimentCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "experiment", Short: "Report on experiments, remove the outcomes of ended ones, and compare assignments"}
	cmd.AddCommand(experimentReportCommand(), experimentForgetCommand(), experimentMovesCommand())
	return cmd
}

func experimentReportCommand() *cobra.Command {
	var path, admin string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "report [NAME]",
		Short: "Compare the variants of all experiments or of one",
		Long: `Compare the variants of all experiments or of one, and say what can be concluded.

The outcomes come from the running service, at the admin address of the configuration. If
none runs, they are read from the file or the Redis that the configuration names.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			reports, err := askReports(cmd.Context(), path, admin)
			if err != nil {
				return err
			}
			if len(args) == 1 {
				if reports, err = oneReport(reports, args[0]); err != nil {
					return err
				}
			}
			if asJSON {
				return app.WriteReports(cmd.OutOrStdout(), reports)
			}
			if len(reports) == 0 {
				fmt.Fprintln(cmd.OutOrStdout(), "no experiments are configured")
			}
			for i, r := range reports {
				if i > 0 {
					fmt.Fprintln(cmd.OutOrStdout())
				}
				if err := r.Print(cmd.OutOrStdout()); err != nil {
					return err
				}
			}
			return nil
		},
	}
	outcomesFlags(cmd, &path, &admin)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func oneReport(reports []*experiment.Report, name string) ([]*experiment.Report, error) {
	known := make([]string, len(reports))
	for i, r := range reports {
		if known[i] = r.Experiment; known[i] == name {
			return reports[i : i+1], nil
		}
	}
	return nil, fmt.Errorf("unknown experiment %q; known: %s", name, strings.Join(known, ", "))
}

func experimentForgetCommand() *cobra.Command {
	var path, admin string
	cmd := &cobra.Command{
		Use:   "forget NAME",
		Short: "Remove the outcomes of an experiment that has ended",
		Long: `Remove the outcomes of an experiment that is no longer in the configuration. This cannot
be undone.

The running service removes them, at the admin address of the configuration. If none runs,
they are removed from the file or the Redis that the configuration names.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			units, err := askForget(cmd.Context(), path, admin, args[0])
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "experiment %q is forgotten; units: %d\n", args[0], units)
			return nil
		},
	}
	outcomesFlags(cmd, &path, &admin)
	return cmd
}

func experimentMovesCommand() *cobra.Command {
	var from, to string
	cmd := &cobra.Command{
		Use:   "moves --from OLD.yaml --to NEW.yaml",
		Short: "Say how many units a new configuration moves to another variant, and how few would be enough",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			before, err := loadRuntime(from)
			if err != nil {
				return err
			}
			after, err := loadRuntime(to)
			if err != nil {
				return err
			}
			changes := experiment.Changes(before.Experiments, after.Experiments)
			if len(changes) == 0 {
				fmt.Fprintln(cmd.OutOrStdout(), "no unit moves: every experiment that is in both files assigns and enrols as before")
			}
			for _, c := range changes {
				fmt.Fprintln(cmd.OutOrStdout(), c)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&from, "from", "", "running configuration `file`")
	cmd.Flags().StringVar(&to, "to", "", "new configuration `file`")
	for _, name := range []string{"from", "to"} {
		_ = cmd.MarkFlagRequired(name) // the flag exists
	}
	return cmd
}
