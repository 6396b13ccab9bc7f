package header

import "strings"

// Forwarded are the request headers of clients that providers get; a name that ends in * stands
// for all that begin with it. Every other header stays here: a client's keys, whatever they are
// called, who forwarded the request, and what an operator's own filters added. An operator may
// add names (envoy.forward_headers).
var Forwarded = []string{
	// HTTP itself; not content-encoding, since bodies go on decoded.
	"accept", "accept-encoding", "accept-language", "content-length", "content-type",
	"te", "transfer-encoding", "user-agent",
	// The providers' APIs.
	"anthropic-beta", "anthropic-dangerous-direct-browser-access", "anthropic-version", "http-referer", "idempotency-key",
	"openai-beta", "x-client-request-id", "x-title",
	// SDKs and agents: what they are, and which conversation a request belongs to.
	"originator", "session-id", "session_id", "thread-id", "version", "x-app", "x-claude-code-*", "x-codex-*", "x-openai-subagent",
	"x-parent-session-id", "x-session-affinity", "x-session-id", "x-stainless-*",
	// Traces (https://www.w3.org/TR/trace-context/).
	"traceparent", "tracestate",
}

// Forwards reports whether providers get the request header, whose name is in lower case. more
// are names that the operator allows.
func Forwards(name string, more []string) bool {
	for _, names := range [...][]string{Forwarded, more} {
		for _, n := range names {
			if prefix, ok := strings.CutSuffix(n, "*"); n == name || ok && strings.HasPrefix(name, prefix) {
				return true
			}
		}
	}
	return false
}
