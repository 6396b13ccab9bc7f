package main

import (
	"cmp"

	"github.com/spf13/cobra"

	"sluice/routing/config"
	"sluice/routing/offline/evaluate"
)

func replayCommand() *cobra.Command {
	var (
		path, against string
		asJSON        bool
	)
	cmd := &cobra.Command{
		Use:   "replay LOG.jsonl|-",
		Short: "Print what a configuration would have chosen for a log of requests, and its cost",
		Long: `Print what a configuration would have chosen for a log of requests, and its cost.

Each line of the log is an object {"request": {…}} or {"prompt": …} with optional "api"
(openai or anthropic), "user", "model" (which answered), "effort", "input_tokens",
"output_tokens", "cost_usd" and "spent". The lines are in the order of the requests. Costs are
those of the first candidate; without tokens in the log they are estimates. Lines that cannot
be read are counted.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			paths := []string{path}
			if against != "" {
				paths = append(paths, against)
			}
			var configs []evaluate.NamedConfig
			for _, p := range paths {
				f, err := load(p)
				if err != nil {
					return err
				}
				rt, err := config.Build(f)
				if err != nil {
					return err
				}
				configs = append(configs, evaluate.NamedConfig{Name: cmp.Or(p, "built-in default"), Runtime: rt})
			}
			in, closeIn, err := open(cmd, args)
			if err != nil {
				return err
			}
			defer closeIn()
			r, err := evaluate.Replay(in, configs...)
			if err != nil {
				return err
			}
			return printReport(cmd.OutOrStdout(), r, asJSON)
		},
	}
	configFlag(cmd, &path)
	cmd.Flags().StringVar(&against, "against", "", "second configuration `file` to compare with")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}
