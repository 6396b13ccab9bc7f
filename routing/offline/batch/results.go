package batch

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"text/tabwriter"

	"sluice/routing"
	"sluice/routing/offline"
)

// A Result is one line of the results: the outcome of one line of the input.
type Result struct {
	Line     int             `json:"line"`
	CustomID string          `json:"custom_id,omitempty"`
	Model    string          `json:"model,omitempty"`
	Tier     string          `json:"tier,omitempty"`
	Reason   string          `json:"reason,omitempty"`
	Attempts string          `json:"attempts,omitempty"`
	Status   int             `json:"status"` // HTTP status; 502 where the provider's batch has no result
	Response json.RawMessage `json:"response,omitempty"`
	Error    *Problem        `json:"error,omitempty"`
	Cost     float64         `json:"cost_usd"`
	Source   string          `json:"cost_source,omitempty"` // usage, or estimate
}

// A Summary adds up a run. The figures of lines without a response are estimates.
type Summary struct {
	Lines     int          `json:"lines"`    // that are not blank
	Rejected  int          `json:"rejected"` // that could not be used
	Answered  int          `json:"answered"` // that have a response
	Failed    int          `json:"failed"`   // that have an error instead
	Waiting   int          `json:"waiting"`  // that have neither
	Estimated int          `json:"estimated"`
	Models    []ModelTotal `json:"models"` // weakest tier first
	Files     []File       `json:"files,omitempty"`

	Cost     float64 `json:"cost_usd"`          // of lines answered, and estimated of those waiting
	List     float64 `json:"without_batch_usd"` // the same models at the price outside of batches
	Flagship string  `json:"flagship"`
	Strong   float64 `json:"always_flagship_usd"` // every line at the flagship's list price
	Results  string  `json:"results,omitempty"`   // file; "" while lines are waiting
}

// A ModelTotal adds up the lines of one model.
type ModelTotal struct {
	Tier    string  `json:"tier"`
	Model   string  `json:"model"`
	Lines   int     `json:"lines"`
	Batched int     `json:"batched"` // of Lines, in a batch of the provider
	Cost    float64 `json:"cost_usd"`
}

// Finish writes the results in the order of the input, one for every line that is not blank, if
// every line has a response. It may be called again.
func (r *Run) Finish() (Summary, error) {
	book, err := r.open()
	if err != nil {
		return Summary{}, err
	}
	path := r.path(ResultsFile)
	f, err := os.Create(path + ".part")
	if err != nil {
		return Summary{}, err
	}
	defer func() { _ = f.Close() }()
	out := bufio.NewWriterSize(f, 64<<10)
	t := newTally(r)
	err = r.eachPlanned(func(l *Planned) error {
		a, err := book.read(l.Line)
		if err != nil {
			return err
		}
		if res := t.add(l, a); res != nil {
			_, err = out.Write(append(offline.Encode(res), '\n'))
		}
		return err
	})
	s := t.summary()
	if s.Waiting > 0 || err != nil {
		return s, errors.Join(err, os.Remove(path+".part"))
	}
	s.Results = path
	return s, errors.Join(out.Flush(), f.Sync(), os.Rename(path+".part", path))
}

// A tally adds up a summary.
type tally struct {
	Summary
	run      *Run
	flagship *routing.Model
	parts    map[string]*ModelTotal
}

func newTally(r *Run) *tally {
	t := &tally{run: r, parts: make(map[string]*ModelTotal)}
	t.flagship = r.rt.Router.Model(r.rt.File.Routing.TierModels[routing.Flagship.String()])
	t.Flagship, t.Files = t.flagship.Name, r.planned.Files
	return t
}

// add counts a line and returns its result; nil if it has no response yet.
func (t *tally) add(l *Planned, a *Response) *Result {
	t.Lines++
	res := &Result{Line: l.Line, CustomID: l.CustomID, Model: l.Model, Tier: l.Tier, Reason: l.Reason}
	if l.Error != nil {
		t.Rejected++
		res.Status, res.Error = http.StatusBadRequest, l.Error
		return res
	}
	u := routing.Usage{Input: l.Input, Output: l.Output}
	if a == nil {
		t.Waiting++
		res.Cost, res.Source = l.Cost, sourceEstimate
	} else {
		res.Status, res.Response, res.Error = a.Status, a.Response, a.Error
		res.Cost, res.Source, res.Attempts = a.Cost, a.Source, a.Attempts
		if a.Model != "" && a.Model != l.Model || a.Reason != "" {
			res.Model, res.Tier, res.Reason = cmp.Or(a.Model, l.Model), cmp.Or(a.Tier, l.Tier), a.Reason
		}
		switch {
		case a.Error != nil:
			t.Failed++
			u = routing.Usage{}
		case a.Input >= 0 && a.Output >= 0:
			t.Answered++
			u.Input, u.Output = a.Input, a.Output
		default:
			t.Answered++
			if a.Source == "" {
				res.Cost, res.Source = l.Cost, sourceEstimate
			}
		}
		if l.Converted && a.Error == nil && l.API == routing.OpenAIChat.String() {
			res.Response = toChat(a.Response)
		}
	}
	if res.Source == sourceEstimate {
		t.Estimated++
	}
	t.Cost += res.Cost
	strong := u
	if l.Model != t.flagship.Name {
		strong.Output = max(u.Output, 0) + t.flagship.Reasoning
	}
	t.Strong += t.flagship.Price.Bill(strong)
	part := t.part(res.Tier, res.Model)
	part.Lines++
	part.Cost += res.Cost
	list := res.Cost
	if m := t.run.rt.Router.Model(l.Model); m != nil && l.File != DirectFile {
		part.Batched++
		list /= m.Rate(routing.ServiceBatch)
	}
	t.List += list
	if a == nil {
		return nil
	}
	return res
}

func (t *tally) part(tier, model string) *ModelTotal {
	key := tier + "/" + model
	if t.parts[key] == nil {
		t.parts[key] = &ModelTotal{Tier: tier, Model: model}
	}
	return t.parts[key]
}

func (t *tally) summary() Summary {
	for _, p := range t.parts {
		t.Models = append(t.Models, *p)
	}
	slices.SortFunc(t.Models, func(a, b ModelTotal) int {
		ta, _ := routing.ParseTier(a.Tier)
		tb, _ := routing.ParseTier(b.Tier)
		return cmp.Or(cmp.Compare(ta, tb), cmp.Compare(a.Model, b.Model))
	})
	return t.Summary
}

// Print writes the summary as text.
func (s *Summary) Print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "%d lines: %d answered, %d failed, %d waiting, %d rejected\n\n", s.Lines, s.Answered, s.Failed, s.Waiting, s.Rejected)
	usd := func(v float64) string {
		if s.Estimated > 0 {
			return fmt.Sprintf("≈$%.4f", v)
		}
		return fmt.Sprintf("$%.4f", v)
	}
	fmt.Fprintln(t, "TIER\tMODEL\tLINES\tIN BATCHES\tCOST")
	for _, p := range s.Models {
		fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%s\n", p.Tier, p.Model, p.Lines, p.Batched, usd(p.Cost))
	}
	fmt.Fprintf(t, "\tall\t%d\t\t%s\n", s.Lines-s.Rejected, usd(s.Cost))
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(t, "\nCOMPARED WITH\tCOST\tSAVED")
	for _, c := range []struct {
		name string
		cost float64
	}{{"every line to " + s.Flagship, s.Strong}, {"no batch prices", s.List}} {
		saved := "–"
		if c.cost > 0 {
			saved = fmt.Sprintf("%.1f %%", 100*(1-s.Cost/c.cost))
		}
		fmt.Fprintf(t, "%s\t%s\t%s\n", c.name, usd(c.cost), saved)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if s.Results == "" && len(s.Files) > 0 {
		fmt.Fprintln(t, "\nFILE\tPROVIDER\tREQUESTS\tBYTES")
		for _, f := range s.Files {
			fmt.Fprintf(t, "%s\t%s\t%d\t%d\n", f.Name, cmp.Or(f.Provider, "to be sent"), f.Lines, f.Bytes)
		}
	} else if s.Results != "" {
		fmt.Fprintf(t, "\nresults: %s\n", s.Results)
	}
	return t.Flush()
}
