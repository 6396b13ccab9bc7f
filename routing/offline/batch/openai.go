package batch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"sluice/routing/offline"
)

// openAI is a client of OpenAI's Batch API: a file is uploaded, a batch is created from it, and
// its results are files again. A batch has metadata, by which it is found.
type openAI struct{ *client }

// metadataKey holds the name of the run and its file in a batch's metadata.
const metadataKey = "sluice"

// openAIBatch is the part of a batch object that is used.
type openAIBatch struct {
	ID       string            `json:"id"`
	Status   string            `json:"status"`
	Created  int64             `json:"created_at"`
	Output   string            `json:"output_file_id"`
	Errors   string            `json:"error_file_id"`
	Metadata map[string]string `json:"metadata"`
	Counts   struct {
		Completed int `json:"completed"`
		Failed    int `json:"failed"`
	} `json:"request_counts"`
	Refused struct {
		Data []Problem `json:"data"`
	} `json:"errors"`
}

func (o *openAI) upload(ctx context.Context, name, path string) (string, error) {
	id, err := o.findFile(ctx, name)
	if id != "" || err != nil {
		return id, err
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	// The form is written around the file, which is never in memory as a whole.
	var head, tail strings.Builder
	form := multipart.NewWriter(&head)
	if err := form.WriteField("purpose", "batch"); err != nil {
		return "", err
	}
	if _, err := form.CreateFormFile("file", name); err != nil {
		return "", err
	}
	fmt.Fprintf(&tail, "\r\n--%s--\r\n", form.Boundary())
	body := io.MultiReader(strings.NewReader(head.String()), f, strings.NewReader(tail.String()))
	header := http.Header{"Content-Type": {form.FormDataContentType()}}
	reply, err := o.do(ctx, http.MethodPost, "/files", body, int64(head.Len()+tail.Len())+info.Size(), header)
	if err != nil {
		return "", err
	}
	var made struct {
		ID string `json:"id"`
	}
	return made.ID, decodeInto(reply, &made, &made.ID)
}

// decodeInto decodes an object, which must have an id.
func decodeInto(body io.ReadCloser, v any, id *string) error {
	if err := decode(body, v); err != nil {
		return err
	}
	if *id == "" {
		return errors.New("the provider's response has no id")
	}
	return nil
}

// findFile looks for a file that an interrupted run uploaded.
func (o *openAI) findFile(ctx context.Context, name string) (string, error) {
	type file struct {
		ID   string `json:"id"`
		Name string `json:"filename"`
	}
	page := func(after string) (io.ReadCloser, error) {
		return o.get(ctx, query("/files", "purpose", "batch", "limit", pageSize, "order", "desc", "after", after), nil)
	}
	return search(page, func(f *file) (id string, found, old bool) {
		return f.ID, f.Name == name, false
	})
}

func (o *openAI) create(ctx context.Context, name, upload, _ string) (string, error) {
	body := string(offline.Encode(map[string]any{
		"input_file_id": upload, "endpoint": "/v1/chat/completions", "completion_window": "24h",
		"metadata": map[string]string{metadataKey: name},
	}))
	reply, err := o.do(ctx, http.MethodPost, "/batches", strings.NewReader(body), int64(len(body)), http.Header{
		"Content-Type": {"application/json"}, "Idempotency-Key": {name},
	})
	if err != nil {
		return "", err
	}
	var b openAIBatch
	err = decodeInto(reply, &b, &b.ID)
	return b.ID, err
}

func (o *openAI) find(ctx context.Context, name string, _ *File, since time.Time, out func(string) bool) (string, error) {
	page := func(after string) (io.ReadCloser, error) {
		return o.get(ctx, query("/batches", "limit", pageSize, "after", after), nil)
	}
	return search(page, func(b *openAIBatch) (id string, found, old bool) {
		return b.ID, b.Metadata[metadataKey] == name && !out(b.ID), !time.Unix(b.Created, 0).After(since.Add(-clockSkew))
	})
}

func (o *openAI) poll(ctx context.Context, id string) (status, error) {
	reply, err := o.get(ctx, "/batches/"+url.PathEscape(id), nil)
	if err != nil {
		return status{}, err
	}
	var b openAIBatch
	if err := decode(reply, &b); err != nil {
		return status{}, err
	}
	s := status{ID: id, State: b.Status, Done: b.Counts.Completed + b.Counts.Failed}
	switch b.Status {
	case "completed", "expired", "cancelled":
		s.Ended = true
	case "failed":
		s.Ended, s.Problem = true, &Problem{codeFailed, "the provider rejected the batch"}
		if len(b.Refused.Data) > 0 {
			s.Problem.Message += ": " + b.Refused.Data[0].Message
		}
	}
	for _, file := range []string{b.Output, b.Errors} {
		if file != "" {
			s.urls = append(s.urls, "/files/"+url.PathEscape(file)+"/content")
		}
	}
	return s, nil
}

func (o *openAI) results(ctx context.Context, s status, each func(*result) error) error {
	for _, target := range s.urls {
		err := o.resultLines(ctx, target, nil, func(text []byte) error {
			var l struct {
				ID       string `json:"custom_id"`
				Response *struct {
					Status int             `json:"status_code"`
					Body   json.RawMessage `json:"body"`
				} `json:"response"`
				Error *Problem `json:"error"`
			}
			if err := json.Unmarshal(text, &l); err != nil {
				return err
			}
			res := result{id: l.ID, err: l.Error}
			switch {
			case l.Response != nil:
				res.status, res.body, res.err = l.Response.Status, l.Response.Body, nil
			case l.Error == nil:
				res.err = &Problem{codeReply, "neither a response nor an error"}
			}
			return each(&res)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
