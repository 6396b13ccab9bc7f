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
	"sluice/routing/header"
	"sluice/routing/tokens"
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
			b.usage.Output = tokens.Estimate(j.answer.Text)
		}
	default:
		b.usage, b.estimated = routing.Usage{Input: -1, Output: j.model.AssumedLength(j.st.Limit)}, true
	}
	if b.usage.Input < 0 {
		b.usage.Input = j.st.sent()
	}
	b.cost = j.model.Bill(b.usage, j.st.Service)
	return b
}

// spent is what all attempts cost so far, in US dollars, and whether some of it is estimated.
func (j *judgement) spent() (usd float64, estimated bool) {
	b := j.bill()
	usd, estimated = j.st.lostCost()
	return usd + b.cost, estimated || b.estimated
}

// source is the word for where the figures of a cost are from.
func source(estimated bool) string {
	if estimated {
		return header.SourceEstimate
	}
	return header.SourceProvider
}

// whole reports whether the client got all of an answer that is none of an error.
func (j *judgement) whole() bool {
	switch {
	case j.instead != nil:
		return true
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
	status := j.status
	if j.instead != nil {
		status = 200
	}
	if j.st.Check.Hash != "" {
		j.holdings.take(j.st.Nonce) // nobody asks for it any more
	}
	j.keep(usd)
	if !j.first(&j.st.plan) {
		return
	}
	j.charge(j.rt, j.st, usd, j.whole())
	now := j.now()
	j.record(j.rt, j.st, experiment.Outcome{
		ID: j.st.ID, At: now, Cost: usd, Seconds: since(j.st.Started, now).Seconds(), Tokens: b.usage.Output,
		Escalated: j.attempt > 1,
		Failed:    status >= 400 || j.meter != nil && j.meter.Failed(),
	})

	name := j.st.Asked
	fields := []zap.Field{
		zap.String("request_id", j.st.ID),
		zap.Stringer("api", j.st.API),
		zap.String("strategy", j.st.Strategy),
		zap.String("domain", j.st.Domain),
		zap.String("reason", j.st.Reason),
		zap.Int("attempts", j.attempt),
		zap.String("escalation", reasons(j.st.tried)),
		zap.Int("status", status),
		zap.Bool("stream", j.sse),
		zap.Bool("whole", j.whole()),
		zap.Duration("took", since(j.st.Started, now)),
		zap.Int("input_tokens", b.usage.Input),
		zap.Int("output_tokens", b.usage.Output),
		zap.Float64("cost_usd", usd),
		zap.String("cost_source", source(estimated)),
	}
	if j.model != nil {
		answerer := j.answerer()
		name = answerer.Base().Name
		fields = append(fields, zap.Stringer("tier", answerer.Tier))
		if answerer.Effort != "" {
			fields = append(fields, zap.String("effort", string(answerer.Effort)))
		}
		j.metrics.judged(j.model, j.reason, since(max(j.st.started, j.st.Started), now))
		j.metrics.spent(j.model, b)
		if j.st.Saved > 0 {
			j.metrics.saved("compression", j.model.Bill(routing.Usage{Input: j.st.Saved, Served: b.usage.Served}, j.st.Service))
			fields = append(fields, zap.Int("compressed_tokens", j.st.Saved))
		}
	}
	fields = append(fields, zap.String("model", name))
	if j.reason != "" {
		fields = append(fields, zap.String("verdict", string(j.reason)))
	}
	if j.mended != nil {
		fields = append(fields, zap.String("repaired", header.RepairedJSON))
	}
	if j.check != "" {
		fields = append(fields, zap.String("agreement", j.check), zap.String("probe", j.st.Check.Probe))
	}
	if j.denied {
		fields = append(fields, zap.String("denied_by", "budget"))
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
func (s *Server) record(rt *config.Runtime, st *state, o experiment.Outcome) {
	part := st.Part
	if part.Experiment == "" || s.stores.Experiments == nil {
		return
	}
	ctx, cancel := s.bounded(rt)
	defer cancel()
	exposed, err := s.stores.Experiments.Record(ctx, part, o)
	if err != nil {
		s.failed("experiment", st.ID, err)
		return
	}
	if exposed {
		s.metrics.exposed(part)
		s.log.Info("exposed", zap.String("request_id", st.ID), zap.String("experiment", part.Experiment), zap.String("variant", part.Variant), zap.String("unit", part.Unit))
	}
}

// lost completes the list of attempts as [state.lost] does, with what they cost: a provider
// that was too slow has read the request, and bills for that.
func (s *Server) lost(rt *config.Runtime, st *state, attempt int, now time.Time) []tried {
	list := st.lost(attempt, rt.Timeout(st.Expect.Stream), now)
	for i := range list {
		t := &list[i]
		if m := rt.Router.Model(t.Model); m != nil && t.Reason == verdict.Timeout {
			b := assumed(st, m, 0)
			t.Cost, t.Estimated = b.cost, b.estimated
			s.metrics.spent(m, b)
		}
		s.metrics.escalated(*t)
		if st.Check.Hash != "" && t.Model == st.Check.Probe {
			s.metrics.checked(st.Candidates[0], t.Model, probeFailed)
		}
	}
	return list
}

// assumed is the bill for an attempt of which nobody has read an answer.
func assumed(st *state, m *routing.Model, output int) bill {
	u := routing.Usage{Input: st.sent(), Output: output}
	return bill{usage: u, cost: m.Bill(u, st.Service), estimated: true}
}

func dollars(usd float64) string { return strconv.FormatFloat(usd, 'f', 6, 64) }
