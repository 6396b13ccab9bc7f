package extproc

import (
	"strconv"

	"go.uber.org/zap"
	"google.golang.org/protobuf/types/known/structpb"

	"sluice/envoy"
)

// note is a key of the metadata that Envoy's access log and rate limits may read.
type note struct {
	key   string
	value *structpb.Value
}

// notes are what the provider billed for the answer, nil where it did not say. Of a
// stream that was let go that is not known here.
func (j *judgement) notes() []note {
	if !j.billed() {
		return nil
	}
	u := j.answer.Usage
	return []note{
		{envoy.KeyInputTokens, structpb.NewNumberValue(float64(u.Input))},
		{envoy.KeyOutputTokens, structpb.NewNumberValue(float64(u.Output))},
		{envoy.KeyCost, structpb.NewNumberValue(j.cost())},
	}
}

func (j *judgement) billed() bool {
	return j.answer.Complete && j.model != nil && j.answer.Usage.Input >= 0 && j.answer.Usage.Output >= 0
}

// settle records what became of a request, once, when Envoy has its reply: one log
// line and the metrics.
func (j *judgement) settle() {
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
		zap.Duration("took", since(j.st.Started, j.now())),
	}
	if j.model != nil {
		name = j.model.Name
		fields = append(fields, zap.Stringer("tier", j.model.Tier))
		j.metrics.judged(j.model, j.reason, since(max(j.st.started, j.st.Started), j.now()))
	}
	fields = append(fields, zap.String("model", name))
	if j.reason != "" {
		fields = append(fields, zap.String("verdict", string(j.reason)))
	}
	if j.billed() {
		u, cost := j.answer.Usage, j.cost()
		j.metrics.spent(j.model, u, cost)
		fields = append(fields, zap.Int("input_tokens", u.Input), zap.Int("output_tokens", u.Output), zap.Float64("cost_usd", cost))
	}
	j.log.Info("answered", fields...)
}

// cost is what the provider bills for the answer, in US dollars.
func (j *judgement) cost() float64 {
	u, p := j.answer.Usage, j.model.Price
	cached, written := max(u.CachedInput, 0), max(u.CacheWrite, 0)
	plain := max(u.Input-cached-written, 0)
	return (float64(plain)*p.Input + float64(cached)*p.CachedInput + float64(written)*p.CacheWrite + float64(max(u.Output, 0))*p.Output) / 1e6
}

func dollars(usd float64) string { return strconv.FormatFloat(usd, 'f', 6, 64) }
