package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"sluice/cmd/sluice/simulator"
)

// A refusing provider answers with an error where the test says so, and else as a simulated
// provider does.
type refusing struct {
	mu     sync.Mutex
	refuse func(body string, w http.ResponseWriter) bool // whether it has answered
	bodies []string
}

// startRefusing returns the provider and its address.
func startRefusing(t *testing.T) (_ *refusing, address string) {
	t.Helper()
	behind := startUpstream(t, simulator.Options{})
	target, err := url.Parse("http://" + behind.address)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }, FlushInterval: -1}
	p := &refusing{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if p.refused(string(body), w) {
			return
		}
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return p, strings.TrimPrefix(s.URL, "http://")
}

func (p *refusing) refused(body string, w http.ResponseWriter) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bodies = append(p.bodies, body)
	return p.refuse != nil && p.refuse(body, w)
}

// with sets what is refused, and forgets the bodies so far.
func (p *refusing) with(refuse func(body string, w http.ResponseWriter) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuse, p.bodies = refuse, nil
}

func (p *refusing) received() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.bodies
}

func refusal(w http.ResponseWriter, status int, text string, fields ...string) bool {
	w.Header().Set("content-type", "application/json")
	for i := 0; i < len(fields); i += 2 {
		w.Header().Set(fields[i], fields[i+1])
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
	return true
}

func openAIError(message string) string {
	return `{"error":{"message":` + strconv.Quote(message) + `,"type":"invalid_request_error","param":null,"code":null}}`
}

func TestFailures(t *testing.T) {
	p, address := startRefusing(t)
	s := startStack(t, "http://LOCAL/", "http://"+address+"/", "http://OPENAI/openai/", "http://"+address+"/", "http://ANTHROPIC\"", "http://"+address+"\"")
	first := func(status int, text string, fields ...string) {
		p.with(func(body string, w http.ResponseWriter) bool {
			return strings.Contains(body, `"small"`) && refusal(w, status, text, fields...)
		})
	}
	every := func(status int, text string, fields ...string) {
		p.with(func(_ string, w http.ResponseWriter) bool { return refusal(w, status, text, fields...) })
	}
	question, messages := chatBody("Tell me about rivers.", ""), messagesBody("Tell me about rivers.", "")

	t.Run("another candidate", func(t *testing.T) {
		for reason, refuse := range map[string]func(){
			"unsupported":     func() { first(422, openAIError("messages[0].role: unknown variant `developer`")) },
			"account":         func() { first(402, openAIError("Insufficient Balance")) },
			"context_length":  func() { first(400, openAIError("exceeded model token limit: 8192 (requested: 9001)")) },
			"model_not_found": func() { first(403, openAIError("The model `x` does not exist")) },
			"redirect":        func() { first(307, "", "location", "http://127.0.0.2/steal") },
		} {
			refuse()
			expectAnswer(t, post(t, s.chat(), question), "mid", "2", reason)
			if reason == "redirect" || reason == "context_length" {
				expectAnswer(t, post(t, s.messages(), messages), "haiku", "2", reason)
			}
		}
	})
	t.Run("the client's mistake", func(t *testing.T) {
		first(400, openAIError("'messages' is a required property"))
		if r := post(t, s.chat(), question); r.status != 400 || len(p.received()) != 1 {
			t.Errorf("%d after %d attempts", r.status, len(p.received()))
		}
	})
	t.Run("redirects to nowhere", func(t *testing.T) {
		every(302, "", "location", "http://127.0.0.2/steal", "set-cookie", "a=b")
		for _, body := range []string{question, strings.Replace(question, "auto", "small", 1)} {
			if r := post(t, s.chat(), body); r.status != 502 || r.header.Get("location") != "" || r.header.Get("set-cookie") != "" || !strings.Contains(string(r.body), "redirect") {
				t.Errorf("%d %v %s", r.status, r.header, r.body)
			}
		}
	})
	t.Run("too long for all", func(t *testing.T) {
		every(400, openAIError("exceeded model token limit: 8192 (requested: 9001)"))
		var shape struct {
			Error struct{ Type, Code, Message string }
		}
		r := post(t, s.messages(), messages)
		if err := json.Unmarshal(r.body, &shape); err != nil || r.status != 400 || shape.Error.Type != "invalid_request_error" || shape.Error.Message != "prompt is too long: 9001 tokens > 8192 maximum" {
			t.Errorf("%d %s", r.status, r.body)
		}
		r = post(t, s.chat(), question)
		if err := json.Unmarshal(r.body, &shape); err != nil || r.status != 400 || shape.Error.Code != "context_length_exceeded" {
			t.Errorf("%d %s", r.status, r.body)
		}
	})
	t.Run("all busy", func(t *testing.T) {
		p.with(func(body string, w http.ResponseWriter) bool {
			if strings.Contains(body, `"small"`) {
				return refusal(w, 429, "{}", "retry-after", "30")
			}
			return refusal(w, 529, `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`, "retry-after", "5", "x-should-retry", "true")
		})
		r := post(t, s.messages(), messages)
		if r.status != 529 || r.header.Get("retry-after") != "5" || r.header.Get("retry-after-ms") == "" || r.header.Get("x-should-retry") != "" || !strings.Contains(string(r.body), `"overloaded_error"`) {
			t.Errorf("%d %v %s", r.status, r.header, r.body)
		}
	})
	t.Run("an attempt that Envoy adds", func(t *testing.T) {
		p.with(func(_ string, _ http.ResponseWriter) bool {
			panic(http.ErrAbortHandler) // the connection breaks off
		})
		r := post(t, s.chat(), chatBody("Tell me about rivers.", `,"stream":true`))
		if r.status != 502 || r.header.Get("x-sluice-attempts") != "3" || r.header.Get("x-sluice-escalation") != "unreachable,unreachable,unreachable" ||
			r.header.Get("x-should-retry") != "false" || len(p.received()) != 3 {
			t.Errorf("%d %v %s after %d attempts", r.status, r.header, r.body, len(p.received()))
		}
	})
	t.Run("a field of Sluice's own", func(t *testing.T) {
		stream := chatBody("Tell me about rivers.", `,"stream":true`)
		refuse := func(body string, w http.ResponseWriter) bool {
			return strings.Contains(body, `"small"`) && strings.Contains(body, "stream_options") && refusal(w, 400, openAIError("property 'stream_options' is unsupported"))
		}
		p.with(refuse)
		r := post(t, s.chat(), stream)
		if r.status != 200 || r.header.Get("x-sluice-model") != "small" || r.header.Get("x-sluice-attempts") != "2" || r.header.Get("x-sluice-escalation") != "unsupported" {
			t.Errorf("%d %v", r.status, r.header)
		}
		p.with(refuse)
		r = post(t, s.chat(), stream)
		if r.status != 200 || r.header.Get("x-sluice-attempts") != "1" || len(p.received()) != 1 {
			t.Errorf("later: %d %v", r.status, r.header)
		}
	})
}
