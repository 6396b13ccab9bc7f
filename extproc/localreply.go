package extproc

import (
	"strconv"
	"time"

	extprocv3 "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
	typev3 "github.com/envoyproxy/go-control-plane/envoy/type/v3"

	"sluice/envoy"
	"sluice/routing/header"
	"sluice/routing/pipeline"
)

// localReply ends a request with an answer of Sluice itself.
func localReply(r *pipeline.Reply) *extprocv3.ProcessingResponse {
	m := &mutation{}
	m.header("content-type", r.ContentType)
	if r.RetryIn > 0 {
		for _, f := range pipeline.RetryHeaders(r.RetryIn) {
			m.header(f.Name, f.Value)
		}
	}
	if r.Tried != nil {
		m.setTried(r.Tried)
	}
	if r.ShouldRetry != nil {
		m.header(header.ShouldRetry, strconv.FormatBool(*r.ShouldRetry))
	}
	m.setSummary(&r.Summary)
	if r.Summary.Cache == header.CacheHit {
		m.header("age", strconv.Itoa(int(r.Age/time.Second)))
		m.setString(envoy.KeyStrategy, r.Summary.Strategy)
		m.setString(envoy.KeyDomain, r.Summary.Domain)
		m.setString(envoy.KeyReason, r.Summary.Reason)
		m.setString(envoy.KeyCache, r.Summary.Cache)
		m.setCost(&r.Summary)
		if !r.HideCost {
			m.costHeaders(&r.Summary)
		}
	}
	return m.immediate(r.Status, r.Body, r.Details)
}

// immediate ends the request with a reply. The details tell Envoy's configuration whose it is.
func (m *mutation) immediate(status int, body []byte, details string) *extprocv3.ProcessingResponse {
	return &extprocv3.ProcessingResponse{
		Response: &extprocv3.ProcessingResponse_ImmediateResponse{
			ImmediateResponse: &extprocv3.ImmediateResponse{
				Status:  &typev3.HttpStatus{Code: typev3.StatusCode(status)},
				Headers: &extprocv3.HeaderMutation{SetHeaders: m.set},
				Body:    body,
				Details: envoy.DetailsPrefix + details,
			},
		},
		DynamicMetadata: m.dynamic(),
	}
}
