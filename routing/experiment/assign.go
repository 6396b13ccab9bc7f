package experiment

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"

	"sluice/routing"
)

// buckets is how finely units are told apart when they are shared out.
const buckets = 1000

// Draw returns the variant of a unit. It depends on nothing but the arguments, so that
// every replica and every restart gives the same.
func (e *Experiment) Draw(unit string) *Variant {
	return &e.Variants[draw(e.Variants, bucket(unit, e.Name))]
}

// Assign returns the variant of the request's unit, and the part that the request takes:
// none where there is no unit, or where a variant's model could not serve the request,
// since the variants would then be compared on different requests.
func (e *Experiment) Assign(r *routing.Request, s *routing.Signals) (routing.Assignment, *Variant) {
	unit := e.Unit.of(r)
	v := e.Draw(unit)
	if unit == "" || !e.fits(r, s) {
		return routing.Assignment{}, v
	}
	return routing.Assignment{Experiment: e.Name, Variant: v.Name, Unit: e.hash(unit)}, v
}

// fits reports whether every variant could serve the request.
func (e *Experiment) fits(r *routing.Request, s *routing.Signals) bool {
	for i := range e.Variants {
		m := e.Variants[i].Model
		if routing.Unfit(m, r, s) != "" || r.Allowance.Capped && m.Tier > routing.Standard {
			return false
		}
	}
	return true
}

// of returns the clear name of the request's unit, "" if it has none.
func (u Unit) of(r *routing.Request) string {
	switch u {
	case BySession:
		return r.Session
	case ByKey:
		return r.Who.Key
	default:
		return r.Who.User
	}
}

// hash stands for a unit wherever outcomes are kept. It is another one in every
// experiment, so that units cannot be followed from one to the next.
func (e *Experiment) hash(unit string) string {
	sum := sha256.Sum256([]byte(e.Name + "\x00" + string(e.Unit) + "\x00" + unit))
	return hex.EncodeToString(sum[:8])
}

// bucket draws a number from 0 to 999 for the unit: the MD5 of "unit:experiment", read
// as one big number, modulo 1000. MD5 is no secret here, only well mixed.
func bucket(unit, experiment string) int {
	remainder := 0
	for _, b := range md5.Sum([]byte(unit + ":" + experiment)) {
		remainder = (remainder<<8 | int(b)) % buckets
	}
	return remainder
}

// draw returns the place of the variant on whose part of 0 to 1 the bucket falls. Where the weights
// leave a gap at the end, the first variant fills it. The sum is one of floating-point
// numbers, step by step, since the bucket on a border depends on how it is rounded.
func draw(variants []Variant, bucket int) int {
	roll, sum := float64(bucket)/buckets, 0.0
	for i := range variants {
		sum += variants[i].Weight
		if roll < sum {
			return i
		}
	}
	return 0
}

// shares returns the part of the buckets that each variant has.
func shares(variants []Variant) []float64 {
	counts := make([]float64, len(variants))
	for b := range buckets {
		counts[draw(variants, b)]++
	}
	for i := range counts {
		counts[i] /= buckets
	}
	return counts
}
