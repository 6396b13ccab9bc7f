package simulator

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Batches of both providers: requests that are answered later, all at once.

// maxBatch bounds the input of a batch, in bytes.
const maxBatch = 256 << 20

// Batch is the duration of batches: they end after both.
type Batch struct {
	Polls int           // number of polls
	Time  time.Duration // since the creation
}

// batches are all batches and files of a server.
type batches struct {
	mu    sync.Mutex
	jobs  []*batchJob // newest last
	files []*batchFile
}

// A batchFile is a file that was uploaded, or that a batch made.
type batchFile struct {
	id, name, purpose string
	created           time.Time
	content           []byte
}

// A batchRequest is one request of a batch.
type batchRequest struct {
	id       string
	endpoint *endpoint
	body     []byte
}

// An outcome is the result of one request.
type outcome struct {
	id      string
	status  int // of HTTP; 0 if it was not answered
	body    []byte
	expired bool
}

// A batchJob is one batch.
type batchJob struct {
	id       string
	dialect  dialect
	created  time.Time
	polls    int
	requests []batchRequest
	input    string // OpenAI: the file
	metadata map[string]string
	invalid  string // OpenAI: why the whole batch fails
	canceled bool
	ended    time.Time // zero while in progress
	outcomes []outcome
	output   *batchFile // OpenAI: the results, and the errors; nil for none
	errors   *batchFile
}

// count returns how many outcomes are so.
func (j *batchJob) count(so func(outcome) bool) int {
	n := 0
	for _, o := range j.outcomes {
		if so(o) {
			n++
		}
	}
	return n
}

func succeeded(o outcome) bool { return o.status == http.StatusOK }
func errored(o outcome) bool   { return o.status != 0 && o.status != http.StatusOK }
func expired(o outcome) bool   { return o.expired }

// batchPath splits the path of a batch or file into its kind, the id, and what is requested of
// it. ok is false for all other paths.
func batchPath(path string) (kind, id, verb string, ok bool) {
	for _, kind := range []string{"/messages/batches", "/batches", "/files"} {
		if _, rest, found := strings.Cut(path, kind); found && (rest == "" || rest[0] == '/') {
			id, verb, _ = strings.Cut(strings.TrimPrefix(rest, "/"), "/")
			return kind, id, verb, true
		}
	}
	return "", "", "", false
}

// serveBatches answers a request for batches or files.
func (s *Server) serveBatches(w http.ResponseWriter, r *http.Request, body []byte) {
	kind, id, verb, _ := batchPath(r.URL.Path)
	s.batches.mu.Lock()
	defer s.batches.mu.Unlock()
	wire := dialectOf(r)
	var f *failure
	switch call := r.Method + " " + kind; {
	case call == "POST /files" && id == "":
		f = s.uploadFile(w, r, body)
	case call == "GET /files" && id == "":
		s.listFiles(w, r)
	case call == "GET /files" && (verb == "" || verb == "content"):
		f = s.readFile(w, id, verb == "content")
	case call == "POST /batches" && id == "":
		f = s.createBatch(w, body)
	case call == "POST /messages/batches" && id == "":
		f = s.createMessageBatch(w, r, body)
	case r.Method == http.MethodGet && kind != "/files" && id == "":
		s.listBatches(w, r, wire)
	default:
		f = s.serveBatch(w, r, wire, id, verb)
	}
	if f != nil {
		writeError(w, wire, *f)
	}
}

// serveBatch answers a request for one batch.
func (s *Server) serveBatch(w http.ResponseWriter, r *http.Request, wire dialect, id, verb string) *failure {
	at := slices.IndexFunc(s.batches.jobs, func(j *batchJob) bool { return j.id == id && j.dialect == wire })
	if at < 0 {
		return &failure{status: http.StatusNotFound, message: fmt.Sprintf("no batch %q", id)}
	}
	j := s.batches.jobs[at]
	switch call := r.Method + " " + verb; {
	case call == "GET ":
		j.polls++
		s.advance(j)
	case call == "POST cancel":
		j.canceled = true
	case call == "GET results" && wire == anthropic && !j.ended.IsZero():
		w.Header().Set("content-type", "application/x-jsonl")
		_, _ = w.Write(messageResults(j)) // the client may be gone
		return nil
	default:
		return &failure{status: http.StatusNotFound, message: fmt.Sprintf("unknown path %s %s", r.Method, r.URL.Path)}
	}
	writeObject(w, describeBatch(j, r))
	return nil
}

// advance ends a batch whose time has come.
func (s *Server) advance(j *batchJob) {
	o := s.options.Batch
	if !j.ended.IsZero() || !j.canceled && (j.polls <= o.Polls || time.Since(j.created) < o.Time) {
		return
	}
	j.ended = time.Now()
	if j.invalid != "" {
		return
	}
	for _, r := range j.requests {
		out := outcome{id: r.id}
		if !j.canceled {
			s.perform(&r, &out)
		}
		j.outcomes = append(j.outcomes, out)
	}
	if j.dialect == openAI {
		s.writeOutcomes(j)
	}
}

// perform answers one request of a batch. Only what the behaviour says counts, not its timing.
func (s *Server) perform(r *batchRequest, out *outcome) {
	req, b, f := s.consider(r.endpoint, r.body, 0)
	if f == nil && req.stream {
		f = &failure{status: http.StatusBadRequest, message: "stream: not in a batch"}
	}
	if f == nil && b.Status != 0 {
		f = &failure{status: b.Status, model: req.model, context: b.ContextLength}
	}
	switch {
	case f != nil:
		out.status, out.body = f.status, encode(f.object(r.endpoint.errors))
	case b.Expire:
		out.expired = true
	default:
		c := capture{header: make(http.Header)}
		b = Behaviour{Say: b.Say, Confidence: b.Confidence, Bytes: b.Bytes}
		r.endpoint.write(s.exchange(&c, req, b))
		out.status, out.body = http.StatusOK, c.body.Bytes()
	}
}

// capture is an [http.ResponseWriter] that keeps the answer.
type capture struct {
	header http.Header
	body   bytes.Buffer
}

func (c *capture) Header() http.Header         { return c.header }
func (c *capture) Write(b []byte) (int, error) { return c.body.Write(b) }
func (c *capture) WriteHeader(int)             {}
func (c *capture) Flush()                      {}

// page returns the part of a list, newest first, that the query asks for.
func page[T any](r *http.Request, all []T, id func(T) string) (some []T, more bool) {
	all = slices.Clone(all)
	slices.Reverse(all)
	after := r.URL.Query().Get("after") + r.URL.Query().Get("after_id")
	if at := slices.IndexFunc(all, func(v T) bool { return id(v) == after }); after != "" && at >= 0 {
		all = all[at+1:]
	}
	most, err := strconv.Atoi(r.URL.Query().Get("limit"))
	if err != nil || most < 1 {
		most = 20
	}
	return all[:min(most, len(all))], len(all) > most
}

// listBatches serves the list of a dialect's batches.
func (s *Server) listBatches(w http.ResponseWriter, r *http.Request, d dialect) {
	var own []*batchJob
	for _, j := range s.batches.jobs {
		if j.dialect == d {
			own = append(own, j)
		}
	}
	some, more := page(r, own, func(j *batchJob) string { return j.id })
	list := listObject(some, more, func(j *batchJob) (string, part) { return j.id, describeBatch(j, r) })
	writeObject(w, list)
}

// listObject is the shape of both providers' lists.
func listObject[T any](some []T, more bool, describe func(T) (id string, object part)) part {
	list := part{"object": "list", "has_more": more, "first_id": nil, "last_id": nil}
	data := make([]part, len(some))
	for i, v := range some {
		var id string
		id, data[i] = describe(v)
		if i == 0 {
			list["first_id"] = id
		}
		list["last_id"] = id
	}
	list["data"] = data
	return list
}

func describeBatch(j *batchJob, r *http.Request) part {
	if j.dialect == anthropic {
		return describeMessageBatch(j, r)
	}
	return describeOpenAIBatch(j)
}

func writeObject(w http.ResponseWriter, v any) {
	w.Header().Set("content-type", "application/json")
	_, _ = w.Write(encode(v)) // the client may be gone
}
