package llmapi

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"sluice/routing"
)

// ModelList returns the body that answers a GET of path, /v1/models or one model
// below it, in the shape of the format, and whether there is such a resource. names
// are all models that clients may name, in the order in which to list them. A query
// is ignored: everything is on the first page.
func ModelList(format routing.Format, path string, names []string) ([]byte, bool) {
	path, _, _ = strings.Cut(path, "?")
	if path == "/v1/models" {
		return modelPage(format, names), true
	}
	name, below := strings.CutPrefix(path, "/v1/models/")
	name, err := url.PathUnescape(name)
	if !below || err != nil || !slices.Contains(names, name) {
		return nil, false
	}
	return encoded(modelEntry(format, name)), true
}

func modelPage(format routing.Format, names []string) []byte {
	entries := make([]map[string]any, len(names))
	for i, name := range names {
		entries[i] = modelEntry(format, name)
	}
	if format != routing.Anthropic {
		return encoded(map[string]any{"object": "list", "data": entries})
	}
	page := map[string]any{"data": entries, "has_more": false, "first_id": nil, "last_id": nil}
	if len(names) > 0 {
		page["first_id"], page["last_id"] = names[0], names[len(names)-1]
	}
	return encoded(page)
}

// modelEntry describes one model. Sluice does not know when it was made; both APIs
// let the beginning of time stand for that.
func modelEntry(format routing.Format, name string) map[string]any {
	if format == routing.Anthropic {
		return map[string]any{"type": "model", "id": name, "display_name": name, "created_at": "1970-01-01T00:00:00Z"}
	}
	return map[string]any{"object": "model", "id": name, "created": 0, "owned_by": "sluice"}
}

// encoded returns v, which consists of strings and numbers, as JSON.
func encoded(v any) []byte {
	b, _ := json.Marshal(v)
	return b
}
