package app

import (
	"mime"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Bounds of the admin API.
const (
	maxAdminConnections = 128
	maxAdminHeader      = 16 << 10         // bytes
	adminReadTimeout    = 10 * time.Second // of a whole request
	adminWriteTimeout   = 60 * time.Second // from the end of a request's header to that of the answer
	adminIdleTimeout    = 60 * time.Second
)

// guard rejects what a page in an operator's browser could send to an API without a password:
// requests under a host name of the page's own that resolves to the admin address (DNS
// rebinding), changes that another origin asks for, and changes whose body is not declared as
// JSON, since a browser sends those without a preflight. hosts returns the host names that
// reach the API besides IP addresses and localhost.
func guard(hosts func() []string, next http.Handler) http.Handler {
	sameOrigin := http.NewCrossOriginProtection()
	sameOrigin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		writeError(w, http.StatusForbidden, "a page of another origin must not call the admin API")
	}))
	next = sameOrigin.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("x-content-type-options", "nosniff")
		host := hostName(r.Host)
		if !isAddress(host) && !strings.EqualFold(host, "localhost") &&
			!slices.ContainsFunc(hosts(), func(h string) bool { return strings.EqualFold(h, host) }) {
			writeError(w, http.StatusForbidden, "unknown host "+strconv.Quote(host)+"; expected an IP address, localhost or a name in admin_hosts of the configuration")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// requireJSON rejects requests whose body is not declared as JSON.
func requireJSON(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if kind, _, err := mime.ParseMediaType(r.Header.Get("content-type")); err != nil || kind != "application/json" {
			writeError(w, http.StatusUnsupportedMediaType, "expected content-type: application/json")
			return
		}
		next(w, r)
	}
}

// hostName returns the host of a Host header, without the port.
func hostName(header string) string {
	if host, _, err := net.SplitHostPort(header); err == nil {
		return host
	}
	return strings.TrimSuffix(strings.TrimPrefix(header, "["), "]")
}

func isAddress(host string) bool {
	host, _, _ = strings.Cut(host, "%") // an IPv6 zone
	return net.ParseIP(host) != nil
}
