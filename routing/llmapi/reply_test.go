package llmapi

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/routing"
	"sluice/routing/llmapi/sse"
)

func decode(t *testing.T, body []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return v
}

func TestErrorBody(t *testing.T) {
	extra := map[string]any{"attempts": []any{map[string]any{"model": "m"}}, "type": "mine", "code": 1}
	for _, c := range []struct {
		name   string
		format routing.Format
		extra  map[string]any
		want   string
	}{
		{
			"OpenAI", routing.OpenAI, nil,
			`{"error":{"message":"all \"three\" failed","type":"server_error","param":null,"code":"all_tiers_failed"}}`,
		},
		{
			"OpenAI with more", routing.OpenAI, extra,
			`{"error":{"message":"all \"three\" failed","type":"server_error","param":null,"code":"all_tiers_failed","attempts":[{"model":"m"}]}}`,
		},
		{
			"Anthropic", routing.Anthropic, extra,
			`{"type":"error","error":{"type":"api_error","message":"all_tiers_failed: all \"three\" failed","code":"all_tiers_failed","attempts":[{"model":"m"}]},"request_id":"r-1"}`,
		},
		{
			"more than JSON can say", routing.Anthropic,
			map[string]any{"cost": math.NaN()},
			`{"type":"error","error":{"type":"api_error","message":"all_tiers_failed: all \"three\" failed","code":"all_tiers_failed"},"request_id":"r-1"}`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ErrorBody(c.format, 502, "all_tiers_failed", `all "three" failed`, "r-1", c.extra)
			if diff := cmp.Diff(decode(t, []byte(c.want)), decode(t, got)); diff != "" {
				t.Errorf("want against got: %s", diff)
			}
		})
	}
	if extra["type"] != "mine" {
		t.Error("the caller's map was changed")
	}
}

func TestErrorEvent(t *testing.T) {
	const object = `{"message":"too much","type":"server_error","param":null,"code":"c"}`
	for _, c := range []struct {
		api        routing.API
		name, want string
	}{
		{routing.OpenAIChat, "", `{"error":` + object + `}`},
		{routing.OpenAIResponses, "error", `{"type":"error","sequence_number":0,"code":"c","message":"too much","param":null,"error":` + object + `}`},
		{routing.AnthropicMessages, "error", `{"type":"error","error":{"type":"api_error","message":"c: too much","code":"c"},"request_id":"r-1"}`},
	} {
		n := 0
		for e := range sse.All(ErrorEvent(c.api, 502, "c", "too much", "r-1")) {
			n++
			if diff := cmp.Diff(decode(t, []byte(c.want)), decode(t, e.Data)); diff != "" || string(e.Name) != c.name {
				t.Errorf("%v: name %q, want against got: %s", c.api, e.Name, diff)
			}
		}
		if n != 1 {
			t.Errorf("%v: %d events", c.api, n)
		}
	}
}

func TestErrorTypes(t *testing.T) {
	for _, c := range []struct {
		status            int
		code              string
		openAI, anthropic string
	}{
		{400, "invalid_json", "invalid_request_error", "invalid_request_error"},
		{401, "", "invalid_request_error", "authentication_error"},
		{402, "", "insufficient_quota", "billing_error"},
		{403, "", "invalid_request_error", "permission_error"},
		{404, "", "invalid_request_error", "not_found_error"},
		{413, "", "invalid_request_error", "request_too_large"},
		{415, "", "invalid_request_error", "invalid_request_error"},
		{429, "", "rate_limit_error", "rate_limit_error"},
		{429, CodeBudgetExhausted, "insufficient_quota", "rate_limit_error"},
		{500, "", "server_error", "api_error"},
		{502, "", "server_error", "api_error"},
		{503, "", "server_error", "overloaded_error"},
		{504, "", "server_error", "timeout_error"},
		{529, "", "server_error", "overloaded_error"},
	} {
		if got := openAIType(c.status, c.code); got != c.openAI {
			t.Errorf("OpenAI %d %s: %s, want %s", c.status, c.code, got, c.openAI)
		}
		if got := anthropicType(c.status); got != c.anthropic {
			t.Errorf("Anthropic %d: %s, want %s", c.status, got, c.anthropic)
		}
	}
}

func TestModelList(t *testing.T) {
	names := []string{"auto", "sluice/auto"}
	for _, c := range []struct {
		name   string
		format routing.Format
		path   string
		names  []string
		want   string // "" for no such resource
	}{
		{
			"OpenAI", routing.OpenAI, "/v1/models", names,
			`{"object":"list","data":[{"id":"auto","object":"model","created":0,"owned_by":"sluice"},{"id":"sluice/auto","object":"model","created":0,"owned_by":"sluice"}]}`,
		},
		{
			"Anthropic", routing.Anthropic, "/v1/models?limit=1000", names,
			`{"data":[{"type":"model","id":"auto","display_name":"auto","created_at":"1970-01-01T00:00:00Z"},{"type":"model","id":"sluice/auto","display_name":"sluice/auto","created_at":"1970-01-01T00:00:00Z"}],"has_more":false,"first_id":"auto","last_id":"sluice/auto"}`,
		},
		{"OpenAI, none", routing.OpenAI, "/v1/models", nil, `{"object":"list","data":[]}`},
		{"Anthropic, none", routing.Anthropic, "/v1/models", nil, `{"data":[],"has_more":false,"first_id":null,"last_id":null}`},
		{"one", routing.OpenAI, "/v1/models/sluice/auto", names, `{"id":"sluice/auto","object":"model","created":0,"owned_by":"sluice"}`},
		{"one, escaped", routing.Anthropic, "/v1/models/sluice%2Fauto?x", names, `{"type":"model","id":"sluice/auto","display_name":"sluice/auto","created_at":"1970-01-01T00:00:00Z"}`},
		{"unknown", routing.OpenAI, "/v1/models/gpt", names, ``},
		{"a slash at the end", routing.OpenAI, "/v1/models/?limit=x", nil, `{"object":"list","data":[]}`},
		{"bad escape", routing.OpenAI, "/v1/models/%zz", []string{"%zz", ""}, ``},
		{"another path", routing.OpenAI, "auto", names, ``},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ModelList(c.format, c.path, c.names)
			if c.want == "" {
				if !errors.Is(err, ErrNoModel) || got != nil {
					t.Fatalf("%s, %v; want %v", got, err, ErrNoModel)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(decode(t, []byte(c.want)), decode(t, got)); diff != "" {
				t.Errorf("want against got: %s", diff)
			}
		})
	}
}

// TestModelPages walks through the pages of Anthropic's list in both directions.
func TestModelPages(t *testing.T) {
	names := []string{"a", "b", "c/d", "e"}
	for _, c := range []struct {
		query, ids string
		more       bool
		wantErr    string
	}{
		{"", "a b c/d e", false, ""},
		{"limit=1000", "a b c/d e", false, ""},
		{"limit=4", "a b c/d e", false, ""},
		{"limit=3", "a b c/d", true, ""},
		{"limit=3&after_id=c%2Fd", "e", false, ""},
		{"limit=1&after_id=a&beta=true", "b", true, ""},
		{"after_id=e", "", false, ""},
		{"limit=1&before_id=c/d", "b", true, ""},
		{"limit=2&before_id=c/d", "a b", false, ""},
		{"before_id=a", "", false, ""},
		{"limit=0", "", false, "limit: expected 1 to 1000"},
		{"limit=1001", "", false, "limit: expected 1 to 1000"},
		{"limit=many", "", false, "limit: expected 1 to 1000"},
		{"after_id=x", "", false, "after_id: no such model"},
		{"before_id=x", "", false, "before_id: no such model"},
		{"after_id=a&before_id=e", "", false, "expected after_id or before_id, not both"},
		{"limit=%zz", "", false, "the query cannot be read"},
	} {
		t.Run(c.query, func(t *testing.T) {
			body, err := ModelList(routing.Anthropic, "/v1/models?"+c.query, names)
			if c.wantErr != "" {
				if err == nil || err.Error() != c.wantErr || body != nil {
					t.Fatalf("%s, %v; want the error %q", body, err, c.wantErr)
				}
				return
			}
			var page struct {
				Data    []struct{ ID string }
				HasMore bool   `json:"has_more"`
				FirstID string `json:"first_id"`
				LastID  string `json:"last_id"`
			}
			if err := errors.Join(err, json.Unmarshal(body, &page)); err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, m := range page.Data {
				ids = append(ids, m.ID)
			}
			if strings.Join(ids, " ") != c.ids || page.HasMore != c.more {
				t.Errorf("%s; want %q, more: %t", body, c.ids, c.more)
			}
			if len(ids) > 0 && (page.FirstID != ids[0] || page.LastID != ids[len(ids)-1]) {
				t.Errorf("first %q, last %q of %s", page.FirstID, page.LastID, body)
			}
		})
	}
}
