package experiment

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"sluice/routing"
)

// A Journal stores the content of a [Memory] beyond its process. Put and Delete return at
// once and take effect in their order; All is called once, before them.
type Journal interface {
	Put(key string, value []byte)
	Delete(key string)
	// All calls f for every key, and stops at the first error.
	All(f func(key string, value []byte) error) error
}

// Options of a [Memory]; zero values are defaults.
type Options struct {
	Journal     Journal          // nil: everything is lost with the process
	MaxUnits    int              // of one experiment; 0 is 100,000
	MaxRequests int              // of all experiments, for feedback; 0 is 100,000; the oldest are dropped
	Now         func() time.Time // nil is time.Now
}

// Memory is a [Store] in this process, with an optional journal. Its calls do not block.
type Memory struct {
	o Options

	mu          sync.Mutex
	experiments map[string]*tally
	requests    *simplelru.LRU[string, *rated] // by the hash of their ID, oldest first
}

// tally is the state of one experiment.
type tally struct {
	units   map[string]*Totals
	dropped int
}

// rated is a request that accepts feedback.
type rated struct {
	key              string
	experiment, unit string
	at               time.Time
	rating           float64 // unrated until there is feedback
}

const unrated = -1

// FeedbackTime is how long after a request feedback on it is accepted.
const FeedbackTime = 24 * time.Hour

// NewMemory returns the store with the content of its journal. It fails if the journal cannot
// be read.
func NewMemory(o Options) (*Memory, error) {
	o.MaxUnits = cmp.Or(o.MaxUnits, 100_000)
	o.MaxRequests = cmp.Or(o.MaxRequests, 100_000)
	if o.Now == nil {
		o.Now = time.Now
	}
	m := &Memory{o: o, experiments: make(map[string]*tally)}
	var err error
	m.requests, err = simplelru.NewLRU(o.MaxRequests, func(key string, _ *rated) { m.remove(requestKey + key) })
	if err == nil && o.Journal != nil {
		err = m.restore()
	}
	return m, err
}

// Prefixes of the journal's keys, and what follows them.
const (
	unitKey    = "u/" // experiment, a zero byte, unit
	requestKey = "r/" // hash of the id
	droppedKey = "d/" // experiment
)

func (m *Memory) restore() error {
	var requests []*rated
	err := m.o.Journal.All(func(key string, value []byte) error {
		var err error
		switch name := key[min(2, len(key)):]; {
		case strings.HasPrefix(key, unitKey):
			experiment, unit, _ := strings.Cut(name, "\x00")
			var t Totals
			t, err = parseTotals(unit, value)
			m.tally(experiment).units[unit] = &t
		case strings.HasPrefix(key, requestKey):
			var r rated
			r, err = parseRated(value)
			r.key = name
			requests = append(requests, &r)
		case strings.HasPrefix(key, droppedKey):
			var t Totals
			t, err = parseTotals("", value)
			m.tally(name).dropped = t.Requests
		default:
			err = errRecord
		}
		if err != nil {
			return fmt.Errorf("restore experiments: key %q: %w", key, err)
		}
		return nil
	})
	slices.SortFunc(requests, func(a, b *rated) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.key, b.key)) })
	for _, r := range requests {
		m.requests.Add(r.key, r)
	}
	return err
}

func (m *Memory) tally(experiment string) *tally {
	t := m.experiments[experiment]
	if t == nil {
		t = &tally{units: make(map[string]*Totals)}
		m.experiments[experiment] = t
	}
	return t
}

// maxFigure bounds the figures of one request, so that sums stay finite.
const maxFigure = 1e9

// Check returns an error for figures that are negative, not numbers or absurdly large. Every
// [Store] rejects those.
func (o *Outcome) Check() error {
	for _, f := range []float64{o.Cost, o.Seconds, float64(o.Tokens)} {
		if !(f >= 0 && f <= maxFigure) {
			return fmt.Errorf("outcome of request %q: cost %v, seconds %v, tokens %d: expected numbers from 0 to %v", o.ID, o.Cost, o.Seconds, o.Tokens, float64(maxFigure))
		}
	}
	return nil
}

// CheckRating returns an error for a rating out of range. Every [Store] rejects those.
func CheckRating(rating float64) error {
	if !(rating >= 0 && rating <= 1) {
		return fmt.Errorf("rating %v is out of range; expected 0 to 1", rating)
	}
	return nil
}

// Record adds an outcome.
func (m *Memory) Record(_ context.Context, a routing.Assignment, o Outcome) (bool, error) {
	if err := o.Check(); err != nil {
		return false, err
	}
	if a.Experiment == "" || a.Unit == "" || strings.Contains(a.Experiment, "\x00") {
		return false, errors.New("outcome without experiment or unit")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	tally := m.tally(a.Experiment)
	t, known := tally.units[a.Unit]
	if !known {
		if len(tally.units) >= m.o.MaxUnits {
			tally.dropped++
			m.put(droppedKey+a.Experiment, &Totals{Requests: tally.dropped})
			return false, nil
		}
		t = &Totals{Unit: a.Unit, Variant: a.Variant, First: time.Unix(0, o.At.UnixNano()).UTC()}
		tally.units[a.Unit] = t
	}
	if t.Variant != a.Variant {
		t.Moved++
	} else {
		t.add(&o)
		m.addRequest(o.ID, a)
	}
	m.put(unitKey+a.Experiment+"\x00"+a.Unit, t)
	return !known, nil
}

// add counts an outcome of the unit's own variant.
func (t *Totals) add(o *Outcome) {
	t.Requests++
	t.Cost += o.Cost
	t.Seconds += o.Seconds
	t.Tokens += o.Tokens
	if o.Escalated {
		t.Escalated++
	}
	if o.Failed {
		t.Failed++
	}
}

// addRequest keeps the request for feedback. An ID that is known stays with its first unit.
func (m *Memory) addRequest(id string, a routing.Assignment) {
	now := m.o.Now()
	m.expire(now)
	key := requestHash(id)
	if id == "" || m.requests.Contains(key) {
		return
	}
	r := &rated{key: key, experiment: a.Experiment, unit: a.Unit, at: now, rating: unrated}
	m.requests.Add(key, r)
	m.put(requestKey+key, r)
}

// expire drops the requests on which feedback is no longer accepted.
func (m *Memory) expire(now time.Time) {
	for {
		key, r, ok := m.requests.GetOldest()
		if !ok || now.Sub(r.at) < FeedbackTime {
			return
		}
		m.requests.Remove(key)
	}
}

// requestHash replaces a request's ID, which may be of any length.
func requestHash(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:12])
}

// Rate adds feedback.
func (m *Memory) Rate(_ context.Context, id string, rating float64) (bool, error) {
	if err := CheckRating(rating); err != nil {
		return false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.expire(m.o.Now())
	r, known := m.requests.Peek(requestHash(id)) // they stay in the order of their age
	if !known {
		return false, nil
	}
	t := m.tally(r.experiment).units[r.unit]
	if t == nil {
		return false, nil // the unit is missing in the journal
	}
	if r.rating == unrated {
		t.Rated++
		t.Rating += rating
	} else {
		t.Rating = max(t.Rating-r.rating+rating, 0)
	}
	r.rating = rating
	m.put(unitKey+r.experiment+"\x00"+r.unit, t)
	m.put(requestKey+r.key, r)
	return true, nil
}

// Units returns the totals of an experiment's units.
func (m *Memory) Units(_ context.Context, experiment string) ([]Totals, int, error) {
	m.mu.Lock()
	tally := m.experiments[experiment]
	if tally == nil {
		m.mu.Unlock()
		return nil, 0, nil
	}
	units := make([]Totals, 0, len(tally.units))
	for _, t := range tally.units {
		units = append(units, *t)
	}
	dropped := tally.dropped
	m.mu.Unlock()
	Sort(units)
	return units, dropped, nil
}

// Forget removes an experiment. It blocks Record meanwhile.
func (m *Memory) Forget(_ context.Context, experiment string) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	tally := m.experiments[experiment]
	if tally == nil {
		return 0, nil
	}
	delete(m.experiments, experiment)
	for unit := range tally.units {
		m.remove(unitKey + experiment + "\x00" + unit)
	}
	m.remove(droppedKey + experiment)
	for _, r := range m.requests.Values() {
		if r.experiment == experiment {
			m.requests.Remove(r.key)
		}
	}
	return len(tally.units), nil
}

// Sort sorts units by first exposure, then by name.
func Sort(units []Totals) {
	slices.SortFunc(units, func(a, b Totals) int {
		return cmp.Or(a.First.Compare(b.First), cmp.Compare(a.Unit, b.Unit))
	})
}

func (m *Memory) put(key string, record interface{ encode() []byte }) {
	if m.o.Journal != nil {
		m.o.Journal.Put(key, record.encode())
	}
}

func (m *Memory) remove(key string) {
	if m.o.Journal != nil {
		m.o.Journal.Delete(key)
	}
}
