package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"sluice/routing/offline/batch"
)

// A bar shows the progress of a batch: on a terminal as a bar with rate, cost and time left,
// otherwise as a line from time to time.
type bar struct {
	w        io.Writer
	terminal bool
	step     string
	bar      *progressbar.ProgressBar
	last     batch.Progress
	from     batch.Progress // where this process began with the step
	began    time.Time
	said     time.Time
}

// Time between two updates.
const (
	barInterval  = 100 * time.Millisecond
	lineInterval = 10 * time.Second
)

func newBar(w io.Writer) *bar {
	f, ok := w.(*os.File)
	return &bar{w: w, terminal: ok && term.IsTerminal(int(f.Fd()))}
}

// show updates the progress.
func (b *bar) show(p batch.Progress) {
	now := time.Now()
	if p.Step != b.step {
		b.end()
		b.step, b.from, b.began, b.said = p.Step, p, now, now
		if b.terminal {
			// The work of an earlier process is left out, since it would count as speed.
			b.bar = progressbar.NewOptions(p.Total-p.Done,
				progressbar.OptionSetWriter(b.w), progressbar.OptionShowCount(), progressbar.OptionShowIts(),
				progressbar.OptionSetItsString("lines"), progressbar.OptionSetPredictTime(true),
				progressbar.OptionThrottle(barInterval), progressbar.OptionFullWidth())
		}
	}
	b.last = p
	if b.bar != nil {
		b.bar.Describe(describe(p))
		_ = b.bar.Set(p.Done - b.from.Done) // the terminal may be gone
	} else if now.Sub(b.said) >= lineInterval {
		b.said = now
		b.line(now)
	}
}

func describe(p batch.Progress) string {
	text := fmt.Sprintf("%s $%.4f", p.Step, p.Cost)
	if p.Failed > 0 {
		text += fmt.Sprintf(", %d failed", p.Failed)
	}
	return text
}

// line prints the progress, the rate and the time left of the step in one line.
func (b *bar) line(now time.Time) {
	p := b.last
	text := fmt.Sprintf("%s: %d of %d", describe(p), p.Done, p.Total)
	if passed, done := now.Sub(b.began), p.Done-b.from.Done; done > 0 && passed > 0 {
		rate := float64(done) / passed.Seconds()
		text += fmt.Sprintf(", %.0f a second", rate)
		if p.Total > p.Done {
			left := time.Duration(float64(p.Total-p.Done) / rate * float64(time.Second))
			text += fmt.Sprintf(", %s left", left.Round(time.Second))
		}
	}
	fmt.Fprintln(b.w, text)
}

// end ends the current step.
func (b *bar) end() {
	switch {
	case b.step == "":
	case b.bar != nil:
		_ = b.bar.Exit() // the terminal may be gone
		fmt.Fprintln(b.w)
	default:
		b.line(time.Now())
	}
	b.step, b.bar = "", nil
}
