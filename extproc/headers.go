package extproc

import (
	"strconv"
	"strings"

	"google.golang.org/protobuf/types/known/structpb"

	"sluice/envoy"
	"sluice/routing"
	"sluice/routing/config"
	"sluice/routing/header"
)

// identity is the headers that every answer carries: who answered, and why.
func (j *judgement) identity() mutation {
	var m mutation
	name, tier, effort := j.st.Asked, "", ""
	if m := j.answerer(); m != nil {
		name, tier, effort = m.Base().Name, m.Tier.String(), string(m.Effort)
	}
	attempts := strconv.Itoa(j.attempt)
	given := reasons(j.st.tried)
	m.header(header.Model, name)
	m.header(header.Effort, effort)
	m.header(header.Tier, tier)
	m.header(header.Domain, j.st.Domain)
	m.header(header.Reason, j.st.Reason)
	m.header(header.Attempts, attempts)
	m.header(header.Escalation, given)
	m.header(header.RequestID, j.st.ID)
	m.header(header.Debug, j.st.Explained)
	m.header(header.Cache, j.st.Cache)
	if j.st.Saved > 0 {
		m.header(header.Compressed, strconv.Itoa(j.st.Saved))
	}
	m.noteString(envoy.KeyModel, name)
	m.noteString(envoy.KeyEffort, effort)
	m.noteString(envoy.KeyTier, tier)
	m.noteString(envoy.KeyAttempts, attempts)
	m.noteString(envoy.KeyEscalation, given)
	return m
}

// answerer is the model whose answer the client gets; nil if it is not known here.
func (j *judgement) answerer() *routing.Model {
	if j.instead != nil {
		return j.instead.model
	}
	return j.model
}

// named returns what headers and logs call the candidate of that name: its model, and the
// effort at which that is asked.
func named(rt *config.Runtime, candidate string) (model, effort string) {
	if m := rt.Router.Model(candidate); m != nil {
		return m.Base().Name, string(m.Effort)
	}
	return candidate, "" // of a configuration that is no longer in force
}

// answered is the identity of the answer that the client gets: from now on this judge is
// who settles the request.
func (j *judgement) answered() mutation {
	m := j.identity()
	m.note(envoy.KeyAnswered, structpb.NewBoolValue(true))
	return m
}

// repaired says that the answer is not as the provider sent it, and drops what described it.
func (j *judgement) repaired(m *mutation) {
	m.header(header.Repaired, header.RepairedJSON)
	m.noteString(envoy.KeyRepaired, header.RepairedJSON)
	m.remove = append(m.remove, ofBytes...)
	j.metrics.repaired(j.answerer())
}

// ofBytes are headers that describe the bytes of a body.
var ofBytes = []string{"content-length", "content-md5", "content-digest", "repr-digest", "digest", "etag"}

// reasons joins why each attempt was given up, in order.
func reasons(list []tried) string {
	words := make([]string, len(list))
	for i, t := range list {
		words[i] = string(t.Reason)
	}
	return strings.Join(words, ",")
}
