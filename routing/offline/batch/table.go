package batch

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"os"
)

// scratch creates a file in dir without a name, which ends with the process.
func scratch(dir string) (*os.File, error) {
	f, err := os.CreateTemp(dir, ".scratch-*")
	if err != nil {
		return nil, err
	}
	return f, os.Remove(f.Name())
}

// A slot is the state of one line.
type slot struct {
	at    int64  // offset of its response in the log
	size  uint32 // of its response; 0 is none
	file  uint32 // which file of the plan has it, from 1; 0 is none
	model uint32 // which model, from 1; 0 is none
}

const slotSize = 20

// A lineTable holds a slot for every line, in a file: memory does not grow with the number of
// lines, and the system's page cache makes it fast.
type lineTable struct{ file *os.File }

func newLineTable(dir string) (*lineTable, error) {
	f, err := scratch(dir)
	return &lineTable{f}, err
}

// get returns the slot of a line; it is zero if it was never put.
func (t *lineTable) get(line int) (slot, error) {
	var b [slotSize]byte
	if _, err := t.file.ReadAt(b[:], int64(line)*slotSize); err != nil && !errors.Is(err, io.EOF) {
		return slot{}, err
	}
	u := binary.LittleEndian
	return slot{int64(u.Uint64(b[0:])), u.Uint32(b[8:]), u.Uint32(b[12:]), u.Uint32(b[16:])}, nil
}

func (t *lineTable) put(line int, s slot) error {
	var b [slotSize]byte
	u := binary.LittleEndian
	u.PutUint64(b[0:], uint64(s.at))
	u.PutUint32(b[8:], s.size)
	u.PutUint32(b[12:], s.file)
	u.PutUint32(b[16:], s.model)
	_, err := t.file.WriteAt(b[:], int64(line)*slotSize)
	return err
}

func (t *lineTable) close() error { return t.file.Close() }

// An idSet stores which line used an id first: a hash table in a file, with open addressing.
// Ids are compared by 128 bits of SHA-256.
type idSet struct {
	file *os.File
	mask uint64
}

const idSize = 16 + 8 // hash and line

// newIDSet returns a set with room for the ids of that many lines.
func newIDSet(dir string, lines int) (*idSet, error) {
	f, err := scratch(dir)
	size := uint64(16)
	for size < 2*uint64(lines) {
		size *= 2
	}
	return &idSet{f, size - 1}, err
}

// add returns the line that used the id before, or else stores this one and returns 0.
func (s *idSet) add(id string, line int) (before int, err error) {
	sum := sha256.Sum256([]byte(id))
	u := binary.LittleEndian
	for place := u.Uint64(sum[16:]) & s.mask; ; place = (place + 1) & s.mask {
		var b [idSize]byte
		if _, err := s.file.ReadAt(b[:], int64(place)*idSize); err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		switch used := int(u.Uint64(b[16:])); {
		case used == 0:
			copy(b[:16], sum[:16])
			u.PutUint64(b[16:], uint64(line))
			_, err := s.file.WriteAt(b[:], int64(place)*idSize)
			return 0, err
		case [16]byte(b[:16]) == [16]byte(sum[:16]):
			return used, nil
		}
	}
}

func (s *idSet) close() error { return s.file.Close() }
