package llmapi

import (
	"bytes"
	"maps"
	"math"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"sluice/routing"
	"sluice/routing/llmapi/jsonscan"
)

// Bounds on names that a client chooses and that get into headers, logs and memory.
const (
	maxModel = 256 // bytes; a longer model is an error
	maxUser  = 256 // bytes; a longer user is cut

	maxIdentifier = 256 // bytes of the id of a conversation or response; a longer id is cut
)

// A field is a top-level key that Read acts on.
type field uint64

const (
	fieldModel field = 1 << iota
	fieldMessages
	fieldStream
	fieldMaxTokens
	fieldMaxCompletionTokens
	fieldMaxOutputTokens
	fieldStop
	fieldTools
	fieldFunctions
	fieldResponseFormat
	fieldOutputConfig
	fieldOutputFormat
	fieldUser
	fieldSafetyIdentifier
	fieldMetadata
	fieldSystem
	fieldCacheKey
	fieldPreviousResponse
	fieldConversation
	fieldLogprobs
	fieldStreamOptions
	fieldServiceTier
	fieldToolChoice
	fieldFunctionCall
	fieldReasoning
	fieldReasoningEffort
	fieldThinking
	fieldTemperature
	fieldTopP
	fieldTopK
	fieldThread
	fieldWebSearch
	fieldModalities
	fieldMCPServers
	fieldAnswers
	fieldBestOf
	fieldPrompt
	fieldInput
	fieldInstructions
	fieldText
	fieldStore
	fieldTemplate
)

// The fields of each API, by their keys: those of Chat Completions are known to every endpoint of
// OpenAI's, but for the limits on an answer and what multiplies it, of which each has its own.
var (
	openAIFields = map[string]field{
		"model":                 fieldModel,
		"messages":              fieldMessages,
		"stream":                fieldStream,
		"max_tokens":            fieldMaxTokens,
		"max_completion_tokens": fieldMaxCompletionTokens,
		"n":                     fieldAnswers,
		"stop":                  fieldStop,
		"tools":                 fieldTools,
		"functions":             fieldFunctions,
		"response_format":       fieldResponseFormat,
		"user":                  fieldUser,
		"safety_identifier":     fieldSafetyIdentifier,
		"prompt_cache_key":      fieldCacheKey,
		"previous_response_id":  fieldPreviousResponse,
		"conversation":          fieldConversation,
		"logprobs":              fieldLogprobs,
		"stream_options":        fieldStreamOptions,
		"service_tier":          fieldServiceTier,
		"tool_choice":           fieldToolChoice,
		"function_call":         fieldFunctionCall,
		"reasoning_effort":      fieldReasoningEffort,
		"reasoning":             fieldReasoning,
		"thinking":              fieldThinking,
		"output_config":         fieldOutputConfig,
		"web_search_options":    fieldWebSearch,
		"modalities":            fieldModalities,
	}
	completionsFields = fieldsBut([]string{"max_completion_tokens"}, map[string]field{"best_of": fieldBestOf, "prompt": fieldPrompt})
	responsesFields   = map[string]field{
		"model":                fieldModel,
		"input":                fieldInput,
		"instructions":         fieldInstructions,
		"stream":               fieldStream,
		"max_output_tokens":    fieldMaxOutputTokens,
		"tools":                fieldTools,
		"tool_choice":          fieldToolChoice,
		"text":                 fieldText,
		"reasoning":            fieldReasoning,
		"user":                 fieldUser,
		"safety_identifier":    fieldSafetyIdentifier,
		"prompt_cache_key":     fieldCacheKey,
		"previous_response_id": fieldPreviousResponse,
		"conversation":         fieldConversation,
		"store":                fieldStore,
		"prompt":               fieldTemplate,
		"service_tier":         fieldServiceTier,
	}
	anthropicFields = map[string]field{
		"model":          fieldModel,
		"messages":       fieldMessages,
		"stream":         fieldStream,
		"max_tokens":     fieldMaxTokens,
		"stop_sequences": fieldStop,
		"tools":          fieldTools,
		"tool_choice":    fieldToolChoice,
		"output_config":  fieldOutputConfig,
		"output_format":  fieldOutputFormat,
		"metadata":       fieldMetadata,
		"system":         fieldSystem,
		"mcp_servers":    fieldMCPServers,

		"reasoning_effort": fieldReasoningEffort,
		"reasoning":        fieldReasoning,
		"thinking":         fieldThinking,
		"temperature":      fieldTemperature,
		"top_p":            fieldTopP,
		"top_k":            fieldTopK,
		"thread":           fieldThread,
	}
)

// Read describes the request in body, which a client sent to api: all of
// [routing.Request] that the body shows, the estimate of its tokens and its layout
// included. Body is scanned once, here: the cache and the compression use the layout.
// Read decodes what people wrote and the ends of the last tool results, and keeps one copy
// of the text that it returns as Prompt and Before. Schema and Layout.Members are parts of
// body itself.
//
// An error is an [*Error] and the client's mistake: body is not one JSON object,
// names no model, or repeats a key that Read acts on. Fields of a wrong type are left to the
// provider to refuse. The messages of endpoints that are not routed are not read.
//
// Read may be called from many goroutines.
func Read(api routing.API, body []byte) (routing.Request, error) {
	r := reader{
		Scanner: jsonscan.Scanner{Data: body},
		req:     routing.Request{API: api, Bytes: len(body)},
		scratch: scratches.Get().(*scratch),
	}
	defer r.scratch.release()
	r.conv.opening.Reset()
	switch {
	case api.Format() == routing.Anthropic:
		r.body(anthropicFields)
	case api.Format() == routing.Responses:
		r.req.Thread = api.Routed() // the provider keeps the answer unless told otherwise
		r.body(responsesFields)
	case api == routing.OpenAICompletions:
		r.body(completionsFields)
	default:
		r.body(openAIFields)
	}
	r.Finish()
	if r.Err == nil {
		r.check()
	}
	if r.Err != nil {
		return routing.Request{}, r.Err
	}
	r.conclude()
	return r.req, nil
}

// fieldsBut returns OpenAI's fields without some and with others.
func fieldsBut(without []string, with map[string]field) map[string]field {
	fields := maps.Clone(openAIFields)
	for _, key := range without {
		delete(fields, key)
	}
	maps.Copy(fields, with)
	return fields
}

// A reader is one call of Read.
type reader struct {
	jsonscan.Scanner
	req     routing.Request
	seen    field
	turns   int
	scratch *scratch
	conv    conversation
	work    work
	limits  int // names of the limit on the answer that have a value
	answers int // to each prompt; 0 is not said
	prompts int // of a legacy completion; 0 is one
}

// check reports what is missing in a body that is valid JSON.
func (r *reader) check() {
	if r.req.Model == "" {
		r.Err = &Error{Code: CodeMissingModel, Message: `"model" must be a non-empty string`, Offset: -1}
	}
}

// body reads the body's one object.
func (r *reader) body(fields map[string]field) {
	if r.Peek() != '{' {
		r.Invalid("an object")
		return
	}
	for more := r.Enter(); more; more = r.More() {
		key := r.Key()
		f := fields[string(key)]
		switch {
		case f&r.seen != 0:
			r.twice(key)
		case f == 0 && isModelMisspelt(key):
			r.Fail(CodeDuplicateKey, `a key differs from "model" only in its case`)
		}
		r.seen |= f
		r.Peek()
		start := r.Pos
		r.field(f)
		if r.Err == nil && r.req.API.Routed() {
			r.scratch.members = append(r.scratch.members, routing.Member{Key: key, Value: r.Data[start:r.Pos:r.Pos]})
		}
	}
}

// twice records that a key is repeated that Read acts on: servers differ in which one they
// obey, and what is read must be what is served. The key is one of the known ones.
func (r *reader) twice(key []byte) {
	r.Fail(CodeDuplicateKey, "%q is given twice", key)
}

// isModelMisspelt reports whether servers written in Go would take the key for "model":
// encoding/json ignores case.
func isModelMisspelt(key []byte) bool {
	return len(key) == len("model") && bytes.EqualFold(key, []byte("model"))
}

// field reads the value of a top-level key.
func (r *reader) field(f field) {
	switch {
	case f == fieldModel:
		r.model()
	case f == fieldMessages && r.req.API.Routed():
		r.messages()
	case f == fieldInput && r.req.API.Routed():
		r.input()
	case f == fieldSystem, f == fieldInstructions:
		r.system()
	case f == fieldStreamOptions:
		r.streamOptions()
	case f == fieldTools, f == fieldFunctions:
		r.tools()
	default:
		if value := r.Skip(); r.Err == nil {
			r.option(f, value)
		}
	}
}

// option reads a field that can be understood alone.
func (r *reader) option(f field, value []byte) {
	switch f {
	case fieldStream:
		r.req.Stream = string(value) == "true"
	case fieldMaxTokens, fieldMaxCompletionTokens, fieldMaxOutputTokens:
		r.limit(f, value)
	case fieldAnswers, fieldBestOf:
		r.answers = max(r.answers, limit(value))
	case fieldPrompt:
		r.prompts = prompts(value)
	case fieldStop:
		r.req.Stops = value[0] == '"' || value[0] == '[' && len(bytes.TrimSpace(value[1:])) > len("]")
	case fieldToolChoice, fieldFunctionCall:
		r.req.Forced = r.req.Forced || forcesCall(value)
		r.conv.forbidden = r.conv.forbidden || forbidsCalls(value)
	case fieldResponseFormat:
		r.wantsJSON(value, "type", "json_schema.schema")
	case fieldOutputConfig:
		r.req.OwnEffort = true
		if r.req.API.Format() == routing.Anthropic {
			r.thinks(f, value)
			r.wantsJSON(value, "format.type", "format.schema")
		}
	case fieldReasoningEffort, fieldReasoning, fieldThinking:
		r.thinks(f, value)
	case fieldWebSearch:
		if value[0] == '{' {
			r.req.Needs |= routing.WebSearch
		}
	case fieldModalities:
		r.speaks(value)
	case fieldMCPServers:
		if value[0] == '[' && len(bytes.TrimSpace(value[1:])) > len("]") {
			r.req.Needs |= routing.ProviderTools
		}
	case fieldTemperature, fieldTopP, fieldTopK:
		r.req.Steered = r.req.Steered || steers(f, value)
	case fieldOutputFormat:
		r.wantsJSON(value, "type", "schema")
	case fieldText:
		r.wantsJSON(value, "format.type", "format.schema")
	case fieldStore:
		r.req.Thread = r.req.Thread && string(value) != "false"
	case fieldTemplate: // the provider has the prompt
		if value[0] == '{' {
			r.req.Needs |= routing.ProviderTools
		}
	case fieldSafetyIdentifier:
		r.user(value)
	case fieldUser: // the newer name takes precedence
		if r.seen&fieldSafetyIdentifier == 0 {
			r.user(value)
		}
	case fieldMetadata:
		r.anthropicUser(value)
	case fieldCacheKey:
		r.hashOpening(value)
	case fieldPreviousResponse:
		r.req.Owner = identifier(gjson.ParseBytes(value))
	case fieldConversation:
		v := gjson.ParseBytes(value)
		if v.IsObject() {
			v = v.Get("id")
		}
		if id := identifier(v); id != "" {
			r.req.Owner = id
		}
	case fieldThread: // {"type": "create"}, or {"type": "continue", "previous_message_id": "msg_…"}
		if v := gjson.ParseBytes(value); v.IsObject() {
			r.req.Thread = true
			r.req.Owner = identifier(v.Get("previous_message_id"))
		}
	case fieldLogprobs:
		r.conv.logprobs = string(value) == "true"
	case fieldServiceTier:
		if r.req.ServiceTier = routing.ParseServiceTier(identifier(gjson.ParseBytes(value))); r.req.ServiceTier == routing.ServiceBatch {
			r.req.ServiceTier = "" // the price of batches is for batches
		}
		r.req.ServiceSpan = routing.Span{Start: r.Pos - len(value), End: r.Pos}
		r.req.Relaxed = r.req.ServiceTier == routing.ServiceFlex
	default: // a key that Read does not act on
	}
}

// model reads the value of "model".
func (r *reader) model() {
	if r.Peek() != '"' {
		r.Skip()
		return
	}
	start := r.Pos
	r.scratch.draft = r.AppendString(r.scratch.draft[:0])
	model := string(r.scratch.draft)
	if r.Err != nil {
		return
	}
	if len(model) > maxModel {
		r.Pos = start
		r.Fail(CodeInvalidModel, `"model" must have at most %d bytes`, maxModel)
		return
	}
	if strings.ContainsFunc(model, func(c rune) bool { return c < ' ' || c == 0x7f }) {
		r.Pos = start
		r.Fail(CodeInvalidModel, `"model" must not contain control characters`)
		return
	}
	r.req.Model, r.req.ModelStart, r.req.ModelEnd = model, start, r.Pos
}

// wantsJSON reads the description of an output format. kind and schema are the gjson paths of
// its type and schema.
func (r *reader) wantsJSON(format []byte, kind, schema string) {
	switch gjson.GetBytes(format, kind).String() {
	case "json_schema":
		if s := gjson.GetBytes(format, schema); s.Exists() {
			r.req.Schema = format[s.Index : s.Index+len(s.Raw)]
		}
		r.req.Needs |= routing.StructuredOutput
		fallthrough
	case "json_object":
		r.req.Needs |= routing.JSON
	}
}

// forcesCall reports whether the answer must call a tool, by the value of tool_choice or of
// function_call, its predecessor: "required", {"type": "any"}, or the name of a tool.
func forcesCall(value []byte) bool {
	v := gjson.ParseBytes(value)
	if v.Type == gjson.String {
		return v.Str == "required" || v.Str == "any"
	}
	switch v.Get("type").String() {
	case "any", "tool", "function":
		return true
	case "":
		return v.Get("name").Type == gjson.String // of function_call
	default:
		return false
	}
}

// user reads the user, a JSON string. Other values are ignored.
func (r *reader) user(value []byte) {
	if v := gjson.ParseBytes(value); v.Type == gjson.String {
		r.req.Claimed = jsonscan.Truncate(v.Str, maxUser)
	}
}

// identifier returns the id in a JSON string, "" for other values.
func identifier(v gjson.Result) string {
	if v.Type != gjson.String {
		return ""
	}
	return jsonscan.Truncate(v.Str, maxIdentifier)
}

// anthropicUser reads metadata.user_id. Claude Code writes the account and the session into
// it, joined by underscores or as JSON. The session is cut off, because the user is the same
// person in every session.
func (r *reader) anthropicUser(metadata []byte) {
	v := gjson.GetBytes(metadata, "user_id")
	if v.Type != gjson.String {
		return
	}
	id, session, _ := strings.Cut(v.Str, "_session_")
	if part := gjson.Get(v.Str, "session_id"); part.Type == gjson.String {
		session = part.Str
	}
	r.req.Named = jsonscan.Truncate(session, maxIdentifier)
	for _, key := range []string{"device_id", "account_uuid"} {
		if part := gjson.Get(v.Str, key); part.Type == gjson.String && part.Str != "" {
			id = part.Str
		}
	}
	r.req.Claimed = jsonscan.Truncate(id, maxUser)
}

// prompts counts those of a legacy completion, each of which is answered: a text, a list of texts,
// or one or several lists of tokens.
func prompts(value []byte) int {
	v := gjson.ParseBytes(value)
	if first := v.Get("0"); first.Type != gjson.String && !first.IsArray() {
		return 1
	}
	return int(v.Get("#").Int())
}

// limit returns the number of tokens in a JSON value, 0 if it is not a number.
func limit(value []byte) int {
	n, _ := strconv.ParseFloat(string(value), 64) // ±Inf beyond its range
	return int(max(0, min(n, math.MaxInt32)))
}
