package state

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

const (
	writeEvery = 50 * time.Millisecond // changes within this time are written together
	retryAfter = time.Second           // after a failed write
	lockWait   = time.Second           // for another process to release the file
	// maxPending bounds the unwritten changes, in bytes: about a minute of what one process
	// writes, for a disk that hangs.
	maxPending = 64 << 20
	overhead   = 128 // bytes of a change besides its key and value
)

// ErrFull means that a change was dropped because too many wait to be written.
var ErrFull = errors.New("too many changes wait to be written")

var errClosed = errors.New("the store is closed")

// A Disk keeps buckets of keys in one file, which only one process can open at a time. A
// change can be read at once and is written and synced to the file about 50 ms later: a
// process that is killed loses at most that. It is safe for concurrent use.
type Disk struct {
	path   string
	db     *bbolt.DB
	failed func(op string, err error)

	writing sync.Mutex // held during a transaction; locked before mu

	mu      sync.Mutex       // never held during I/O
	pending map[place]change // to be written next
	current map[place]change // being written; pending is newer
	size    int              // of both, in bytes
	closed  bool

	wake    chan struct{} // holds a value while something is pending
	stop    chan struct{}
	stopped chan struct{}
}

// A place is a key in a bucket.
type place struct{ bucket, key string }

// A change puts a value, or deletes the key.
type change struct {
	value   []byte
	deleted bool
}

func (p place) size(c change) int { return len(p.key) + len(c.value) + overhead }

// OpenDisk opens the file at path. It creates the file and its folders if they do not
// exist, with access for this user only. failed is called for every write that fails, which
// is then tried again, for every change that is dropped ([ErrFull]), and for every
// [Bucket.Get] that fails. It must not call the Disk.
//
// There are errors of their own for a file that another process has open and for one that
// is damaged. The whole file is read once, to find damage early.
func OpenDisk(path string, failed func(op string, err error)) (*Disk, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("state file %s: %w", path, err)
	}
	d := &Disk{
		path:    path,
		failed:  failed,
		pending: make(map[place]change),
		wake:    make(chan struct{}, 1),
		stop:    make(chan struct{}),
		stopped: make(chan struct{}),
	}
	err := guard(func() (err error) {
		d.db, err = bbolt.Open(path, 0o600, &bbolt.Options{Timeout: lockWait, FreelistType: bbolt.FreelistMapType, NoStatistics: true})
		if err != nil {
			return err
		}
		return d.db.View(readAll)
	})
	var system *os.PathError
	switch {
	case err == nil:
		go d.run()
		return d, nil
	case errors.Is(err, berrors.ErrTimeout):
		return nil, fmt.Errorf("state file %s is in use by another process; stop it, or set another state.path", path)
	case errors.As(err, &system):
		return nil, fmt.Errorf("state file: %w", err)
	}
	if d.db != nil {
		_ = guard(d.db.Close)
	}
	return nil, fmt.Errorf("state file %s is damaged (%w); move it away to start empty, or restore a copy", path, err)
}

// readAll reads every page in use. bbolt has no checksums: this finds broken pages and keys
// out of order, but not a changed value.
func readAll(tx *bbolt.Tx) error {
	return tx.ForEach(func(name []byte, b *bbolt.Bucket) error {
		var last []byte
		return b.ForEach(func(k, v []byte) error {
			if v == nil || bytes.Compare(k, last) <= 0 {
				return fmt.Errorf("bucket %q has keys out of order", name)
			}
			last = k
			return nil
		})
	})
}

// guard turns a panic into an error: bbolt panics, and its memory-mapped file faults, if the
// file is not what bbolt wrote.
func guard(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("read or write: %v", p)
		}
	}()
	return f()
}

// Bucket returns the bucket called name, which need not exist yet.
func (d *Disk) Bucket(name string) *Bucket { return &Bucket{d, name} }

// Flush writes the pending changes. They stay pending if that fails.
func (d *Disk) Flush() error { return d.write() }

// Close writes the pending changes and closes the file. Later changes are dropped.
func (d *Disk) Close() error {
	d.mu.Lock()
	if d.closed {
		d.mu.Unlock()
		return nil
	}
	d.closed = true
	d.mu.Unlock()
	close(d.stop)
	<-d.stopped
	return errors.Join(d.write(), guard(d.db.Close))
}

// run writes pending changes until the disk is closed.
func (d *Disk) run() {
	defer close(d.stopped)
	for {
		select {
		case <-d.stop:
			return
		case <-d.wake:
		}
		for pause := writeEvery; pause > 0; {
			select {
			case <-d.stop:
				return
			case <-time.After(pause):
			}
			pause = 0
			if d.write() != nil {
				pause = retryAfter
			}
		}
	}
}

// write writes all pending changes in one transaction.
func (d *Disk) write() error {
	d.writing.Lock()
	defer d.writing.Unlock()
	d.mu.Lock()
	if len(d.pending) == 0 {
		d.mu.Unlock()
		return nil
	}
	d.current, d.pending = d.pending, make(map[place]change)
	d.mu.Unlock()

	err := guard(func() error { return d.db.Update(d.apply) })

	d.mu.Lock()
	for p, c := range d.current {
		if _, newer := d.pending[p]; err != nil && !newer {
			d.pending[p] = c
			continue
		}
		d.size -= p.size(c)
	}
	d.current = nil
	d.mu.Unlock()
	if err != nil {
		err = fmt.Errorf("state file %s: %w", d.path, err)
		d.failed("write", err)
	}
	return err
}

func (d *Disk) apply(tx *bbolt.Tx) error {
	for p, c := range d.current {
		b, err := tx.CreateBucketIfNotExists([]byte(p.bucket))
		if err != nil {
			return err
		}
		if c.deleted {
			err = b.Delete([]byte(p.key))
		} else {
			err = b.Put([]byte(p.key), c.value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// change adds a pending change, or drops it if there is no room.
func (d *Disk) change(p place, c change) {
	if err := d.add(p, c); err != nil {
		d.failed("put", fmt.Errorf("state file %s: bucket %q: %w", d.path, p.bucket, err))
	}
}

func (d *Disk) add(p place, c change) error {
	if len(p.key) == 0 || len(p.key) > bbolt.MaxKeySize {
		return fmt.Errorf("key of %d bytes; expected 1 to %d", len(p.key), bbolt.MaxKeySize)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return errClosed
	}
	size := d.size + p.size(c)
	if old, ok := d.pending[p]; ok {
		size -= p.size(old)
	}
	if size > maxPending {
		return ErrFull
	}
	d.size = size
	d.pending[p] = c
	select {
	case d.wake <- struct{}{}:
	default:
	}
	return nil
}
