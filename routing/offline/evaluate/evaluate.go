// Package evaluate measures the router: scorers and verdicts on labelled data, a
// configuration on a log of requests, and the thresholds that such a log asks for.
//
// It reads lines of JSON and gives reports that print themselves as text or JSON; it
// knows no flags, no Envoy and no network. What a report says depends on its input
// alone: random draws are seeded.
//
// Start with [Need], [Domain], [Refusal], [Language], [Tier] and [Verdict] for labelled data,
// with [Replay] and [Calibrate] for logs.
package evaluate

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// MaxLine bounds one line of input, in bytes.
const MaxLine = 64 << 20

var errTooLong = fmt.Errorf("the line has more than %d bytes", MaxLine)

// lines calls each for every line of r that is not blank, with its number from 1 on.
// The line is valid until each returns; one that is longer than most comes as nil.
func lines(r io.Reader, most int, each func(n int, line []byte) error) error {
	in := bufio.NewReaderSize(r, 64<<10)
	var buf []byte
	for n := 1; ; n++ {
		buf = buf[:0]
		tooLong := false
		var err error
		for {
			var part []byte
			part, err = in.ReadSlice('\n')
			if tooLong = tooLong || len(buf)+len(part) > most; !tooLong {
				buf = append(buf, part...)
			}
			if !errors.Is(err, bufio.ErrBufferFull) {
				break
			}
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("line %d: %w", n, err)
		}
		line := bytes.TrimSpace(buf)
		if tooLong {
			line = nil
		}
		if tooLong || len(line) > 0 {
			if err := each(n, line); err != nil {
				return err
			}
		}
		if err != nil {
			return nil //nolint:nilerr // the end of the input is no error
		}
	}
}

// rows decodes every line of r into a T and hands it to each. Fields that T does not
// have are ignored; anything else that is wrong is an error with its line's number.
func rows[T any](r io.Reader, each func(row *T) error) error {
	count := 0
	err := lines(r, MaxLine, func(n int, line []byte) error {
		count++
		if line == nil {
			return fmt.Errorf("line %d: %w", n, errTooLong)
		}
		var row T
		if err := json.Unmarshal(line, &row); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		if err := each(&row); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		return nil
	})
	if err == nil && count == 0 {
		err = errors.New("expected lines of JSON, found none")
	}
	return err
}

// missing is the error for a field that a row must have.
func missing(field, expected string) error {
	return fmt.Errorf("%q is missing; expected %s", field, expected)
}
