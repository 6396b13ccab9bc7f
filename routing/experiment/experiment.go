// Package experiment compares models on traffic: who takes part, which variant each unit
// gets, what the outcomes are, and what may be concluded.
//
// Assignment (assign.go) is a pure function: the same unit gets the same variant everywhere.
// Outcomes are counted per unit in a [Store]; report.go turns them into means, intervals and
// a test that is valid however often the report is read. The package knows nothing of Envoy
// and does not choose models for requests; package policy does. Start with [Experiment] and
// [Analyse].
package experiment

import (
	"context"
	"time"

	"sluice/routing"
)

// A Unit is what keeps its variant.
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
	Variants []Variant // at least one, in the order of the configuration
}

// A Variant is one arm of an experiment.
type Variant struct {
	Name   string
	Model  *routing.Model
	Weight float64 // share of the units, 0 to 1
}

// Enrolment selects the requests that take part without asking for it. The zero value selects
// none; requests of strategy experiment always take part.
type Enrolment struct {
	Share      float64  // of the units, 0 to 1
	Strategies []string // whose requests take part
	Domains    []string // empty: all
	Header     string   // required request header, in lower case; "" requires none
	Value      string   // its required value; "" accepts any
}

// An Outcome is the result of one request that took part.
type Outcome struct {
	ID        string // of the request, for feedback
	At        time.Time
	Cost      float64 // US dollars
	Seconds   float64 // until the answer was complete
	Tokens    int     // of the answer
	Escalated bool    // another model answered
	Failed    bool    // the client got an error
}

// Totals are the counts of one unit in one experiment.
type Totals struct {
	Unit      string // a hash
	Variant   string // of the first exposure
	First     time.Time
	Requests  int // with that variant; the sums below are of these
	Moved     int // with another variant, after the weights changed; not in the sums
	Cost      float64
	Seconds   float64
	Tokens    int
	Escalated int
	Failed    int
	Rated     int     // requests with feedback
	Rating    float64 // sum of the feedback, each 0 to 1
}

// A Store counts outcomes. It is safe for concurrent use, and bounded: outcomes of units
// beyond its bound are only counted as dropped. Calls return within the context's time.
type Store interface {
	// Record adds an outcome. exposed reports whether it is the unit's first in the
	// experiment. It fails if [Outcome.Check] does.
	Record(ctx context.Context, a routing.Assignment, o Outcome) (exposed bool, err error)
	// Rate adds feedback, 0 to 1, on a request recorded within [FeedbackTime]; known reports
	// whether there is such a request. A second rating replaces the first. It fails if
	// [CheckRating] does.
	Rate(ctx context.Context, id string, rating float64) (known bool, err error)
	// Units returns the totals of every unit of an experiment, in order of first exposure,
	// and how many outcomes of units beyond the bound were dropped.
	Units(ctx context.Context, experiment string) (units []Totals, dropped int, err error)
	// Forget removes an experiment, including feedback on its requests, and returns the
	// number of its units. Later outcomes start it again. After an error some units may be
	// left; call it again.
	Forget(ctx context.Context, experiment string) (units int, err error)
}
