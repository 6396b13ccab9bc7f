package batch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"sluice/routing"
	"sluice/routing/llmapi/answer"
	"sluice/routing/offline/jsonl"
)

// An Endpoint says how the batch API of a provider is reached.
type Endpoint struct {
	Base   string       // base URL, as for the provider's own SDK
	Format string       // openai or anthropic: whose batch API it is
	Header string       // that carries the key; "" is no key
	Key    string       // the header's value
	Client *http.Client // its redirects are not followed: they could take the key elsewhere
}

// A service is a provider's batch API.
type service interface {
	// upload uploads the file, where the API has uploads, and returns its id. A file that is
	// there already is not uploaded again.
	upload(ctx context.Context, name, path string) (id string, err error)
	// create starts a batch.
	create(ctx context.Context, name, upload, path string) (id string, err error)
	// find looks for a batch whose creation succeeded but whose response was lost: of the file,
	// created since then, and not one of those to leave out. "" is none.
	find(ctx context.Context, name string, file *File, since time.Time, out func(id string) bool) (id string, err error)
	// poll returns the status of a batch.
	poll(ctx context.Context, id string) (status, error)
	// results calls each for every result of a batch that has ended.
	results(ctx context.Context, s status, each func(*result) error) error
}

// A status is the progress of a batch at its provider.
type status struct {
	ID    string
	State string // as the provider calls it
	Ended bool
	Done  int // requests
	// Problem is why the provider rejected the whole batch.
	Problem *Problem

	urls []string // of the results
}

// A result is the outcome of one request in a provider's batch.
type result struct {
	id     string
	status int
	body   []byte   // an answer, or an error in the provider's format
	err    *Problem // there is no answer
}

// service returns the client of the endpoint's batch API.
func (e *Endpoint) service() (service, error) {
	base, err := url.Parse(e.Base)
	if err != nil {
		return nil, fmt.Errorf("endpoint: %w", err)
	}
	c := &client{Endpoint: e, base: strings.TrimRight(e.Base, "/"), host: base.Scheme + "://" + base.Host, http: *e.Client}
	c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	switch e.Format {
	case routing.OpenAI.String():
		return &openAI{c}, nil
	case routing.Anthropic.String():
		return &anthropic{c}, nil
	default:
		return nil, fmt.Errorf("format %q has no batches", e.Format)
	}
}

// A client sends HTTP requests to one provider.
type client struct {
	*Endpoint
	base, host string
	http       http.Client
}

// A StatusError is an HTTP error of a provider's batch API.
type StatusError struct {
	Status        int
	Code, Message string
}

func (e *StatusError) Error() string {
	return strings.TrimRight(fmt.Sprintf("status %d: %s: %s", e.Status, e.Code, clip(e.Message)), ": ")
}

// do sends a request and returns the body of a response with status 2xx. There are no retries.
func (c *client) do(ctx context.Context, method, target string, body io.Reader, size int64, header http.Header) (io.ReadCloser, error) {
	target, err := c.at(target)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, method, target, body)
	if err != nil {
		return nil, err
	}
	maps.Copy(req.Header, header)
	if body != nil {
		req.ContentLength = size
	}
	if c.Header != "" {
		req.Header.Set(c.Header, c.Key)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode >= 200 && resp.StatusCode < 300 {
		return resp.Body, nil
	}
	text, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10)) // as much as can be read
	said := answer.ReadError(text)
	return nil, errors.Join(&StatusError{resp.StatusCode, said.Name(), said.Message}, resp.Body.Close())
}

// at returns the URL of a path, or a URL that the provider gave. That must be on the provider's
// own host: the key is sent to nobody else.
func (c *client) at(target string) (string, error) {
	if strings.HasPrefix(target, "/") {
		return c.base + target, nil
	}
	if !strings.HasPrefix(target, c.host+"/") {
		return "", fmt.Errorf("%q is not at %s", clip(target), c.host)
	}
	return target, nil
}

// get retries: a GET changes nothing.
func (c *client) get(ctx context.Context, target string, header http.Header) (io.ReadCloser, error) {
	if _, err := c.at(target); err != nil {
		return nil, err
	}
	pause := firstPause
	for n := 1; ; n++ {
		body, err := c.do(ctx, http.MethodGet, target, nil, 0, header)
		var said *StatusError
		if err == nil || n == attempts || ctx.Err() != nil || errors.As(err, &said) && said.Status != 429 && said.Status < 500 {
			return body, err
		}
		if err := sleep(ctx, pause); err != nil {
			return nil, err
		}
		pause *= 2
	}
}

// maxObject bounds the JSON of a batch, a file or a list of them, in bytes.
const maxObject = 8 << 20

// decode reads one object.
func decode(body io.ReadCloser, v any) error {
	text, err := readAll(body, maxObject)
	if err = errors.Join(err, body.Close()); err != nil {
		return err
	}
	return json.Unmarshal(text, v)
}

// resultLines calls each for every line of a file of results.
func (c *client) resultLines(ctx context.Context, target string, header http.Header, each func(text []byte) error) error {
	body, err := c.get(ctx, target, header)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }()
	return jsonl.Each(body, MaxResponse, func(n int, text []byte) error {
		if text == nil {
			return fmt.Errorf("result %d is longer than %d bytes", n, MaxResponse)
		}
		if len(bytes.TrimSpace(text)) == 0 {
			return nil
		}
		if err := each(text); err != nil {
			return fmt.Errorf("result %d: %w", n, err)
		}
		return nil
	})
}

// query adds parameters to a path.
func query(path string, pairs ...string) string {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	return path + "?" + v.Encode()
}

// pageSize is how many batches or files are listed at a time.
const pageSize = "100"

// clockSkew is the assumed maximum error of a provider's clock.
const clockSkew = 10 * time.Minute

// search reads a list page by page, newest first, until look finds an entry or sees one that is
// too old. It returns the id, "" if there is none. What a run looks for is recent, so the number
// of pages is bounded.
func search[T any](page func(after string) (io.ReadCloser, error), look func(*T) (id string, found, old bool)) (string, error) {
	const most = 20
	after := ""
	for range most {
		reply, err := page(after)
		if err != nil {
			return "", err
		}
		var list struct {
			Data []T  `json:"data"`
			More bool `json:"has_more"`
		}
		if err := decode(reply, &list); err != nil {
			return "", err
		}
		more := list.More && len(list.Data) > 0
		for i := range list.Data {
			id, found, old := look(&list.Data[i])
			if found {
				return id, nil
			}
			after, more = id, more && !old
		}
		if !more {
			return "", nil
		}
	}
	return "", nil
}
