package main

import (
	"maps"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"sluice/examples/providers"
	"sluice/routing/config"
	"sluice/routing/state"
)

// simulate starts one simulated provider for all and points the configuration at
// it. It returns the environment that Envoy then needs, with keys that open nothing,
// and what stops the provider.
func simulate(f *config.File) (env []string, stop func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	s := providers.New(providers.Options{})
	s.Start(l)
	if f.State.Store == state.OnDisk && f.State.Path == "" {
		f.State.Store = state.InMemory // what is spent here is no money, and not to be counted with what is
	}
	f.Providers = maps.Clone(f.Providers)
	for name, p := range f.Providers {
		p.Endpoint = "http://" + l.Addr().String()
		if p.Format[0] == "openai" {
			p.Endpoint += "/v1"
		}
		p.CA, p.HTTP2 = "", false
		if p.Credential != nil {
			k := *p.Credential
			k.File, k.Env = "", "SLUICE_SIMULATED_"+strings.ToUpper(strings.NewReplacer("-", "_", ".", "_").Replace(name))
			p.Credential = &k
			env = append(env, k.Env+"=simulated-"+name)
		}
		f.Providers[name] = p
	}
	return env, func() { _ = s.Close() }, nil
}

// keyed reports whether any key of the configuration is in this process's environment.
func keyed(f *config.File) bool {
	return slices.ContainsFunc(slices.Collect(maps.Values(f.Providers)), func(p config.Provider) bool {
		return p.Credential != nil && p.Credential.Env != "" && os.Getenv(p.Credential.Env) != ""
	})
}

// reachable reports whether requests to the provider can be answered: its key is
// there, or it needs none and something listens.
func reachable(p config.Provider) bool {
	if p.Credential != nil {
		return p.Credential.File != "" || os.Getenv(p.Credential.Env) != ""
	}
	u, err := url.Parse(p.Endpoint)
	if err != nil {
		return false
	}
	c, err := net.DialTimeout("tcp", u.Host, time.Second)
	if err != nil {
		return false
	}
	_ = c.Close()
	return true
}
