package pipeline

import (
	"context"
	"slices"

	"sluice/routing"
	"sluice/routing/verdict"
)

// Next returns the plan by which the request goes on after the attempt, counted from 1, was
// given up for the reason, and so many dollars were spent. It is nil where no attempt
// follows: because there is none, or, as denied reports, because no budget has the money.
// The plan is the same where the order of the candidates stays.
func (p *Pipeline) Next(ctx context.Context, pr *Progress, attempt int, reason verdict.Reason, spent float64) (next *Plan, denied bool) {
	structured := p.rt.Router.Structured()
	if pr.Structured != "" {
		structured = p.rt.Router.Model(pr.Structured)
	}
	rest := pr.after(attempt, reason, structured, p.tier)
	if reason == verdict.NoAnswer {
		rest = pr.afterProbe(p.tier)[1:] // another cheap model would be no better
	}
	if len(rest) == 0 {
		return nil, false
	}
	if reason == verdict.ContextLength {
		rest = p.roomier(pr.Candidates[min(attempt, len(pr.Candidates))-1], rest)
	}
	if !p.raise(ctx, pr, rest[0], spent) {
		return nil, true
	}
	candidates := slices.Concat(pr.Candidates[:attempt], rest)
	if slices.Equal(candidates, pr.Candidates) {
		return pr.Plan, false
	}
	if next = pr.with(candidates, p.rt.Router); next == nil {
		next = pr.Plan
	}
	return next, false
}

// after returns the candidates that follow the attempt, where the structured model steps in
// for an answer that was not the JSON it should be. What is not stronger than it is left out
// behind it.
func (p *Plan) after(attempt int, reason verdict.Reason, structured *routing.Model, tier func(name string) routing.Tier) []string {
	rest := p.Candidates[min(attempt, len(p.Candidates)):]
	if !reason.Structured() || p.Unstructured || structured == nil || len(rest) == 0 || rest[0] == structured.Name ||
		slices.Contains(p.Candidates[:attempt], structured.Name) {
		return rest
	}
	out := []string{structured.Name}
	for _, name := range rest {
		if name != structured.Name && tier(name) >= structured.Tier {
			out = append(out, name)
		}
	}
	return out[:min(len(out), len(rest))]
}

// roomier puts the candidates that take more than the failed one before the others, whose
// turn comes nevertheless: they count tokens in their own ways.
func (p *Pipeline) roomier(failed string, rest []string) []string {
	f := p.rt.Router.Model(failed)
	if f == nil || f.Context == 0 {
		return rest
	}
	var more, less []string
	for _, name := range rest {
		if m := p.rt.Router.Model(name); m == nil || m.Context == 0 || m.Context > f.Context {
			more = append(more, name)
		} else {
			less = append(less, name)
		}
	}
	return append(more, less...)
}

// afterProbe is the order of attempts once the probe is asked: the probe, the strong model,
// and what is stronger than that; no more than were planned.
func (p *Plan) afterProbe(tier func(name string) routing.Tier) []string {
	next := []string{p.Check.Probe, p.Check.Strong}
	for _, name := range p.Candidates[1:] {
		if !slices.Contains(next, name) && tier(name) > tier(p.Check.Strong) {
			next = append(next, name)
		}
	}
	return next[:min(len(next), p.Retries())]
}

// tier returns the tier of a candidate, 0 if it is not configured here.
func (p *Pipeline) tier(name string) routing.Tier {
	if m := p.rt.Router.Model(name); m != nil {
		return m.Tier
	}
	return 0
}
