package main

import (
	"context"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// TestSimulate: the command serves both formats until it is told to stop, and enforces its flags.
func TestSimulate(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	cmd := rootCommand()
	out, w := io.Pipe()
	cmd.SetOut(w)
	cmd.SetArgs([]string{"simulate", "--listen", "127.0.0.1:0", "--models", "m1,m2", "--header", "authorization", "--credential", "Bearer k"})
	done := make(chan error, 1)
	go func() { done <- cmd.ExecuteContext(ctx) }()
	line := make([]byte, 200)
	n, err := out.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	base := regexp.MustCompile(`http://\S+/v1`).FindString(string(line[:n]))
	for _, tt := range []struct {
		model, key string
		status     int
	}{{"m2", "Bearer k", 200}, {"m3", "Bearer k", 404}, {"m1", "", 401}} {
		req, err := http.NewRequest(http.MethodPost, base+"/chat/completions",
			strings.NewReader(`{"model":"`+tt.model+`","messages":[{"role":"user","content":"hello"}]}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("authorization", tt.key)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != tt.status {
			t.Errorf("%s with %q: %s, want %d", tt.model, tt.key, res.Status, tt.status)
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
