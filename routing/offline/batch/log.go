package batch

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"strconv"
	"time"

	"sluice/routing/offline/jsonl"
)

// A recordLog is a file that is only appended to. Each record is one line: a checksum of eight
// hexadecimal digits, a space, and JSON. A process that is killed may leave an incomplete last
// line, which is removed when the log is opened; damage anywhere else is an error.
//
// When append returns, the record is in the file and survives the end of the process. It
// survives a crash of the machine after sync, which follows within the interval.
type recordLog struct {
	file     *os.File
	size     int64
	interval time.Duration // of syncing while appending; 0 is at every record
	synced   time.Time
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksumLength is the length of a checksum and the space after it.
const checksumLength = 9

// openLog opens the log at path, creates it if there is none, and calls each for the JSON of
// every record with its offset and length.
func openLog(path string, interval time.Duration, each func(at int64, size int, text []byte) error) (*recordLog, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	l := &recordLog{file: f, interval: interval, synced: time.Now()}
	if err := l.replay(each); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), f.Close())
	}
	return l, nil
}

func (l *recordLog) replay(each func(at int64, size int, text []byte) error) error {
	var torn error
	err := jsonl.Each(l.file, MaxResponse*2, func(n int, line []byte) error {
		if torn != nil {
			return torn // a bad line that is not the last
		}
		text, ok := checked(line)
		if !ok {
			torn = fmt.Errorf("record %d is damaged", n)
			return nil
		}
		err := each(l.size+checksumLength, len(text), text)
		l.size += int64(len(line)) + 1
		return err
	})
	if err != nil {
		return err
	}
	// The last line may lack its line break, complete or not.
	end, err := l.file.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if torn == nil && end == l.size-1 {
		_, err := l.file.WriteAt([]byte("\n"), end)
		return err
	}
	return l.file.Truncate(l.size)
}

// checked returns the JSON of a record whose checksum is right.
func checked(line []byte) ([]byte, bool) {
	if len(line) < checksumLength || line[checksumLength-1] != ' ' {
		return nil, false
	}
	sum, err := strconv.ParseUint(string(line[:checksumLength-1]), 16, 32)
	text := line[checksumLength:]
	return text, err == nil && uint32(sum) == crc32.Checksum(text, castagnoli)
}

// append writes v in one piece and returns the offset and length of its JSON.
func (l *recordLog) append(v any) (at int64, size int, err error) {
	var b bytes.Buffer
	b.WriteString("00000000 ")
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return 0, 0, err
	}
	line := b.Bytes()
	text := line[checksumLength : len(line)-1]
	copy(line, fmt.Sprintf("%08x", crc32.Checksum(text, castagnoli)))
	if _, err := l.file.WriteAt(line, l.size); err != nil {
		return 0, 0, err
	}
	at = l.size + checksumLength
	l.size += int64(len(line))
	if time.Since(l.synced) >= l.interval {
		err = l.sync()
	}
	return at, len(text), err
}

func (l *recordLog) sync() error {
	l.synced = time.Now()
	return l.file.Sync()
}

func (l *recordLog) close() error { return errors.Join(l.file.Sync(), l.file.Close()) }
