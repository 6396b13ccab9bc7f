package llmapi

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sluice/routing"
	"sluice/routing/agent/agenttest"
	"sluice/routing/llmapi/jsonscan"
	"sluice/routing/tokens"
)

// capturedBodies returns the bodies that real clients have sent.
func capturedBodies(tb testing.TB) map[string][]byte {
	tb.Helper()
	paths, err := filepath.Glob("../../../shared/captures/*.json")
	if err != nil {
		tb.Fatal(err)
	}
	bodies := make(map[string][]byte)
	for _, path := range paths {
		file, err := os.ReadFile(path)
		if err != nil {
			tb.Fatal(err)
		}
		bodies[filepath.Base(path)] = file
		var capture struct{ Body json.RawMessage }
		if json.Unmarshal(file, &capture) == nil && len(capture.Body) > 0 {
			bodies[filepath.Base(path)] = capture.Body
		}
	}
	return bodies
}

// checkLayout compares what one scan of the body gives with what separate readings of it give:
// the estimate of the tokens, the members, and the addresses by encoding/json.
func checkLayout(t *testing.T, api routing.API, body []byte) (routing.Request, bool) {
	t.Helper()
	req, err := Read(api, body)
	if err != nil {
		return req, false
	}
	if want := tokens.EstimateBody(body); req.Tokens != want {
		t.Fatalf("%d tokens, want %d", req.Tokens, want)
	}
	l := &req.Layout
	if !api.Routed() {
		if l.Members != nil || l.Texts != nil || l.Remote {
			t.Fatalf("a layout of what is not routed: %+v", l)
		}
		return req, true
	}
	fields, err := jsonscan.Fields(body, nil)
	same := func(m routing.Member, f jsonscan.Field) bool {
		return bytes.Equal(m.Key, f.Key) && bytes.Equal(m.Value, f.Value)
	}
	if !slices.EqualFunc(l.Members, fields, same) {
		t.Fatalf("members %q, want %q", l.Members, fields)
	}
	if err != nil { // too many members
		return req, true
	}
	var messages any
	if api == routing.OpenAIResponses {
		_ = json.Unmarshal(members(body)["input"], &messages)
		if text, ok := messages.(string); ok {
			messages = []any{map[string]any{"role": "user", "content": text}}
		}
	} else {
		_ = json.Unmarshal(members(body)["messages"], &messages) // valid, or missing
	}
	if want := showsAddress(messages); l.Remote != want {
		t.Fatalf("remote is %t, want %t", l.Remote, want)
	}
	var texts []string
	for _, span := range l.Texts {
		raw := body[span.Start-1 : span.End+1]
		if raw[0] != '"' || raw[len(raw)-1] != '"' {
			t.Fatalf("the place of a text holds %s", raw)
		}
		texts = append(texts, stringOf(raw))
	}
	if want := plainTexts(messages); !slices.Equal(texts, want) {
		t.Fatalf("texts %q, want %q", texts, want)
	}
	return req, true
}

// showsAddress is the rule of Layout.Remote over what encoding/json decodes. Of a member given
// twice it sees the last one only, so callers leave such bodies out.
func showsAddress(value any) bool {
	return search(value, func(key string, value any) bool {
		address, ok := value.(string)
		return ok && strings.HasSuffix(key, "url") && !strings.HasPrefix(strings.ToLower(address), "data:")
	})
}

// hasBreakpoint reports whether there is a cache breakpoint where contents are.
func hasBreakpoint(value any) bool {
	return search(value, func(key string, _ any) bool { return key == "cache_control" })
}

// search reports whether a member is found where contents and their sources are.
func search(value any, found func(key string, value any) bool) bool {
	switch value := value.(type) {
	case []any:
		return slices.ContainsFunc(value, func(v any) bool { return search(v, found) })
	case map[string]any:
		for key, v := range value {
			switch key {
			case "content", "output", "source", "file", "document", "url", "image_url", "file_url", "video_url", "audio_url":
				if found(key, v) || search(v, found) {
					return true
				}
			case "cache_control":
				if found(key, v) {
					return true
				}
			}
		}
	}
	return false
}

// plainTexts is the rule of Layout.Texts, told in the same way.
func plainTexts(messages any) (texts []string) {
	list, _ := messages.([]any)
	for _, m := range list {
		cached := hasBreakpoint(m)
		if cached {
			texts = nil
		}
		m, _ := m.(map[string]any)
		if m["role"] != "user" {
			continue
		}
		texts = nil
		if cached {
			continue
		}
		switch content := m["content"].(type) {
		case string:
			texts = append(texts, content)
		case []any:
			for _, b := range content {
				b, _ := b.(map[string]any)
				if text, ok := b["text"].(string); ok && len(b) == 2 && b["type"] == "text" {
					texts = append(texts, text)
				}
			}
		}
	}
	return texts
}

func TestLayout(t *testing.T) {
	const body = ` { "model" : "auto", "\u006e":1.50 ,"x":[ {} ],"messages":[
		{"role":"user","content":"first"},
		{"role":"assistant","content":"answer"},
		{"role":"user","content":[{"type":"text","text":"a\nb"},{"type":"image_url","image_url":{"url":"https://example.com"}},{"text":"c","type":"text"},{"type":"text","text":"d","x":1}]}
	],"x":2}`
	req, ok := checkLayout(t, routing.OpenAIChat, []byte(body))
	if !ok || !req.Layout.Remote || len(req.Layout.Members) != 5 || string(req.Layout.Members[1].Key) != "n" || len(req.Layout.Texts) != 2 {
		t.Errorf("got %t, %+v", ok, req.Layout)
	}
	many := []byte(`{"model":"auto","messages":[],` + strings.Repeat(`"x":1,`, jsonscan.MaxFields) + `"y":1}`)
	if req, ok := checkLayout(t, routing.OpenAIChat, many); !ok || req.Layout.Members != nil {
		t.Errorf("%d members of a body with too many", len(req.Layout.Members))
	}
}

func TestLayoutOfRealBodies(t *testing.T) {
	bodies := capturedBodies(t)
	for _, c := range agenttest.Cases(t) {
		bodies[c.Name] = []byte(c.Body)
	}
	for _, s := range shapes(t) {
		bodies[s.name] = s.body
	}
	read := 0
	for name, body := range bodies {
		for _, api := range []routing.API{routing.OpenAIChat, routing.AnthropicMessages, routing.OpenAIResponses} {
			t.Run(name+"/"+api.String(), func(t *testing.T) {
				if _, ok := checkLayout(t, api, body); ok {
					read++
				}
			})
		}
	}
	if read < 2*len(bodies) {
		t.Errorf("only %d bodies of %d could be read", read, len(bodies))
	}
}

func FuzzLayout(f *testing.F) {
	for _, body := range seeds() {
		f.Add([]byte(body))
	}
	for _, body := range []string{
		`{"model":"a","messages":[{"role":"user","content":[{"image_url":{"url":"http:"}}]}]}`,
		`{"model":"a","messages":[{"role":"user","content":[{"type":"document","source":{"type":"content","content":[{"url":"x","cache_control":1}]}}]}]}`,
		`{"model":"a","messages":[{"role":"tool","content":[[{"file":{"url":"DATA:x"}}]]}],"":0}`,
		`{"model":"a","messages":{"content":{"source":{"url":"x"}}}}`,
		`{"model":"a","messages":[{"content":[{"type":"tool_result","content":{"url":"x"}},{"type":"tool_use","input":{"url":"x"}}]}]}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if repeats(body) || !bytes.Equal(bytes.ToValidUTF8(body, nil), body) {
			return
		}
		for _, api := range []routing.API{routing.OpenAIChat, routing.AnthropicMessages, routing.OpenAIEmbeddings} {
			checkLayout(t, api, body)
		}
	})
}

// repeats reports whether an object in the body gives a member twice.
func repeats(body []byte) bool {
	if list := elements(body); list != nil {
		return slices.ContainsFunc(list, func(v json.RawMessage) bool { return repeats(v) })
	}
	fields, err := jsonscan.Fields(body, nil)
	return err == nil && (len(fields) != len(members(body)) ||
		slices.ContainsFunc(fields, func(f jsonscan.Field) bool { return repeats(f.Value) }))
}
