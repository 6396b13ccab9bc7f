package state

import (
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sluice/routing"
	"sluice/routing/cache"
)

// TestAnswer covers every field that an entry has: one that is added and not encoded
// fails it.
func TestAnswer(t *testing.T) {
	full := cache.Entry{
		API: routing.AnthropicMessages, Stream: true, Body: []byte("\x00{}\xff"), Model: "모델", Tier: "premium",
		Cost: 0.1 + 0.2, Tokens: 12_345, Stored: time.Unix(1_700_000_000, 987_654_321),
	}
	v := reflect.ValueOf(full)
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			t.Errorf("the test has no %s", v.Type().Field(i).Name)
		}
	}
	for _, want := range []cache.Entry{full, {Body: []byte{}, Tokens: -1, Cost: -0.5, Stored: time.Unix(0, -1)}} {
		b := encodeAnswer(&want)
		got, err := decodeAnswer(b)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(&want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		for n := range len(b) - len(want.Body) {
			if e, err := decodeAnswer(b[:n]); err == nil {
				t.Errorf("%d of %d bytes give %+v", n, len(b), e)
			}
		}
	}
}

// FuzzAnswer: what is decoded, encodes to what decodes to the same, and nothing in it is
// longer than the input.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte{})
	f.Add(encodeAnswer(&cache.Entry{API: routing.OpenAIChat, Body: []byte("{}"), Model: "m", Tier: "budget", Cost: 1, Tokens: 2, Stored: time.Unix(3, 4)}))
	f.Add([]byte("\x01\x01\x00" + strings.Repeat("\xff", 9) + "\x01\x01\x01" + strings.Repeat("\x00", 16)))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := decodeAnswer(b)
		if err != nil {
			if e != nil {
				t.Errorf("both %+v and %v", e, err)
			}
			return
		}
		if n := len(e.Body) + len(e.Model) + len(e.Tier); n > len(b) {
			t.Errorf("%d bytes of %d", n, len(b))
		}
		again, err := decodeAnswer(encodeAnswer(e))
		if err != nil {
			t.Fatal(err)
		}
		if math.IsNaN(e.Cost) && math.IsNaN(again.Cost) {
			e.Cost, again.Cost = 0, 0 // not a number, both
		}
		if diff := cmp.Diff(e, again); diff != "" {
			t.Errorf("(-first +again):\n%s", diff)
		}
	})
}
