package main

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"sluice/cmd/sluice/app"
	"sluice/envoy"
)

// Set by the linker for a release: -ldflags "-X main.version=v1.2.3 -X main.revision=…".
var version, revision string

// build says what program this is: what the linker was told, else what Go recorded.
func build() app.Build {
	b := app.Build{Version: version, Revision: revision, GoVersion: runtime.Version()}
	if info, ok := debug.ReadBuildInfo(); ok {
		b.Version = cmp.Or(b.Version, info.Main.Version)
		recorded := make(map[string]string)
		for _, s := range info.Settings {
			recorded[s.Key] = s.Value
		}
		if b.Revision == "" {
			if b.Revision = recorded["vcs.revision"]; b.Revision != "" && recorded["vcs.modified"] == "true" {
				b.Revision += "-modified"
			}
		}
	}
	b.Version, b.Revision = cmp.Or(b.Version, "(devel)"), cmp.Or(b.Revision, "unknown")
	return b
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of this program and the version of Envoy that it is tested with",
		Args:  cobra.NoArgs,
		Run: func(cmd *cobra.Command, _ []string) {
			b := build()
			fmt.Fprintf(cmd.OutOrStdout(), "sluice %s\nrevision %s\ngo %s\nenvoy %s (tested with)\n", b.Version, b.Revision, b.GoVersion, envoy.TestedVersion)
		},
	}
}
