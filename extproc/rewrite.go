package extproc

import (
	"time"

	extprocv3 "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
	"google.golang.org/protobuf/types/known/structpb"

	"sluice/envoy"
	"sluice/routing/pipeline"
)

// rewrite writes the request of a later attempt, or the query of the first.
func rewrite(p *pipeline.Pipeline, progress *pipeline.Progress, a attributes, body []byte) *extprocv3.ProcessingResponse {
	next, added, err := p.Retry(progress, a.attempt(), a.cluster(), body)
	if err != nil {
		return localReply(p.RetryErrorReply(progress, err))
	}
	m := upstream(&next, a, p.Runtime().File.Envoy.ForwardHeaders)
	m.header(envoy.HeaderRewritten, "1")
	if added {
		m.setTried(progress.Tried)
	}
	m.setMetadata(envoy.KeyStarted, structpb.NewNumberValue(float64(time.Now().UnixMilli())))
	return m.requestBody()
}
