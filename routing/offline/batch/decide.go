package batch

import (
	"errors"
	"fmt"
	"strings"

	"sluice/routing"
	"sluice/routing/config"
	"sluice/routing/llmapi"
)

// A decider routes lines as the running router would.
type decider struct {
	rt       *config.Runtime
	strategy string
	alias    string // the model that plain prompts ask for
}

func newDecider(rt *config.Runtime, strategy string) *decider {
	d := &decider{rt: rt, strategy: strategy, alias: "auto"}
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
	decision      routing.Decision
	model         *routing.Model
	api           routing.API // in which the model takes it
	body          []byte
	input, output int                 // tokens, estimated
	service       routing.ServiceTier // where it is sent on its own
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
	c := choice{api: api, body: body}
	req, err := llmapi.Read(api, body)
	if err != nil {
		return c, err
	}
	if req.Stream {
		return c, errors.New(`"stream" is true; the answer to a line of a batch is whole`)
	}
	if req.Messages == 0 {
		return c, routing.ErrNoMessages
	}
	req.Strategy, req.Who.User = d.strategy, l.User
	llmapi.Relax(&req)
	c.input, c.service = req.Tokens, req.Service()
	if d.rt.Router.Routes(req.Model) {
		if c.decision, err = d.rt.Router.Route(&req); err != nil {
			return c, err
		}
		c.model = c.decision.Candidates[0]
		c.output = c.model.AssumedLength(req.MaxTokens)
		return c, nil
	}
	named := d.rt.Router.Named(req.Model)
	if named == nil {
		return c, fmt.Errorf("unknown model %q; expected a configured one, or one of %s", clip(req.Model), strings.Join(d.rt.File.Routing.Route, ", "))
	}
	c.model, c.decision.Reason = named.For(&req), string(routing.ByRequest)
	c.output = c.model.AssumedLength(req.MaxTokens)
	if !c.model.Provider.Speaks(api.Format()) {
		return c, fmt.Errorf("model %q does not speak the %s format", c.model.Name, api.Format())
	}
	return c, nil
}
