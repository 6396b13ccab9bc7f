package batch

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"time"
)

// anthropic is a client of Anthropic's Message Batches: a batch is created from one document,
// and its results are lines in any order. A batch has no metadata, so one whose id was lost is
// looked for by its time and size. Its results show whether it is the right one: their ids
// begin with the name of the run.
type anthropic struct{ *client }

const messageBatches = "/v1/messages/batches"

var anthropicHeader = http.Header{"Anthropic-Version": {"2023-06-01"}, "Content-Type": {"application/json"}}

// anthropicBatch is the part of a batch object that is used.
type anthropicBatch struct {
	ID      string    `json:"id"`
	Status  string    `json:"processing_status"`
	Created time.Time `json:"created_at"`
	Results string    `json:"results_url"`
	Counts  struct {
		Processing int `json:"processing"`
		Succeeded  int `json:"succeeded"`
		Errored    int `json:"errored"`
		Canceled   int `json:"canceled"`
		Expired    int `json:"expired"`
	} `json:"request_counts"`
}

func (b *anthropicBatch) done() int {
	return b.Counts.Succeeded + b.Counts.Errored + b.Counts.Canceled + b.Counts.Expired
}

// upload does nothing: a batch is created with its requests.
func (a *anthropic) upload(context.Context, string, string) (string, error) { return "", nil }

func (a *anthropic) create(ctx context.Context, name, _, path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	header := anthropicHeader.Clone()
	header.Set("Idempotency-Key", name)
	reply, err := a.do(ctx, http.MethodPost, messageBatches, f, info.Size(), header)
	if err != nil {
		return "", err
	}
	var b anthropicBatch
	err = decodeInto(reply, &b, &b.ID)
	return b.ID, err
}

func (a *anthropic) find(ctx context.Context, _ string, file *File, since time.Time, out func(string) bool) (string, error) {
	page := func(after string) (io.ReadCloser, error) {
		return a.get(ctx, query(messageBatches, "limit", pageSize, "after_id", after), anthropicHeader)
	}
	return search(page, func(b *anthropicBatch) (id string, found, old bool) {
		old = !b.Created.After(since.Add(-clockSkew))
		return b.ID, !old && b.done()+b.Counts.Processing == file.Lines && !out(b.ID), old
	})
}

func (a *anthropic) poll(ctx context.Context, id string) (status, error) {
	reply, err := a.get(ctx, messageBatches+"/"+url.PathEscape(id), anthropicHeader)
	if err != nil {
		return status{}, err
	}
	var b anthropicBatch
	if err := decode(reply, &b); err != nil {
		return status{}, err
	}
	s := status{ID: id, State: b.Status, Ended: b.Status == "ended", Done: b.done()}
	if b.Results != "" {
		s.urls = []string{b.Results}
	}
	return s, nil
}

func (a *anthropic) results(ctx context.Context, s status, each func(*result) error) error {
	for _, target := range s.urls {
		err := a.resultLines(ctx, target, anthropicHeader, func(text []byte) error {
			var l struct {
				ID     string `json:"custom_id"`
				Result struct {
					Type    string          `json:"type"`
					Message json.RawMessage `json:"message"`
					Error   json.RawMessage `json:"error"`
				} `json:"result"`
			}
			if err := json.Unmarshal(text, &l); err != nil {
				return err
			}
			res := result{id: l.ID}
			switch l.Result.Type {
			case "succeeded":
				res.status, res.body = http.StatusOK, l.Result.Message
			case "errored":
				res.status, res.body = http.StatusBadRequest, l.Result.Error
				if kind := errorKind(l.Result.Error); anthropicStatus[kind] != 0 {
					res.status = anthropicStatus[kind]
				}
			case "expired":
				res.err = &Problem{codeExpired, "the provider did not process the request in time"}
			case "canceled":
				res.err = &Problem{codeCanceled, "the batch was canceled before the provider processed the request"}
			default:
				res.err = &Problem{codeReply, "unknown kind of result: " + clip(l.Result.Type)}
			}
			return each(&res)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// anthropicStatus has the HTTP statuses of Anthropic's kinds of errors outside of batches.
var anthropicStatus = map[string]int{
	"invalid_request_error": 400, "authentication_error": 401, "permission_error": 403, "not_found_error": 404,
	"request_too_large": 413, "rate_limit_error": 429, "api_error": 500, "timeout_error": 504, "overloaded_error": 529,
}

// errorKind returns the type of an error object.
func errorKind(text []byte) string {
	var e struct {
		Error struct {
			Type string `json:"type"`
		} `json:"error"`
	}
	_ = json.Unmarshal(text, &e) // any other value has no type
	return e.Error.Type
}
