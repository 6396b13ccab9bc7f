package main

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"sluice/envoy/bootstrap"
	"sluice/routing/config"
)

func envoyCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "envoy", Short: "Render Envoy's configuration"}
	cmd.AddCommand(bootstrapCommand())
	return cmd
}

func bootstrapCommand() *cobra.Command {
	var (
		path    string
		options bootstrap.Options
	)
	cmd := &cobra.Command{
		Use:   "bootstrap",
		Short: "Print the Envoy configuration for a Sluice configuration",
		Long: `Print the Envoy configuration for a Sluice configuration, as JSON.

It has no keys: Envoy takes them from its own environment, or from the files that the
configuration names. For files it needs small files that point to them; --secrets-dir says
where to write those.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f, err := load(path)
			if err != nil {
				return err
			}
			text, err := render(f, options)
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(text)
			return err
		},
	}
	configFlag(cmd, &path)
	cmd.Flags().StringVar(&options.SecretsDir, "secrets-dir", "", "`directory` for the files that point Envoy to keys in files")
	cmd.Flags().StringVar(&options.Processor, "processor", "", "`address` where Envoy reaches Sluice (default: processor of the configuration)")
	cmd.Flags().StringVar(&options.Admin, "envoy-admin", "", "`address` of Envoy's own admin interface (default: envoy.admin of the configuration)")
	return cmd
}

// render returns Envoy's configuration and writes the files that it refers to.
func render(f *config.File, o bootstrap.Options) ([]byte, error) {
	rt, err := config.Build(f)
	if err != nil {
		return nil, err
	}
	if o.SecretsDir != "" {
		if o.SecretsDir, err = filepath.Abs(o.SecretsDir); err != nil {
			return nil, err
		}
	}
	r, err := bootstrap.Render(f, rt.Router.Models(), o)
	if err != nil {
		return nil, err
	}
	if len(r.Files) > 0 && o.SecretsDir == "" {
		return nil, errors.New("a provider's key is in a file: expected --secrets-dir, the directory for the files that point Envoy to it")
	}
	for name, content := range r.Files {
		if err := os.MkdirAll(o.SecretsDir, 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(o.SecretsDir, name), content, 0o644); err != nil {
			return nil, err
		}
	}
	return r.JSON()
}
