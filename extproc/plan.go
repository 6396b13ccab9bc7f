package extproc

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/structpb"

	"sluice/envoy"
	"sluice/routing"
	"sluice/routing/llmapi"
	"sluice/routing/verdict"
)

// A plan is what the rewrite and judge steps must know of a routed request. It
// travels in dynamic metadata, so that any replica with the same models can serve
// any step; it holds no text that a person wrote.
type plan struct {
	ID         string              `json:"id"`
	Nonce      uint64              `json:"nonce,omitempty"` // names the request as no client can
	API        routing.API         `json:"api"`
	Asked      string              `json:"asked"` // model named by the client
	Path       string              `json:"path"`  // the client's own, query included
	Strategy   string              `json:"strategy,omitempty"`
	Domain     string              `json:"domain,omitempty"`
	Reason     string              `json:"reason"`
	rule       routing.Rule        // the kind of reason, for the metrics of this step
	Candidates []string            `json:"cands"`                // model names in order of attempt
	Untouched  bool                `json:"untouched,omitempty"`  // passed to the model it names, not judged
	ModelStart int                 `json:"from,omitempty"`       // where the first candidate's name stands in its body,
	ModelEnd   int                 `json:"to,omitempty"`         // quotes included, and what is asked behind it
	Session    string              `json:"session,omitempty"`    // key of the conversation, a hash
	Explained  string              `json:"explained,omitempty"`  // the whole decision, where the client may ask for it
	Tokens     int                 `json:"tokens,omitempty"`     // estimate of the request
	Limit      int                 `json:"limit,omitempty"`      // the client's own on the tokens of the answer
	Service    routing.ServiceTier `json:"service,omitempty"`    // asked for, by which an answer is billed that does not say
	Ask        llmapi.Ask          `json:"ask,omitzero"`         // what Sluice asks of the providers in the body
	Structured string              `json:"structured,omitempty"` // who steps in where JSON failed, if that is a model at an effort
	Started    int64               `json:"start"`                // Unix milliseconds
	Expect     verdict.Expectation `json:"expect,omitzero"`
	Check      check               `json:"check,omitzero"` // by a second model, before the first answer is delivered

	Charge   string             `json:"charge,omitempty"`   // the reservation to settle
	Accounts []string           `json:"accounts,omitempty"` // of the budgets that pay
	Cache    string             `json:"cache,omitempty"`    // what x-sluice-cache says
	Key      string             `json:"key,omitempty"`      // under which the answer may be kept
	Claimed  bool               `json:"claimed,omitempty"`  // others wait for this answer
	Limited  bool               `json:"limited,omitempty"`  // a budget kept it from better models
	Part     routing.Assignment `json:"part,omitzero"`      // in an experiment
	Saved    int                `json:"saved,omitempty"`    // tokens by which the prompt was shortened

	shortened []llmapi.Edit // how, for this step
}

// tried is one attempt that was given up, why, and what it cost nevertheless.
type tried struct {
	Model     string
	Reason    verdict.Reason
	Status    int     // HTTP status; 0 if there was none
	Cost      float64 // US dollars
	Estimated bool    // the provider did not say what it cost
}

// sent is the estimate of the tokens that a provider gets: those that were taken out of the
// prompt are not paid for.
func (p *plan) sent() int { return max(p.Tokens-p.Saved, 0) }

// encode returns the value of the plan's metadata key.
func (p *plan) encode() string {
	text, err := json.Marshal(p)
	if err != nil {
		panic(fmt.Sprintf("extproc: plan: %v", err)) // strings and numbers only
	}
	return string(text)
}

// state is what the metadata of a request says: its plan and what was tried so far.
type state struct {
	plan
	tried   []tried
	started int64 // of the current attempt, Unix milliseconds
}

// decodeState reads the metadata that route, rewrite and judge have written. It
// reports false where the request was never routed.
func decodeState(ns *structpb.Struct) (*state, bool, error) {
	text := ns.GetFields()[envoy.KeyPlan].GetStringValue()
	if text == "" {
		return nil, false, nil
	}
	s := &state{}
	if err := json.Unmarshal([]byte(text), &s.plan); err != nil {
		return nil, true, fmt.Errorf("metadata %s.%s: %w", envoy.Namespace, envoy.KeyPlan, err)
	}
	for _, v := range ns.GetFields()[envoy.KeyTried].GetListValue().GetValues() {
		f := v.GetStructValue().GetFields()
		s.tried = append(s.tried, tried{
			Model:  f["model"].GetStringValue(),
			Reason: verdict.Reason(f["reason"].GetStringValue()),
			Status: int(f["status"].GetNumberValue()),

			Cost:      f["cost_usd"].GetNumberValue(),
			Estimated: f["estimated"].GetBoolValue(),
		})
	}
	s.started = int64(ns.GetFields()[envoy.KeyStarted].GetNumberValue())
	return s, true, nil
}

// triedValue is the metadata form of the attempts that were given up; Envoy's own
// local replies quote it.
func triedValue(list []tried) *structpb.Value {
	values := make([]*structpb.Value, len(list))
	for i, t := range list {
		fields := map[string]*structpb.Value{
			"model":  structpb.NewStringValue(t.Model),
			"reason": structpb.NewStringValue(string(t.Reason)),
		}
		if t.Status != 0 {
			fields["status"] = structpb.NewNumberValue(float64(t.Status))
		}
		if t.Cost != 0 {
			fields["cost_usd"] = structpb.NewNumberValue(t.Cost)
		}
		if t.Estimated {
			fields["estimated"] = structpb.NewBoolValue(true)
		}
		values[i] = structpb.NewStructValue(&structpb.Struct{Fields: fields})
	}
	return structpb.NewListValue(&structpb.ListValue{Values: values})
}

// lostCost is what the attempts that were given up cost, in US dollars, and whether some of
// it is estimated.
func (s *state) lostCost() (usd float64, estimated bool) {
	for _, t := range s.tried {
		usd, estimated = usd+t.Cost, estimated || t.Estimated
	}
	return usd, estimated
}

// lost completes the list of attempts when attempt begins, and returns what it added:
// attempts that no judge saw, ended by a time-out of the candidate's cluster or
// never answered.
func (s *state) lost(attempt int, timeout func(model string) time.Duration, now time.Time) []tried {
	known := len(s.tried)
	for n := known; n < attempt-1 && n < len(s.Candidates); n++ {
		t := tried{Model: s.Candidates[n], Reason: verdict.Unreachable}
		// Envoy's timers may fire a little early.
		if limit := timeout(t.Model); limit > 0 && since(max(s.started, s.Started), now) >= limit-limit/10 {
			t.Reason = verdict.Timeout
		}
		s.tried = append(s.tried, t)
	}
	return s.tried[known:]
}

// next returns the candidates from attempt on (counted from 1) after attempt was given
// up for reason, where the structured model steps in for an answer that was not the
// JSON it should be. What is not stronger than it is left out behind it.
func (p *plan) next(attempt int, reason verdict.Reason, structured *routing.Model, tier func(name string) routing.Tier) []string {
	rest := p.Candidates[min(attempt, len(p.Candidates)):]
	if !reason.Structured() || structured == nil || len(rest) == 0 || rest[0] == structured.Name ||
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

// groups are the plan's candidates as Envoy's priority groups: attempt n goes to group n.
func groups(models []*routing.Model) *structpb.Struct {
	values := make([]*structpb.Value, len(models))
	for i, m := range models {
		cluster := &structpb.Struct{Fields: map[string]*structpb.Value{
			envoy.KeyClusterName: structpb.NewStringValue(m.Cluster),
			envoy.KeyWeight:      structpb.NewNumberValue(1),
		}}
		values[i] = structpb.NewStructValue(&structpb.Struct{Fields: map[string]*structpb.Value{
			envoy.KeyGroupName: structpb.NewStringValue(m.Name),
			envoy.KeyClusters: structpb.NewListValue(&structpb.ListValue{
				Values: []*structpb.Value{structpb.NewStructValue(cluster)},
			}),
		}})
	}
	return &structpb.Struct{Fields: map[string]*structpb.Value{
		envoy.KeyGroups: structpb.NewListValue(&structpb.ListValue{Values: values}),
	}}
}
