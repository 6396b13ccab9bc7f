package main

import (
	"bytes"
	"maps"
	"net"
	"os"
	"slices"
	"strings"
	"testing"

	"sluice/routing/config"
)

// TestRunLoads: every load of one run leaves out the providers that were not reachable at
// the start, whatever is reachable meanwhile.
func TestRunLoads(t *testing.T) {
	var locals []string
	for name, p := range config.Default().Providers {
		if p.Credential != nil {
			t.Setenv(p.Credential.Env, "")
		} else {
			locals = append(locals, name)
		}
	}
	if len(locals) == 0 {
		t.Fatal("the built-in configuration has no provider without a key")
	}
	t.Setenv("OPENAI_API_KEY", "secret")
	var out bytes.Buffer
	r := runner{out: &out, dir: t.TempDir()}
	if err := r.chooseProviders(); err != nil {
		t.Fatal(err)
	}
	t.Setenv("ANTHROPIC_API_KEY", "secret")
	for range 2 {
		f, err := r.load()
		if err != nil {
			t.Fatal(err)
		}
		if names := slices.Sorted(maps.Keys(f.Providers)); !slices.Contains(names, "openai") || slices.Contains(names, "anthropic") {
			t.Errorf("providers %v; expected openai without anthropic", names)
		}
		if !strings.HasPrefix(f.Processor, "unix:"+r.dir) {
			t.Errorf("processor %s", f.Processor)
		}
	}
	if !strings.Contains(out.String(), "anthropic") {
		t.Errorf("printed %q", out.String())
	}
}

// TestRunSimulates: every load of one run points at the same simulated server.
func TestRunSimulates(t *testing.T) {
	r := runner{out: &bytes.Buffer{}, dir: t.TempDir(), simulate: true}
	if err := r.chooseProviders(); err != nil {
		t.Fatal(err)
	}
	defer r.simulated.stop()
	for range 2 {
		f, err := r.load()
		if err != nil {
			t.Fatal(err)
		}
		for name, p := range f.Providers {
			if !strings.HasPrefix(p.Endpoint, r.simulated.base) || p.Credential != nil && !strings.HasPrefix(p.Credential.Env, "SLUICE_SIMULATED_") {
				t.Errorf("provider %s: %+v", name, p)
			}
		}
		if env := strings.Join(r.simulated.env(f), " "); !strings.Contains(env, "SLUICE_SIMULATED_ANTHROPIC=simulated-anthropic") {
			t.Errorf("environment %q", env)
		}
	}
}

func TestReachable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	t.Setenv("SLUICE_TEST_KEY", "secret")
	t.Setenv("SLUICE_TEST_NO_KEY", "")
	for _, tt := range []struct {
		name string
		p    config.Provider
		want bool
	}{
		{"listens", config.Provider{Endpoint: "http://" + l.Addr().String() + "/v1"}, true},
		{"does not listen", config.Provider{Endpoint: "http://" + closedAddress()}, false},
		{"key", config.Provider{Credential: &config.Credential{Env: "SLUICE_TEST_KEY"}}, true},
		{"no key", config.Provider{Credential: &config.Credential{Env: "SLUICE_TEST_NO_KEY"}}, false},
		{"key file", config.Provider{Credential: &config.Credential{File: "/key"}}, true},
	} {
		if got := reachable(tt.p); got != tt.want {
			t.Errorf("%s: %t", tt.name, got)
		}
	}
}

func TestContainerMemory(t *testing.T) {
	path := written(t, "memory.max", "536870912\n")
	if got := containerMemory(path); got != 512<<20 {
		t.Errorf("a limit of 512 MiB is read as %d", got)
	}
	if err := os.WriteFile(path, []byte("max\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := containerMemory(path) + containerMemory(path+".missing"); got != 0 {
		t.Errorf("no limit is read as %d", got)
	}
}

func TestVersion(t *testing.T) {
	out, _, err := run(t, "", "version")
	if err != nil || !strings.HasPrefix(out, "sluice ") || !strings.Contains(out, "\ngo go1.") || !strings.Contains(out, "\nenvoy 1.") {
		t.Errorf("%v: %s", err, out)
	}
}
