package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"sluice/routing"
	"sluice/routing/header"
	"sluice/routing/offline/batch"
)

// sendTimeout bounds one request to Envoy, which has lower limits of its own.
const sendTimeout = 15 * time.Minute

// poster returns a function that sends a line through the Envoy at base, and one that closes its
// connections.
func poster(base string, concurrency int) (batch.Post, func(), error) {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" {
		return nil, nil, fmt.Errorf("--send is %q; expected a URL such as http://127.0.0.1:10000", base)
	}
	base = strings.TrimSuffix(strings.TrimRight(base, "/"), "/v1")
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConns: concurrency, MaxIdleConnsPerHost: concurrency, IdleConnTimeout: time.Minute}
	client := &http.Client{Transport: transport, Timeout: sendTimeout}
	key := os.Getenv("SLUICE_API_KEY")
	post := func(ctx context.Context, c *batch.Call) (batch.HTTPResponse, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+c.Path, bytes.NewReader(c.Body))
		if err != nil {
			return batch.HTTPResponse{}, err
		}
		h := req.Header
		h.Set("Content-Type", "application/json")
		h.Set("X-Request-Id", c.ID)
		h.Set("Idempotency-Key", c.ID)
		h.Set(header.Latency, header.LatencyRelaxed)
		if c.API.Format() == routing.Anthropic {
			h.Set("Anthropic-Version", "2023-06-01")
		}
		if key != "" {
			h.Set("Authorization", "Bearer "+key)
		}
		resp, err := client.Do(req)
		if err != nil {
			return batch.HTTPResponse{}, err
		}
		defer func() { _ = resp.Body.Close() }()
		return readResponse(resp)
	}
	return post, transport.CloseIdleConnections, nil
}

// readResponse reads a response of Envoy.
func readResponse(resp *http.Response) (batch.HTTPResponse, error) {
	body, err := io.ReadAll(io.LimitReader(resp.Body, batch.MaxResponse+1))
	if err == nil && len(body) > batch.MaxResponse {
		return batch.HTTPResponse{
			Status: http.StatusBadGateway, Final: true, Cost: -1,
			Body: []byte(`{"error":{"code":"invalid_reply","message":"the response is too long"}}`),
		}, nil
	}
	h := resp.Header
	r := batch.HTTPResponse{
		Status: resp.StatusCode, Body: body, Model: h.Get(header.Model), Tier: h.Get(header.Tier),
		Reason: h.Get(header.Reason), Attempts: h.Get(header.Attempts),
		Cost: -1, Source: h.Get(header.CostSource), Final: h.Get(header.ShouldRetry) == "false",
	}
	if usd, err := strconv.ParseFloat(h.Get(header.Cost), 64); err == nil && usd >= 0 {
		r.Cost = usd
	}
	if seconds, err := strconv.Atoi(h.Get("Retry-After")); err == nil && seconds > 0 {
		r.RetryAfter = time.Duration(min(seconds, 3600)) * time.Second
	}
	return r, err
}
