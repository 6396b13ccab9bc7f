package classify

import (
	"encoding/binary"
	"hash/crc32"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEmbeddedWeights(t *testing.T) {
	if len(embedded) > MaxBytes {
		t.Errorf("%d bytes of weights, at most %d", len(embedded), MaxBytes)
	}
	p, err := Decode(embedded)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(p.Encode(), embedded) {
		t.Error("decoding and encoding the embedded weights changes them")
	}
}

// seal gives damaged weights a right checksum again, so that the checks behind it are reached.
func seal(b []byte) []byte {
	body := b[:len(b)-4]
	return binary.LittleEndian.AppendUint32(slices.Clone(body), crc32.ChecksumIEEE(body))
}

func TestDecodeDamaged(t *testing.T) {
	good := NewParameters().Encode()
	edit := func(f func(b []byte) []byte) []byte { return f(slices.Clone(good)) }
	for _, tt := range []struct {
		name string
		in   []byte
		want string
	}{
		{"nothing", nil, `do not begin with "SLUICECL"`},
		{"another file", []byte("PK\x03\x04 something else entirely"), `do not begin with "SLUICECL"`},
		{"cut short", good[:len(good)-9], "checksum"},
		{"a flipped bit", edit(func(b []byte) []byte { b[len(b)/2] ^= 1; return b }), "checksum"},
		{"a later version", edit(func(b []byte) []byte { b[8]++; return seal(b) }), "version 3, this build reads 2"},
		{"other features", edit(func(b []byte) []byte { b[12]++; return seal(b) }), "train them again"},
		{"a short section", edit(func(b []byte) []byte { b[16]--; return seal(b) }), "section 1 is not"},
		{"a cut section", edit(func(b []byte) []byte { return seal(b[:4000]) }), "section 1 is not"},
		{"too much", edit(func(b []byte) []byte { return seal(append(b, 1, 2, 3)) }), "bytes after the last section"},
		{"not a number", func() []byte {
			p := NewParameters()
			p.Network.HiddenBias[2] = float32(math.NaN())
			return p.Encode()
		}(), "entry 2 is NaN"},
		{"far too long", make([]byte, MaxBytes+1), "do not begin"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := Decode(tt.in)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("error %v, want one about %q", err, tt.want)
			}
			if p != nil {
				t.Error("parameters beside an error")
			}
			if m, err := Load(tt.in); m != nil || err == nil {
				t.Errorf("Load: %v, %v", m, err)
			}
		})
	}
}

func TestEncodeDecode(t *testing.T) {
	p := NewParameters()
	for k, t := range p.bytes() {
		for i := range t {
			t[i] = int8(i*37 + k)
		}
	}
	for k, t := range p.numbers() {
		for i := range t {
			t[i] = float32(i)/7 + float32(k)
		}
	}
	got, err := Decode(p.Encode())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The packed sums must be the plain ones.
func TestTableSum(t *testing.T) {
	weights := make([]int8, 1024*lanes)
	for i := range weights {
		weights[i] = int8(i*i*31 + i)
	}
	packed := newTable(weights)
	for _, n := range []int{0, 1, 255, 256, 257, 1000} {
		rows := make([]uint32, n)
		for i := range rows {
			rows[i] = uint32(i * 7)
		}
		got := packed.sum(rows)
		for lane := range got {
			want := 0
			for _, row := range rows {
				want += int(weights[int(row%1024)*lanes+lane])
			}
			if got[lane] != want {
				t.Errorf("%d rows, lane %d: %d, want %d", n, lane, got[lane], want)
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	small := NewParameters().Encode()
	f.Add(small[:64])
	f.Add(seal(small[:200]))
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := Decode(b)
		if (p == nil) == (err == nil) {
			t.Errorf("parameters %v and error %v", p != nil, err)
		}
	})
}
