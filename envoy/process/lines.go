package process

import (
	"bytes"
	"io"
	"sync"
)

// maxLine bounds what is kept of a line whose end has not come, in bytes.
const maxLine = 64 << 10

// Lines lets several writers share one output, whole lines at a time. Two processes cannot
// share a file: each has a position of its own in it, and one writes over what the other wrote.
type Lines struct {
	mu  sync.Mutex
	out io.Writer
}

// NewLines returns the lines of an output that nobody else writes to.
func NewLines(out io.Writer) *Lines { return &Lines{out: out} }

// Writer returns one of the writers. It keeps the beginning of a line until the rest comes, up
// to 64 KiB. It is safe for concurrent use.
func (l *Lines) Writer() io.Writer { return &lineWriter{lines: l} }

type lineWriter struct {
	lines *Lines
	begun []byte // of a line
}

func (w *lineWriter) Write(p []byte) (int, error) {
	w.lines.mu.Lock()
	defer w.lines.mu.Unlock()
	end := bytes.LastIndexByte(p, '\n') + 1
	if end == 0 && len(w.begun)+len(p) > maxLine {
		end = len(p)
	}
	if end == 0 {
		w.begun = append(w.begun, p...)
		return len(p), nil
	}
	whole := p[:end]
	if len(w.begun) > 0 {
		whole = append(w.begun, whole...)
		w.begun = nil
	}
	if _, err := w.lines.out.Write(whole); err != nil {
		return 0, err
	}
	w.begun = append(w.begun, p[end:]...)
	return len(p), nil
}
