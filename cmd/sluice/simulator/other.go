package simulator

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math"
	"net/http"
	"slices"
	"strings"
)

// OpenAI's Responses and embeddings, and both dialects' lists of models.

// part is a JSON object of an answer.
type part = map[string]any

func writeResponse(x *exchange) {
	a := &x.answer
	if a.failed {
		x.failedOpenAI()
		return
	}
	id := fmt.Sprintf("resp_sim_%06d", x.id)
	response := func(status string, output ...part) part {
		r := part{
			"id": id, "object": "response", "created_at": x.created, "status": status, "model": x.request.model,
			"output": append([]part{}, output...), "parallel_tool_calls": true, "tool_choice": "auto", "tools": []part{},
			"incomplete_details": nil, "error": nil,
		}
		if status == "incomplete" {
			reason := "max_output_tokens"
			if a.finish == byPolicy {
				reason = "content_filter"
			}
			r["incomplete_details"] = part{"reason": reason}
		}
		if status != "in_progress" {
			r["usage"] = part{
				"input_tokens": x.request.inputTokens, "input_tokens_details": part{"cached_tokens": 0},
				"output_tokens": a.output, "output_tokens_details": part{"reasoning_tokens": 0},
				"total_tokens": x.request.inputTokens + a.output,
			}
		}
		return r
	}
	end := "completed"
	if a.finish == cutOff || a.finish == byPolicy {
		end = "incomplete"
	}
	o := x.outputItem()
	if !x.request.stream {
		x.body(response(end, o.item(end, true)))
		return
	}
	send := func(name string, p part) {
		p["type"], p["sequence_number"] = name, x.events
		x.event(name, p)
	}
	within := func(p part) part {
		p["item_id"], p["output_index"] = o.id, 0
		if a.tool == "" {
			p["content_index"] = 0
		}
		return p
	}
	send("response.created", part{"response": response("in_progress")})
	send("response.output_item.added", part{"output_index": 0, "item": o.item("in_progress", false)})
	if a.tool == "" {
		send("response.content_part.added", within(part{"part": outputText("")}))
		for _, t := range a.pieces {
			send("response.output_text.delta", within(part{"delta": t, "logprobs": []part{}}))
		}
		send("response.output_text.done", within(part{"text": a.text, "logprobs": []part{}}))
		send("response.content_part.done", within(part{"part": outputText(a.text)}))
	} else {
		for _, t := range a.pieces {
			send("response.function_call_arguments.delta", within(part{"delta": t}))
		}
		send("response.function_call_arguments.done", within(part{"name": a.tool, "arguments": a.arguments}))
	}
	send("response.output_item.done", part{"output_index": 0, "item": o.item(end, true)})
	send("response."+end, part{"response": response(end, o.item(end, true))})
	x.end()
}

// An outputItem is the one item of a Responses answer: a message, or the call of a function.
type outputItem struct {
	id   string
	call string // id of the call
	answer
}

func (x *exchange) outputItem() outputItem {
	kind := "msg"
	if x.answer.tool != "" {
		kind = "fc"
	}
	return outputItem{fmt.Sprintf("%s_sim_%06d", kind, x.id), fmt.Sprintf("call_sim_%06d", x.id), x.answer}
}

// item renders the item; whole says that its text or arguments have arrived.
func (o outputItem) item(status string, whole bool) part {
	if o.tool != "" {
		arguments := ""
		if whole {
			arguments = o.arguments
		}
		return part{"id": o.id, "type": "function_call", "status": status, "call_id": o.call, "name": o.tool, "arguments": arguments}
	}
	content := []part{}
	if whole {
		content = append(content, outputText(o.text))
	}
	return part{"id": o.id, "type": "message", "role": "assistant", "status": status, "content": content}
}

func outputText(s string) part {
	return part{"type": "output_text", "text": s, "annotations": []part{}}
}

// dimensions is the length of the simulated embeddings.
const dimensions = 8

func writeEmbedding(x *exchange) {
	if x.answer.failed {
		x.failedOpenAI()
		return
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(x.request.prompt)) // never fails
	seed := h.Sum64()
	vector := make([]float32, dimensions)
	var packed []byte
	for i := range vector {
		vector[i] = float32(byte(seed>>(8*i)))/128 - 1
		packed = binary.LittleEndian.AppendUint32(packed, math.Float32bits(vector[i]))
	}
	data := make([]part, x.request.inputs)
	for i := range data {
		data[i] = part{"object": "embedding", "index": i, "embedding": vector}
		if x.request.base64 {
			data[i]["embedding"] = base64.StdEncoding.EncodeToString(packed)
		}
	}
	n := x.request.inputTokens
	x.body(part{"object": "list", "model": x.request.model, "data": data, "usage": part{"prompt_tokens": n, "total_tokens": n}})
}

// serveModels serves the list of models and the description of each.
func (s *Server) serveModels(w http.ResponseWriter, r *http.Request, d dialect) {
	describe := func(model string) part {
		if d == anthropic {
			return part{"type": "model", "id": model, "display_name": model, "created_at": "2026-01-01T00:00:00Z"}
		}
		return part{"id": model, "object": "model", "created": 1767225600, "owned_by": "simulation"}
	}
	_, model, found := strings.Cut(r.URL.Path, "/models")
	model = strings.TrimPrefix(model, "/")
	var answer part
	switch {
	case found && model == "":
		data := make([]part, len(s.options.Models))
		for i, m := range s.options.Models {
			data[i] = describe(m)
		}
		answer = part{"object": "list", "data": data}
		if d == anthropic {
			answer = part{"data": data, "has_more": false, "first_id": nil, "last_id": nil}
		}
	case found && (s.options.Models == nil || slices.Contains(s.options.Models, model)):
		answer = describe(model)
	case found:
		writeError(w, d, failure{status: http.StatusNotFound, model: model})
		return
	default:
		writeError(w, d, failure{status: http.StatusNotFound, message: fmt.Sprintf("unknown path GET %s", r.URL.Path)})
		return
	}
	w.Header().Set("content-type", "application/json")
	_, _ = w.Write(encode(answer)) // the client may be gone
}
