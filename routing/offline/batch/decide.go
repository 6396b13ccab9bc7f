package batch

import (
	"errors"

	"sluice/routing"
	"sluice/routing/config"
	"sluice/routing/offline"
	"sluice/routing/pipeline"
)

// A decider routes lines as the running router would.
type decider struct {
	pipeline *pipeline.Pipeline
	strategy string
	alias    string // the model that plain prompts ask for
}

func newDecider(rt *config.Runtime, strategy string) *decider {
	d := &decider{pipeline: pipeline.NewOffline(rt, nil), strategy: strategy, alias: "auto"}
	for _, name := range rt.File.Routing.Route {
		if name != "*" {
			d.alias = name
			break
		}
	}
	return d
}

// A choice is what was decided for a line.
type choice struct {
	*pipeline.Plan
	model *routing.Model // the first candidate
	body  []byte         // in the format of the plan's API
}

// decide chooses the model of a line. A chat completion that no model takes in its own
// format is tried in Anthropic's.
func (d *decider) decide(l *Line) (choice, error) {
	c, err := d.choose(l, l.API, l.Body)
	if _, none := errors.AsType[*routing.NoCandidateError](err); none && l.API == routing.OpenAIChat {
		if other, ok := toMessages(l.Body); ok {
			if c, err := d.choose(l, routing.AnthropicMessages, other); err == nil {
				return c, nil
			}
		}
	}
	return c, err
}

func (d *decider) choose(l *Line, api routing.API, body []byte) (choice, error) {
	plan, err := offline.Decide(d.pipeline, api, body, pipeline.Offline{User: l.User, Strategy: d.strategy, Relaxed: true})
	switch {
	case err != nil:
		return choice{}, err
	case plan.Request.Stream:
		return choice{}, errors.New(`"stream" is true; expected a request for a whole answer`)
	case plan.Request.Messages == 0:
		return choice{}, routing.ErrNoMessages
	}
	return choice{plan, plan.Models()[0], body}, nil
}
