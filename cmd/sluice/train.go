package main

import (
	"io"

	"github.com/spf13/cobra"

	"sluice/routing/offline/train"
)

func trainCommand() *cobra.Command {
	var data, own, out string
	cmd := &cobra.Command{
		Use:   "train --data DIR --out FILE",
		Short: "Learn the weights of the classifiers from labelled data",
		Long: `Learn the weights of the classifiers from labelled data: a directory with domains.jsonl,
tiers.jsonl, refusals.jsonl, languages.jsonl and needs.jsonl. The same data give the same bytes.
The weights that are built into the program are routing/classify/weights.bin of its source.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			weights, _, err := train.Run(data, own, cmd.OutOrStdout())
			if err != nil {
				return err
			}
			return replaceFile(out, func(w io.Writer) error {
				_, err := w.Write(weights)
				return err
			})
		},
	}
	cmd.Flags().StringVar(&data, "data", "", "`directory` of labelled data")
	cmd.Flags().StringVar(&own, "own", "", "`directory` of the prompts and labels made for training: routing/offline/train/own of the source")
	cmd.Flags().StringVar(&out, "out", "", "`file` to write")
	_ = cmd.MarkFlagRequired("data") // fails for unknown flags only
	_ = cmd.MarkFlagRequired("own")
	_ = cmd.MarkFlagRequired("out")
	return cmd
}
