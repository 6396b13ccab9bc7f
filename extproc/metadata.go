package extproc

import (
	"fmt"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	"google.golang.org/protobuf/types/known/structpb"

	"sluice/envoy"
	"sluice/routing/pipeline"
	"sluice/routing/verdict"
)

// What a later step must know travels with the request in Envoy's dynamic metadata, so that
// any replica can serve any step.

// decodeProgress reads what earlier steps have written; nil for a request that was not
// routed.
func decodeProgress(m *corev3.Metadata) (*pipeline.Progress, error) {
	fields := m.GetFilterMetadata()[envoy.Namespace].GetFields()
	text := fields[envoy.KeyPlan].GetStringValue()
	if text == "" {
		return nil, nil
	}
	plan, err := pipeline.DecodePlan(text)
	if err != nil {
		return nil, fmt.Errorf("metadata %s.%s: %w", envoy.Namespace, envoy.KeyPlan, err)
	}
	p := &pipeline.Progress{Plan: plan, AttemptStarted: int64(fields[envoy.KeyStarted].GetNumberValue())}
	for _, v := range fields[envoy.KeyTried].GetListValue().GetValues() {
		f := v.GetStructValue().GetFields()
		p.Tried = append(p.Tried, pipeline.Tried{
			Model:     f["model"].GetStringValue(),
			Reason:    verdict.Reason(f["reason"].GetStringValue()),
			Status:    int(f["status"].GetNumberValue()),
			Cost:      f["cost_usd"].GetNumberValue(),
			Estimated: f["estimated"].GetBoolValue(),
			Cause:     verdict.Reason(f["cause"].GetStringValue()),
			Stands:    int(f["stands_for"].GetNumberValue()),
			Ready:     int64(f["ready"].GetNumberValue()),
			Tokens:    int(f["tokens"].GetNumberValue()),
			Most:      int(f["most"].GetNumberValue()),
		})
	}
	return p, nil
}

// setPlan writes a plan, and its candidates as Envoy's priority groups: attempt n goes to
// group n.
func (m *mutation) setPlan(p *pipeline.Plan) {
	m.setString(envoy.KeyPlan, p.Encode())
	groups := make([]*structpb.Value, len(p.Models()))
	for i, model := range p.Models() {
		cluster := object(map[string]*structpb.Value{
			envoy.KeyClusterName: structpb.NewStringValue(model.Cluster),
			envoy.KeyWeight:      structpb.NewNumberValue(1),
		})
		groups[i] = object(map[string]*structpb.Value{
			envoy.KeyGroupName: structpb.NewStringValue(model.Name),
			envoy.KeyClusters:  list(cluster),
		})
	}
	m.namespace(envoy.CascadeNamespace).Fields[envoy.KeyGroups] = list(groups...)
}

// setTried writes the attempts that were given up; Envoy's own local replies quote it.
func (m *mutation) setTried(tried []pipeline.Tried) {
	values := make([]*structpb.Value, len(tried))
	for i, t := range tried {
		fields := map[string]*structpb.Value{
			"model":  structpb.NewStringValue(t.Model),
			"reason": structpb.NewStringValue(string(t.Reason)),
		}
		if t.Cause != "" {
			fields["cause"] = structpb.NewStringValue(string(t.Cause))
		}
		for _, n := range []struct {
			key   string
			value float64
		}{
			{"status", float64(t.Status)},
			{"cost_usd", t.Cost},
			{"stands_for", float64(t.Stands)},
			{"ready", float64(t.Ready)},
			{"tokens", float64(t.Tokens)},
			{"most", float64(t.Most)},
		} {
			if n.value != 0 {
				fields[n.key] = structpb.NewNumberValue(n.value)
			}
		}
		if t.Estimated {
			fields["estimated"] = structpb.NewBoolValue(true)
		}
		values[i] = object(fields)
	}
	m.setMetadata(envoy.KeyTried, list(values...))
	m.setString(envoy.KeyEscalation, pipeline.Escalation(tried))
}

func object(fields map[string]*structpb.Value) *structpb.Value {
	return structpb.NewStructValue(&structpb.Struct{Fields: fields})
}

func list(values ...*structpb.Value) *structpb.Value {
	return structpb.NewListValue(&structpb.ListValue{Values: values})
}
