package simulator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"time"
)

// Anthropic's Message Batches: one document of requests, and lines of results in any order.

// maxMessageBatch bounds the requests of one batch.
const maxMessageBatch = 100_000

// customID matches the ids that Anthropic accepts.
var customID = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)

func (s *Server) createMessageBatch(w http.ResponseWriter, r *http.Request, body []byte) *failure {
	var in struct {
		Requests []struct {
			ID     string          `json:"custom_id"`
			Params json.RawMessage `json:"params"`
		} `json:"requests"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return &failure{status: http.StatusBadRequest, message: "invalid JSON body: " + err.Error()}
	}
	if n := len(in.Requests); n == 0 || n > maxMessageBatch {
		return &failure{status: http.StatusBadRequest, message: fmt.Sprintf("requests: %d; expected 1 to %d", n, maxMessageBatch)}
	}
	at := slices.IndexFunc(endpoints, func(e endpoint) bool { return e.suffix == "/messages" })
	j := &batchJob{id: fmt.Sprintf("msgbatch_sim_%06d", s.answers.Add(1)), dialect: anthropic, created: time.Now()}
	seen := make(map[string]bool)
	for i, r := range in.Requests {
		if !customID.MatchString(r.ID) || seen[r.ID] {
			return &failure{status: http.StatusBadRequest, message: fmt.Sprintf("requests.%d.custom_id: %q is not an id, or was used before", i, r.ID)}
		}
		seen[r.ID] = true
		j.requests = append(j.requests, batchRequest{r.ID, &endpoints[at], r.Params})
	}
	s.batches.jobs = append(s.batches.jobs, j)
	writeObject(w, describeMessageBatch(j, r))
	return nil
}

// messageResults returns the lines of results, shuffled: Anthropic promises no order.
func messageResults(j *batchJob) []byte {
	order := rand.New(rand.NewPCG(uint64(len(j.outcomes)), 7)).Perm(len(j.outcomes))
	var b bytes.Buffer
	for _, i := range order {
		o := j.outcomes[i]
		result := part{"type": "canceled"}
		switch {
		case o.expired:
			result = part{"type": "expired"}
		case succeeded(o):
			result = part{"type": "succeeded", "message": json.RawMessage(o.body)}
		case o.status != 0:
			result = part{"type": "errored", "error": json.RawMessage(o.body)}
		}
		b.Write(append(encode(part{"custom_id": o.id, "result": result}), '\n'))
	}
	return b.Bytes()
}

func describeMessageBatch(j *batchJob, r *http.Request) part {
	p := part{
		"id": j.id, "type": "message_batch", "processing_status": "in_progress", "created_at": j.created.UTC().Format(time.RFC3339Nano),
		"expires_at": j.created.UTC().Add(24 * time.Hour).Format(time.RFC3339Nano),
		"ended_at":   nil, "cancel_initiated_at": nil, "archived_at": nil, "results_url": nil,
	}
	counts := part{"processing": len(j.requests), "succeeded": 0, "errored": 0, "canceled": 0, "expired": 0}
	if !j.ended.IsZero() {
		good, bad, late := j.count(succeeded), j.count(errored), j.count(expired)
		counts = part{"processing": 0, "succeeded": good, "errored": bad, "expired": late, "canceled": len(j.requests) - good - bad - late}
		p["processing_status"], p["ended_at"] = "ended", j.ended.UTC().Format(time.RFC3339Nano)
		p["results_url"] = "http://" + r.Host + "/v1/messages/batches/" + j.id + "/results"
	}
	p["request_counts"] = counts
	return p
}
