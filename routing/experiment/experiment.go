// Package experiment compares models on traffic: who takes part, which variant each unit
// sticks to, what came of it, and what may be concluded.
//
// Assignment (assign.go) is pure and has no memory: the same unit gets the same variant
// everywhere. Outcomes are counted per unit in a [Store]; report.go turns them into
// means, intervals and a test that stays valid however often somebody looks. It knows
// nothing of Envoy and does not choose models for requests; package policy does.
package experiment

import (
	"context"
	"time"

	"sluice/routing"
)

// A Unit says what sticks to a variant.
type Unit string

// The units.
const (
	ByUser    Unit = "user"
	BySession Unit = "session"
	ByKey     Unit = "key"
)

// An Experiment compares variants.
type Experiment struct {
	Name     string
	Unit     Unit
	Enrol    Enrolment
	Variants []Variant // at least one, in the order in which they were written
}

// A Variant is one arm of an experiment.
type Variant struct {
	Name   string
	Model  *routing.Model
	Weight float64 // share of the units, 0 to 1
}

// Enrolment says which requests take part without asking for it. The zero value enrols
// none; requests of strategy experiment take part anyway.
type Enrolment struct {
	Share      float64  // of the units, 0 to 1
	Strategies []string // whose requests take part
	Domains    []string // none is all
	Header     string   // a request header, in lower case; "" asks for none
	Value      string   // what it must be; "" is anything
}

// An Outcome is what came of one request that took part.
type Outcome struct {
	ID        string // of the request, for feedback
	At        time.Time
	Cost      float64 // US dollars
	Seconds   float64 // until the answer was whole
	Tokens    int     // of the answer
	Escalated bool    // another model had to step in
	Failed    bool    // the client got an error
}

// Totals are what is counted of one unit in one experiment.
type Totals struct {
	Unit      string // a hash
	Variant   string // of the first exposure
	First     time.Time
	Requests  int // with that variant; the sums below are theirs
	Moved     int // with another one, since the weights were changed; nothing else is counted of them
	Cost      float64
	Seconds   float64
	Tokens    int
	Escalated int
	Failed    int
	Rated     int     // requests with feedback
	Rating    float64 // sum of the feedback, each 0 to 1
}

// A Store counts. It is safe for concurrent use, and bounded: units beyond its bound are
// not counted, and counted as dropped. Calls return within the context's time.
type Store interface {
	// Record adds an outcome. exposed reports the unit's first in the experiment. Outcomes
	// that [Outcome.Check] refuses are errors.
	Record(ctx context.Context, a routing.Assignment, o Outcome) (exposed bool, err error)
	// Rate adds feedback, 0 to 1, on a request counted within the last day; known reports
	// whether there is such a request. A second one replaces the first. Any other rating
	// is an error.
	Rate(ctx context.Context, id string, rating float64) (known bool, err error)
	// Units returns the totals of every unit of an experiment, in order of first exposure,
	// and how many outcomes of units beyond the bound were dropped.
	Units(ctx context.Context, experiment string) (units []Totals, dropped int, err error)
	// Forget removes all that is kept of an experiment, feedback on its requests included,
	// and returns how many units that were. What is recorded afterwards begins anew. After
	// an error some may be left; call it again.
	Forget(ctx context.Context, experiment string) (units int, err error)
}
