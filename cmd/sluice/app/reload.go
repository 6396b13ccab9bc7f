package app

import (
	"fmt"
	"strings"

	"go.uber.org/zap"

	"sluice/envoy/bootstrap"
	"sluice/routing/config"
	"sluice/routing/experiment"
)

// Reload loads the configuration again. A configuration that cannot be loaded, that Envoy
// must be told about, or that looks like a mistake is refused: the error says why, it is
// logged, and the running configuration stays in force. Requests in progress keep the
// configuration with which they began.
func (a *App) Reload() error {
	a.reloading.Lock()
	defer a.reloading.Unlock()
	rt, err := a.load()
	if err != nil {
		a.metrics.refused()
		a.log.Error("reload refused; the running configuration stays in force", zap.Error(err))
		return err
	}
	// Whatever can fail has succeeded; from here on everything is swapped in.
	running := a.Runtime()
	a.server.Swap(a.server.Pipeline().With(rt))
	a.metrics.reloaded(rt)
	a.log.Info("configuration reloaded", zap.String("hash", rt.Hash))
	for _, c := range experiment.Changes(running.Experiments, rt.Experiments) {
		a.log.Warn("experiment changed", zap.Stringer("what", c))
	}
	if fixed := changedUntilRestart(a.started.File, rt.File); len(fixed) > 0 {
		a.log.Warn("these settings change only when Sluice is restarted", zap.Strings("settings", fixed))
	}
	if bootstrap.Outdated(a.started, rt) {
		a.log.Warn("Envoy's configuration is not that of the file any more; time-outs, limits and headers that Envoy enforces change when it restarts with a new bootstrap")
	}
	return nil
}

// load returns the configuration that the next requests would get.
func (a *App) load() (*config.Runtime, error) {
	f, err := a.options.Load()
	if err != nil {
		return nil, err
	}
	if err := f.CheckReload(a.Runtime().File); err != nil {
		return nil, err
	}
	rt, err := config.Build(f)
	if err != nil {
		return nil, err
	}
	if missing := bootstrap.Missing(a.started, rt); len(missing) > 0 {
		return nil, fmt.Errorf("the running Envoy cannot serve this configuration: %s; render the bootstrap again, and restart Envoy and Sluice with it",
			strings.Join(missing, "; "))
	}
	return rt, nil
}

// changedUntilRestart names the settings that are read at the start only and differ.
func changedUntilRestart(started, next *config.File) []string {
	var names []string
	for _, s := range []struct {
		name    string
		changed bool
	}{
		{"processor", started.Processor != next.Processor},
		{"admin", started.Admin != next.Admin},
		{"state", started.State != next.State},
		{"routing.session", started.Routing.Session != next.Routing.Session},
		{"cache.store and cache.max_size", !sameCache(started.Cache, next.Cache)},
		{"telemetry.log_level", started.Telemetry.LogLevel != next.Telemetry.LogLevel},
	} {
		if s.changed {
			names = append(names, s.name)
		}
	}
	return names
}

// sameCache reports whether two configurations keep answers in the same place.
func sameCache(a, b *config.Cache) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Store == b.Store && a.MaxSize == b.MaxSize
}
