package extproc

import (
	"strconv"
	"time"

	"go.uber.org/zap"
	"google.golang.org/protobuf/types/known/structpb"

	"sluice/envoy"
	"sluice/routing"
	"sluice/routing/config"
	"sluice/routing/experiment"
	"sluice/routing/signal"
	"sluice/routing/verdict"
)

// A bill is what one attempt cost.
type bill struct {
	usage     routing.Usage
	cost      float64 // US dollars
	estimated bool    // the provider did not say
}

// bill is by the provider's own figures, where it gave them. An error costs nothing; of
// what cannot be read the request was read, and the answer has the assumed length.
func (j *judgement) bill() bill {
	if j.model == nil || j.status >= 400 || free(j.st.API) {
		return bill{}
	}
	var b bill
	switch {
	case j.meter != nil:
		b.usage = j.meter.Usage()
		b.estimated = !b.usage.Reported()
		if b.usage.Output < 0 {
			b.usage.Output = j.meter.OutputTokens()
		}
	case j.answer.ErrorMessage != "" && !j.answer.Usage.Reported(): // an error under status 200
		return bill{}
	case j.answer.Complete:
		b.usage = j.answer.Usage
		b.estimated = !b.usage.Reported()
		if b.usage.Output < 0 {
			b.usage.Output = signal.Tokens(j.answer.Text)
		}
	default:
		b.usage, b.estimated = routing.Usage{Input: -1, Output: routing.AssumedAnswer}, true
	}
	if b.usage.Input < 0 {
		b.usage.Input = j.st.sent()
	}
	b.cost = j.model.PriceFor(j.st.Relaxed).Bill(b.usage)
	return b
}

// spent is what all attempts cost so far, in US dollars, and whether some of it is estimated.
func (j *judgement) spent() (usd float64, estimated bool) {
	b := j.bill()
	usd, estimated = b.cost, b.estimated
	for _, t := range j.st.tried {
		usd, estimated = usd+t.Cost, estimated || t.Estimated
	}
	return usd, estimated
}

// source is the word for where the figures of a cost are from.
func source(estimated bool) string {
	if estimated {
		return envoy.SourceEstimate
	}
	return envoy.SourceProvider
}

// whole reports whether the client got all of an answer that is none of an error.
func (j *judgement) whole() bool {
	switch {
	case !j.ended || j.status >= 400:
		return false
	case j.meter != nil:
		return j.meter.Complete() && !j.meter.Failed()
	default:
		return true
	}
}

// tell adds what the request cost to the metadata, which Envoy's access log and rate limits
// may read.
func (j *judgement) tell(m *mutation) {
	b := j.bill()
	usd, estimated := j.spent()
	m.note(envoy.KeyInputTokens, structpb.NewNumberValue(float64(b.usage.Input)))
	m.note(envoy.KeyOutputTokens, structpb.NewNumberValue(float64(b.usage.Output)))
	m.note(envoy.KeyCost, structpb.NewNumberValue(usd))
	m.noteString(envoy.KeyCostSource, source(estimated))
}

// settle records what became of a request, once, when Envoy has its last reply: the
// budgets, the cache, the experiment, one log line and the metrics.
func (j *judgement) settle() {
	b := j.bill()
	usd, estimated := j.spent()
	j.charge(j.rt, j.st, usd, j.whole())
	j.keep(usd)
	j.record(b, usd)

	name := j.st.Asked
	fields := []zap.Field{
		zap.String("request_id", j.st.ID),
		zap.Stringer("api", j.st.API),
		zap.String("strategy", j.st.Strategy),
		zap.String("domain", j.st.Domain),
		zap.String("reason", j.st.Reason),
		zap.Int("attempts", j.attempt),
		zap.String("escalation", reasons(j.st.tried)),
		zap.Int("status", j.status),
		zap.Bool("stream", j.sse),
		zap.Bool("whole", j.whole()),
		zap.Duration("took", since(j.st.Started, j.now())),
		zap.Int("input_tokens", b.usage.Input),
		zap.Int("output_tokens", b.usage.Output),
		zap.Float64("cost_usd", usd),
		zap.String("cost_source", source(estimated)),
	}
	if j.model != nil {
		name = j.model.Name
		fields = append(fields, zap.Stringer("tier", j.model.Tier))
		j.metrics.judged(j.model, j.reason, since(max(j.st.started, j.st.Started), j.now()))
		j.metrics.spent(j.model, b)
		if j.st.Saved > 0 {
			j.metrics.saved("compression", j.model.PriceFor(j.st.Relaxed).Cost(j.st.Saved, 0))
			fields = append(fields, zap.Int("compressed_tokens", j.st.Saved))
		}
	}
	fields = append(fields, zap.String("model", name))
	if j.reason != "" {
		fields = append(fields, zap.String("verdict", string(j.reason)))
	}
	if j.st.Cache != "" {
		fields = append(fields, zap.String("cache", j.st.Cache))
	}
	if j.st.Part.Experiment != "" {
		fields = append(fields, zap.String("experiment", j.st.Part.Experiment), zap.String("variant", j.st.Part.Variant))
	}
	j.log.Info("answered", fields...)
}

// record adds the outcome to the experiment that the request takes part in.
func (j *judgement) record(b bill, usd float64) {
	part := j.st.Part
	if part.Experiment == "" || j.stores.Experiments == nil {
		return
	}
	ctx, cancel := j.bounded(j.rt)
	defer cancel()
	now := j.now()
	exposed, err := j.stores.Experiments.Record(ctx, part, experiment.Outcome{
		ID: j.st.ID, At: now, Cost: usd, Seconds: since(j.st.Started, now).Seconds(), Tokens: b.usage.Output,
		Escalated: j.attempt > 1,
		Failed:    j.status >= 400 || j.meter != nil && j.meter.Failed(),
	})
	if err != nil {
		j.failed("experiment", j.st.ID, err)
		return
	}
	if exposed {
		j.metrics.exposed(part)
		j.log.Info("exposed", zap.String("request_id", j.st.ID), zap.String("experiment", part.Experiment), zap.String("variant", part.Variant), zap.String("unit", part.Unit))
	}
}

// lost completes the list of attempts as [state.lost] does, with what they cost: a provider
// that was too slow has read the request, and bills for that.
func (s *Server) lost(rt *config.Runtime, st *state, attempt int) []tried {
	list := st.lost(attempt, rt.Timeout(st.Expect.Stream), s.now())
	for i := range list {
		t := &list[i]
		if m := rt.Router.Model(t.Model); m != nil && t.Reason == verdict.Timeout {
			b := bill{usage: routing.Usage{Input: st.sent()}, cost: m.PriceFor(st.Relaxed).Cost(st.sent(), 0), estimated: true}
			t.Cost, t.Estimated = b.cost, b.estimated
			s.metrics.spent(m, b)
		}
		s.metrics.escalated(*t)
	}
	return list
}

// abandon ends the judging of an attempt that Envoy gave up while it was held: it took too
// long, or the client is gone. Only in the second case nobody else settles the request.
func (j *judgement) abandon(err error) error {
	j.unclaim(j.rt, &j.st.plan)
	j.chargeLate()
	return hungUp(err)
}

// chargeLate charges for the attempts so far once the request's time is over: whether
// another one settles it shows only then. Where one does, this adds nothing, for a request
// is charged once, by the highest amount. It names no accounts: a store that has forgotten
// the request since would charge it again.
func (j *judgement) chargeLate() {
	if j.st.Charge == "" {
		return
	}
	usd, _ := j.spent()
	s, rt := j.Server, j.rt // not j: it holds the answer
	st := &state{plan: plan{ID: j.st.ID, Charge: j.st.Charge}}
	s.late.add(time.UnixMilli(j.st.Started).Add(rt.Lapse(j.st.Expect.Stream)).Sub(s.now()), func() {
		s.charge(rt, st, usd, false)
	})
}

func dollars(usd float64) string { return strconv.FormatFloat(usd, 'f', 6, 64) }
