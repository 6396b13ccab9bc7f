package batch

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"sluice/routing"
	"sluice/routing/llmapi/answer"
	"sluice/routing/offline/jsonl"
)

// A responseLog records responses, the first for each line, and finds them by line.
type responseLog struct {
	log    *recordLog
	table  *lineTable
	models []*routing.Model
	files  []File
	tally  Progress // lines with a response, all steps together
}

// open opens the run's responses, once. It reads the manifest and the recorded responses to
// learn which file has each line.
func (r *Run) open() (*responseLog, error) {
	if r.answers != nil {
		return r.answers, nil
	}
	table, err := newLineTable(r.dir)
	if err != nil {
		return nil, err
	}
	b := &responseLog{table: table, models: r.rt.Router.Models(), files: r.planned.Files, tally: Progress{Total: r.planned.Lines}}
	if err := b.place(r); err != nil {
		return nil, errors.Join(err, table.close())
	}
	b.log, err = openLog(r.path(answersFile), time.Second, func(at int64, size int, text []byte) error {
		var a struct {
			Line  int      `json:"line"`
			Cost  float64  `json:"cost_usd"`
			Error *Problem `json:"error"`
		}
		if err := json.Unmarshal(text, &a); err != nil {
			return err
		}
		s, err := table.get(a.Line)
		if err != nil {
			return err
		}
		s.at, s.size = at, uint32(size)
		b.count(a.Cost, a.Error != nil)
		return table.put(a.Line, s)
	})
	if err != nil {
		return nil, errors.Join(err, table.close())
	}
	r.answers = b
	return b, nil
}

// place stores for each line its file and its model.
func (b *responseLog) place(r *Run) error {
	file, model := make(map[string]uint32), make(map[string]uint32)
	for i, f := range b.files {
		file[f.Name] = uint32(i) + 1
	}
	for i, m := range b.models {
		model[m.Name] = uint32(i) + 1
	}
	return r.eachPlanned(func(l *Planned) error {
		if l.Error != nil {
			b.count(0, true)
			return nil
		}
		return b.table.put(l.Line, slot{file: file[l.File], model: model[l.Model]})
	})
}

// eachPlanned calls each for every line of the manifest.
func (r *Run) eachPlanned(each func(*Planned) error) error {
	f, err := os.Open(r.path(ManifestFile))
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	return jsonl.Each(f, MaxLine, func(n int, text []byte) error {
		var l Planned
		if err := json.Unmarshal(text, &l); err != nil {
			return fmt.Errorf("%s:%d: %w", f.Name(), n, err)
		}
		return each(&l)
	})
}

func (b *responseLog) count(usd float64, failed bool) {
	b.tally.Done++
	b.tally.Cost += usd
	if failed {
		b.tally.Failed++
	}
}

// record records the response to a line of the file, unless the line has one. A response to a
// line that the file does not have is ignored.
func (b *responseLog) record(file int, a *Response) error {
	s, err := b.table.get(a.Line)
	if err != nil {
		return err
	}
	if s.file != uint32(file)+1 || s.size != 0 {
		return nil
	}
	at, size, err := b.log.append(a)
	if err != nil {
		return err
	}
	s.at, s.size = at, uint32(size)
	b.count(a.Cost, a.Error != nil)
	return b.table.put(a.Line, s)
}

// model returns the model that the plan chose for the line; nil if it is no longer
// configured.
func (b *responseLog) model(line int) (*routing.Model, error) {
	s, err := b.table.get(line)
	if err != nil || s.model == 0 {
		return nil, err
	}
	return b.models[s.model-1], nil
}

// answered reports whether the line has a response.
func (b *responseLog) answered(line int) (bool, error) {
	s, err := b.table.get(line)
	return s.size != 0, err
}

// read returns the response to the line, nil if there is none.
func (b *responseLog) read(line int) (*Response, error) {
	s, err := b.table.get(line)
	if err != nil || s.size == 0 {
		return nil, err
	}
	text := make([]byte, s.size)
	if _, err := b.log.file.ReadAt(text, s.at); err != nil {
		return nil, err
	}
	a := &Response{}
	return a, json.Unmarshal(text, a)
}

func (b *responseLog) close() error { return errors.Join(b.log.close(), b.table.close()) }

// Sources of a cost.
const (
	sourceUsage    = "usage"
	sourceEstimate = "estimate"
)

// take fills the response from the status and body of an HTTP response in the format. The
// usage that the provider reports is charged at m's price for the service tier; "" is the tier
// that the body names.
func (a *Response) take(format routing.Format, status int, body []byte, m *routing.Model, service routing.ServiceTier) {
	a.Status, a.Input, a.Output = status, -1, -1
	body = bytes.TrimSpace(body)
	if status < 200 || status > 299 {
		said := answer.ReadError(body)
		code := said.Name()
		if code == "" {
			code = fmt.Sprintf("status_%d", status)
		}
		a.Error = &Problem{code, said.Message}
		return
	}
	said, err := answer.Read(format, body)
	if err != nil || !json.Valid(body) {
		a.Error = &Problem{codeReply, "the answer is not JSON: " + clip(string(body))}
		return
	}
	if !said.Error.None() {
		a.Error = &Problem{codeReply, said.Error.String()}
		return
	}
	a.Response, a.Input, a.Output = body, said.Usage.Input, said.Usage.Output
	if m != nil && said.Usage.Reported() {
		said.Usage.Served = cmp.Or(service, said.Usage.Served) // the body may not say that it is of a batch
		a.Cost, a.Source = m.Bill(said.Usage, ""), sourceUsage
	}
}

// readAll reads a body of at most so many bytes.
func readAll(r io.Reader, most int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, most+1))
	if err == nil && int64(len(b)) > most {
		err = fmt.Errorf("longer than %d bytes", most)
	}
	return b, err
}
