package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"sluice/routing/config"
	"sluice/routing/offline/catalogue"
	"sluice/routing/offline/tree"
)

func configCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Print the built-in default configuration, or compare prices",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := cmd.OutOrStdout().Write(config.DefaultYAML())
			return err
		},
	}
	cmd.AddCommand(pricesCommand())
	return cmd
}

func pricesCommand() *cobra.Command {
	var path, list string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "prices --catalogue FILE",
		Short: "Compare the prices and limits of a configuration with a list of models",
		Long: `Compare the prices and limits of a configuration with a list of models.

The list is a file, JSON or YAML: LiteLLM's model_prices_and_context_window.json, or a list of
models with their prices in US dollars per million tokens:

  - {model: gpt-4o-mini, input: 0.15, output: 0.60, context: 128000, max_output: 16384}

Nothing is fetched. A model is found by the name that its provider knows. What differs is
printed as a table, and the exit code is 1, as that of diff. Models that the list does not have
are named on standard error.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f, err := load(path)
			if err != nil {
				return err
			}
			c, err := readCatalogue(list)
			if err != nil {
				return err
			}
			r := catalogue.Compare(f, c)
			for _, name := range r.Unknown {
				fmt.Fprintf(cmd.ErrOrStderr(), "%s: not in the catalogue\n", name)
			}
			if r.Compared == 0 {
				return fmt.Errorf("%s has none of the %d models", list, len(f.Models))
			}
			if err := printReport(cmd.OutOrStdout(), r, asJSON); err != nil {
				return err
			}
			if len(r.Differences) > 0 {
				return errSaid
			}
			return nil
		},
	}
	configFlag(cmd, &path)
	catalogueFlag(cmd, &list)
	_ = cmd.MarkFlagRequired("catalogue") // it exists
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func catalogueFlag(cmd *cobra.Command, path *string) {
	cmd.Flags().StringVar(path, "catalogue", "", "`file` with prices: LiteLLM's model_prices_and_context_window.json, or a list per million tokens")
}

// readCatalogue reads the list of models at path.
func readCatalogue(path string) (*catalogue.Catalogue, error) {
	data, err := readBounded(path)
	if err != nil {
		return nil, err
	}
	c, err := catalogue.Read(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// readBounded reads a file of another program, up to a little more than may be read of one.
func readBounded(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return io.ReadAll(io.LimitReader(f, tree.MostBytes+1))
}
