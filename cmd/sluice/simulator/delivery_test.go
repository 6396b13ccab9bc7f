package simulator

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestGate reads each event before the next one is let go.
func TestGate(t *testing.T) {
	s, base := start(t, Options{Record: 1})
	step := make(chan struct{}, 1)
	s.Behave(func(string, []byte) Behaviour {
		return Behaviour{Say: Short, Gate: func(ctx context.Context, n int) {
			if n == 0 {
				return
			}
			select {
			case <-step:
			case <-ctx.Done():
			}
		}}
	})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/v1/chat/completions",
		strings.NewReader(`{"model":"m1","stream":true,"messages":[{"role":"user","content":"x"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	step <- struct{}{} // headers travel with the first event
	r, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	lines := bufio.NewScanner(r.Body)
	for event := 1; event <= 4; event++ {
		if !lines.Scan() || !strings.HasPrefix(lines.Text(), "data: ") || !lines.Scan() {
			t.Fatalf("event %d: %q, %v", event, lines.Text(), lines.Err())
		}
		if event < 4 {
			step <- struct{}{}
		}
	}
	if lines.Scan() || lines.Err() != nil {
		t.Errorf("after the last event: %q, %v", lines.Text(), lines.Err())
	}
	if got := s.Requests(); len(got) != 1 || got[0].Model != "m1" || got[0].Proto != "HTTP/1.1" {
		t.Errorf("recorded %+v", got)
	}
}

// TestDelivery covers what cuts an answer or keeps it back; every client gives up by
// cancelling, none by waiting.
func TestDelivery(t *testing.T) {
	_, base := start(t, Options{})
	for _, a := range apis {
		t.Run("cut/"+a.name, func(t *testing.T) {
			if _, _, err := a.ask(t, base, "Hi [[m1: cut=3]]", nil); err == nil {
				t.Error("the answer arrived whole")
			}
		})
		t.Run("slow/"+a.name, func(t *testing.T) {
			s, _, err := a.ask(t, base, "Hi [[m1: short delay=1ms drip=1ms]]", nil)
			if err != nil || s.text != "Yes." {
				t.Errorf("got %+v, error %v", s, err)
			}
		})
		for _, word := range []string{"hang", "stall=2"} {
			t.Run(word+"/"+a.name, func(t *testing.T) {
				gone, base := start(t, Options{Record: 1})
				asked := make(chan error, 1)
				go func() {
					_, _, err := a.ask(t, base, "Hi [[m1: "+word+"]]", nil)
					asked <- err
				}()
				for len(gone.Requests()) == 0 { // then it hangs until the server closes
					select {
					case err := <-asked:
						t.Fatalf("answered before the request was seen: %v", err)
					default:
					}
				}
				if err := gone.Close(); err != nil {
					t.Fatal(err)
				}
				if err := <-asked; err == nil {
					t.Error("the answer arrived whole")
				}
			})
		}
	}
}

func TestGzipIgnoresTheClient(t *testing.T) {
	_, base := start(t, Options{})
	r, err := send(t, http.MethodPost, base+"/v1/messages",
		`{"model":"m1","messages":[{"role":"user","content":"[[m1: gzip]]"}]}`, map[string]string{"accept-encoding": "identity"})
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(strings.NewReader(r.body))
	if err != nil || r.header.Get("content-encoding") != "gzip" {
		t.Fatalf("not compressed: %v, %v", r.header, err)
	}
	if b, err := io.ReadAll(z); err != nil || !json.Valid(b) {
		t.Errorf("got %s, %v", b, err)
	}
}

func TestHTTP2(t *testing.T) {
	s, base := start(t, Options{Record: 2})
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	c := http.Client{Transport: &http.Transport{Protocols: &protocols}}
	defer c.CloseIdleConnections()
	for range 3 {
		r, err := c.Post(base+"/v1/messages?beta=true", "application/json", strings.NewReader(`{"model":"m1","messages":[{"role":"user","content":"x"}]}`))
		if err != nil {
			t.Fatal(err)
		}
		_ = r.Body.Close()
	}
	got := s.Requests()
	if len(got) != 2 || got[0].Number != 2 || got[1].Number != 3 {
		t.Fatalf("recorded %+v, want requests 2 and 3", got)
	}
	if r := got[1]; r.Proto != "HTTP/2.0" || r.Path != "/v1/messages?beta=true" || "http://"+r.Host != base || r.Model != "m1" {
		t.Errorf("recorded %+v", r)
	}
}
