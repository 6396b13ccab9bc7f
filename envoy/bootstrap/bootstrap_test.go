package bootstrap

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"flag"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sluice/routing/config"
)

var update = flag.Bool("update", false, "write the golden files")

// sentinel is what must never be seen in anything that is rendered.
const sentinel = "sk-sentinel-7f3a"

// jwks holds the public key that everything.yaml names.
const jwks = "testdata/jwks.json"

func load(t *testing.T, name string) *config.File {
	t.Helper()
	f, _, err := config.LoadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func render(t *testing.T, f *config.File, o Options) *Rendered {
	t.Helper()
	rt, err := config.Build(f)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Render(f, rt.Router.Models(), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := lint(r.Bootstrap); err != nil {
		t.Errorf("mistakes that Envoy would accept: %v", err)
	}
	return r
}

func configurations(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no configurations in testdata: %v", err)
	}
	names := make([]string, len(paths))
	for i, p := range paths {
		names[i] = filepath.Base(p)
	}
	return names
}

// TestGolden compares what is rendered with testdata, file by file, and has the real
// Envoy read it.
func TestGolden(t *testing.T) {
	for _, name := range configurations(t) {
		t.Run(name, func(t *testing.T) {
			r := render(t, load(t, name), Options{SecretsDir: "secrets"})
			text, err := r.YAML()
			if err != nil {
				t.Fatal(err)
			}
			folder := filepath.Join("testdata", strings.TrimSuffix(name, ".yaml"))
			golden(t, filepath.Join(folder, "envoy.yaml"), text)
			for file, content := range r.Files {
				golden(t, filepath.Join(folder, file), content)
			}
			if kept, err := os.ReadDir(folder); err != nil || len(kept) != 1+len(r.Files) {
				t.Errorf("%s holds %d files (%v); expected %d", folder, len(kept), err, 1+len(r.Files))
			}
			envoyAccepts(t, folder)
		})
	}
}

// TestDefault has the real Envoy read the built-in configuration.
func TestDefault(t *testing.T) {
	folder := t.TempDir()
	f := config.Default()
	for name, p := range f.Providers {
		if p.Credential != nil {
			p.Credential.Env = "SLUICE_TEST_KEY"
			f.Providers[name] = p
		}
	}
	f.Envoy.CA = "ca.pem"
	text, err := render(t, f, Options{}).YAML()
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(folder, "envoy.yaml"), text)
	envoyAccepts(t, folder)
}

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		write(t, path, got)
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; run go test ./envoy/bootstrap -update", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// envoyAccepts copies what was rendered to a folder with the keys and authorities that
// it refers to, and starts Envoy there to validate it.
func envoyAccepts(t *testing.T, folder string) {
	t.Helper()
	dir := t.TempDir()
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		content := read(t, filepath.Join(folder, f.Name()))
		to := filepath.Join(dir, "secrets", f.Name())
		if f.Name() == "envoy.yaml" {
			to = filepath.Join(dir, f.Name())
		}
		write(t, to, content)
	}
	write(t, filepath.Join(dir, "keys", "anthropic.key"), []byte(sentinel))
	write(t, filepath.Join(dir, "keys", "odd.key"), []byte(sentinel))
	write(t, filepath.Join(dir, "ca.pem"), authority(t))
	write(t, filepath.Join(dir, jwks), read(t, jwks))

	cmd := exec.Command(findEnvoy(t), "--mode", "validate", "-c", "envoy.yaml", "-l", "warning")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "SLUICE_TEST_KEY="+sentinel)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("envoy --mode validate: %v\n%s", err, out)
	}
	if bytes.Contains(out, []byte("Deprecated field")) {
		t.Errorf("Envoy warns:\n%s", out)
	}
}

func findEnvoy(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("ENVOY"); path != "" {
		return path
	}
	if path, err := exec.LookPath("envoy"); err == nil {
		return path
	}
	cached, err := filepath.Abs("../../.cache/envoy/bin/envoy")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(cached); err != nil {
		t.Fatalf("no Envoy: set $ENVOY, put envoy in PATH, or run `make envoy` for %s", cached)
	}
	return cached
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

// authority returns a certificate that can stand for a file of trusted authorities.
func authority(t *testing.T) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func TestNoKeyIsRendered(t *testing.T) {
	t.Setenv("SLUICE_TEST_KEY", sentinel)
	t.Chdir(testFolder(t))
	write(t, "keys/anthropic.key", []byte(sentinel))
	write(t, "keys/odd.key", []byte(sentinel))
	for _, name := range configurations(t) {
		r := render(t, load(t, name), Options{SecretsDir: "secrets"})
		text, err := r.JSON()
		if err != nil {
			t.Fatal(err)
		}
		for _, content := range r.Files {
			text = append(text, content...)
		}
		if bytes.Contains(text, []byte(sentinel)) {
			t.Errorf("%s: a key is in the rendered configuration", name)
		}
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// testFolder is a scratch folder with a copy of the configurations.
func testFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range configurations(t) {
		write(t, filepath.Join(dir, "testdata", name), read(t, filepath.Join("testdata", name)))
	}
	write(t, filepath.Join(dir, jwks), read(t, jwks))
	return dir
}

func TestRenderIsStable(t *testing.T) {
	f := load(t, "everything.yaml")
	first, err := render(t, f, Options{}).JSON()
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		again, err := render(t, f, Options{}).JSON()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(first), string(again)); diff != "" {
			t.Fatalf("rendered twice (-first +again):\n%s", diff)
		}
	}
	if !json.Valid(first) {
		t.Error("not JSON")
	}
}

func TestOptions(t *testing.T) {
	r := render(t, load(t, "everything.yaml"), Options{
		Listen: "127.0.0.1:0", Processor: "unix:/tmp/s.sock", Admin: "unix:/tmp/admin.sock", AccessLog: "off", SecretsDir: "/run/x",
	})
	text, err := r.YAML()
	if err != nil {
		t.Fatal(err)
	}
	b := r.Bootstrap
	if got := b.GetStaticResources().GetListeners()[0].GetAddress().GetSocketAddress(); got.GetAddress() != "127.0.0.1" || got.GetPortValue() != 0 {
		t.Errorf("listener at %v", got)
	}
	if got := b.GetAdmin().GetAddress().GetPipe().GetPath(); got != "/tmp/admin.sock" {
		t.Errorf("admin at %q", got)
	}
	for want, there := range map[string]bool{
		"path: /tmp/s.sock": true, "path: /run/x/credential-anthropic.json": true,
		"access.log": false, "sluice.llm.svc": false, "9901": false,
	} {
		if bytes.Contains(text, []byte(want)) != there {
			t.Errorf("%q in the rendered configuration: %v, want %v", want, !there, there)
		}
	}
}

func TestRenderRefuses(t *testing.T) {
	for _, tt := range []struct {
		name string
		o    Options
		edit func(*config.File)
		want string
	}{
		{"address without a port", Options{Listen: "localhost"}, nil, `listen: "localhost" is not an address; expected host:port or unix:/path`},
		{"port out of range", Options{Processor: "sluice:70000"}, nil, `processor: "sluice:70000" is not an address; expected host:port or unix:/path`},
		{"socket without a path", Options{Admin: "unix:"}, nil, `envoy.admin: "unix:" is not an address; expected unix:/path`},
		{"provider is gone", Options{}, func(f *config.File) { delete(f.Providers, "vllm") }, `model "llama": provider "vllm" is not in the configuration`},
		{"model named like the cluster of Sluice", Options{}, func(f *config.File) { f.Models[0].Name = "sluice" }, `two clusters are called "sluice"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := load(t, "everything.yaml")
			if tt.name == "model named like the cluster of Sluice" {
				tt.edit(f)
			}
			rt, err := config.Build(f)
			if err != nil {
				t.Fatal(err)
			}
			if tt.edit != nil {
				tt.edit(f)
			}
			r, err := Render(f, rt.Router.Models(), tt.o)
			if err == nil || !strings.Contains(err.Error(), tt.want) || r != nil {
				t.Errorf("got %v, %v; want an error with %q", r, err, tt.want)
			}
		})
	}
}
