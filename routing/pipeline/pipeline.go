// Package pipeline owns the life of one LLM request: what it asks for, which models may
// answer it, what every attempt sends, whether an answer is good enough, and what the
// request cost in the end.
//
// It knows nothing of Envoy, gRPC or protobuf; package extproc translates between Envoy's
// messages and this package, and commands that work offline call it with empty stores.
//
// Start with [Pipeline.Begin], which makes the [Plan] of a request. A [ResponseAttempt] judges the
// answer of one attempt; [Pipeline.Next] says which attempt follows a verdict, and
// [Pipeline.Retry] what that sends. Every request ends in finish, once, however it ends.
package pipeline

import (
	"context"
	"fmt"
	"runtime"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"sluice/routing/budget"
	"sluice/routing/cache"
	"sluice/routing/config"
	"sluice/routing/experiment"
	"sluice/routing/session"
)

// A Pipeline serves requests under one configuration. It is immutable and safe for
// concurrent use; a new configuration is a new Pipeline ([Pipeline.With]), and a request
// keeps the one it began with.
type Pipeline struct {
	rt *config.Runtime
	*shared
}

// shared outlives a configuration.
type shared struct {
	stores   Stores
	log      *zap.Logger
	metrics  *Metrics
	finished *lru.Cache[uint64, struct{}] // nonces of the last requests that are settled
	begun    *begun                       // the last requests that the proxy was told to send
	firsts   *firstAnswers                // that wait for a second model to agree
	decoders chan struct{}                // one place for each body that may be decoded at once
	refusals *refusals
	now      func() time.Time
}

// Stores are what is kept between requests. A nil store keeps nothing: sessions are not
// remembered, spending is not counted, answers are not cached, experiments have no results.
type Stores struct {
	Sessions    session.Store
	Budgets     budget.Store
	Cache       cache.Store
	Experiments experiment.Store
}

// maxFinished bounds the nonces that are remembered: the requests of some seconds.
const maxFinished = 1 << 14

// New returns a pipeline for the configuration. It owns the metrics; the stores are the
// caller's to close.
func New(rt *config.Runtime, stores Stores, log *zap.Logger, m *Metrics) *Pipeline {
	finished, err := lru.New[uint64, struct{}](maxFinished)
	if err != nil {
		panic(fmt.Sprintf("pipeline: %v", err)) // the size is a constant above 0
	}
	s := &shared{stores: stores, log: log, metrics: m, finished: finished, begun: newBegun(), decoders: make(chan struct{}, runtime.GOMAXPROCS(0)), refusals: newRefusals(log), now: time.Now}
	s.firsts = newFirstAnswers(&m.held)
	return &Pipeline{rt: rt, shared: s}
}

// NewOffline returns a pipeline without logs and metrics, for commands that only want to know
// what would be decided. Of the stores it has at most sessions, which may be nil.
func NewOffline(rt *config.Runtime, sessions session.Store) *Pipeline {
	return New(rt, Stores{Sessions: sessions}, zap.NewNop(), NewMetrics(prometheus.NewRegistry()))
}

// With returns the pipeline under another configuration: with the same stores, logger and
// metrics.
func (p *Pipeline) With(rt *config.Runtime) *Pipeline { return &Pipeline{rt: rt, shared: p.shared} }

// Runtime returns the configuration.
func (p *Pipeline) Runtime() *config.Runtime { return p.rt }

// storeContext bounds one call to a store.
func (p *Pipeline) storeContext(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, time.Duration(p.rt.File.State.Timeout))
}

// mustFinish bounds a call to a store that is made even where the client has left: what was
// spent is charged all the same.
func (p *Pipeline) mustFinish(ctx context.Context) (context.Context, context.CancelFunc) {
	return p.storeContext(context.WithoutCancel(ctx))
}

// storeFailed says in the log for which request a store failed. The store itself counts the
// failure and logs its cause once, so this is for debugging only.
func (p *Pipeline) storeFailed(store, id string, err error) {
	p.log.Debug("store failed", zap.String("store", store), zap.String("request_id", id), zap.Error(err))
}
