package budget

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"
)

// A Journal stores what must outlive the process. It is safe for concurrent use. Changes are
// soon on disk, in their order: a process that is killed loses the last moments at most.
type Journal interface {
	// Put and Delete return at once. The value belongs to the journal from then on.
	Put(key string, value []byte)
	Delete(key string)
	// Get returns the last value that was put; false if there is none.
	Get(key string) ([]byte, bool, error)
	// All calls f with every key, in any order, until it returns an error. The value is
	// valid until f returns; f must not call the journal.
	All(f func(key string, value []byte) error) error
}

// noJournal discards everything.
type noJournal struct{}

func (noJournal) Put(string, []byte)                   {}
func (noJournal) Delete(string)                        {}
func (noJournal) Get(string) ([]byte, bool, error)     { return nil, false, nil }
func (noJournal) All(func(string, []byte) error) error { return nil }

// A journal holds what was spent under accountPrefix and an account's key, and each open
// reservation under recordPrefix and its ID. Values begin with their version; numbers are
// varints.
const (
	accountPrefix = "a/"
	recordPrefix  = "r/"

	spentVersion  = 1
	recordVersion = 3
)

func accountKey(key string) string { return accountPrefix + key }

func recordKey(id string) string { return recordPrefix + id }

// accountOf returns the account's key of a key of the journal.
func accountOf(key string) (string, bool) { return strings.CutPrefix(key, accountPrefix) }

// read returns what was spent according to the journal; a damaged value is 0.
func (m *Memory) read(key string) (int64, error) {
	value, ok, err := m.journal.Get(accountKey(key))
	if err != nil {
		return 0, fmt.Errorf("budget: read account %q: %w", key, err)
	}
	if !ok {
		return 0, nil
	}
	spent, err := decodeSpent(value)
	if err != nil {
		return 0, nil //nolint:nilerr // a damaged value must not block its principal
	}
	return spent, nil
}

// restore loads the open reservations, and removes expired and damaged values.
func (m *Memory) restore() error {
	type found struct {
		*record
		accounts []string
	}
	var records []found
	var useless []string
	now := m.now()
	err := m.journal.All(func(key string, value []byte) error {
		if name, ok := accountOf(key); ok {
			_, err := decodeSpent(value)
			if err == nil && Ends(name).Add(grace).After(now) {
				return nil // loaded when it is needed
			}
		} else if id, ok := strings.CutPrefix(key, recordPrefix); ok {
			if rec, accounts, err := decodeRecord(id, value); err == nil {
				records = append(records, found{rec, accounts})
				return nil
			}
		}
		useless = append(useless, key)
		return nil
	})
	if err != nil {
		return fmt.Errorf("budget: read the journal: %w", err)
	}
	for _, key := range useless {
		m.journal.Delete(key)
	}
	for _, rec := range records {
		accounts, err := m.lock(len(rec.accounts), func(i int) string { return rec.accounts[i] })
		if err != nil {
			return err
		}
		m.add(rec.record, accounts)
		m.due.set(&rec.timer, rec.expires)
		m.mu.Unlock()
	}
	return nil
}

func encodeSpent(spent int64) []byte {
	return binary.AppendUvarint([]byte{spentVersion}, uint64(spent))
}

var errDamaged = errors.New("damaged value")

func decodeSpent(value []byte) (int64, error) {
	d := decoder{rest: value}
	d.version(spentVersion)
	spent := d.number()
	return spent, d.end()
}

// encode renders an open record, without its ID.
func (r *record) encode() []byte {
	size := 40
	for _, a := range r.accounts {
		size += len(a.key) + 2
	}
	b := append(make([]byte, 0, size), recordVersion)
	b = binary.AppendUvarint(b, uint64(r.amount))
	b = binary.AppendUvarint(b, uint64(r.most))
	b = binary.AppendUvarint(b, uint64(max(r.expires.UnixMilli(), 0)))
	b = binary.AppendUvarint(b, uint64(len(r.accounts)))
	for _, a := range r.accounts {
		b = append(binary.AppendUvarint(b, uint64(len(a.key))), a.key...)
	}
	return b
}

// decodeRecord returns the open record and the keys of its accounts.
func decodeRecord(id string, value []byte) (*record, []string, error) {
	d := decoder{rest: value}
	d.version(recordVersion)
	r := &record{id: id, amount: d.number(), most: d.number(), expires: time.UnixMilli(d.number())}
	accounts := d.strings()
	if err := d.end(); err != nil {
		return nil, nil, err
	}
	return r, accounts, nil
}

// A decoder reads a value and remembers whether it was valid so far.
type decoder struct {
	rest []byte
	bad  bool
}

func (d *decoder) version(want byte) {
	if len(d.rest) == 0 || d.rest[0] != want {
		d.bad = true
		return
	}
	d.rest = d.rest[1:]
}

// number reads a number that is small enough for sums not to overflow.
func (d *decoder) number() int64 {
	const most = 1 << 62
	n, size := binary.Uvarint(d.rest)
	if size <= 0 || n > most {
		d.bad, d.rest = true, nil
		return 0
	}
	d.rest = d.rest[size:]
	return int64(n)
}

func (d *decoder) string() string {
	n := d.number()
	if n > int64(len(d.rest)) {
		d.bad = true
		return ""
	}
	s := string(d.rest[:n])
	d.rest = d.rest[n:]
	return s
}

func (d *decoder) strings() []string {
	n := d.number()
	if n > int64(len(d.rest)) { // each takes a byte at least
		d.bad = true
		return nil
	}
	list := make([]string, n)
	for i := range list {
		list[i] = d.string()
	}
	return list
}

func (d *decoder) end() error {
	if d.bad || len(d.rest) > 0 {
		return errDamaged
	}
	return nil
}
