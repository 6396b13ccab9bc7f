package pipeline

import (
	"context"
	"iter"
	"net/http"
	"slices"
	"time"

	"sluice/routing"
	"sluice/routing/coding"
	"sluice/routing/llmapi/answer"
	"sluice/routing/verdict"
)

// maxErrorBody bounds how much of an HTTP error is read to classify it, in bytes.
const maxErrorBody = 64 << 10

// A Head is the beginning of an attempt's response.
type Head struct {
	Attempt int    // counted from 1
	Cluster string // that answered, "" where the proxy does not say
	Status  int    // HTTP status

	ContentType, ContentEncoding string

	Headers iter.Seq2[string, string] // all, names in lower case; valid as long as the response is
}

// A ResponseAttempt is the answer of one attempt while it is judged. Start, then Feed for every
// part of the body, until one of them returns an [Action]; nothing may reach the client
// before that. A stream is fed on to its end, since its usage stands there. A delivered or
// replaced answer ends with [ResponseAttempt.Finish], and every ResponseAttempt with [ResponseAttempt.Close].
// It is not safe for concurrent use.
type ResponseAttempt struct {
	*Pipeline
	*Progress
	head      Head
	model     *routing.Model // that answered; nil if it is not configured here
	reading   reading
	limit     int             // bytes that are held to be judged
	stream    *verdict.Stream // judges a stream of events
	meter     *answer.Meter   // counts what a stream costs
	body      []byte          // held so far, of an answer that is not a stream
	raw       []byte          // what the provider sent, for the cache; nil where it is not wanted
	large     bool            // there was more of it than the cache takes
	heldFor   int             // bytes taken from the pipeline's budget of held bytes
	ended     bool            // the provider's last byte is here
	estimated bool            // Sluice answers in its place with an estimate of the tokens
	decided   bool
	lost      bool           // nothing of it can be delivered: it did not come in time, or cannot be read
	aborted   verdict.Reason // why it ended after its release; "" if it did by itself
	unnamed   bool           // a stream under another content type
	last      time.Time      // when something of it came
	words     time.Time      // when some of the answer had come
	mended    []byte         // what the client gets in place of body; nil for body as it is
	answer    answer.Response
	reason    verdict.Reason
	denied    bool         // the budgets had no money for another attempt
	check     string       // what became of the agreement; "" where there was none to look for
	instead   *firstAnswer // delivered in place of this one
	replied   int          // HTTP status of the error in its place
}

// reading is what a ResponseAttempt makes of the body before there is a verdict.
type reading uint8

const (
	nothing   reading = iota
	errorBody         // of an HTTP error, to classify it
	unclear           // an answer, of which the first bytes will tell the form
	wholeBody         // of an answer
	events            // of a streamed answer
)

// Respond returns the response whose head has arrived.
func (p *Pipeline) Respond(pr *Progress, head Head) *ResponseAttempt {
	r := &ResponseAttempt{Pipeline: p, Progress: pr, head: head, model: p.candidate(pr.Plan, head.Attempt, head.Cluster)}
	r.last = p.now()
	p.completeTried(pr, head.Attempt, r.last)
	return r
}

// Start judges what shows by the head alone; ended reports that there is no body.
func (r *ResponseAttempt) Start(ctx context.Context, ended bool) *Action {
	r.ended = ended
	status, judged := r.head.Status, !r.Passthrough
	if r.counts() && r.model != nil {
		return r.startCount(ctx, ended)
	}
	if status < 300 && r.Again.Attempt == r.head.Attempt && r.model != nil {
		r.refusals.add(r.Again.Without, r.now())
	}
	streamed := isEventStream(r.head.ContentType)
	switch {
	case r.model == nil, status >= 400 && !judged:
		return r.deliver(ctx)
	case status >= 300 && status < 400:
		return r.reject(ctx, verdict.Redirect)
	case status == http.StatusUnauthorized:
		return r.pass(ctx)
	case status >= 400:
		r.reading, r.limit = errorBody, maxErrorBody
		if !r.head.json() && r.rt.Judge.Status(status, answer.Error{}) != "" {
			return r.refused(ctx) // the status tells enough
		}
	case !coding.Identity(r.head.ContentEncoding):
		return r.pass(ctx) // nothing can be read of it
	case streamed && !judged:
		r.meter = answer.NewMeter(r.API, r.Ask.Strips(r.model))
		return r.deliver(ctx)
	case streamed || r.Expect.Stream:
		r.reading = unclear
	default:
		r.reading, r.limit = wholeBody, r.rt.ResponseLimit
	}
	if ended {
		_, action := r.Feed(ctx, nil, true)
		return action
	}
	return nil
}

// Streamed reports whether the answer arrives in events, whose end says what it cost.
func (r *ResponseAttempt) Streamed() bool { return r.meter != nil }

// Feed takes the next part of the body; last reports that none follows. It returns what goes
// to the client in its place, once it may, and what to do where this part decides it.
func (r *ResponseAttempt) Feed(ctx context.Context, part []byte, last bool) (pass []byte, _ *Action) {
	r.ended = last
	if r.reading == unclear {
		var clear bool
		if part, clear = r.recognise(part); !clear {
			return nil, nil
		}
	}
	pass = part
	if r.meter != nil {
		r.collect(part)
		pass = r.meter.Feed(part)
		if last {
			if rest := r.meter.End(); len(rest) > 0 {
				pass = slices.Concat(pass, rest)
			}
		}
	}
	if r.decided {
		r.follow(part)
		r.heard()
		return pass, nil
	}
	if r.Passthrough && r.meter != nil {
		return pass, r.deliver(ctx)
	}
	return pass, r.judge(ctx, part)
}

// Withheld returns how many bytes at the end of what was fed have no replacement yet.
func (r *ResponseAttempt) Withheld() int {
	if r.meter == nil || r.ended {
		return 0
	}
	return r.meter.Held()
}

// judge looks at the next part of an undecided answer.
func (r *ResponseAttempt) judge(ctx context.Context, part []byte) *Action {
	if !r.hold(len(part)) {
		r.metrics.heldTooMuch()
		r.unhold(r.heldFor - len(r.raw))
		r.body = nil
		return r.pass(ctx)
	}
	if r.reading == events {
		s := r.stream.Feed(part)
		if r.ended {
			s = r.stream.End()
		}
		r.heard()
		return r.streamVerdict(ctx, s)
	}
	if r.body == nil {
		r.body = part // most answers are one part: no copy
	} else {
		r.body = append(r.body, part...)
	}
	if !r.ended && len(r.body) <= r.limit {
		return nil
	}
	if r.reading == errorBody {
		return r.refused(ctx)
	}
	return r.judgeBody(ctx)
}

// refused reads what an HTTP error says.
func (r *ResponseAttempt) refused(ctx context.Context) *Action {
	r.answer.Error = answer.ReadError(r.body)
	reason := r.rt.Judge.Status(r.head.Status, r.answer.Error)
	if a := r.withoutAdded(ctx, reason); a != nil {
		return a
	}
	if reason != "" {
		return r.reject(ctx, reason)
	}
	return r.pass(ctx)
}

// judgeBody judges a whole answer. One of a passthrough request is only read for what it
// costs.
func (r *ResponseAttempt) judgeBody(ctx context.Context) *Action {
	if !r.ended { // larger than what is judged
		r.unhold(r.heldFor)
		r.body = nil
		return r.pass(ctx)
	}
	r.raw = r.body
	if r.Passthrough {
		r.answer = answer.ReadUsage(r.API, r.body)
		return r.deliver(ctx)
	}
	var reason verdict.Reason
	if r.answer, reason, r.mended = r.rt.Judge.Repair(r.API.Format(), r.expect(), r.body); r.mended != nil {
		r.raw = r.mended
	}
	if reason != "" {
		return r.reject(ctx, reason)
	}
	return r.accept(ctx)
}

func (r *ResponseAttempt) streamVerdict(ctx context.Context, s verdict.Progress) *Action {
	if s == verdict.Pending {
		return nil
	}
	r.unhold(r.heldFor - len(r.raw)) // what is still collected for the cache
	r.answer = r.stream.Response()
	if s == verdict.Reject {
		return r.reject(ctx, r.stream.Reason())
	}
	return r.pass(ctx)
}

// expect is what the request expects of this model's answer.
func (r *ResponseAttempt) expect() *verdict.Expectation {
	e := r.Expect
	e.MinConfidence = r.model.MinConfidence
	// An answer that is cut off at a limit below the client's is not as the client wanted it.
	e.Limited = e.Limited && r.model.Limit(r.Limit) >= r.Limit
	return &e
}

// collect keeps what a provider streams, where the cache wants it and it is not too large.
func (r *ResponseAttempt) collect(part []byte) {
	if r.CacheKey == "" || r.rt.Cache == nil || r.large {
		return
	}
	if r.large = len(r.raw)+len(part) > r.rt.Cache.MaxEntry || !r.hold(len(part)); r.large {
		r.unhold(len(r.raw))
		r.raw = nil
		return
	}
	r.raw = append(r.raw, part...)
}

// hold takes n bytes from the budget of what is held by all requests together.
func (r *ResponseAttempt) hold(n int) bool {
	if !r.metrics.held.take(n, int64(r.rt.File.Routing.Limits.Held)) {
		return false
	}
	r.heldFor += n
	return true
}

func (r *ResponseAttempt) unhold(n int) {
	r.metrics.held.release(n)
	r.heldFor -= n
}

// Close gives back what the response holds.
func (r *ResponseAttempt) Close() {
	r.unhold(r.heldFor)
	r.body, r.raw = nil, nil
}
