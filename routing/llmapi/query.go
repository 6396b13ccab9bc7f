package llmapi

import (
	"net/url"
	"slices"
	"strings"
)

// QueryKeys are the parameters of a request's query that providers get. Every other one stays
// here, since clients may put a key there.
var QueryKeys = []string{"api-version", "beta"}

// ForwardedPath returns the path of a request as a provider gets it: with those parameters of
// the query that are in [QueryKeys], as the client wrote them.
func ForwardedPath(path string) string {
	path, _, _ = strings.Cut(path, "#")
	path, query, found := strings.Cut(path, "?")
	if !found {
		return path
	}
	var kept []string
	for part := range strings.SplitSeq(query, "&") {
		key, _, _ := strings.Cut(part, "=")
		if name, err := url.QueryUnescape(key); err == nil && slices.Contains(QueryKeys, name) {
			kept = append(kept, part)
		}
	}
	if len(kept) == 0 {
		return path
	}
	return path + "?" + strings.Join(kept, "&")
}
