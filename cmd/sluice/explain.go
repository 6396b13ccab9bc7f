package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"text/tabwriter"

	"sluice/routing"
	"sluice/routing/config"
	"sluice/routing/offline"
	"sluice/routing/pipeline"
)

// question is one request to be decided offline, and who it comes from.
type question struct {
	Prompt     *string         `json:"prompt"`
	Request    json.RawMessage `json:"request"`
	User       string          `json:"user"`
	Experiment string          `json:"experiment"`
	Spent      float64         `json:"spent"`
}

// explainer decides as the running router would, without a network. Every request is routed,
// whatever model it names.
type explainer struct {
	pipeline *pipeline.Pipeline
	api      routing.API // 0 is guessed from each body
	strategy string
	explain  bool // the decision lists every candidate
}

func newExplainer(rt *config.Runtime, api, strategy string, explain bool) (*explainer, error) {
	e := &explainer{pipeline: pipeline.NewOffline(rt, nil), strategy: strategy, explain: explain}
	if api == "" {
		return e, nil
	}
	var err error
	e.api, err = offline.ParseAPI(api)
	return e, err
}

func (e *explainer) decide(q question) (routing.Decision, error) {
	body := []byte(q.Request)
	if q.Prompt != nil {
		body = offline.ChatBody("auto", *q.Prompt, "")
	}
	if len(body) == 0 {
		return routing.Decision{}, errors.New(`expected "prompt" or "request"`)
	}
	api := cmp.Or(e.api, offline.GuessAPI(body))
	plan, err := offline.Decide(e.pipeline, api, body, pipeline.Offline{
		User: q.User, Experiment: q.Experiment, Spent: q.Spent, Strategy: e.strategy, Explain: true, AnyModel: true,
	})
	if err != nil {
		return routing.Decision{}, err
	}
	d := plan.Decision
	if !e.explain {
		d.Considered = nil
	}
	return d, nil
}

// print writes a decision for people.
func (e *explainer) print(w io.Writer, d routing.Decision) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(name string, v any) { fmt.Fprintf(tw, "%s\t%v\n", name, v) }
	row("strategy", d.Strategy)
	row("model", d.Model)
	if d.Effort != "" {
		row("effort", d.Effort)
	}
	row("tier", d.Tier)
	row("domain", d.Domain)
	row("complexity", fmt.Sprintf("%.2f", d.Complexity))
	if n := d.Signals.Need; n != (routing.Need{}) {
		row("need", fmt.Sprintf("standard %.2f, premium %.2f, flagship %.2f", n.Standard, n.Premium, n.Flagship))
	}
	row("reason", d.Reason)
	row("estimated cost", fmt.Sprintf("$%.6f", d.EstimatedCost))
	row("candidates", strings.Join(names(d.Candidates), " → "))
	if a := d.Agreement; a != nil {
		row("agreement", fmt.Sprintf("%s and %s, else %s: expected $%.6f instead of $%.6f", d.Model, a.Probe.Name, a.Strong.Name, a.Cost, a.Instead))
	}
	row("signals", signals(&d.Signals))
	if err := tw.Flush(); err != nil || !e.explain {
		return err
	}
	fmt.Fprintf(tw, "\nRULE\t%s\n\nCONSIDERED\tTIER\tESTIMATED COST\tOUTCOME\n", d.Rule)
	for _, c := range d.Considered {
		fmt.Fprintf(tw, "%s\t%s\t$%.6f\t%s\n", c.Model, c.Tier, c.Cost, c.Outcome)
	}
	return tw.Flush()
}

// signals lists what was seen, in the order of the type.
func signals(s *routing.Signals) string {
	text := fmt.Sprintf("words=%d tokens≈%d code=%t math=%t turns=%d turn=%s tools=%t images=%t json=%t",
		s.Words, s.Tokens, s.Code, s.Math, s.Turns, s.Turn, s.Tools, s.Images, s.JSON)
	if s.Language != "" {
		text += " language=" + s.Language
	}
	if s.Stage != "" {
		text += " stage=" + s.Stage
	}
	return text
}

func printJSON(w io.Writer, d routing.Decision) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(struct {
		routing.Decision
		Candidates []string `json:"candidates"`
	}{d, names(d.Candidates)})
}

func names(models []*routing.Model) []string {
	out := make([]string, len(models))
	for i, m := range models {
		out[i] = m.Name
	}
	return out
}

// maxDryRun bounds the body of a dry run over HTTP.
const maxDryRun = 8 << 20

// dryRun serves POST /route: the body is a request as a client would send it, ?api= its
// format, ?strategy=, ?user=, ?experiment= and ?spent= as in `sluice route`. The answer is
// the whole decision.
func dryRun(current func() *config.Runtime) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		q := question{User: query.Get("user"), Experiment: query.Get("experiment")}
		var d routing.Decision
		e, err := newExplainer(current(), query.Get("api"), query.Get("strategy"), true)
		if err == nil && query.Has("spent") {
			q.Spent, err = strconv.ParseFloat(query.Get("spent"), 64)
		}
		if err == nil {
			q.Request, err = io.ReadAll(http.MaxBytesReader(w, r.Body, maxDryRun))
		}
		if err == nil {
			d, err = e.decide(q)
		}
		w.Header().Set("content-type", "application/json")
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			_ = json.NewEncoder(w).Encode(map[string]string{"error": err.Error()})
			return
		}
		_ = printJSON(w, d) // the client is gone
	}
}
