// Package jsonl reads files of one JSON value a line, of any length: one line is in memory
// at a time. It does not know what the lines mean. Start with [Rows].
package jsonl

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// MaxLine bounds one line of labelled data or of a log, in bytes.
const MaxLine = 64 << 20

// ErrTooLong is the error of a line longer than [MaxLine].
var ErrTooLong = fmt.Errorf("the line has more than %d bytes", MaxLine)

// Each calls f for every line of r, blank ones included, with its number from 1 and without
// the line break. A line of more than limit bytes is skipped, and f gets nil in its place.
// The bytes are valid until f returns. An error of f ends the reading and is returned.
func Each(r io.Reader, limit int, f func(n int, line []byte) error) error {
	in := bufio.NewReaderSize(r, 64<<10)
	line := make([]byte, 0, 64<<10) // never nil
	for n := 1; ; n++ {
		line = line[:0]
		var tooLong, found bool
		var err error
		for {
			var part []byte
			part, err = in.ReadSlice('\n')
			found = found || len(part) > 0
			part = bytes.TrimSuffix(part, []byte("\n"))
			if tooLong = tooLong || len(line)+len(part) > limit; !tooLong {
				line = append(line, part...)
			}
			if !errors.Is(err, bufio.ErrBufferFull) {
				break
			}
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if found {
			given := line
			if tooLong {
				given = nil
			}
			if err := f(n, given); err != nil {
				return err
			}
		}
		if err != nil {
			return nil //nolint:nilerr // the end of the input is no error
		}
		if cap(line) > 1<<20 {
			line = make([]byte, 0, 64<<10) // one long line must not keep its memory
		}
	}
}

// Rows decodes every line of r that is not blank into a T and calls f with it. Fields that T
// does not have are ignored. Any other mistake, an error of f included, is an error with the
// line's number; so is an input without rows.
func Rows[T any](r io.Reader, f func(row *T) error) error {
	count := 0
	err := Each(r, MaxLine, func(n int, line []byte) error {
		if line != nil && len(bytes.TrimSpace(line)) == 0 {
			return nil
		}
		count++
		var row T
		err := ErrTooLong
		if line != nil {
			err = json.Unmarshal(line, &row)
		}
		if err == nil {
			err = f(&row)
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		return nil
	})
	if err == nil && count == 0 {
		err = errors.New("expected lines of JSON, found none")
	}
	return err
}
