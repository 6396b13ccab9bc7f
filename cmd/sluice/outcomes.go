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
	"time"

	"github.com/spf13/cobra"

	"sluice/routing/config"
	"sluice/routing/experiment"
	"sluice/routing/state"
)

// The outcomes of experiments are with the running service, or, where none runs, in the
// store that the configuration names. The commands ask for them in that order.

// outcomesTime bounds the reading of all counts for a report, or their removal.
const outcomesTime = 10 * time.Second

func outcomesFlags(cmd *cobra.Command, path, admin *string) {
	configFlag(cmd, path)
	cmd.Flags().StringVar(admin, "admin", "", "`address` of the running service's admin port (default: admin of the configuration)")
}

// askReports returns the reports of all experiments.
func askReports(ctx context.Context, path, address string) (reports []*experiment.Report, err error) {
	ctx, cancel := context.WithTimeout(ctx, outcomesTime)
	defer cancel()
	err = outcomes(path, address, func(address string) error {
		var answer struct{ Experiments []*experiment.Report }
		err := askAdmin(ctx, http.MethodGet, address, "/experiments", &answer)
		reports = answer.Experiments
		return err
	}, func(rt *config.Runtime, store experiment.Store) (err error) {
		reports, err = analyse(ctx, rt.Experiments, store)
		return err
	})
	return reports, err
}

// askForget returns how many units there were of the experiment.
func askForget(ctx context.Context, path, address, name string) (units int, err error) {
	ctx, cancel := context.WithTimeout(ctx, outcomesTime)
	defer cancel()
	err = outcomes(path, address, func(address string) error {
		var answer struct{ Forgotten int }
		err := askAdmin(ctx, http.MethodDelete, address, "/experiments/"+url.PathEscape(name), &answer)
		units = answer.Forgotten
		return err
	}, func(rt *config.Runtime, store experiment.Store) (err error) {
		units, err = forget(ctx, rt, store, name)
		return err
	})
	return units, err
}

// outcomes asks the service at address, or that of the configuration at path; where the
// latter does not run, it calls here with what the configuration names.
func outcomes(path, address string, ask func(address string) error, here func(*config.Runtime, experiment.Store) error) error {
	if address != "" {
		return ask(address)
	}
	f, err := load(path)
	if err != nil {
		return err
	}
	err = ask(f.Admin)
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
	return errors.Join(here(rt, stores.Experiments), stores.Close())
}

// openOutcomes opens the outcomes where the configuration keeps them. A file that is not
// there is not made.
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
			return nil, fmt.Errorf("no service answers at %s, and no outcomes are kept: %w", f.Admin, err)
		}
	}
	return state.Open(state.Config{
		Store: f.State.Store, Path: path, Timeout: outcomesTime,
		Failed: func(string, error) {}, // calls return it as well
	})
}

// askAdmin makes a request of a service's admin port and decodes the answer.
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
		var refusal struct{ Error string }
		_ = json.Unmarshal(body, &refusal) // what is no JSON says nothing
		return fmt.Errorf("%s answers %s: %s", address, res.Status, refusal.Error)
	}
	if err := json.Unmarshal(body, answer); err != nil {
		return fmt.Errorf("the answer of %s: %w", address, err)
	}
	return nil
}
