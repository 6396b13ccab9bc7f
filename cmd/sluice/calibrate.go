package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"sluice/routing/config"
	"sluice/routing/offline/evaluate"
)

func calibrateCommand() *cobra.Command {
	var (
		path                 string
		share, cost, quality float64
		asJSON, write        bool
	)
	tiers := slices.Clone(evaluate.DefaultShares[:])
	cmd := &cobra.Command{
		Use:   "calibrate LOG.jsonl|-",
		Short: "Derive the thresholds between the tiers from a log of requests",
		Long: `Derive the thresholds between the tiers from a log of requests, as sluice replay reads it.

The thresholds are quantiles of the complexity of the log's human turns. With them the
configuration (domains, capabilities, prices) meets one target: a share of requests for the
budget and standard tiers, a mean cost, or a mean quality, for which lines must have
"weak_correct" and "strong_correct" (0 to 1). Without a target, the shares of --tiers are the
target. One turn in five is held back, to show the effect on turns that the thresholds were
not derived from.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(tiers) != 4 {
				return fmt.Errorf("--tiers has %d shares; expected four: budget, standard, premium, flagship", len(tiers))
			}
			if write && path == "" {
				return errors.New("--write needs --config, the file to write to")
			}
			target := evaluate.Target{Tiers: evaluate.Shares(tiers)}
			for name, of := range map[string]struct {
				value *float64
				field **float64
			}{
				"target-share": {&share, &target.Cheap}, "target-cost": {&cost, &target.Cost}, "target-quality": {&quality, &target.Quality},
			} {
				if cmd.Flags().Changed(name) {
					*of.field = of.value
				}
			}
			f, err := load(path)
			if err != nil {
				return err
			}
			in, closeIn, err := open(cmd, args)
			if err != nil {
				return err
			}
			defer closeIn()
			r, err := evaluate.Calibrate(in, f, target)
			if err != nil {
				return err
			}
			if write {
				if err := writeThresholds(path, r.Thresholds); err != nil {
					return err
				}
			}
			return printReport(cmd.OutOrStdout(), r, asJSON)
		},
	}
	configFlag(cmd, &path)
	fl := cmd.Flags()
	fl.Float64Var(&share, "target-share", 0, "`share` of the requests for the budget and standard tiers, 0 to 1")
	fl.Float64Var(&cost, "target-cost", 0, "maximum of the mean cost of a request, in US `dollars`")
	fl.Float64Var(&quality, "target-quality", 0, "minimum of the mean `quality` of the answers, 0 to 1")
	fl.Float64SliceVar(&tiers, "tiers", tiers, "shares of budget, standard, premium and flagship; with a target, their proportions within the cheap and the strong tiers")
	fl.BoolVar(&asJSON, "json", false, "print JSON")
	fl.BoolVar(&write, "write", false, "write the thresholds into the configuration file, in place of routing.quality")
	cmd.MarkFlagsMutuallyExclusive("target-share", "target-cost", "target-quality")
	return cmd
}

// writeThresholds writes thresholds into the configuration file at path.
func writeThresholds(path string, t config.Thresholds) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	edited, err := config.SetThresholds(path, data, t)
	if err != nil {
		return err
	}
	return replaceFile(path, func(w io.Writer) error {
		_, err := w.Write(edited)
		return err
	})
}
