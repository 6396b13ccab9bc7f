package extproc

import (
	"cmp"
	"slices"
	"strconv"

	extprocv3 "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
	"google.golang.org/protobuf/types/known/structpb"

	"sluice/envoy"
	"sluice/routing/coding"
	"sluice/routing/pipeline"
)

// judge holds one attempt's response until there is a verdict, then releases it or has Envoy
// retry on the next candidate. Envoy holds the response headers back until it has its reply
// to them; meanwhile body chunks arrive, and each gets its own reply afterwards. So nothing
// reaches the client before the verdict. A stream is followed to its end, since its usage
// stands there.
func judge(p *pipeline.Pipeline, stream extprocv3.ExternalProcessor_ProcessServer, progress *pipeline.Progress, a attributes, ended bool) error {
	ctx := stream.Context()
	status, _ := strconv.Atoi(a.header(":status"))
	head := pipeline.Head{
		Attempt: a.attempt(), Cluster: a.cluster(), Status: status,
		ContentType: a.header("content-type"), ContentEncoding: a.header("content-encoding"),
		Headers: a.allHeaders(),
	}
	b := &buffer{stream: stream, ended: ended}
	defer b.close()
	if encoding := head.ContentEncoding; !ended && !coding.Identity(encoding) {
		// A provider may encode although it was asked not to. An encoding that is unknown here stays.
		if decoder, err := coding.NewStream(encoding); err == nil {
			b.decoder, head.ContentEncoding = decoder, ""
		}
	}
	response := p.Respond(progress, head)
	defer response.Close()
	b.response = response
	action := response.Start(ctx, ended)
	for action == nil {
		var err error
		if action, err = b.next(); err != nil {
			return err
		}
	}
	if b.decoder != nil {
		action.Remove = slices.Concat(action.Remove, pipeline.OfBody, []string{"content-encoding"})
	}
	if action.Kind == pipeline.Retry {
		return b.retry(action)
	}
	action.Remove = append(slices.Clip(action.Remove), a.reserved()...)
	defer response.Finish(ctx) // Envoy does not wait for it
	if action.Kind == pipeline.Replace {
		return b.replace(action)
	}
	return b.release(action)
}

// detailsReplaced are those of a reply in place of the provider's answer.
const detailsReplaced = "replaced"

// changes are those that every action has in common.
func changes(a *pipeline.Action) *mutation {
	m := &mutation{remove: a.Remove}
	m.setSummary(&a.Summary)
	if a.Status != 0 {
		m.header(":status", strconv.Itoa(a.Status))
	}
	for _, f := range a.Set {
		m.header(f.Name, f.Value)
	}
	if a.Tried != nil {
		m.setTried(a.Tried)
	}
	if a.Plan != nil {
		m.setPlan(a.Plan)
	}
	if a.Kind != pipeline.Retry {
		m.setMetadata(envoy.KeyAnswered, structpb.NewBoolValue(true)) // this stream settles the request
	}
	return m
}

// retry has Envoy drop the response and ask the next candidate. Were the retry not to happen
// (no more retries are allowed at once), this answer goes to the client, and the rest of it
// flows through Envoy alone.
func (b *buffer) retry(a *pipeline.Action) error {
	m := changes(a)
	m.header(envoy.HeaderEscalate, string(a.Reason))
	if err := b.stream.Send(m.responseHeaders()); err != nil {
		return err
	}
	return b.replyAll(nil)
}

// release lets the answer go to the client, and follows a stream to its end.
func (b *buffer) release(a *pipeline.Action) error {
	m := changes(a)
	switch {
	case !b.response.Streamed():
		m.setUsage(&a.Summary)
		m.costHeaders(&a.Summary)
	case b.ended && len(b.pending) == 0:
		m.setUsage(&a.Summary)
	}
	if err := b.stream.Send(m.responseHeaders()); err != nil {
		return err
	}
	if a.Body != nil {
		return b.replyAll(a.Body)
	}
	for {
		if err := b.reply(); err != nil {
			return err
		}
		if b.ended {
			return nil
		}
		action, err := b.next()
		if err != nil {
			return err
		}
		if action != nil {
			return b.abort(action)
		}
	}
}

// replace sends another body in place of the one that the provider sent.
func (b *buffer) replace(a *pipeline.Action) error {
	m := changes(a)
	m.setUsage(&a.Summary)
	if a.Status < 400 {
		m.costHeaders(&a.Summary)
	}
	// What is still to come would follow the replaced body; a response that was headers only has
	// none to replace.
	if !b.ended || b.chunks() == 0 {
		return b.stream.Send(m.immediate(cmp.Or(a.Status, 200), a.Body, detailsReplaced))
	}
	if err := b.stream.Send(m.responseHeaders()); err != nil {
		return err
	}
	return b.replyAll(a.Body)
}

// abort ends the client's answer, of which the headers were sent: Envoy cuts it off. What the
// action says last goes in place of a chunk that has no reply yet.
func (b *buffer) abort(a *pipeline.Action) error {
	if a.Body != nil {
		for _, p := range b.pending {
			if err := b.stream.Send(p.message(&mutation{})); err != nil {
				return err
			}
		}
	}
	m := &mutation{}
	m.setUsage(&a.Summary)
	return b.stream.Send(m.immediate(504, nil, a.Details))
}
