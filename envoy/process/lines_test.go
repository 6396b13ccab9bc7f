package process

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"
)

// TestLines: whatever the pieces in which lines are written, they come out whole.
func TestLines(t *testing.T) {
	const writers, lines = 4, 200
	var out bytes.Buffer
	shared := NewLines(&out)
	var all sync.WaitGroup
	for i := range writers {
		all.Go(func() {
			var text strings.Builder
			for j := range lines {
				fmt.Fprintf(&text, "writer %d says %d%s.\n", i, j, strings.Repeat("!", j))
			}
			w, rest := shared.Writer(), text.String()
			for n := 1; rest != ""; n = n*7%101 + 1 {
				part := rest[:min(n, len(rest))]
				if k, err := w.Write([]byte(part)); k != len(part) || err != nil {
					t.Errorf("wrote %d of %d bytes: %v", k, len(part), err)
				}
				rest = rest[len(part):]
			}
		})
	}
	all.Wait()
	var next [writers]int
	for line := range strings.Lines(out.String()) {
		var i, j int
		var marks string
		if n, err := fmt.Sscanf(line, "writer %d says %d%s\n", &i, &j, &marks); n != 3 || err != nil || i >= writers || j != next[i] || marks != strings.Repeat("!", j)+"." {
			t.Fatalf("line %q, want writer %d's number %d", line, i, next[i])
		}
		next[i]++
	}
	if next != [writers]int{lines, lines, lines, lines} {
		t.Errorf("lines of each writer: %v", next)
	}
}

// TestLinesAreBounded: a line without an end is not kept for ever.
func TestLinesAreBounded(t *testing.T) {
	var out bytes.Buffer
	w := NewLines(&out).Writer()
	for range 3 {
		if _, err := w.Write(bytes.Repeat([]byte("x"), maxLine)); err != nil {
			t.Fatal(err)
		}
	}
	if out.Len() < 2*maxLine {
		t.Errorf("%d bytes came out", out.Len())
	}
}

// TestAccessLogOnStandardOutput: a child that opens /dev/stdout for itself, as Envoy does, and
// this process write to one file, and no line is lost.
func TestAccessLogOnStandardOutput(t *testing.T) {
	const each = 200
	dir := t.TempDir()
	child := filepath.Join(dir, "child")
	script := fmt.Sprintf("#!/bin/sh\nexec 3>/dev/stdout\nfor i in $(seq %d); do echo access $i >&3; done\nexec sleep 1000\n", each)
	if err := os.WriteFile(child, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	lines := NewLines(file)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, Options{Path: child, Output: lines.Writer(), Log: zap.NewNop()}, nil) }()
	own := lines.Writer()
	for i := range each {
		_, _ = fmt.Fprintf(own, "own %d\n", i)
	}
	count := func() (n int, text string) {
		b, _ := os.ReadFile(file.Name())
		return strings.Count(string(b), "access "), string(b)
	}
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if n, _ := count(); n >= each {
			break
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if n, text := count(); n != each || strings.Count(text, "own ") != each || strings.Count(text, "\n") != 2*each {
		t.Errorf("%d of %d lines of the child are left, %d of ours", n, each, strings.Count(text, "own "))
	}
}
