package answer

import (
	"cmp"

	"sluice/routing"
	"sluice/routing/llmapi/jsonscan"
)

// unreported is a usage of which nothing is reported.
var unreported = routing.Usage{Input: -1, Output: -1, CachedInput: -1, CacheWrite: -1, CacheWrite1h: -1}

// ReadUsage reads what a whole answer of any API cost: Usage, and where that lacks the
// output, all that a model wrote as Text, to estimate it by. Embeddings have no output, and
// counting tokens is free. Complete says that body is a JSON object; nothing else is read.
func ReadUsage(api routing.API, body []byte) Response {
	r, ok := readReceipt(body)
	if !ok {
		return Response{Usage: unreported}
	}
	a := Response{Usage: billed(api.Format(), r.event.usage), Complete: true}
	switch {
	case api == routing.AnthropicCountTokens:
		a.Usage = routing.Usage{}
	case api == routing.OpenAIEmbeddings:
		a.Usage.Output = 0
	case a.Usage.Output < 0:
		a.Text = writing(body)
	}
	return a
}

// writing returns all that a model wrote in a whole answer, which is valid JSON.
func writing(body []byte) string {
	s := jsonscan.Scanner{Data: body}
	var text []byte
	read := func() { text = s.AppendString(text) }
	s.Object(func(key []byte) {
		switch string(key) {
		case "choices":
			s.Array(func() {
				s.Object(func(key []byte) {
					switch string(key) {
					case "message", "text":
						written(&s, read)
					default:
						s.Skip()
					}
				})
			})
		case "content", "output":
			written(&s, read)
		default:
			s.Skip()
		}
	})
	return string(text)
}

// usage reads the counts of any API: their names do not clash. Some gateways give a count
// under several names, and 0 under those that they do not mean: the largest counts.
func (r *eventReader) usage() {
	u, total := unreported, -1
	r.Object(func(key []byte) {
		switch string(key) {
		case "prompt_tokens", "input_tokens":
			u.Input = max(u.Input, r.count())
		case "completion_tokens", "output_tokens":
			u.Output = max(u.Output, r.count())
		case "total_tokens":
			total = r.count()
		case "prompt_tokens_details", "input_tokens_details":
			r.Object(func(key []byte) {
				switch string(key) {
				case "cached_tokens":
					u.CachedInput = max(u.CachedInput, r.count())
				case "cache_write_tokens": // OpenRouter
					u.CacheWrite = max(u.CacheWrite, r.count())
				default:
					r.Skip()
				}
			})
		case "prompt_cache_hit_tokens", // DeepSeek
			"cache_read_input_tokens": // Anthropic
			u.CachedInput = max(u.CachedInput, r.count())
		case "cache_creation_input_tokens":
			u.CacheWrite = max(u.CacheWrite, r.count())
		case "cache_creation": // Anthropic's parts of what was written, by how long it lasts
			r.Object(func(key []byte) {
				if string(key) == "ephemeral_1h_input_tokens" {
					u.CacheWrite1h = max(u.CacheWrite1h, r.count())
				} else {
					r.Skip()
				}
			})
		case "service_tier": // Anthropic's
			r.served(&u)
		default:
			r.Skip()
		}
	})
	u.CacheWrite = max(u.CacheWrite, u.CacheWrite1h)
	// OpenAI counts reasoning as output; Google and xAI count it in the total alone.
	if u.Input >= 0 && total > u.Input+max(u.Output, 0) {
		u.Output = total - u.Input
	}
	r.event.usage = most(r.event.usage, u)
}

// served reads the service tier. One that says nothing, such as auto, leaves what is known.
func (r *eventReader) served(u *routing.Usage) {
	if r.Peek() != '"' {
		r.Skip()
		return
	}
	u.Served = cmp.Or(routing.ParseServiceTier(string(r.Word())), u.Served)
}

// most joins the counts of two places in one answer. Later ones include the earlier, unless
// they leave out or say 0: the larger one is right. Of service tiers the later one is: the
// first events of a stream may only say what was asked for.
func most(a, b routing.Usage) routing.Usage {
	return routing.Usage{
		Input:        max(a.Input, b.Input),
		Output:       max(a.Output, b.Output),
		CachedInput:  max(a.CachedInput, b.CachedInput),
		CacheWrite:   max(a.CacheWrite, b.CacheWrite),
		CacheWrite1h: max(a.CacheWrite1h, b.CacheWrite1h),
		Served:       cmp.Or(b.Served, a.Served),
	}
}

// hasCount reports whether a usage has any count.
func hasCount(u routing.Usage) bool {
	u.Served = ""
	return u != unreported
}

// billed returns the usage in one meaning for all formats: what Anthropic's cache read and
// wrote stands beside its input, OpenAI's is part of it.
func billed(format routing.Format, u routing.Usage) routing.Usage {
	if format == routing.Anthropic && u.Input >= 0 {
		u.Input += max(0, u.CachedInput) + max(0, u.CacheWrite)
	}
	return u
}

// A receipt is what a body or an event tells of the cost of an answer and of its end.
type receipt struct {
	eventReader
	kind  string // "type"
	extra bool   // it has a list of choices, an empty one
}

// readReceipt reads a body, or the data of an event, of any API, and reports whether it is
// a JSON object.
func readReceipt(data []byte) (*receipt, bool) {
	r := &receipt{eventReader: eventReader{Scanner: jsonscan.Scanner{Data: data}, event: event{usage: unreported}}}
	if r.Peek() != '{' {
		return r, false
	}
	r.Object(func(key []byte) {
		switch string(key) {
		case "type":
			r.kind = r.text(maxWord)
		case "choices":
			r.choices()
		case "message": // of Anthropic's message_start: the output is still to come
			outer := r.event.usage
			r.Object(r.part)
			r.event.usage.Output = outer.Output
		case "response": // of the events of OpenAI's Responses
			r.Object(r.part)
		default:
			r.part(key)
		}
	})
	r.Finish()
	return r, r.Err == nil
}

// part reads a member that stands in a body or within an event.
func (r *receipt) part(key []byte) {
	switch string(key) {
	case "usage":
		r.usage()
	case "service_tier": // OpenAI's
		r.served(&r.event.usage)
	case "error":
		r.fault()
	default:
		r.Skip()
	}
}

// fault reads an error, mostly null.
func (r *receipt) fault() {
	if f := r.failure(); f != (failure{}) {
		r.event.failure = f
	}
}

// choices reads OpenAI's list of them.
func (r *receipt) choices() {
	n, first := 0, r.Peek()
	r.Array(func() {
		n++
		r.Object(func(key []byte) {
			if string(key) == "error" {
				r.fault()
			} else {
				r.Skip()
			}
		})
	})
	r.extra = n == 0 && (first == '[' || first == 'n') // servers in Go write null for none
}
