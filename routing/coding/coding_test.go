package coding

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// encoded applies a coding.
func encoded(t testing.TB, name string, body []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	var w io.WriteCloser
	var err error
	switch name {
	case "gzip":
		w = gzip.NewWriter(&out)
	case "deflate":
		w = zlib.NewWriter(&out)
	case "bare":
		w, err = flate.NewWriter(&out, 9)
	case "br":
		w = brotli.NewWriter(&out)
	case "zstd":
		w, err = zstd.NewWriter(&out)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

var words = []byte(strings.Repeat(`{"model":"auto","messages":[{"role":"user","content":"Tell me about rivers."}]}`, 3))

func TestDecode(t *testing.T) {
	for _, tt := range []struct {
		encoding string
		body     []byte
	}{
		{"", words},
		{"identity", words},
		{"gzip", encoded(t, "gzip", words)},
		{" GZIP ", encoded(t, "gzip", words)},
		{"x-gzip", encoded(t, "gzip", words)},
		{"deflate", encoded(t, "deflate", words)},
		{"deflate", encoded(t, "bare", words)},
		{"br", encoded(t, "br", words)},
		{"zstd", encoded(t, "zstd", words)},
		{"gzip, identity, br", encoded(t, "br", encoded(t, "gzip", words))},
		{"gzip", append(encoded(t, "gzip", words[:50]), encoded(t, "gzip", words[50:])...)},
		{"zstd", append(encoded(t, "zstd", words[:50]), encoded(t, "zstd", words[50:])...)},
	} {
		got, err := Decode(tt.body, tt.encoding, len(words))
		if err != nil || !bytes.Equal(got, words) {
			t.Errorf("%q: %q, %v", tt.encoding, got, err)
		}
		if Identity(tt.encoding) != (tt.encoding == "" || tt.encoding == "identity") {
			t.Errorf("%q: identity", tt.encoding)
		}
		if Identity(tt.encoding) {
			continue
		}
		if _, err := Decode(tt.body, tt.encoding, len(words)-1); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%q above the limit: %v", tt.encoding, err)
		}
		if got, err := Decode(tt.body[:len(tt.body)-5], tt.encoding, len(words)); err == nil {
			t.Errorf("%q, cut off: %q", tt.encoding, got)
		}
		if _, err := Decode(words, tt.encoding, len(words)); err == nil || errors.Is(err, ErrUnknown) {
			t.Errorf("%q of what is not: %v", tt.encoding, err)
		}
		if got, err := Decode(nil, tt.encoding, len(words)); err == nil && len(got) > 0 {
			t.Errorf("%q of nothing: %q", tt.encoding, got)
		}
	}
	for _, unknown := range []string{"compress", "gzip, exi", "aes128gcm", "gzip, gzip, gzip, gzip", "gz ip"} {
		if _, err := Decode(words, unknown, 100); !errors.Is(err, ErrUnknown) {
			t.Errorf("%q: %v", unknown, err)
		}
	}
}

// TestBombs: a body that grows out of proportion is given up early, and what repeats itself in
// a small one is not a bomb.
func TestBombs(t *testing.T) {
	small, large := bytes.Repeat([]byte("a"), freeSize), bytes.Repeat([]byte("a"), 64<<20)
	for _, name := range []string{"gzip", "deflate", "br", "zstd"} {
		if got, err := Decode(encoded(t, name, small), name, 32<<20); err != nil || len(got) != len(small) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
		bomb := encoded(t, name, large)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Decode(bomb, name, 1<<30)
		runtime.ReadMemStats(&after)
		allocated := after.TotalAlloc - before.TotalAlloc
		if most := uint64(4*max(freeSize, maxGrowth*len(bomb)) + 4*maxWindow); !errors.Is(err, ErrTooLarge) || allocated > most {
			t.Errorf("%s: %v after %d bytes, expected at most %d", name, err, allocated, most)
		}
	}
}

// TestReader decodes a body that arrives byte by byte.
func TestReader(t *testing.T) {
	for _, name := range []string{"gzip", "deflate", "br", "zstd"} {
		r, err := NewReader(iotest.OneByteReader(bytes.NewReader(encoded(t, name, words))), name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if err := errors.Join(err, r.Close()); err != nil || !bytes.Equal(got, words) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, name := range []string{"gzip", "deflate", "br", "zstd"} {
		f.Add(name, encoded(f, name, words))
	}
	noise := make([]byte, 100)
	for i := range noise {
		noise[i] = byte(rand.IntN(256))
	}
	f.Add("gzip,br", noise)
	f.Fuzz(func(t *testing.T, encoding string, body []byte) {
		const limit = 1 << 16
		got, err := Decode(body, encoding, limit)
		if err != nil && got != nil {
			t.Errorf("%d bytes and %v", len(got), err)
		}
		if len(got) > limit && !Identity(encoding) {
			t.Errorf("%d bytes", len(got))
		}
	})
}
