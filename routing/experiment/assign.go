package experiment

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"

	"sluice/routing"
)

// buckets is the number of parts that units are divided into.
const buckets = 1000

// Draw returns the variant of a unit. It depends only on its arguments, so that every replica
// returns the same, after a restart too.
func (e *Experiment) Draw(unit string) *Variant {
	return &e.Variants[draw(e.Variants, bucket(unit, e.Name))]
}

// Assign returns the variant of the request's unit, and its assignment: none if there is no
// unit, or if a variant's model cannot serve the request, since the variants would then be
// compared on different requests.
func (e *Experiment) Assign(r *routing.Request, s *routing.Signals) (routing.Assignment, *Variant) {
	unit := e.Unit.of(r)
	v := e.Draw(unit)
	if unit == "" || !e.fits(r, s) {
		return routing.Assignment{}, v
	}
	return routing.Assignment{Experiment: e.Name, Variant: v.Name, Unit: e.hash(unit)}, v
}

// fits reports whether every variant can serve the request.
func (e *Experiment) fits(r *routing.Request, s *routing.Signals) bool {
	for i := range e.Variants {
		m := e.Variants[i].Model
		if routing.Unfit(m, r, s) != "" || r.Allowance.Capped && m.Tier > routing.Standard {
			return false
		}
	}
	return true
}

// of returns the name of the request's unit, "" if it has none.
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

// hash replaces the unit's name in stores. It differs between experiments, so that units
// cannot be traced from one to another.
func (e *Experiment) hash(unit string) string {
	sum := sha256.Sum256([]byte(e.Name + "\x00" + string(e.Unit) + "\x00" + unit))
	return hex.EncodeToString(sum[:8])
}

// bucket returns a number from 0 to 999 for the unit: the MD5 of "unit:experiment", read as
// one big number, modulo 1000. The hash does not have to be secure.
func bucket(unit, experiment string) int {
	remainder := 0
	for _, b := range md5.Sum([]byte(unit + ":" + experiment)) {
		remainder = (remainder<<8 | int(b)) % buckets
	}
	return remainder
}

// draw returns the index of the variant whose part of 0 to 1 contains the bucket. If the
// weights leave a gap at the end, it belongs to the first variant. The weights are added one
// by one, since the bucket on a border depends on how the sum is rounded.
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

// shares returns each variant's share of the buckets.
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
