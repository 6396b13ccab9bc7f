package experiment

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// FuzzTotals: what is read is written and read again as the same; what is written is read
// as it was.
func FuzzTotals(f *testing.F) {
	f.Add((&Totals{Variant: "control", First: time.Unix(1, 2).UTC(), Requests: 3, Moved: 4, Cost: 0.5, Seconds: 6, Tokens: 7, Escalated: 8, Failed: 9, Rated: 10, Rating: 11}).encode())
	f.Add((&Totals{}).encode())
	f.Add([]byte{1, 200, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := parseTotals("u", b)
		if err != nil {
			return
		}
		again, err := parseTotals("u", got.encode())
		if diff := cmp.Diff(got, again); diff != "" || err != nil {
			t.Errorf("error %v, (-read +again):\n%s", err, diff)
		}
		for cut := range b {
			if _, err := parseTotals("u", b[:cut]); err == nil {
				t.Errorf("the first %d of %d bytes are a record too", cut, len(b))
			}
		}
	})
}

func FuzzRated(f *testing.F) {
	f.Add((&rated{experiment: "e", unit: "u", at: time.Unix(1, 2).UTC(), rating: 0.5}).encode())
	f.Add((&rated{rating: unrated}).encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := parseRated(b)
		if err != nil {
			return
		}
		if got.rating != unrated && !(got.rating >= 0 && got.rating <= 1) {
			t.Errorf("rating %v", got.rating)
		}
		if again, err := parseRated(got.encode()); err != nil || again != got {
			t.Errorf("%v is read again as %v, error %v", got, again, err)
		}
	})
}
