package llmapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"sluice/routing"
)

// ErrNoModel is the error of [ModelList] for a path that names no model.
var ErrNoModel = errors.New("no such model; GET /v1/models lists those there are")

// maxPage is the largest page that Anthropic's API lets a client ask for.
const maxPage = 1000

// ModelList returns the body that answers a GET of path, /v1/models or one model below it,
// in the shape of the format. names are all models that clients may name, in the order in
// which to list them.
//
// The query of Anthropic's format chooses a page (limit, after_id, before_id); without limit
// the page has everything. OpenAI's list has no pages, so its query is ignored. The error is
// [ErrNoModel], or says what is wrong with the query.
func ModelList(format routing.Format, path string, names []string) ([]byte, error) {
	path, query, _ := strings.Cut(path, "?")
	if path = strings.TrimSuffix(path, "/"); path == "/v1/models" {
		if format == routing.Anthropic {
			return anthropicPage(query, names)
		}
		return openAIPage(names), nil
	}
	name, below := strings.CutPrefix(path, "/v1/models/")
	name, err := url.PathUnescape(name)
	if !below || err != nil || !slices.Contains(names, name) {
		return nil, ErrNoModel
	}
	return encoded(modelEntry(format, name)), nil
}

func openAIPage(names []string) []byte {
	return encoded(map[string]any{"object": "list", "data": modelEntries(routing.OpenAI, names)})
}

func anthropicPage(query string, names []string) ([]byte, error) {
	asked, err := url.ParseQuery(query)
	if err != nil {
		return nil, errors.New("the query cannot be read")
	}
	limit := len(names)
	if text := asked.Get("limit"); text != "" {
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > maxPage {
			return nil, fmt.Errorf("limit: expected 1 to %d", maxPage)
		}
	}
	after, before := asked.Get("after_id"), asked.Get("before_id")
	if after != "" && before != "" {
		return nil, errors.New("expected after_id or before_id, not both")
	}
	rest := names
	if after != "" {
		at := slices.Index(names, after)
		if at < 0 {
			return nil, errors.New("after_id: no such model")
		}
		rest = names[at+1:]
	}
	if before != "" {
		at := slices.Index(names, before)
		if at < 0 {
			return nil, errors.New("before_id: no such model")
		}
		rest = names[:at]
	}
	more := len(rest) > limit
	switch {
	case more && before != "":
		rest = rest[len(rest)-limit:]
	case more:
		rest = rest[:limit]
	}
	page := map[string]any{"data": modelEntries(routing.Anthropic, rest), "has_more": more, "first_id": nil, "last_id": nil}
	if len(rest) > 0 {
		page["first_id"], page["last_id"] = rest[0], rest[len(rest)-1]
	}
	return encoded(page), nil
}

func modelEntries(format routing.Format, names []string) []map[string]any {
	entries := make([]map[string]any, len(names))
	for i, name := range names {
		entries[i] = modelEntry(format, name)
	}
	return entries
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
