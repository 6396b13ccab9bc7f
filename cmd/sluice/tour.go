package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"text/tabwriter"
	"time"

	"sluice/routing/config"
	"sluice/routing/header"
)

// stop is one request of the tour.
type stop struct {
	title     string
	prompt    string
	anthropic bool
	stream    bool
	json      bool
	model     string // "" is routed
	simulated bool   // needs providers that fail on request
}

// itinerary returns the requests of the tour. The directives in double brackets make the
// simulated providers fail: see package simulator. They are inside a tag that agents use, so
// that they do not count as text of the person.
func itinerary(f *config.File) []stop {
	first, second := f.Routing.TierModels["budget"], f.Routing.TierModels["standard"]
	failing := func(models ...string) string {
		var text strings.Builder
		for i := 0; i+1 < len(models); i += 2 {
			fmt.Fprintf(&text, "[[%s: %s]]", models[i], models[i+1])
		}
		return " <system-reminder>" + text.String() + "</system-reminder>"
	}
	return []stop{
		{title: "a simple question", prompt: "What is the capital of Korea?"},
		{title: "code, in Korean", prompt: "이진 탐색을 하는 python 함수를 작성하고 설명해 줘"},
		{title: "analysis, Anthropic client", prompt: "Analyze and compare the causes of two recessions, and explain the reason for each.", anthropic: true},
		{title: "another model by name", prompt: "Hello there, who are you?", model: f.Models[len(f.Models)-1].Name, anthropic: true},
		{title: "the cheap model refuses", prompt: "Tell me about the tides." + failing(first, "refuse"), simulated: true},
		{title: "… in a stream", prompt: "Tell me about the tides." + failing(first, "refuse"), stream: true, simulated: true},
		{title: "… and the next one is down", prompt: "Tell me about the tides." + failing(first, "refuse", second, "503"), simulated: true},
		{title: "broken JSON", prompt: "List three colours as JSON." + failing(f.Routing.StructuredModel, "ok", "*", "broken-json"), json: true, simulated: true},
		{title: "everything is down", prompt: "Tell me about the tides." + failing("*", "503"), simulated: true},
	}
}

// tour sends a few requests through Envoy and prints what happened to each.
func tour(ctx context.Context, w io.Writer, f *config.File, simulated bool) error {
	fmt.Fprintln(w, "\nA short tour: what happened to each of these requests.")
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "\nREQUEST\tSTATUS\tMODEL\tTIER\tDOMAIN\tREASON\tATTEMPTS\tESCALATED FOR\tCOST\tTIME")
	for _, s := range itinerary(f) {
		if s.simulated && !simulated {
			continue
		}
		began := time.Now()
		res, err := s.send(ctx, f) //nolint:bodyclose // read to its end and closed by send
		if err != nil {
			return fmt.Errorf("%s: %w", s.title, err)
		}
		h := res.Header
		cost := "-"
		if v := h.Get(header.Cost); v != "" {
			cost = "$" + v
		}
		fmt.Fprintf(tw, "%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d ms\n", s.title, res.StatusCode,
			h.Get(header.Model), h.Get(header.Tier), h.Get(header.Domain), h.Get(header.Reason),
			h.Get(header.Attempts), h.Get(header.Escalation), cost, time.Since(began).Milliseconds())
	}
	return tw.Flush()
}

// send makes the call as an SDK of the format does, and reads the whole answer.
func (s *stop) send(ctx context.Context, f *config.File) (*http.Response, error) {
	model := s.model
	if model == "" {
		model = alias(f)
	}
	body := map[string]any{
		"model":    model,
		"messages": []map[string]string{{"role": "user", "content": s.prompt}},
	}
	path := "/v1/chat/completions"
	if s.anthropic {
		path, body["max_tokens"] = "/v1/messages", 1024
	}
	if s.stream {
		body["stream"] = true
	}
	if s.json {
		body["response_format"] = map[string]string{"type": "json_object"}
	}
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+dialable(f.Listen)+path, bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	req.Header.Set("content-type", "application/json")
	if s.anthropic {
		req.Header.Set("anthropic-version", "2023-06-01")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	_, err = io.Copy(io.Discard, res.Body)
	return res, err
}

// dialable turns an address to listen on into one to connect to.
func dialable(listen string) string {
	for _, any := range []string{"0.0.0.0:", "[::]:"} {
		if port, ok := strings.CutPrefix(listen, any); ok {
			return "127.0.0.1:" + port
		}
	}
	return listen
}
