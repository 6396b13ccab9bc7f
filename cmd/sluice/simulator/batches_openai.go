package simulator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// OpenAI's Batch API: a file of requests, a batch of it, and files of results.

// maxOpenAIBatch bounds the requests of one batch.
const maxOpenAIBatch = 50_000

func (s *Server) addFile(name, purpose string, content []byte) *batchFile {
	f := &batchFile{
		id: fmt.Sprintf("file-sim-%06d", s.answers.Add(1)), name: name, purpose: purpose,
		created: time.Now(), content: content,
	}
	s.batches.files = append(s.batches.files, f)
	return f
}

func describeFile(f *batchFile) part {
	return part{
		"id": f.id, "object": "file", "bytes": len(f.content), "created_at": f.created.Unix(),
		"filename": f.name, "purpose": f.purpose, "status": "processed",
	}
}

func (s *Server) uploadFile(w http.ResponseWriter, r *http.Request, body []byte) *failure {
	r.Body = io.NopCloser(bytes.NewReader(body))
	if err := r.ParseMultipartForm(maxBatch); err != nil {
		return &failure{status: http.StatusBadRequest, message: fmt.Sprintf("expected a multipart form: %v", err)}
	}
	purpose := r.FormValue("purpose")
	file, header, err := r.FormFile("file")
	if err != nil || purpose == "" {
		return &failure{status: http.StatusBadRequest, message: "the form needs the fields purpose and file"}
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(file)
	if err != nil {
		return &failure{status: http.StatusBadRequest, message: err.Error()}
	}
	writeObject(w, describeFile(s.addFile(header.Filename, purpose, content)))
	return nil
}

func (s *Server) listFiles(w http.ResponseWriter, r *http.Request) {
	purpose := r.URL.Query().Get("purpose")
	var own []*batchFile
	for _, f := range s.batches.files {
		if purpose == "" || f.purpose == purpose {
			own = append(own, f)
		}
	}
	some, more := page(r, own, func(f *batchFile) string { return f.id })
	writeObject(w, listObject(some, more, func(f *batchFile) (string, part) { return f.id, describeFile(f) }))
}

func (s *Server) file(id string) *batchFile {
	at := slices.IndexFunc(s.batches.files, func(f *batchFile) bool { return f.id == id })
	if at < 0 {
		return nil
	}
	return s.batches.files[at]
}

func (s *Server) readFile(w http.ResponseWriter, id string, content bool) *failure {
	f := s.file(id)
	switch {
	case f == nil:
		return &failure{status: http.StatusNotFound, message: fmt.Sprintf("no file %q", id)}
	case content:
		w.Header().Set("content-type", "application/octet-stream")
		_, _ = w.Write(f.content) // the client may be gone
	default:
		writeObject(w, describeFile(f))
	}
	return nil
}

func (s *Server) createBatch(w http.ResponseWriter, body []byte) *failure {
	var in struct {
		File     string            `json:"input_file_id"`
		Endpoint string            `json:"endpoint"`
		Window   string            `json:"completion_window"`
		Metadata map[string]string `json:"metadata"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return &failure{status: http.StatusBadRequest, message: "invalid JSON body: " + err.Error()}
	}
	f := s.file(in.File)
	switch {
	case f == nil || f.purpose != "batch":
		return &failure{status: http.StatusBadRequest, message: fmt.Sprintf("input_file_id: no file %q of purpose batch", in.File)}
	case in.Window != "24h":
		return &failure{status: http.StatusBadRequest, message: `completion_window: must be "24h"`}
	}
	j := &batchJob{
		id: fmt.Sprintf("batch_sim_%06d", s.answers.Add(1)), dialect: openAI, created: time.Now(),
		input: f.id, metadata: in.Metadata,
	}
	j.requests, j.invalid = readBatchFile(f.content, in.Endpoint)
	s.batches.jobs = append(s.batches.jobs, j)
	writeObject(w, describeOpenAIBatch(j))
	return nil
}

// readBatchFile reads the requests of a file, or says why the file is invalid.
func readBatchFile(content []byte, path string) (requests []batchRequest, invalid string) {
	at := slices.IndexFunc(endpoints, func(e endpoint) bool { return e.errors == openAI && strings.HasSuffix(path, e.suffix) })
	if at < 0 {
		return nil, fmt.Sprintf("endpoint: %q has no batches", path)
	}
	seen, model, n := make(map[string]bool), "", 0
	for line := range bytes.Lines(content) {
		n++
		var in struct {
			ID     string          `json:"custom_id"`
			Method string          `json:"method"`
			URL    string          `json:"url"`
			Body   json.RawMessage `json:"body"`
		}
		var named struct {
			Model string `json:"model"`
		}
		err := json.Unmarshal(line, &in)
		if err == nil {
			err = json.Unmarshal(in.Body, &named)
		}
		switch {
		case err != nil:
			return nil, fmt.Sprintf("line %d is not valid: %v", n, err)
		case in.ID == "" || seen[in.ID]:
			return nil, fmt.Sprintf("line %d: custom_id %q is empty or was used before", n, in.ID)
		case in.Method != http.MethodPost || in.URL != path:
			return nil, fmt.Sprintf("line %d: %s %s is not POST %s", n, in.Method, in.URL, path)
		case n > 1 && named.Model != model:
			return nil, fmt.Sprintf("line %d: model %q, and %q before: a batch has one model", n, named.Model, model)
		case n > maxOpenAIBatch:
			return nil, fmt.Sprintf("more than %d requests", maxOpenAIBatch)
		}
		seen[in.ID], model = true, named.Model
		requests = append(requests, batchRequest{in.ID, &endpoints[at], in.Body})
	}
	if n == 0 {
		return nil, "the file is empty"
	}
	return requests, ""
}

// writeOutcomes makes the files of a batch that has ended.
func (s *Server) writeOutcomes(j *batchJob) {
	var good, bad bytes.Buffer
	for _, o := range j.outcomes {
		line := part{"id": fmt.Sprintf("batch_req_sim_%06d", s.answers.Add(1)), "custom_id": o.id, "response": nil, "error": nil}
		to := &bad
		switch {
		case o.expired:
			line["error"] = part{"code": "batch_expired", "message": "The request was not run before the batch expired."}
		case o.status == 0:
			line["error"] = part{"code": "batch_cancelled", "message": "The batch was cancelled."}
		default:
			line["response"] = part{"status_code": o.status, "request_id": line["id"], "body": json.RawMessage(o.body)}
			if succeeded(o) {
				to = &good
			}
		}
		to.Write(append(encode(line), '\n'))
	}
	if good.Len() > 0 {
		j.output = s.addFile(j.id+"_output.jsonl", "batch_output", good.Bytes())
	}
	if bad.Len() > 0 {
		j.errors = s.addFile(j.id+"_error.jsonl", "batch_output", bad.Bytes())
	}
}

func describeOpenAIBatch(j *batchJob) part {
	state := "validating"
	switch {
	case j.ended.IsZero() && j.polls > 1:
		state = "in_progress"
	case j.ended.IsZero():
	case j.invalid != "":
		state = "failed"
	case j.canceled:
		state = "cancelled"
	case j.count(expired) > 0:
		state = "expired"
	default:
		state = "completed"
	}
	p := part{
		"id": j.id, "object": "batch", "endpoint": "/v1/chat/completions", "status": state, "input_file_id": j.input,
		"completion_window": "24h", "created_at": j.created.Unix(), "metadata": j.metadata,
		"output_file_id": nil, "error_file_id": nil, "errors": nil,
		"request_counts": part{"total": len(j.requests), "completed": j.count(succeeded), "failed": j.count(errored)},
	}
	if j.output != nil {
		p["output_file_id"] = j.output.id
	}
	if j.errors != nil {
		p["error_file_id"] = j.errors.id
	}
	if state == "failed" {
		p["errors"] = part{"object": "list", "data": []part{{"code": "invalid_batch", "message": j.invalid}}}
	}
	return p
}
