package batch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"sluice/routing"
	"sluice/routing/llmapi"
	"sluice/routing/offline"
	"sluice/routing/offline/jsonl"
)

// Planned is a line of the manifest: what was decided for one line of the input.
type Planned struct {
	Line      int      `json:"line"`
	CustomID  string   `json:"custom_id,omitempty"`
	ID        string   `json:"id,omitempty"` // in the provider's file
	API       string   `json:"api,omitempty"`
	Converted bool     `json:"converted,omitempty"` // a chat completion that goes to Anthropic's Messages
	Model     string   `json:"model,omitempty"`     // the first candidate
	Tier      string   `json:"tier,omitempty"`
	Domain    string   `json:"domain,omitempty"`
	Reason    string   `json:"reason,omitempty"`
	File      string   `json:"file,omitempty"`
	Bytes     int64    `json:"bytes,omitempty"` // of the file up to the end of this request
	Input     int      `json:"input_tokens,omitempty"`
	Output    int      `json:"output_tokens,omitempty"`
	Cost      float64  `json:"cost_usd"` // estimated, as are the tokens
	Error     *Problem `json:"error,omitempty"`
}

// checkpoint is the number of lines after which the plan is written to disk: the files first,
// then the manifest that refers to them.
const checkpoint = 1000

// idPrefix begins the ids of this run's requests at the providers.
func (r *Run) idPrefix() string { return "sluice-" + r.begun.Run + "-" }

// lineOf returns the line of a request's id, 0 if the id is not of this run.
func (r *Run) lineOf(id string) int {
	text, ok := strings.CutPrefix(id, r.idPrefix())
	n, err := strconv.Atoi(text)
	if !ok || err != nil || n < 1 || strconv.Itoa(n) != text {
		return 0
	}
	return n
}

// Plan routes every line of the input, and writes the manifest and the files. An interrupted
// plan is continued; a complete one is left as it is. bad, which may be nil, is called for lines
// that cannot be used; the manifest has them, too.
func (r *Run) Plan(ctx context.Context, bad func(*LineError)) error {
	if r.planned != nil {
		return nil
	}
	err := r.plan(ctx, bad)
	if errors.Is(err, errBehind) { // the machine crashed, and the disk did not keep the order of the writes
		if err = os.Remove(r.path(ManifestFile)); err == nil {
			err = r.plan(ctx, bad)
		}
	}
	return err
}

func (r *Run) plan(ctx context.Context, bad func(*LineError)) error {
	in, err := os.Open(r.begun.Settings.Input)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	ids, err := newIDSet(r.dir, r.begun.Lines)
	if err != nil {
		return err
	}
	defer func() { _ = ids.close() }()
	p := &planner{
		run: r, router: newDecider(r.rt, r.begun.Settings.Strategy), ids: ids,
		files: newFileSet(r.dir, limits()),
		tally: Progress{Step: "planning", Total: r.begun.Lines},
	}
	defer p.files.close()
	if err := p.restore(); err != nil {
		return fmt.Errorf("%s: %w", r.path(ManifestFile), err)
	}
	defer func() { _ = p.manifest.Close() }()
	err = jsonl.Each(in, MaxLine, func(n int, raw []byte) error {
		if n <= p.from {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		return p.line(n, raw, bad)
	})
	if err != nil {
		return errors.Join(err, p.save())
	}
	if err := p.save(); err != nil {
		return err
	}
	files, err := p.files.finish()
	if err == nil {
		err = p.manifest.Sync()
	}
	if err != nil {
		return err
	}
	return r.logEvent(event{Do: didPlan, Lines: p.tally.Done, Files: files})
}

// A planner is one call of Plan.
type planner struct {
	run      *Run
	router   *decider
	ids      *idSet
	files    *fileSet
	manifest *os.File
	pending  bytes.Buffer // of the manifest, not written yet
	waiting  int          // lines in it
	from     int          // the last line of the input that is in the manifest
	tally    Progress
}

// restore reads the manifest, and removes its last line if that is incomplete.
func (p *planner) restore() error {
	f, err := os.OpenFile(p.run.path(ManifestFile), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	p.manifest = f
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	var whole int64
	err = jsonl.Each(f, MaxLine, func(n int, text []byte) error {
		if whole+int64(len(text)) >= size {
			return nil // without a line break: incomplete
		}
		var l Planned
		if err := json.Unmarshal(text, &l); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		whole += int64(len(text)) + 1
		return p.restoreLine(&l)
	})
	if err == nil {
		err = p.files.reopen()
	}
	if err == nil {
		err = f.Truncate(whole)
	}
	if err == nil {
		_, err = f.Seek(whole, io.SeekStart)
	}
	return err
}

func (p *planner) restoreLine(l *Planned) error {
	p.from = l.Line
	p.count(l)
	if l.CustomID != "" {
		if _, err := p.ids.add(l.CustomID, l.Line); err != nil {
			return err
		}
	}
	if l.File == "" {
		return nil
	}
	var m *routing.Model
	if l.File != DirectFile {
		if m = p.run.rt.Router.Model(l.Model); m == nil {
			return fmt.Errorf("line %d names the model %q, which is not configured", l.Line, l.Model)
		}
	}
	return p.files.restore(l.File, m, l.Bytes)
}

func (p *planner) count(l *Planned) {
	p.tally.Done++
	p.tally.Cost += l.Cost
	if l.Error != nil {
		p.tally.Failed++
	}
}

// line plans one line of the input.
func (p *planner) line(n int, raw []byte, bad func(*LineError)) error {
	if raw != nil && len(bytes.TrimSpace(raw)) == 0 {
		return nil
	}
	out := Planned{Line: n}
	l, err := readLine(raw, p.router.alias)
	out.CustomID = l.ID
	if l.ID != "" {
		before, failed := p.ids.add(l.ID, n)
		if failed != nil {
			return failed
		}
		if before != 0 && err == nil {
			err = fmt.Errorf("the id %q is also that of line %d; expected a unique one", clip(l.ID), before)
		}
	}
	if err == nil {
		l.Number = n
		err = p.place(&l, &out)
	}
	if mine, ok := errors.AsType[*fileError](err); ok {
		return mine.err
	}
	if err != nil {
		out.Error = &Problem{codeInvalid, err.Error()}
		if bad != nil {
			bad(&LineError{p.run.begun.Settings.Input, n, err})
		}
	}
	p.pending.Write(append(offline.Encode(out), '\n'))
	p.count(&out)
	if p.waiting++; p.waiting >= checkpoint {
		if err := p.save(); err != nil {
			return err
		}
	}
	p.run.progress(p.tally)
	return nil
}

// fileError is an error that is not that of a line.
type fileError struct{ err error }

func (e *fileError) Error() string { return e.err.Error() }

// place routes a line and writes it to the file of its model.
func (p *planner) place(l *Line, out *Planned) error {
	c, err := p.router.decide(l)
	if err != nil {
		return err
	}
	m := c.model
	out.API, out.Model, out.Tier, out.Domain, out.Reason = l.API.String(), m.Name, m.Tier.String(), c.Domain, c.Reason
	out.Input, out.Output, out.ID = c.Tokens, m.AssumedLength(c.Limit), p.run.idPrefix()+strconv.Itoa(l.Number)
	body, format := c.body, c.API.Format()
	out.Converted = c.API != l.API
	var to *routing.Model // nil: the line is sent by itself
	if m.BatchRate > 0 && !p.run.begun.Settings.Send {
		if own := m.Provider.Formats[0]; own == format {
			to = m
		} else if own == routing.Anthropic {
			if other, ok := toMessages(body); ok {
				to, body, out.Converted = m, other, true
			}
		}
	}
	estimated := routing.Usage{Input: out.Input, Output: out.Output}
	var request []byte
	if to == nil {
		out.Cost = m.Bill(estimated, c.Service)
		request = openAIRequest(out.ID, offline.Path(c.API), body)
	} else {
		out.Cost = m.Bill(estimated, routing.ServiceBatch)
		api := routing.OpenAIChat
		if out.Converted || c.API == routing.AnthropicMessages {
			api = routing.AnthropicMessages
		}
		if body, err = named(api, body, m); err != nil {
			return err
		}
		if api == routing.AnthropicMessages {
			request = append(fmt.Appendf(nil, `{"custom_id":%q,"params":`, out.ID), body...)
			request = append(request, '}')
		} else {
			request = openAIRequest(out.ID, offline.Path(api), body)
		}
	}
	o, err := p.files.write(to, request)
	if err != nil {
		return &fileError{err}
	}
	out.File, out.Bytes = o.Name, o.Bytes
	return nil
}

// openAIRequest returns a line of OpenAI's batch input.
func openAIRequest(id, path string, body []byte) []byte {
	return append(append(fmt.Appendf(nil, `{"custom_id":%q,"method":"POST","url":%q,"body":`, id, path), body...), '}')
}

// named returns the body with the model, the effort asked of it and a limit that it can give.
// Everything else is kept byte for byte.
func named(api routing.API, body []byte, m *routing.Model) ([]byte, error) {
	req, err := llmapi.Read(api, body)
	if err != nil {
		return nil, err
	}
	m = m.For(&req)
	return llmapi.Apply(body, llmapi.AskModel(&req, m).Edits(body, &req, m)...), nil
}

// save writes what was planned to disk.
func (p *planner) save() error {
	if err := p.files.sync(); err != nil {
		return err
	}
	_, err := p.manifest.Write(p.pending.Bytes())
	p.pending.Reset()
	p.waiting = 0
	return err
}
