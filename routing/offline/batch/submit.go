package batch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"sluice/routing"
)

// A providerBatch is the state of one file at its provider, by the journal.
type providerBatch struct {
	intended  time.Time // when its first submission began
	upload    string    // id of the file there
	id        string    // of the batch
	collected bool
}

// Endpoints returns the endpoint of the provider called name.
type Endpoints func(name string) (*Endpoint, error)

// Submit starts a batch for every file that has none. The journal has the intention before the
// provider gets the request: if the process is killed in between, the next one looks for the
// batch at the provider before it starts another.
func (r *Run) Submit(ctx context.Context, at Endpoints) error {
	tally := Progress{Step: "submitting"}
	for _, f := range r.planned.Files {
		if f.Provider != "" {
			tally.Total++
		}
	}
	for i := range r.planned.Files {
		f := &r.planned.Files[i]
		if f.Provider == "" {
			continue
		}
		if b := r.batches[f.Name]; b == nil || b.id == "" {
			s, err := serviceOf(at, f.Provider)
			if err == nil {
				err = r.submit(ctx, s, f, fmt.Sprintf("%sfile-%d.jsonl", r.idPrefix(), i+1))
			}
			if err != nil {
				return fmt.Errorf("submit %s to %s: %w", f.Name, f.Provider, err)
			}
		}
		tally.Done++
		r.progress(tally)
	}
	return nil
}

func serviceOf(at Endpoints, provider string) (service, error) {
	e, err := at(provider)
	if err != nil {
		return nil, err
	}
	return e.service()
}

func (r *Run) submit(ctx context.Context, s service, f *File, name string) error {
	if b := r.batches[f.Name]; b == nil {
		if err := r.logEvent(event{Do: willSubmit, File: f.Name}); err != nil {
			return err
		}
	} else if id, err := s.find(ctx, name, f, b.intended, r.taken); err != nil || id != "" {
		if err != nil {
			return fmt.Errorf("look for a batch that an interrupted run started: %w", err)
		}
		return r.logEvent(event{Do: didSubmit, File: f.Name, ID: id})
	}
	upload := r.batches[f.Name].upload
	if upload == "" {
		var err error
		if upload, err = s.upload(ctx, name, r.path(f.Name)); err != nil {
			return err
		}
		if err := r.logEvent(event{Do: didUpload, File: f.Name, ID: upload}); err != nil {
			return err
		}
	}
	id, err := s.create(ctx, name, upload, r.path(f.Name))
	if err != nil {
		return err
	}
	return r.logEvent(event{Do: didSubmit, File: f.Name, ID: id})
}

// taken reports whether a batch is known to be of another file or of another run.
func (r *Run) taken(id string) bool {
	for _, b := range r.batches {
		if b.id == id {
			return true
		}
	}
	return r.foreign[id]
}

// Collect polls every submitted batch that has not been collected, and records the results of
// those that have ended. With an interval above 0 it polls at that interval until none is left.
// It returns how many are left.
func (r *Run) Collect(ctx context.Context, at Endpoints, interval time.Duration) (left int, err error) {
	book, err := r.open()
	if err != nil {
		return 0, err
	}
	for {
		left = 0
		running := 0
		for i := range r.planned.Files {
			f := &r.planned.Files[i]
			b := r.batches[f.Name]
			if f.Provider == "" || b != nil && b.collected {
				continue
			}
			if b == nil || b.id == "" {
				return 0, fmt.Errorf("%s has not been submitted; submit it first", f.Name)
			}
			done, ended, err := r.collectFile(ctx, at, book, i)
			if err != nil {
				return 0, fmt.Errorf("collect batch %s of %s: %w", b.id, f.Provider, err)
			}
			if !ended {
				left++
				running += done
			}
		}
		tally := book.tally
		tally.Step, tally.Done = "collecting", tally.Done+running
		r.progress(tally)
		if left == 0 || interval <= 0 {
			return left, nil
		}
		if err := sleep(ctx, interval); err != nil {
			return left, err
		}
	}
}

// errForeign is the error of a batch that was found by its time and size and is not of this run.
var errForeign = errors.New("its results are of another run; submit again")

// collectFile polls one batch and records its results if it has ended.
func (r *Run) collectFile(ctx context.Context, at Endpoints, book *responseLog, file int) (done int, ended bool, err error) {
	f := &r.planned.Files[file]
	s, err := serviceOf(at, f.Provider)
	if err != nil {
		return 0, false, err
	}
	st, err := s.poll(ctx, r.batches[f.Name].id)
	if err != nil || !st.Ended {
		return st.Done, false, err
	}
	lost := st.Problem
	if lost == nil {
		lost = &Problem{codeMissing, "the batch ended without a result for this request"}
		ours, others := 0, 0
		err := s.results(ctx, st, func(res *result) error {
			line := r.lineOf(res.id)
			if line == 0 {
				others++
				return nil
			}
			ours++
			return r.recordResult(book, file, line, res)
		})
		if err != nil {
			return 0, false, err
		}
		if ours == 0 && others > 0 {
			if err := r.logEvent(event{Do: didDisown, File: f.Name, ID: st.ID}); err != nil {
				return 0, false, err
			}
			return 0, false, errForeign
		}
	}
	err = r.eachPlanned(func(l *Planned) error {
		if l.File != f.Name {
			return nil
		}
		return book.record(file, &Response{Line: l.Line, Model: l.Model, Status: http.StatusBadGateway, Error: lost, Input: -1, Output: -1})
	})
	if err == nil {
		err = book.log.sync()
	}
	if err == nil {
		err = r.logEvent(event{Do: didCollect, File: f.Name})
	}
	return 0, true, err
}

// recordResult records the result of one line.
func (r *Run) recordResult(book *responseLog, file, line int, res *result) error {
	m, err := book.model(line)
	if err != nil {
		return err
	}
	a := &Response{Line: line, Status: http.StatusBadGateway, Error: res.err, Input: -1, Output: -1}
	if m != nil {
		a.Model = m.Name
	}
	if res.err == nil {
		a.take(r.planned.Files[file].format(), res.status, res.body, m, routing.ServiceBatch)
	}
	err = book.record(file, a)
	tally := book.tally
	tally.Step = "collecting"
	r.progress(tally)
	return err
}
