package e2e

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// A biller is a provider whose answers are as long as they may be, and that adds up what it bills.
type biller struct {
	longest int // tokens of an answer without a limit
	mu      sync.Mutex
	most    int // tokens of the longest request
	sum     int // of all
}

func (b *biller) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		MaxTokens       int `json:"max_tokens"`
		MaxOutputTokens int `json:"max_output_tokens"`
		N               int
	}
	body, err := io.ReadAll(r.Body)
	if err != nil || json.Unmarshal(body, &asked) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	time.Sleep(300 * time.Millisecond) // so that requests at once are in progress at once
	responses := strings.HasSuffix(r.URL.Path, "/responses")
	if responses {
		asked.MaxTokens = asked.MaxOutputTokens
	}
	n := cmp.Or(asked.MaxTokens, b.longest) * max(asked.N, 1)
	b.mu.Lock()
	b.sum, b.most = b.sum+n, max(b.most, n)
	b.mu.Unlock()
	w.Header().Set("content-type", "application/json")
	if responses {
		_, _ = fmt.Fprintf(w, `{"id":"r","object":"response","status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":"Rivers flow to the sea, mostly."}]}],`+
			`"usage":{"input_tokens":20,"output_tokens":%d,"total_tokens":%d}}`, n, n+20)
		return
	}
	_, _ = fmt.Fprintf(w, `{"id":"c","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Rivers flow to the sea, mostly."},"finish_reason":"stop"}],`+
		`"usage":{"prompt_tokens":20,"completion_tokens":%d,"total_tokens":%d}}`, n, n+20)
}

// TestBillStaysWithinTheBudget: of 300 clients at once, whatever their requests may cost, the
// provider bills no more than the budget and one request. What is refused because of them may be
// asked again; once they have ended, nothing is reserved.
func TestBillStaysWithinTheBudget(t *testing.T) {
	const clients, limit, perToken = 300, 0.5, 20e-6
	const responsesLimit = "max_output_tokens 16000"
	for _, tt := range []struct{ name, fields string }{
		{"max_tokens 16000", `,"max_tokens":16000`},
		{"n 20", `,"max_tokens":600,"n":20`},
		{"no limit", ``},
		{"the limit of another API", `,"max_tokens":16000,"max_output_tokens":1`},
		{responsesLimit, `,"max_output_tokens":16000`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := &biller{longest: 8000}
			provider := httptest.NewServer(b)
			t.Cleanup(provider.Close)
			s := startStack(t, append([]string{
				`"http://LOCAL/v1"`, `"` + provider.URL + `/v1"`,
				"min_confidence: 0.8, capabilities", "max_output: 8000, price: {input: 0, output: 20}, capabilities",
				"format: [openai, anthropic], credential", "format: [openai, anthropic, responses], credential",
			}, limited(limit, "memory")...)...)
			served, busy := 0, 0
			url, bodyOf := s.chat(), chatBody
			if tt.name == responsesLimit {
				url, bodyOf = s.responses(), responsesBody
			}
			for _, r := range crowd(t, url, clients, func(i int) string {
				return bodyOf(fmt.Sprintf("Tell me about river number %d.", i), tt.fields)
			}) {
				switch {
				case r.err == nil && r.status == 200:
					served++
				case r.err == nil:
					expectRefused(t, r)
					if strings.Contains(string(r.body), "in progress") && r.header.Get("retry-after") == "1" {
						busy++
					}
				default:
					t.Fatal(r.err)
				}
			}
			bill, one := float64(b.sum)*perToken, float64(b.most)*perToken
			if bill > limit+one {
				t.Errorf("the provider bills $%.3f, more than the budget of $%v and one request of $%.3f", bill, limit, one)
			}
			if served == 0 || busy == 0 {
				t.Errorf("%d were served, %d told to ask again; want some of each", served, busy)
			}
			eventually(t, func() error {
				if got := budgetOf(t, s.sluice); got.Reserved != 0 || !nearly(got.Spent, bill, served) {
					return fmt.Errorf("the books say %+v, the provider $%v", got, bill)
				}
				return nil
			})
			t.Logf("%d of %d served, %d told to ask again: the provider bills $%.3f of $%v, $%.3f for the dearest", served, clients, busy, bill, limit, one)
		})
	}
}
