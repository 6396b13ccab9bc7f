package experiment

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"
)

// Values of the journal: a version, then the fields in the order of their declaration;
// integers as varints, sums as the eight bytes of a float64, text after its length. Another
// format needs another version.
const version = 1

var errRecord = errors.New("not a record of an experiment")

// encode renders the totals without the unit, which is in the key.
func (t *Totals) encode() []byte {
	b := appendText([]byte{version}, t.Variant)
	b = binary.AppendVarint(b, t.First.UnixNano())
	for _, n := range []int{t.Requests, t.Moved, t.Tokens, t.Escalated, t.Failed, t.Rated} {
		b = binary.AppendUvarint(b, uint64(n))
	}
	for _, sum := range []float64{t.Cost, t.Seconds, t.Rating} {
		b = appendFloat(b, sum)
	}
	return b
}

func parseTotals(unit string, b []byte) (Totals, error) {
	r := reader{rest: b}
	r.version()
	t := Totals{Unit: unit, Variant: r.text(), First: r.time()}
	for _, n := range []*int{&t.Requests, &t.Moved, &t.Tokens, &t.Escalated, &t.Failed, &t.Rated} {
		*n = r.count()
	}
	for _, sum := range []*float64{&t.Cost, &t.Seconds, &t.Rating} {
		*sum = r.float()
		r.check(*sum >= 0 && *sum <= maxFigure*maxFigure)
	}
	return t, r.end()
}

func (r *rated) encode() []byte {
	b := appendText([]byte{version}, r.experiment)
	b = appendText(b, r.unit)
	b = binary.AppendVarint(b, r.at.UnixNano())
	return appendFloat(b, r.rating)
}

func parseRated(b []byte) (rated, error) {
	r := reader{rest: b}
	r.version()
	out := rated{experiment: r.text(), unit: r.text(), at: r.time(), rating: r.float()}
	r.check(out.rating == unrated || out.rating >= 0 && out.rating <= 1)
	return out, r.end()
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendFloat(b []byte, f float64) []byte {
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(f))
}

// reader parses a record. After the first error it returns zero values.
type reader struct {
	rest []byte
	err  error
}

func (r *reader) check(ok bool) {
	if !ok && r.err == nil {
		r.err, r.rest = errRecord, nil
	}
}

func (r *reader) version() {
	switch {
	case len(r.rest) == 0:
		r.check(false)
	case r.rest[0] != version:
		r.err, r.rest = fmt.Errorf("version %d of a record is unknown; expected %d", r.rest[0], version), nil
	default:
		r.rest = r.rest[1:]
	}
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.rest)
	if r.check(n > 0); r.err != nil {
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *reader) count() int {
	v := r.uvarint()
	r.check(v <= math.MaxInt)
	return int(v)
}

func (r *reader) text() string {
	n := r.uvarint()
	if r.check(n <= uint64(len(r.rest))); r.err != nil {
		return ""
	}
	s := string(r.rest[:n])
	r.rest = r.rest[n:]
	return s
}

func (r *reader) time() time.Time {
	v, n := binary.Varint(r.rest)
	if r.check(n > 0); r.err != nil {
		return time.Time{}
	}
	r.rest = r.rest[n:]
	return time.Unix(0, v).UTC()
}

func (r *reader) float() float64 {
	if r.check(len(r.rest) >= 8); r.err != nil {
		return 0
	}
	f := math.Float64frombits(binary.LittleEndian.Uint64(r.rest))
	r.rest = r.rest[8:]
	r.check(!math.IsNaN(f))
	return f
}

func (r *reader) end() error {
	r.check(len(r.rest) == 0)
	return r.err
}
