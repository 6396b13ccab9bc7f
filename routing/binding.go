package routing

import (
	"cmp"
	"slices"
)

// A Binding restricts a request to the models that can go on with its conversation. A provider
// signs or encrypts reasoning for itself: another refuses it, or loses it. And a conversation
// that a provider keeps is known to nobody else. The zero value is no restriction.
type Binding struct {
	Model    *Model    // the only one: it keeps the conversation
	Provider *Provider // the only one: it signed the reasoning
	Family   string    // the only makers' models that can have signed it
	Native   bool      // only providers whose own format the request has: others imitate the format, and sign nothing
}

// excludes says why the binding does not allow the model, "" if it does.
func (b *Binding) excludes(m *Model, api API) string {
	switch {
	case b.Model != nil && m.Base() != b.Model.Base():
		return "does not keep the conversation, as " + b.Model.Base().Name + " does"
	case b.Provider != nil && m.Provider != b.Provider:
		return "cannot read what " + b.Provider.Name + " signed or keeps"
	case b.Family != "" && m.family() != b.Family:
		return "cannot read the reasoning that a model of " + b.Family + " signed"
	case b.Native && !m.Provider.Native(api.Format()):
		return "is of a provider that only imitates the " + api.Format().String() + " format"
	default:
		return ""
	}
}

// bind returns the request's binding: to what answered before, as the session says, else to
// what may have. Of those that may have, [Router.settle] takes one provider.
func (r *Router) bind(req *Request) Binding {
	answered := r.answered(req)
	switch {
	case req.Owner != "" && answered != nil && req.API.Format() != Responses:
		return Binding{Model: answered}
	case (req.Owner != "" || req.Signed) && answered != nil: // any model goes on with a Responses conversation
		return Binding{Provider: answered.Provider}
	case !req.Signed && !req.Thread:
		return Binding{}
	}
	api := req.API
	speaks := func(m *Model) bool { return m.Provider.Speaks(api.Format()) }
	if req.Signer != "" && slices.ContainsFunc(r.ranked, func(m *Model) bool { return speaks(m) && m.family() == req.Signer }) {
		return Binding{Family: req.Signer}
	}
	return Binding{Native: slices.ContainsFunc(r.ranked, func(m *Model) bool { return m.Provider.Native(api.Format()) })}
}

// answered returns the model that answered the conversation last, nil if that is not known.
func (r *Router) answered(req *Request) *Model {
	return r.models[cmp.Or(req.Past.Answered, req.Past.Model)]
}

// settle binds a request with signed reasoning of an unknown issuer to the provider of its
// first candidate: if that is the wrong one, so is any other, and each would get to read it.
func (r *Router) settle(req *Request, candidates []*Model) []*Model {
	if !req.Signed || req.Binding.Provider != nil || req.Binding.Model != nil {
		return candidates
	}
	req.Binding.Provider = candidates[0].Provider
	return filter(candidates, func(m *Model) bool { return m.Provider == req.Binding.Provider })
}

// bound returns the model that answers a bound request which none of the models it is bound to
// can serve, as far as is known: the one that answered before, whose provider then says what
// is wrong in its own words. It is nil where that is not known.
func (r *Router) bound(req *Request, allowance Allowance) *Model {
	if req.Binding.Model == nil && (req.Binding.Provider == nil || !req.Signed && req.Owner == "") {
		return nil
	}
	m := r.answered(req)
	if m == nil || !m.Provider.Speaks(req.API.Format()) || !allowance.allows(m) {
		return nil
	}
	return m.For(req)
}

// family is the maker of the model, by the name that its provider has for it.
func (m *Model) family() string { return Family(m.UpstreamName) }
