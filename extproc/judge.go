package extproc

import (
	"mime"
	"slices"
	"strconv"
	"strings"
	"time"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	extprocv3 "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"

	"sluice/envoy"
	"sluice/routing"
	"sluice/routing/config"
	"sluice/routing/header"
	"sluice/routing/llmapi/answer"
	"sluice/routing/verdict"
)

// judgement is one attempt's answer on its way to the client. Envoy holds the response
// headers back until it has its reply to them; meanwhile body chunks arrive, and each
// gets its own reply afterwards. So nothing reaches the client before the verdict. A
// stream is followed to its end, for what it costs stands there.
type judgement struct {
	*Server
	rt      *config.Runtime
	stream  extprocv3.ExternalProcessor_ProcessServer
	next    chan received // chunks as they come; nil where they are asked for one by one
	st      *state
	model   *routing.Model
	attempt int
	status  int
	sse     bool
	meter   *answer.Meter // of a stream of events
	owed    []owed        // what Envoy has sent and waits for
	body    []byte        // held so far, of an answer that is not a stream
	raw     []byte        // what the provider sent, for the cache; nil where it is not wanted
	large   bool          // there was more of it than the cache takes
	ended   bool          // the provider's last byte is here
	mended  []byte        // what the client gets in the place of body; nil for body as it is
	answer  answer.Response
	reason  verdict.Reason
	denied  bool // the budgets had no money for another attempt
	headers *corev3.HeaderMap
	check   string // what became of the agreement; "" where there was none to look for
	instead *held  // the first answer, delivered in place of this one
}

// maxErrorBody bounds how much of an HTTP error is read to classify it.
const maxErrorBody = 64 << 10

// judge holds one attempt's response until there is a verdict, then lets it go or
// has Envoy retry on the next candidate.
func (s *Server) judge(rt *config.Runtime, stream extprocv3.ExternalProcessor_ProcessServer, st *state, f facts, ended bool) error {
	j := &judgement{
		Server: s, rt: rt, stream: stream, st: st, ended: ended,
		attempt: f.attempt(),
		headers: f.headers,
		sse:     isEventStream(f.header("content-type")),
	}
	j.status, _ = strconv.Atoi(f.header(":status"))
	j.model = s.candidate(rt, st, f, j.attempt)
	s.lost(rt, st, j.attempt, s.now())
	encoding := f.header("content-encoding")
	switch {
	case j.model == nil, j.status >= 400 && st.Untouched:
		return j.release()
	case j.status >= 400:
		return j.judgeError() // its status says most
	case encoding != "" && encoding != "identity":
		return j.pass() // nothing can be read of it
	}
	if j.sse {
		j.meter = answer.NewMeter(st.API, st.Ask.Strips(j.model))
	}
	switch {
	case j.sse && st.Untouched:
		return j.release()
	case j.sse:
		return j.judgeStream()
	default:
		return j.judgeBody()
	}
}

func isEventStream(contentType string) bool {
	if kind, _, err := mime.ParseMediaType(contentType); err == nil {
		return kind == "text/event-stream"
	}
	return strings.HasPrefix(contentType, "text/event-stream")
}

// judgeError decides whether an HTTP error is worth another model.
func (j *judgement) judgeError() error {
	// Most errors show by their status alone; the others need their body read.
	reason := j.rt.Judge.Status(j.status, nil)
	if reason == "" && j.status != 401 && j.status != 403 {
		if err := j.hold(maxErrorBody); err != nil {
			return hungUp(err)
		}
		reason = j.rt.Judge.Status(j.status, j.body)
	}
	if reason == "" {
		return j.pass()
	}
	return j.reject(reason)
}

// judgeBody holds a whole answer and judges it. One to a request that names its model is
// only read for what it costs.
func (j *judgement) judgeBody() error {
	if err := j.hold(j.rt.ResponseLimit); err != nil {
		return hungUp(err)
	}
	if !j.ended {
		return j.pass() // larger than what is judged
	}
	j.raw = j.body
	var reason verdict.Reason
	if j.st.Untouched {
		j.answer = answer.ReadUsage(j.st.API, j.body)
	} else {
		expect := j.st.Expect
		expect.MinConfidence = j.model.MinConfidence
		if j.answer, reason, j.mended = j.rt.Judge.Mend(j.st.API.Format(), &expect, j.body); j.mended != nil {
			j.raw = j.mended
		}
	}
	if reason == "" {
		return j.accept()
	}
	return j.reject(reason)
}

// judgeStream holds the first events of a stream until nothing can reject it any
// more, or the configured events or time are up.
func (j *judgement) judgeStream() error {
	expect := j.st.Expect
	expect.MinConfidence = j.model.MinConfidence
	verdicts := j.rt.Judge.Stream(j.st.API.Format(), &expect)
	j.pump()
	limit := time.NewTimer(j.rt.Judge.Settings().Hold.Time)
	defer limit.Stop()

	state := verdict.Pending
	for state == verdict.Pending {
		if j.ended {
			state = verdicts.End()
			break
		}
		select {
		case r := <-j.next:
			if r.err != nil {
				return hungUp(r.err)
			}
			j.take(r.chunk)
			state = verdicts.Feed(r.chunk.GetBody())
		case <-limit.C:
			state = verdicts.Expire()
		case <-j.stream.Context().Done():
			return nil // Envoy gave the attempt up
		}
	}
	j.answer = verdicts.Answer()
	if state == verdict.Reject {
		return j.reject(verdicts.Reason())
	}
	return j.pass()
}

// reject gives the attempt up: Envoy retries on the next candidate, or, where there
// is none, the client gets this answer if it is one.
func (j *judgement) reject(reason verdict.Reason) error {
	t := tried{Model: j.model.Name, Reason: reason}
	if j.status >= 400 {
		t.Status = j.status
	}
	b := j.bill()
	t.Cost, t.Estimated = b.cost, b.estimated
	j.reason = reason
	if j.st.probing(j.attempt) && reason != verdict.Disagreement {
		j.checked(probeFailed)
	}
	structured := j.rt.Router.Structured()
	if j.st.Structured != "" {
		structured = j.rt.Router.Model(j.st.Structured)
	}
	next := j.st.next(j.attempt, reason, structured, j.tier)
	if reason == verdict.NoAnswer {
		next = j.st.behind(j.tier)[1:] // another cheap one would be no better
	}
	if len(next) > 0 && !j.affordable(next[0]) {
		next, j.denied = nil, true
		j.metrics.denied(j.model)
	}
	if len(next) == 0 {
		if first := j.fallback(); first != nil {
			return j.deliver(first)
		}
		if outright(reason) && j.attempt > 1 {
			return j.fail(append(j.st.tried, t))
		}
		return j.release() // weak, but the best there is
	}
	p := j.st.plan
	p.Candidates = slices.Concat(p.Candidates[:j.attempt], next)
	j.metrics.escalated(t)
	if reason == verdict.Disagreement {
		j.metrics.escalated(j.st.tried[0]) // which was held until now
	}
	return j.giveUp(t, &p)
}

// giveUp has Envoy retry on the next candidate of p.
func (j *judgement) giveUp(t tried, p *plan) error {
	list := append(j.st.tried, t)
	m := j.identity()
	m.header(envoy.HeaderEscalate, string(t.Reason))
	m.note(envoy.KeyTried, triedValue(list))
	m.noteString(envoy.KeyEscalation, reasons(list)) // for a local reply, should nothing more arrive
	j.replan(&m, p)
	j.metrics.spent(j.model, j.bill())
	j.metrics.judged(j.model, j.reason, since(max(j.st.started, j.st.Started), j.now()))
	// Were the retry not to happen (no more retries allowed at once), this answer goes
	// to the client, and the rest of it flows through Envoy alone.
	if err := j.stream.Send(m.responseHeaders()); err != nil {
		return hungUp(err)
	}
	return hungUp(j.replyAs(nil))
}

// outright reports whether an attempt given up for the reason brought no answer at all.
func outright(r verdict.Reason) bool {
	switch r {
	case verdict.ProviderError, verdict.RateLimited, verdict.ServerError, verdict.ContextLength,
		verdict.ModelNotFound, verdict.Timeout, verdict.Unreachable:
		return true
	default:
		return false
	}
}

func (j *judgement) tier(name string) routing.Tier {
	if m := j.rt.Router.Model(name); m != nil {
		return m.Tier
	}
	return 0
}

// replan writes the plan where the verdict changed the order of the remaining attempts, or
// an answer waits for another.
func (j *judgement) replan(m *mutation, p *plan) {
	if slices.Equal(p.Candidates, j.st.Candidates) && p.Check.Hash == j.st.Check.Hash {
		return
	}
	models := make([]*routing.Model, len(p.Candidates))
	for i, name := range p.Candidates {
		if models[i] = j.rt.Router.Model(name); models[i] == nil {
			return // planned by a replica with other models: its own order stands
		}
	}
	m.noteString(envoy.KeyPlan, p.encode())
	m.metadata[envoy.CascadeNamespace] = groups(models)
}

// release lets the answer go to the client as it is, and follows a stream to its end.
func (j *judgement) release() error {
	defer j.settle() // Envoy does not wait for it
	m := j.answered()
	if j.model != nil && j.status < 400 && j.attempt > 1 && !j.st.probing(j.attempt) {
		j.remember(j.rt, &j.st.plan, j.model.Name) // it climbed, and stays there
	}
	if j.meter == nil {
		j.tell(&m)
		cost, estimated := j.spent()
		m.header(header.Cost, dollars(cost))
		m.header(header.CostSource, source(estimated))
	} else if j.ended && len(j.owed) == 0 {
		j.tell(&m)
	}
	if j.mended != nil {
		j.repaired(&m)
	}
	if err := j.stream.Send(m.responseHeaders()); err != nil {
		return hungUp(err)
	}
	if j.mended != nil {
		return hungUp(j.replyAs(j.mended))
	}
	for {
		if err := j.reply(); err != nil {
			return hungUp(err)
		}
		if j.meter == nil || j.ended {
			return nil // what is still to come flows through Envoy alone
		}
		chunk, err := j.receive()
		if err != nil {
			return hungUp(err)
		}
		j.take(chunk)
	}
}

// fail replaces the last candidate's error by one that says what happened to each.
func (j *judgement) fail(list []tried) error {
	defer j.settle()
	status, body := exhausted(j.st, list)
	m := j.answered()
	m.header(":status", strconv.Itoa(status))
	m.header("content-type", "application/json")
	m.header(header.ShouldRetry, "false")
	m.header(header.Escalation, reasons(list))
	m.remove = append(m.remove, "content-length", "content-encoding")
	m.note(envoy.KeyTried, triedValue(list))
	j.tell(&m)
	return j.substitute(&m, body)
}

// substitute sends body in place of the one that the provider sent.
func (j *judgement) substitute(m *mutation, body []byte) error {
	for !j.ended { // the replaced body has one end, and that is the provider's
		chunk, err := j.receive()
		if err != nil {
			return hungUp(err)
		}
		j.take(chunk)
	}
	if j.chunks() == 0 {
		m.body = body // a response that was headers only
	}
	if err := j.stream.Send(m.responseHeaders()); err != nil {
		return hungUp(err)
	}
	return hungUp(j.replyAs(body))
}
