package bootstrap

import (
	"cmp"
	"fmt"
	"net/url"
	"path/filepath"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	injectorv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/credential_injector/v3"
	genericv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/http/injected_credentials/generic/v3"
	tlsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	discoveryv3 "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/protobuf/types/known/anypb"

	"sluice/routing"
	"sluice/routing/config"
)

// injector adds the provider's key, from the environment or by SDS.
func (r *renderer) injector(name string, p config.Provider) *injectorv3.CredentialInjector {
	secret := &tlsv3.SdsSecretConfig{Name: secretName(name)}
	if key := p.Credential.File; key != "" {
		secret.SdsConfig = &corev3.ConfigSource{
			ResourceApiVersion: corev3.ApiVersion_V3,
			ConfigSourceSpecifier: &corev3.ConfigSource_PathConfigSource{PathConfigSource: &corev3.PathConfigSource{
				Path: filepath.Join(r.options.SecretsDir, secretFile(name)),
				// A key is replaced by renaming a new file over the old one, as Kubernetes does.
				WatchedDirectory: &corev3.WatchedDirectory{Path: filepath.Dir(key)},
			}},
		}
	}
	return &injectorv3.CredentialInjector{
		Overwrite: true,
		Credential: &corev3.TypedExtensionConfig{
			Name: "envoy.http.injected_credentials.generic",
			TypedConfig: packed(&genericv3.Generic{
				Credential:        secret,
				Header:            credentialHeader(p),
				HeaderValuePrefix: credentialPrefix(p),
			}),
		},
	}
}

// secrets returns those that Envoy takes from its environment. For keys in files it adds the
// files that Envoy watches to r.files.
func (r *renderer) secrets() ([]*tlsv3.Secret, error) {
	var static []*tlsv3.Secret
	for _, name := range sorted(r.file.Providers) {
		k := r.file.Providers[name].Credential
		switch {
		case k == nil:
		case k.File == "":
			static = append(static, secret(name, &corev3.DataSource{
				Specifier: &corev3.DataSource_EnvironmentVariable{EnvironmentVariable: k.Env},
			}))
		default:
			text, err := marshal(&discoveryv3.DiscoveryResponse{Resources: []*anypb.Any{packed(
				secret(name, &corev3.DataSource{Specifier: &corev3.DataSource_Filename{Filename: k.File}}),
			)}})
			if err != nil {
				return nil, fmt.Errorf("secret of provider %q: %w", name, err)
			}
			r.files[secretFile(name)] = text
		}
	}
	return static, nil
}

func secret(provider string, from *corev3.DataSource) *tlsv3.Secret {
	return &tlsv3.Secret{
		Name: secretName(provider),
		Type: &tlsv3.Secret_GenericSecret{GenericSecret: &tlsv3.GenericSecret{Secret: from}},
	}
}

func secretName(provider string) string { return "credential." + provider }

// secretFile is a file name without separators for any provider name.
func secretFile(provider string) string { return "credential-" + url.PathEscape(provider) + ".json" }

// credentialHeader is the header that carries the provider's key.
func credentialHeader(p config.Provider) string {
	header := "authorization"
	if len(p.Format) > 0 && p.Format[0] == routing.Anthropic.String() {
		header = "x-api-key"
	}
	return cmp.Or(p.Credential.Header, header)
}

func credentialPrefix(p config.Provider) string {
	switch {
	case p.Credential.Prefix != nil:
		return *p.Credential.Prefix
	case credentialHeader(p) == "authorization":
		return "Bearer "
	}
	return ""
}
