package config

import "slices"

// What the configuration reads of every request. Envoy's configuration sends it.

// Headers lists the request headers by which experiments select requests, each once.
func (e Experiments) Headers() []string {
	var names []string
	for i := range e {
		if h := e[i].Enrol.Header; h != "" && !slices.Contains(names, h) {
			names = append(names, h)
		}
	}
	return names
}

// Headers lists the request headers that name the principal, each once.
func (i *Identity) Headers() []string {
	var names []string
	for _, s := range []Source{i.User, i.Team, i.Tenant} {
		if s.Header != "" && !slices.Contains(names, s.Header) {
			names = append(names, s.Header)
		}
	}
	return names
}

// Claims reports whether a name is taken from a verified token.
func (i *Identity) Claims() bool {
	return i.User.Claim != "" || i.Team.Claim != "" || i.Tenant.Claim != ""
}
