package llmapi

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/routing"
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
		{"empty", routing.OpenAI, "/v1/models/", names, ``},
		{"bad escape", routing.OpenAI, "/v1/models/%zz", []string{"%zz", ""}, ``},
		{"another path", routing.OpenAI, "auto", names, ``},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := ModelList(c.format, c.path, c.names)
			if ok != (c.want != "") {
				t.Fatalf("found: %t", ok)
			}
			if !ok {
				return
			}
			if diff := cmp.Diff(decode(t, []byte(c.want)), decode(t, got)); diff != "" {
				t.Errorf("want against got: %s", diff)
			}
		})
	}
}
