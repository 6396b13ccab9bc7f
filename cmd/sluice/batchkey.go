package main

import (
	"bytes"
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"sluice/routing"
	"sluice/routing/config"
	"sluice/routing/offline/batch"
)

// endpoints returns how the providers of the configuration are reached. Keys are read when they
// are needed, from this process's environment or from their file, and are sent only to the
// provider.
func endpoints(rt *config.Runtime) batch.Endpoints {
	clients := make(map[string]*http.Client)
	return func(name string) (*batch.Endpoint, error) {
		p, ok := rt.File.Providers[name]
		if !ok || len(p.Format) == 0 {
			return nil, fmt.Errorf("provider %q is not configured", name)
		}
		if clients[name] == nil {
			c, err := providerClient(&p, cmp.Or(p.CA, rt.File.Envoy.CA))
			if err != nil {
				return nil, err
			}
			clients[name] = c
		}
		e := &batch.Endpoint{Base: p.Endpoint, Format: p.Format[0], Client: clients[name]}
		if k := p.Credential; k != nil {
			secret, err := readKey(k)
			if err != nil {
				return nil, err
			}
			e.Header = cmp.Or(k.Header, map[bool]string{true: "x-api-key", false: "authorization"}[e.Format == routing.Anthropic.String()])
			e.Key = secret
			switch {
			case k.Prefix != nil:
				e.Key = *k.Prefix + secret
			case e.Header == "authorization":
				e.Key = "Bearer " + secret
			}
		}
		return e, nil
	}
}

// readKey reads a key from the environment variable or file that the configuration names.
func readKey(k *config.Credential) (string, error) {
	if k.File == "" {
		if secret := os.Getenv(k.Env); secret != "" {
			return secret, nil
		}
		return "", fmt.Errorf("the environment variable %s is empty; expected the provider's key", k.Env)
	}
	text, err := os.ReadFile(k.File)
	if err != nil {
		return "", err
	}
	if text = bytes.TrimSpace(text); len(text) == 0 {
		return "", fmt.Errorf("%s is empty; expected the provider's key", k.File)
	}
	return string(text), nil
}

// providerClient returns a client with the protocol that Envoy uses for the provider. It trusts
// the authorities in the file ca.
func providerClient(p *config.Provider, ca string) (*http.Client, error) {
	t := &http.Transport{Proxy: http.ProxyFromEnvironment, IdleConnTimeout: time.Minute}
	if !strings.HasPrefix(p.Endpoint, "https:") {
		if p.HTTP2 {
			t.Protocols = new(http.Protocols)
			t.Protocols.SetUnencryptedHTTP2(true)
		}
		return &http.Client{Transport: t}, nil
	}
	pem, err := os.ReadFile(ca)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s has no certificate in PEM", ca)
	}
	t.TLSClientConfig, t.ForceAttemptHTTP2 = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, true
	return &http.Client{Transport: t}, nil
}
