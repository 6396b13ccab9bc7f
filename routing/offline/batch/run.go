package batch

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"sluice/routing/config"
	"sluice/routing/offline/jsonl"
)

// Names in the directory of a run, beside the providers' input files.
const (
	lockFile     = "lock"
	journalFile  = "journal.log"
	answersFile  = "answers.log"
	ManifestFile = "manifest.jsonl" // what was decided for every line of the input, in its order
	ResultsFile  = "results.jsonl"  // one result for every line of the input, in its order
)

// Settings are what a run does with its input. They cannot be changed once it has begun.
type Settings struct {
	Input    string `json:"input"`              // file
	Send     bool   `json:"send,omitempty"`     // every line is sent on its own, none in a batch
	Strategy string `json:"strategy,omitempty"` // "" is the configured one
}

// A Run processes one input in one directory. Its methods must not be called concurrently.
//
// Every step is in a journal, which is synced before the next step begins; so the next process
// continues what a killed one left. Responses are recorded as they arrive, and synced within a
// second: after a crash of the machine, requests of the last second are sent again.
type Run struct {
	// Progress is called with the progress of each step. It may be nil, and is never called
	// concurrently.
	Progress func(Progress)

	dir     string
	rt      *config.Runtime
	lock    *os.File
	journal *recordLog
	begun   *event // nil before Begin
	planned *event // nil while the plan is not complete
	batches map[string]*providerBatch
	foreign map[string]bool // ids of batches at the providers that turned out not to be of this run
	answers *responseLog    // opened when it is needed
}

// An event is one record of the journal.
type event struct {
	Do string    `json:"do"`
	At time.Time `json:"at"`

	// Of begin.
	Run      string   `json:"run,omitempty"` // names the run at the providers; random
	Settings Settings `json:"settings,omitzero"`
	Hash     string   `json:"hash,omitempty"`  // of the input
	Lines    int      `json:"lines,omitempty"` // of the input; of planned, those used
	Config   string   `json:"config,omitempty"`

	Files []File `json:"files,omitempty"` // of planned

	// Of steps with one file at its provider.
	File string `json:"file,omitempty"`
	ID   string `json:"id,omitempty"`
}

// What was done, or is about to be.
const (
	didBegin   = "begin"
	didPlan    = "planned"
	willSubmit = "submitting" // the batch may exist if no event follows
	didUpload  = "uploaded"   // ID is the provider's file
	didSubmit  = "submitted"  // ID is the batch
	didDisown  = "disowned"   // the batch ID is not of this run after all
	didCollect = "collected"
)

// Open opens the run in dir, and creates the directory if there is none. It is an error if
// another process has it open.
func Open(dir string, rt *config.Runtime) (*Run, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	lock, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("%s is in use by another run: %w", dir, err), lock.Close())
	}
	r := &Run{dir: dir, rt: rt, lock: lock, batches: make(map[string]*providerBatch), foreign: make(map[string]bool)}
	left, _ := filepath.Glob(filepath.Join(dir, ".scratch-*")) // of a killed process; the pattern is valid
	for _, name := range left {
		_ = os.Remove(name)
	}
	r.journal, err = openLog(filepath.Join(dir, journalFile), 0, func(_ int64, _ int, text []byte) error {
		var e event
		if err := json.Unmarshal(text, &e); err != nil {
			return err
		}
		r.apply(&e)
		return nil
	})
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return r, nil
}

// Close releases the directory.
func (r *Run) Close() error {
	err := r.journal.close()
	if r.answers != nil {
		err = errors.Join(err, r.answers.close())
	}
	return errors.Join(err, r.lock.Close())
}

// logEvent records an event and applies it.
func (r *Run) logEvent(e event) error {
	e.At = time.Now().UTC()
	if _, _, err := r.journal.append(e); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	r.apply(&e)
	return nil
}

func (r *Run) apply(e *event) {
	b := r.batches[e.File]
	if b == nil && e.File != "" {
		b = &providerBatch{}
		r.batches[e.File] = b
	}
	switch e.Do {
	case didBegin:
		r.begun = e
	case didPlan:
		r.planned = e
	case willSubmit:
		b.intended = e.At
	case didUpload:
		b.upload = e.ID
	case didSubmit:
		b.id = e.ID
	case didDisown:
		b.id = ""
		r.foreign[e.ID] = true
	case didCollect:
		b.collected = true
	}
}

// Begun reports whether the run has begun, so that it can continue without its input being named.
func (r *Run) Begun() bool { return r.begun != nil }

// Begin sets the input and settings of the run. If it has begun, they must be the same.
func (r *Run) Begin(s Settings) error {
	path, err := filepath.Abs(s.Input)
	if err != nil {
		return err
	}
	s.Input = path
	if r.planned != nil && r.begun.Settings == s {
		return nil // the input is no longer needed
	}
	hash, lines, err := measure(s.Input)
	if err != nil {
		return fmt.Errorf("read input: %w", err)
	}
	if b := r.begun; b != nil {
		const hint = "; use the same as before, or choose another directory"
		switch {
		case b.Hash != hash:
			return fmt.Errorf("%s has begun with another input, %s%s", r.dir, b.Settings.Input, hint)
		case b.Settings.Send != s.Send:
			return fmt.Errorf("%s has begun %s%s", r.dir, map[bool]string{true: "to send every line", false: "for batches"}[b.Settings.Send], hint)
		case b.Settings.Strategy != s.Strategy:
			return fmt.Errorf("%s has begun with the strategy %q%s", r.dir, b.Settings.Strategy, hint)
		case r.planned == nil && b.Config != r.rt.Hash:
			return fmt.Errorf("%s has begun with another configuration%s", r.dir, hint)
		}
		return nil
	}
	return r.logEvent(event{Do: didBegin, Run: randomName(), Settings: s, Hash: hash, Lines: lines, Config: r.rt.Hash})
}

// measure returns the hash of a file and its number of lines.
func measure(path string) (hash string, lines int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer func() { _ = f.Close() }()
	h := sha256.New()
	err = jsonl.Each(io.TeeReader(f, h), MaxLine, func(int, []byte) error {
		lines++
		return nil
	})
	return hex.EncodeToString(h.Sum(nil)), lines, err
}

// randomName returns a name for this run at the providers.
func randomName() string {
	b := make([]byte, 5)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

func (r *Run) path(name string) string { return filepath.Join(r.dir, filepath.FromSlash(name)) }

func (r *Run) progress(p Progress) {
	if r.Progress != nil {
		r.Progress(p)
	}
}
