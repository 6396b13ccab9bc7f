package batch

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"sluice/routing"
)

// A File is one file of requests that the plan consists of.
type File struct {
	Name     string `json:"name"`
	Provider string `json:"provider,omitempty"` // "" is the file of lines that are sent one by one
	Model    string `json:"model,omitempty"`    // of OpenAI's format, which has one model a file
	Format   string `json:"format"`
	Lines    int    `json:"lines"`
	Bytes    int64  `json:"bytes"`
}

// DirectFile has the lines that are sent one by one, each in the format of OpenAI's batch
// input.
const DirectFile = "direct.jsonl"

// A limit bounds one batch of a provider.
type limit struct {
	lines int
	bytes int64
}

// limits returns the published limits: 50,000 requests and 200 MB a file for OpenAI's Batch
// API, 100,000 and 256 MB for Anthropic's Message Batches.
func limits() map[string]limit {
	return map[string]limit{
		routing.OpenAI.String():    {50_000, 200_000_000},
		routing.Anthropic.String(): {100_000, 256_000_000},
	}
}

// The JSON around and between the requests of Anthropic's format.
const (
	opening   = "{\"requests\":[\n"
	separator = ",\n"
	closing   = "\n]}\n"
)

// outFile is a File that is being written.
type outFile struct {
	File
	key    string // common to the files that follow each other
	file   *os.File
	buffer *bufio.Writer
}

// fileSet writes the plan's files, split at the providers' limits. It can continue from the
// state that a manifest describes.
type fileSet struct {
	dir    string
	limits map[string]limit
	all    []*outFile
	byName map[string]*outFile
	last   map[string]*outFile // by key
	count  map[string]int      // files, by key
}

func newFileSet(dir string, l map[string]limit) *fileSet {
	return &fileSet{dir: dir, limits: l, byName: make(map[string]*outFile), last: make(map[string]*outFile), count: make(map[string]int)}
}

// of returns the description of the next file for the model; a nil model stands for the lines
// that are sent one by one.
func (s *fileSet) of(m *routing.Model) (f File, key string) {
	if m == nil {
		return File{Name: DirectFile, Format: routing.OpenAI.String()}, DirectFile
	}
	f = File{Provider: m.Provider.Name, Format: m.Provider.Formats[0].String()}
	key = element(f.Provider) + "/"
	ending := ".json"
	if m.Provider.Formats[0] == routing.OpenAI {
		f.Model = m.Name
		key += element(m.Name) + "-"
		ending = ".jsonl"
	}
	f.Name = fmt.Sprintf("%s%03d%s", key, s.count[key]+1, ending)
	return f, key
}

// element escapes a name to one element of a path. Different names stay different.
func element(name string) string {
	escaped := url.PathEscape(name)
	if strings.Trim(escaped, ".") == "" {
		return strings.ReplaceAll(escaped, ".", "%2E")
	}
	return escaped
}

// write adds a request for the model and returns the file that has it now.
func (s *fileSet) write(m *routing.Model, request []byte) (*outFile, error) {
	f, key := s.of(m)
	o := s.last[key]
	if o != nil && f.Provider != "" {
		l := s.limits[f.Format]
		if o.Lines >= l.lines || o.Bytes+int64(len(request)+len(separator)+len(closing)) > l.bytes {
			if err := o.finish(); err != nil {
				return nil, err
			}
			o = nil
		}
	}
	if o == nil {
		o = s.add(f, key)
		if err := o.open(s.dir); err != nil {
			return nil, err
		}
	}
	parts := []string{"", string(request), "\n"}
	if f.Format == routing.Anthropic.String() {
		parts = []string{separator, string(request), ""}
		if o.Lines == 0 {
			parts[0] = opening
		}
	}
	for _, p := range parts {
		if _, err := o.buffer.WriteString(p); err != nil {
			return nil, err
		}
		o.Bytes += int64(len(p))
	}
	o.Lines++
	return o, nil
}

func (s *fileSet) add(f File, key string) *outFile {
	o := &outFile{File: f, key: key}
	s.all = append(s.all, o)
	s.byName[f.Name], s.last[key] = o, o
	s.count[key]++
	return o
}

// restore counts a line that was written according to the manifest.
func (s *fileSet) restore(name string, m *routing.Model, size int64) error {
	o := s.byName[name]
	if o == nil {
		f, key := s.of(m)
		if f.Name != name {
			return fmt.Errorf("names the file %q; expected %q", name, f.Name)
		}
		o = s.add(f, key)
	}
	o.Lines++
	o.Bytes = size
	return nil
}

// errBehind is the error of a file that is shorter than the manifest says.
var errBehind = errors.New("the manifest is ahead of the files")

// reopen truncates every file to the size in the manifest, to continue from there.
func (s *fileSet) reopen() error {
	for _, o := range s.all {
		if err := o.open(s.dir); err != nil {
			return err
		}
		if end, err := o.file.Seek(0, io.SeekEnd); err != nil {
			return err
		} else if end < o.Bytes {
			return errBehind
		}
		if err := o.file.Truncate(o.Bytes); err != nil {
			return err
		}
		if _, err := o.file.Seek(o.Bytes, io.SeekStart); err != nil {
			return err
		}
		if s.last[o.key] != o {
			if err := o.finish(); err != nil {
				return err
			}
		}
	}
	return nil
}

// sync flushes all files to disk.
func (s *fileSet) sync() error {
	for _, o := range s.all {
		if o.file == nil {
			continue
		}
		if err := errors.Join(o.buffer.Flush(), o.file.Sync()); err != nil {
			return err
		}
	}
	return nil
}

// finish ends every file that is still open and describes them all.
func (s *fileSet) finish() ([]File, error) {
	var files []File
	for _, o := range s.all {
		if err := o.finish(); err != nil {
			return nil, err
		}
		files = append(files, o.File)
	}
	return files, nil
}

func (s *fileSet) close() {
	for _, o := range s.all {
		if o.file != nil {
			_ = o.file.Close() // what the manifest refers to was synced
		}
	}
}

func (o *outFile) open(dir string) (err error) {
	path := filepath.Join(dir, filepath.FromSlash(o.Name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	o.file, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err == nil && o.Lines == 0 {
		err = o.file.Truncate(0) // left by a killed run before its manifest was written
	}
	o.buffer = bufio.NewWriterSize(o.file, 64<<10)
	return err
}

// finish writes the end of the file and syncs it. It may be called again.
func (o *outFile) finish() error {
	if o.file == nil {
		return nil
	}
	var err error
	if o.Format == routing.Anthropic.String() {
		_, err = o.buffer.WriteString(closing)
	}
	err = errors.Join(err, o.buffer.Flush(), o.file.Sync(), o.file.Close())
	o.file = nil
	return err
}

// format is the wire format of the file's requests, where it is for a provider.
func (f *File) format() routing.Format {
	format, _ := routing.ParseFormat(f.Format) // written by this package
	return format
}
