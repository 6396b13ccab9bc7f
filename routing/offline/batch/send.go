package batch

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"sluice/routing"
	"sluice/routing/llmapi"
	"sluice/routing/offline/jsonl"
)

// A Call is one request to be sent. Its ID is the same however often and by whichever process it
// is sent, so that it is counted and charged once.
type Call struct {
	ID   string // a UUID
	Path string
	API  routing.API
	Body []byte
}

// An HTTPResponse is the HTTP response to a [Call], with the values of its headers.
type HTTPResponse struct {
	Status     int
	Body       []byte
	Model      string // configured name of the model that answered; "" if unknown
	Tier       string
	Reason     string
	Attempts   string
	Cost       float64 // US dollars; below 0 if unknown
	Source     string  // of Cost: provider or estimate
	RetryAfter time.Duration
	Final      bool // a retry would not help
}

// A Post sends one call. An error means that there was no HTTP response. It must be safe for
// concurrent use.
type Post func(context.Context, *Call) (HTTPResponse, error)

// How often one line is sent where its response asks for a retry, and the pause before the first
// retry. The pause doubles each time, unless the response names one.
const (
	attempts    = 6
	firstPause  = 500 * time.Millisecond
	longestWait = time.Minute
)

// Send sends the lines of [DirectFile] that have no response yet, so many at a time. A response
// of whatever status is the line's. Where there is none at all, Send stops with an error, and
// continues when it is called again.
func (r *Run) Send(ctx context.Context, post Post, concurrency int) error {
	b, err := r.open()
	if err != nil {
		return err
	}
	file := slices.IndexFunc(b.files, func(f File) bool { return f.Name == DirectFile })
	if file < 0 {
		return nil
	}
	in, err := os.Open(r.path(DirectFile))
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()

	b.tally.Step = "sending"
	r.progress(b.tally)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	group, ctx := errgroup.WithContext(ctx)
	calls, answers := make(chan *job), make(chan *Response)
	group.Go(func() error {
		defer close(calls)
		return jsonl.Each(in, MaxLine*2, func(_ int, text []byte) error {
			j, err := r.job(text)
			if err != nil {
				return fmt.Errorf("%s: %w", DirectFile, err)
			}
			if done, err := b.answered(j.line); done || err != nil {
				return err
			}
			select {
			case calls <- j:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	})
	workers, working := errgroup.WithContext(ctx)
	for range concurrency {
		workers.Go(func() error {
			for j := range calls {
				a, err := r.ask(working, post, j)
				if err != nil {
					return fmt.Errorf("line %d: %w", j.line, err)
				}
				answers <- a // always received
			}
			return nil
		})
	}
	group.Go(func() error {
		defer close(answers)
		return workers.Wait()
	})
	// One goroutine records, in the order in which responses arrive.
	var failed error
	for a := range answers {
		if failed == nil {
			failed = b.record(file, a)
		}
		if failed != nil {
			stop()
		}
		r.progress(b.tally)
	}
	return errors.Join(failed, group.Wait(), b.log.sync())
}

// A job is a line to be sent.
type job struct {
	line int
	call Call
}

// job reads a line of [DirectFile].
func (r *Run) job(text []byte) (*job, error) {
	var l struct {
		ID   string          `json:"custom_id"`
		URL  string          `json:"url"`
		Body json.RawMessage `json:"body"`
	}
	if err := json.Unmarshal(text, &l); err != nil {
		return nil, err
	}
	api, ok := llmapi.APIOf(l.URL)
	line := r.lineOf(l.ID)
	if !ok || line == 0 {
		return nil, fmt.Errorf("%q to %q is not of this run", clip(l.ID), clip(l.URL))
	}
	return &job{line, Call{ID: callID(l.ID), Path: l.URL, API: api, Body: l.Body}}, nil
}

// callID makes a UUID of a request's id: version 8, which is for custom schemes.
func callID(id string) string {
	h := sha256.Sum256([]byte(id))
	h[6], h[8] = h[6]&0x0f|0x80, h[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", h[0:4], h[4:6], h[6:8], h[8:10], h[10:16])
}

// ask sends one line until it has a response.
func (r *Run) ask(ctx context.Context, post Post, j *job) (*Response, error) {
	pause := firstPause
	for n := 1; ; n++ {
		reply, err := post(ctx, &j.call)
		again := err != nil || !reply.Final && (reply.Status == 429 || reply.Status == 408 || reply.Status >= 500)
		if !again || n == attempts && err == nil {
			return r.response(j, &reply), nil
		}
		if n == attempts || ctx.Err() != nil {
			return nil, errors.Join(ctx.Err(), err)
		}
		wait := pause
		if reply.RetryAfter > 0 {
			wait = reply.RetryAfter
		}
		if err := sleep(ctx, min(wait, longestWait)); err != nil {
			return nil, err
		}
		pause *= 2
	}
}

// response makes the record of an HTTP response.
func (r *Run) response(j *job, reply *HTTPResponse) *Response {
	a := &Response{Line: j.line, Model: reply.Model, Tier: reply.Tier, Reason: reply.Reason, Attempts: reply.Attempts}
	a.take(j.call.API.Format(), reply.Status, reply.Body, r.rt.Router.Model(reply.Model), "")
	if reply.Cost >= 0 {
		a.Cost, a.Source = reply.Cost, reply.Source
	}
	return a
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
