package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"

	"github.com/spf13/cobra"

	"sluice/cmd/sluice/app"
	"sluice/routing/config"
	"sluice/routing/experiment"
	"sluice/routing/state"
)

// The experiment commands ask the running service for outcomes. If none runs, they read
// the store that the configuration names.

func outcomesFlags(cmd *cobra.Command, path, admin *string) {
	configFlag(cmd, path)
	cmd.Flags().StringVar(admin, "admin", "", "`address` of the running service's admin API (default: admin of the configuration)")
}

// askReports returns the reports of all experiments.
func askReports(ctx context.Context, path, address string) (reports []*experiment.Report, err error) {
	ctx, cancel := context.WithTimeout(ctx, app.ReportTimeout)
	defer cancel()
	err = withOutcomes(path, address, func(address string) error {
		var answer struct{ Experiments []*experiment.Report }
		err := askAdmin(ctx, http.MethodGet, address, "/experiments", &answer)
		reports = answer.Experiments
		return err
	}, func(rt *config.Runtime, store experiment.Store) (err error) {
		reports, err = app.Reports(ctx, rt, store)
		return err
	})
	return reports, err
}

// askForget removes the outcomes of an experiment and returns the number of its units.
func askForget(ctx context.Context, path, address, name string) (units int, err error) {
	ctx, cancel := context.WithTimeout(ctx, app.ReportTimeout)
	defer cancel()
	err = withOutcomes(path, address, func(address string) error {
		var answer struct{ Forgotten int }
		err := askAdmin(ctx, http.MethodDelete, address, "/experiments/"+url.PathEscape(name), &answer)
		units = answer.Forgotten
		return err
	}, func(rt *config.Runtime, store experiment.Store) (err error) {
		units, err = app.Forget(ctx, rt, store, name)
		return err
	})
	return units, err
}

// withOutcomes calls remote with the admin address. If that is the configuration's own and
// nothing listens there, it calls local with the store of the configuration.
func withOutcomes(path, address string, remote func(address string) error, local func(*config.Runtime, experiment.Store) error) error {
	if address != "" {
		return remote(address)
	}
	f, err := load(path)
	if err != nil {
		return err
	}
	err = remote(f.Admin)
	refused, ok := errors.AsType[*net.OpError](err)
	if !ok || refused.Op != "dial" || f.State.Store == state.InMemory {
		return err
	}
	rt, err := config.Build(f)
	if err != nil {
		return err
	}
	stores, err := openOutcomes(f)
	if err != nil {
		return err
	}
	return errors.Join(local(rt, stores.Experiments), stores.Close())
}

// openOutcomes opens the store that the configuration names. It does not create a file.
func openOutcomes(f *config.File) (*state.Stores, error) {
	path := f.State.Path
	if f.State.Store == state.OnDisk {
		if path == "" {
			var err error
			if path, err = state.DefaultPath(); err != nil {
				return nil, err
			}
		}
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("no service answers at %s, and there are no stored outcomes: %w", f.Admin, err)
		}
	}
	return state.Open(state.Config{
		Store: f.State.Store, Path: path, Timeout: app.ReportTimeout,
		Failed: func(string, error) {}, // the calls return it too
	})
}

// askAdmin sends a request to a service's admin API and decodes the answer.
func askAdmin(ctx context.Context, method, address, target string, answer any) error {
	req, err := http.NewRequestWithContext(ctx, method, "http://"+address+target, http.NoBody)
	if err != nil {
		return fmt.Errorf("admin address %q: %w", address, err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("no service answers at the admin address: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	const most = 16 << 20
	body, err := io.ReadAll(io.LimitReader(res.Body, most))
	if err != nil {
		return fmt.Errorf("read the answer of %s: %w", address, err)
	}
	if res.StatusCode != http.StatusOK {
		var failure struct{ Error string }
		_ = json.Unmarshal(body, &failure) // may be no JSON
		return fmt.Errorf("%s answers %s: %s", address, res.Status, failure.Error)
	}
	if err := json.Unmarshal(body, answer); err != nil {
		return fmt.Errorf("decode the answer of %s: %w", address, err)
	}
	return nil
}
