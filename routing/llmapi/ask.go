package llmapi

import (
	"bytes"
	"encoding/json"
	"slices"

	"sluice/routing"
	"sluice/routing/llmapi/jsonscan"
)

// An Ask is what Sluice itself asks of the providers in a routed request: the usage of a
// stream, the cheaper service tier if the answer may take its time, an effort of thinking, and
// a limit on the answer that the model can give. Usage and tier are for OpenAI's chat only;
// Anthropic's streams always report usage. The zero value asks for nothing.
//
// The members that ask are put right after the value of "model". Together they are one segment
// of the body, which a later attempt replaces as a whole, because its model may support more
// or less.
type Ask struct {
	Usage  bool `json:"usage,omitempty"`  // stream_options, where the provider knows it
	Inside bool `json:"inside,omitempty"` // include_usage within the stream_options of the client
	Flex   bool `json:"flex,omitempty"`   // service_tier, if the model has flex; the client's own is removed then

	// Refused are fields that providers are known to refuse: they are not put into theirs.
	Refused []Refused `json:"refused,omitempty"`

	Effort bool `json:"effort,omitempty"` // how hard to think, for models at an effort; the client does not say
	// Limit is the client's limit on the answer, where some of these models need another one.
	Limit    int              `json:"limit,omitempty"`
	LimitAt  routing.Span     `json:"limit_at,omitzero"`   // where it is in the body: in the client's first, later in the one that was sent
	LimitKey routing.LimitKey `json:"limit_key,omitempty"` // what the client calls it in Chat Completions; "" lets it stay
	Affords  int              `json:"affords,omitempty"`   // that the budgets have money for; 0 is any
	Budget   int              `json:"budget,omitempty"`    // the client's own thinking budget, which must be below it
}

// The members of a body that ask.
const (
	includeUsage = `"include_usage":true`
	askUsage     = `,"stream_options":{` + includeUsage + `}`
	askFlex      = `,"service_tier":"` + string(routing.ServiceFlex) + `"`
)

// Asks returns what to ask in a routed request that any of the models may get. What the
// client itself says is not changed, with two exceptions: usage that the client did not ask
// for is requested and removed from the answer again, see [Ask.Strips]; and a service_tier of
// flex is removed if not every model has it, because models without it refuse it.
func Asks(req *routing.Request, models []*routing.Model) Ask {
	a := AskEffort(req, models)
	a.askLimit(req, models)
	if req.API != routing.OpenAIChat {
		return a
	}
	if req.Relaxed {
		a.Flex = req.ServiceSpan == (routing.Span{}) || slices.ContainsFunc(models, func(m *routing.Model) bool { return !(m.FlexRate > 0) })
	}
	if !req.Stream || req.IncludeUsage {
		return a
	}
	if req.StreamOptions == (routing.Span{}) {
		a.Usage = true
		return a
	}
	for _, m := range models {
		a.Inside = a.Inside || m.Provider.StreamUsage
	}
	return a
}

// Relax records that the answer may take its time, so that models with a FlexRate are asked
// for it. It changes only requests whose format can say so and whose client has not chosen a
// service tier.
func Relax(req *routing.Request) {
	if req.API == routing.OpenAIChat && req.ServiceSpan == (routing.Span{}) {
		req.Relaxed = true
	}
}

// Strips reports whether an answer of the model may carry an event that Sluice asked for
// and the client did not: the one that [NewMeter] can take out.
func (a Ask) Strips(m *routing.Model) bool {
	return a.Inside || a.asks(FieldUsage, m)
}

// Segment returns the JSON text that names the model in a body, with the members that ask
// after it.
func (a Ask) Segment(api routing.API, m *routing.Model) string {
	name, _ := json.Marshal(m.UpstreamName) // strings always encode
	segment := string(name)
	if a.asks(FieldUsage, m) {
		segment += askUsage
	}
	if a.asks(FieldFlex, m) {
		segment += askFlex
	}
	if a.asks(FieldEffort, m) {
		segment += effortText(api, m)
	}
	return segment
}

// Edits returns the edits that make the client's body the one for the first attempt, on the
// model. There are none if the body names the model already and nothing is asked. The part of
// the body that [Ask.Resend] replaces is [Locate] of the model's value.
func (a Ask) Edits(body []byte, req *routing.Request, m *routing.Model) []Edit {
	var edits []Edit
	segment := a.Segment(req.API, m)
	if plain := (Ask{}).Segment(req.API, m); segment != plain || m.UpstreamName != req.Model {
		edits = append(edits, Edit{routing.Span{Start: req.ModelStart, End: req.ModelEnd}, segment})
	}
	if a.Inside {
		if e, ok := inside(body, req.StreamOptions); ok {
			edits = append(edits, e)
		}
	}
	if a.Flex && req.ServiceSpan != (routing.Span{}) {
		edits = append(edits, Edit{Span: member(body, req.ServiceSpan)})
	}
	if a.LimitAt != (routing.Span{}) {
		edits = append(edits, a.limitEdits(body, req.LimitSpan, m)...)
	}
	return edits
}

// member returns the part of a body to remove in order to remove the member with the value
// from its object. The member must not be the only one, and its key must hold no quotes.
func member(body []byte, value routing.Span) routing.Span {
	const spaces = " \t\r\n"
	head := body[:bytes.LastIndexByte(body[:value.Start], '"')]
	head = head[:bytes.LastIndexByte(head, '"')]
	if before := bytes.TrimRight(head, spaces); before[len(before)-1] == ',' {
		return routing.Span{Start: len(before) - 1, End: value.End}
	}
	comma := bytes.IndexByte(body[value.End:], ',')
	return routing.Span{Start: len(head), End: value.End + comma + 1}
}

// inside returns the edit that asks for usage in the client's own stream_options, at the place
// that Read found. A value that is not an object is left to the provider to refuse.
func inside(body []byte, at routing.Span) (Edit, bool) {
	rest := body[at.Start:]
	switch {
	case at.End > at.Start: // the value of include_usage
		word := string(body[at.Start:at.End])
		return Edit{at, "true"}, word == "false" || word == "null"
	case rest[0] == 'n':
		return Edit{routing.Span{Start: at.Start, End: at.Start + len("null")}, "{" + includeUsage + "}"}, true
	case body[at.Start-1] != '{':
		return Edit{}, false
	case bytes.HasPrefix(bytes.TrimLeft(rest, " \t\r\n"), []byte("}")):
		return Edit{at, includeUsage}, true
	default:
		return Edit{at, includeUsage + ","}, true
	}
}

// Resend returns the body of a later attempt, on the model, from the body of the attempt before,
// in which the segment was at that place. If it is elsewhere, because another filter changed
// the body, the body is read again; an error is that of [Read]. Like [Apply] it may reuse the
// memory of body.
func (a Ask) Resend(body []byte, api routing.API, at routing.Span, m *routing.Model) ([]byte, error) {
	limit := a.LimitAt
	if end, ok := a.segmentEnd(body, api, at.Start); !ok || end != at.End || !a.limited(body) {
		req, err := Read(api, body)
		if err != nil {
			return nil, err
		}
		end, _ := a.segmentEnd(body, api, req.ModelStart)
		at, limit = routing.Span{Start: req.ModelStart, End: end}, req.LimitSpan
	}
	edits := []Edit{{at, a.Segment(api, m)}}
	if a.LimitAt != (routing.Span{}) && limit != (routing.Span{}) {
		edits = append(edits, a.limitEdits(body, limit, m)...)
	}
	return Apply(body, edits...), nil
}

// segmentEnd returns where the segment ends that begins at start, and whether there is one.
func (a Ask) segmentEnd(body []byte, api routing.API, start int) (int, bool) {
	if start <= 0 || start >= len(body) || body[start] != '"' {
		return 0, false
	}
	s := jsonscan.Scanner{Data: body, Pos: start}
	if s.RawString(); s.Err != nil {
		return 0, false
	}
	for _, member := range []struct {
		asked bool
		text  string
	}{{a.Usage, askUsage}, {a.Flex, askFlex}} {
		if member.asked && bytes.HasPrefix(body[s.Pos:], []byte(member.text)) {
			s.Pos += len(member.text)
		}
	}
	if a.Effort {
		for _, key := range effortKeys[api] {
			if bytes.HasPrefix(body[s.Pos:], []byte(key)) {
				s.Pos += len(key)
				s.Skip()
			}
		}
	}
	return s.Pos, s.Err == nil
}

// streamOptions reads OpenAI's stream_options; see [routing.Request.StreamOptions].
func (r *reader) streamOptions() {
	opens := r.Peek() == '{'
	start := r.Pos
	if opens {
		start++
	}
	at := routing.Span{Start: start, End: start}
	given := false
	r.Object(func(key []byte) {
		if string(key) != "include_usage" {
			r.Skip()
			return
		}
		if given {
			r.twice(key)
		}
		given = true
		value := r.Skip()
		r.req.IncludeUsage = string(value) == "true"
		at = routing.Span{Start: r.Pos - len(value), End: r.Pos}
	})
	r.req.StreamOptions = at
}
