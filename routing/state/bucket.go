package state

import (
	"bytes"
	"fmt"

	"go.etcd.io/bbolt"
)

// A Bucket is a part of a [Disk] with keys of its own. It is safe for concurrent use.
type Bucket struct {
	disk *Disk
	name string
}

// Put stores value under key and replaces what was there. The value belongs to the bucket
// from then on. Put returns at once. Keys have 1 to 32,768 bytes.
func (b *Bucket) Put(key string, value []byte) {
	b.disk.change(place{b.name, key}, change{value: value})
}

// Delete removes the key if it exists. It returns at once.
func (b *Bucket) Delete(key string) {
	b.disk.change(place{b.name, key}, change{deleted: true})
}

// Get returns the value under key and whether there is one.
func (b *Bucket) Get(key string) (value []byte, ok bool, err error) {
	d, p := b.disk, place{b.name, key}
	d.mu.Lock()
	c, unwritten := d.pending[p]
	if !unwritten {
		c, unwritten = d.current[p]
	}
	d.mu.Unlock()
	if unwritten {
		return bytes.Clone(c.value), !c.deleted, nil
	}
	err = guard(func() error {
		return d.db.View(func(tx *bbolt.Tx) error {
			if kept := tx.Bucket([]byte(b.name)); kept != nil {
				value = bytes.Clone(kept.Get([]byte(key)))
			}
			return nil
		})
	})
	if err != nil {
		d.failed("read", fmt.Errorf("state file %s: bucket %q: %w", d.path, b.name, err))
	}
	return value, value != nil, err
}

// All writes what is pending and calls f with every key and value, in order of the keys,
// until f returns an error, which All returns. The value is valid only during the call.
func (b *Bucket) All(f func(key string, value []byte) error) error {
	if err := b.disk.write(); err != nil {
		return err
	}
	return guard(func() error {
		return b.disk.db.View(func(tx *bbolt.Tx) error {
			kept := tx.Bucket([]byte(b.name))
			if kept == nil {
				return nil
			}
			return kept.ForEach(func(k, v []byte) error { return f(string(k), v) })
		})
	})
}
