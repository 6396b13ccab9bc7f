package coding

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// inParts decodes a body that comes in parts of a size.
func inParts(body []byte, encoding string, size int) ([]byte, error) {
	s, err := NewStream(encoding)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	var plain []byte
	for {
		n := min(size, len(body))
		part, err := s.Feed(bytes.Clone(body[:n]), n == len(body))
		plain = append(plain, part...)
		if body = body[n:]; err != nil || len(body) == 0 {
			return plain, err
		}
	}
}

func TestStream(t *testing.T) {
	for _, tt := range []struct {
		name, encoding string
		body           []byte
		want           string
	}{
		{"gzip", "gzip", encoded(t, "gzip", words), string(words)},
		{"deflate", "deflate", encoded(t, "deflate", words), string(words)},
		{"bare deflate", "deflate", encoded(t, "bare", words), string(words)},
		{"br", "br", encoded(t, "br", words), string(words)},
		{"zstd", "zstd", encoded(t, "zstd", words), string(words)},
		{"two", "br, gzip", encoded(t, "gzip", encoded(t, "br", words)), string(words)},
		{"nothing", "gzip", nil, ""},
		{"more behind the end", "zstd", encoded(t, "zstd", words), string(words)},
	} {
		for _, size := range []int{1, 7, 1 << 20} {
			got, err := inParts(tt.body, tt.encoding, size)
			if err != nil || string(got) != tt.want {
				t.Errorf("%s in parts of %d: %q, error %v", tt.name, size, got, err)
			}
		}
	}
	t.Run("cut off", func(t *testing.T) {
		body := encoded(t, "gzip", words)
		if got, err := inParts(body[:len(body)-8], "gzip", 5); err != nil || string(got) != string(words) {
			t.Errorf("%q, error %v: want what has come", got, err)
		}
	})
	t.Run("not what it says", func(t *testing.T) {
		if got, err := inParts(words, "gzip", 50); err == nil {
			t.Errorf("%q of plain text", got)
		}
	})
	t.Run("a bomb", func(t *testing.T) {
		bomb := encoded(t, "gzip", make([]byte, 8<<20))
		got, err := inParts(bomb, "gzip", 16<<10)
		if !errors.Is(err, ErrTooLarge) || len(got) > 4*freeSize {
			t.Errorf("%d bytes, error %v", len(got), err)
		}
	})
	t.Run("unknown", func(t *testing.T) {
		for _, encoding := range []string{"compress", "gzip, rot13", "gzip, gzip, gzip, gzip"} {
			if _, err := NewStream(encoding); !errors.Is(err, ErrUnknown) {
				t.Errorf("%s: error %v", encoding, err)
			}
		}
	})
	t.Run("closed in the middle", func(t *testing.T) {
		s, err := NewStream("gzip")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Feed(encoded(t, "gzip", words)[:20], false); err != nil {
			t.Error(err)
		}
		s.Close()
	})
}

// TestStreamDoesNotWait: what a server has flushed can be read at once.
func TestStreamDoesNotWait(t *testing.T) {
	type flusher interface {
		io.Writer
		Flush() error
	}
	var out bytes.Buffer
	z, err := zstd.NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		encoding string
		w        flusher
	}{{"gzip", gzip.NewWriter(&out)}, {"br", brotli.NewWriter(&out)}, {"zstd", z}} {
		s, err := NewStream(tt.encoding)
		if err != nil {
			t.Fatal(err)
		}
		for _, event := range []string{"data: one\n\n", "data: two\n\n", strings.Repeat("data: three\n\n", 1000)} {
			if _, err := io.WriteString(tt.w, event); err != nil {
				t.Fatal(err)
			}
			if err := tt.w.Flush(); err != nil {
				t.Fatal(err)
			}
			if got, err := s.Feed(bytes.Clone(out.Bytes()), false); err != nil || string(got) != event {
				t.Errorf("%s: %d bytes of %d, error %v", tt.encoding, len(got), len(event), err)
			}
			out.Reset()
		}
		s.Close()
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
}

// FuzzStream checks that the parts do not matter, and that a body which can be decoded whole is
// the same in parts.
func FuzzStream(f *testing.F) {
	for _, name := range []string{"gzip", "deflate", "br", "zstd"} {
		f.Add(encoded(f, name, words), name, 7)
	}
	f.Fuzz(func(t *testing.T, body []byte, encoding string, size int) {
		if size <= 0 || Identity(encoding) || len(body) > 1<<16 {
			return
		}
		whole, wholeErr := inParts(body, encoding, len(body)+1)
		parts, partsErr := inParts(body, encoding, size)
		if (wholeErr == nil) != (partsErr == nil) || wholeErr == nil && !bytes.Equal(whole, parts) {
			t.Fatalf("%d bytes and %v whole, %d bytes and %v in parts of %d", len(whole), wholeErr, len(parts), partsErr, size)
		}
		if plain, err := Decode(body, encoding, 1<<20); err == nil && (wholeErr != nil || !bytes.Equal(plain, whole)) {
			t.Fatalf("%d bytes decoded at once, %d bytes and %v as a stream", len(plain), len(whole), wholeErr)
		}
	})
}
