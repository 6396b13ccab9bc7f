package state

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"go.etcd.io/bbolt"
)

// A Bucket is a part of a [Disk] with keys of its own. It is safe for concurrent use.
type Bucket struct {
	disk *Disk
	name string
}

// Put keeps value under key, in the place of what was there; it is the bucket's from then
// on. It returns at once. Keys have 1 to 32,768 bytes.
func (b *Bucket) Put(key string, value []byte) {
	b.disk.change(place{b.name, key}, change{value: value})
}

// Delete removes key if it is there. It returns at once.
func (b *Bucket) Delete(key string) {
	b.disk.change(place{b.name, key}, change{gone: true})
}

// Get returns the value under key and whether there is one.
func (b *Bucket) Get(key string) (value []byte, ok bool, err error) {
	d, p := b.disk, place{b.name, key}
	d.mu.Lock()
	c, noted := d.pending[p]
	if !noted {
		c, noted = d.current[p]
	}
	d.mu.Unlock()
	if noted {
		return bytes.Clone(c.value), !c.gone, nil
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

// All calls f with every key and value in order of the keys, as they are when it begins,
// until f returns an error, which it returns. The value is f's only during the call.
func (b *Bucket) All(f func(key string, value []byte) error) error {
	d := b.disk
	noted := make(map[string]change)
	d.mu.Lock()
	for _, changes := range []map[place]change{d.current, d.pending} {
		for p, c := range changes {
			if p.bucket == b.name {
				noted[p.key] = c
			}
		}
	}
	d.mu.Unlock()
	ahead := slices.Sorted(maps.Keys(noted))
	// upTo gives what is noted of the keys before key; all of it where last.
	upTo := func(key string, last bool) error {
		for len(ahead) > 0 && (last || ahead[0] < key) {
			if c := noted[ahead[0]]; !c.gone {
				if err := f(ahead[0], c.value); err != nil {
					return err
				}
			}
			ahead = ahead[1:]
		}
		return nil
	}
	return guard(func() error {
		return d.db.View(func(tx *bbolt.Tx) error {
			if kept := tx.Bucket([]byte(b.name)); kept != nil {
				err := kept.ForEach(func(k, v []byte) error {
					key := string(k)
					if err := upTo(key, false); err != nil {
						return err
					}
					if _, newer := noted[key]; newer {
						return nil
					}
					return f(key, v)
				})
				if err != nil {
					return err
				}
			}
			return upTo("", true)
		})
	})
}
