package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"sluice/routing/config"
	"sluice/routing/offline/catalogue"
	"sluice/routing/offline/litellm"
	"sluice/routing/offline/tree"
)

func configCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Print the built-in default configuration, import another program's, or compare prices",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := cmd.OutOrStdout().Write(config.DefaultYAML())
			return err
		},
	}
	cmd.AddCommand(pricesCommand(), importCommand())
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

func importCommand() *cobra.Command {
	var list string
	cmd := &cobra.Command{
		Use:   "import",
		Short: "Make a configuration of another program's",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	from := &cobra.Command{
		Use:   "litellm FILE|-",
		Short: "Make a configuration of that of a LiteLLM proxy",
		Long: `Make a configuration of that of a LiteLLM proxy, and print it.

Nothing is dropped in silence: what has no counterpart, or another meaning, is printed to standard
error with its line, and stands at the top of the result. Keys are never copied: the result names
environment variables, and says which ones to set. Prices that the file does not have are those of
--catalogue, or of the built-in default; where neither knows a model, its line says so.

What becomes of each key: docs/migrate-litellm.md.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var prices *catalogue.Catalogue
			if list != "" {
				var err error
				if prices, err = readCatalogue(list); err != nil {
					return err
				}
			}
			in, closeIn, err := open(cmd, args)
			if err != nil {
				return err
			}
			defer closeIn()
			data, err := io.ReadAll(io.LimitReader(in, tree.MostBytes+1))
			if err != nil {
				return err
			}
			r, err := litellm.Import(args[0], data, prices)
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			for _, n := range r.Notes {
				fmt.Fprintf(cmd.ErrOrStderr(), "%s: %s\n", args[0], n)
			}
			_, err = cmd.OutOrStdout().Write(r.YAML)
			return err
		},
	}
	catalogueFlag(from, &list)
	cmd.AddCommand(from)
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
