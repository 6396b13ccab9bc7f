package answer

import (
	"cmp"
	"slices"

	"sluice/routing"
	"sluice/routing/llmapi/jsonscan"
)

// noUsage is a usage without any count.
var noUsage = routing.Usage{Input: -1, Output: -1, CachedInput: -1, CacheWrite: -1, CacheWrite1h: -1}

// ReadUsage reads what a whole answer of any API cost: Usage, and if that lacks the output, the
// model's text, by which to estimate it. Embeddings have no output, and counting tokens is
// free. Complete reports that body is a JSON object. No other field is set.
func ReadUsage(api routing.API, body []byte) Response {
	r, ok := readCost(body)
	if !ok {
		return Response{Usage: noUsage}
	}
	a := Response{Usage: normalized(api.Format(), r.event.usage), Complete: true}
	switch {
	case api.Counts():
		a.Usage = routing.Usage{}
	case api == routing.OpenAIEmbeddings:
		a.Usage.Output = 0
	case a.Usage.Output < 0:
		a.Text = modelText(body)
	}
	return a
}

// modelText returns all text of the model in a whole answer, which is valid JSON.
func modelText(body []byte) string {
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
						eachString(&s, read)
					default:
						s.Skip()
					}
				})
			})
		case "content", "output":
			eachString(&s, read)
		default:
			s.Skip()
		}
	})
	return string(text)
}

// usage reads the counts of any API; their names do not collide. Some gateways report a count
// under several names, with 0 under the unused ones, so the largest value is taken.
func (r *eventReader) usage() {
	u, total := noUsage, -1
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
		case "completion_tokens_details", "output_tokens_details":
			r.Object(func(key []byte) {
				if string(key) == "reasoning_tokens" {
					r.event.thought = r.count() > 0 || r.event.thought
				} else {
					r.Skip()
				}
			})
		case "reasoning_tokens": // Perplexity and others
			r.event.thought = r.count() > 0 || r.event.thought
		case "prompt_cache_hit_tokens", // DeepSeek
			"cache_read_input_tokens": // Anthropic
			u.CachedInput = max(u.CachedInput, r.count())
		case "cache_creation_input_tokens":
			u.CacheWrite = max(u.CacheWrite, r.count())
		case "cache_creation": // Anthropic: cache writes by time to live
			r.Object(func(key []byte) {
				if string(key) == "ephemeral_1h_input_tokens" {
					u.CacheWrite1h = max(u.CacheWrite1h, r.count())
				} else {
					r.Skip()
				}
			})
		case "service_tier": // Anthropic's
			r.serviceTier(&u)
		default:
			r.Skip()
		}
	})
	u.CacheWrite = max(u.CacheWrite, u.CacheWrite1h)
	// OpenAI counts reasoning as output; Google and xAI include it only in the total.
	if u.Input >= 0 && total > u.Input+max(u.Output, 0) {
		u.Output = total - u.Input
	}
	r.event.usage = mergeUsage(r.event.usage, u)
}

// serviceTier reads the service tier. A value that names none, such as auto, changes nothing.
func (r *eventReader) serviceTier(u *routing.Usage) {
	if r.Peek() != '"' {
		r.Skip()
		return
	}
	u.Served = cmp.Or(routing.ParseServiceTier(string(r.Word())), u.Served)
}

// mergeUsage joins the counts of two places in one answer. Later counts include earlier ones,
// unless they are missing or 0: the larger value is right. Of service tiers the later one
// counts: the first events of a stream may only repeat the requested one.
func mergeUsage(a, b routing.Usage) routing.Usage {
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
	return u != noUsage
}

// normalized returns the usage with the same meaning for all formats: Anthropic's input
// excludes tokens read from and written to the cache, OpenAI's includes them.
func normalized(format routing.Format, u routing.Usage) routing.Usage {
	if format == routing.Anthropic && u.Input >= 0 {
		u.Input += max(0, u.CachedInput) + max(0, u.CacheWrite)
	}
	return u
}

// A costReader reads the cost and the end of an answer from a body or an event.
type costReader struct {
	eventReader
	kind      string // "type"
	noChoices bool   // its list of choices is empty
	more      bool   // it carries something beside usage, choices and what every event has
}

// readCost reads a body, or the data of an event, of any API and reports whether it is a JSON
// object.
func readCost(data []byte) (*costReader, bool) {
	r := &costReader{eventReader: eventReader{Scanner: jsonscan.Scanner{Data: data}, event: event{usage: noUsage}}}
	if r.Peek() != '{' {
		return r, false
	}
	r.Object(func(key []byte) {
		switch string(key) {
		case "type":
			r.kind = r.text(maxWord)
		case "choices":
			r.choices()
		case "message": // Anthropic's message_start, before the output
			outer := r.event.usage
			r.Object(r.member)
			r.event.usage.Output = outer.Output
		case "response": // events of OpenAI's Responses API
			r.Object(r.member)
		case "id", "object", "created", "model", "system_fingerprint", "provider", "obfuscation":
			r.Skip()
		case "usage", "service_tier", "error":
			r.member(key)
		default:
			value := string(r.Skip())
			r.more = r.more || !slices.Contains([]string{"null", `""`, "[]", "{}"}, value)
		}
	})
	r.Finish()
	return r, r.Err == nil
}

// member reads a member of a body or of an object within an event.
func (r *costReader) member(key []byte) {
	switch string(key) {
	case "usage":
		r.usage()
	case "service_tier": // OpenAI's
		r.serviceTier(&r.event.usage)
	case "error":
		r.optionalError()
	default:
		r.Skip()
	}
}

// optionalError reads an error, which is mostly null.
func (r *costReader) optionalError() {
	if f := r.readError(); !f.None() {
		r.event.failure = f
	}
}

// choices reads OpenAI's list of choices.
func (r *costReader) choices() {
	n, first := 0, r.Peek()
	r.Array(func() {
		n++
		r.Object(func(key []byte) {
			if string(key) == "error" {
				r.optionalError()
			} else {
				r.Skip()
			}
		})
	})
	r.noChoices = n == 0 && (first == '[' || first == 'n') // servers in Go write null for an empty list
}
