package batch

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/tidwall/gjson"

	"sluice/routing"
	"sluice/routing/llmapi"
	"sluice/routing/offline"
)

// A Line is one request of the input.
type Line struct {
	Number int    // in the file, from 1
	ID     string // custom_id or id; "" if none was given
	API    routing.API
	Body   []byte // as it stands in the input; made from the prompt where there is one
	User   string // of a plain prompt
}

// forms lists the forms of a line, for error messages.
const forms = `expected {"custom_id", "method", "url", "body"}, {"custom_id", "params"}, {"prompt"} with optional "id" and "user", or a JSON string`

// readLine reads one line of input. alias is the model that plain prompts ask for.
// The result shares memory with raw.
func readLine(raw []byte, alias string) (Line, error) {
	if raw == nil {
		return Line{}, fmt.Errorf("longer than %d bytes", MaxLine)
	}
	if !json.Valid(raw) { // which bounds its depth
		return Line{}, errors.New("not JSON; " + forms)
	}
	v := gjson.ParseBytes(raw)
	if v.Type == gjson.String {
		return promptLine(alias, v.Str, Line{})
	}
	if !v.IsObject() {
		return Line{}, errors.New("neither an object nor a string; " + forms)
	}
	f := fields{}
	if err := f.read(v); err != nil {
		return Line{}, err
	}
	return f.line(alias)
}

// fields are the values of the keys that a line may have.
type fields struct {
	id, method, url, body, params, prompt, plainID, user gjson.Result
}

func (f *fields) read(v gjson.Result) (err error) {
	v.ForEach(func(key, value gjson.Result) bool {
		at, text := f.at(key.Str)
		switch {
		case at == nil:
			err = fmt.Errorf("unknown key %q; %s", clip(key.Str), forms)
		case at.Exists():
			err = fmt.Errorf("%q is given twice", key.Str)
		case text && value.Type != gjson.String:
			err = fmt.Errorf("%q is %s; expected a string", key.Str, clip(value.Raw))
		default:
			*at = value
		}
		return err == nil
	})
	return err
}

// at returns the field of a key, nil for an unknown key, and whether its value must be a
// string.
func (f *fields) at(key string) (at *gjson.Result, text bool) {
	switch key {
	case "custom_id":
		return &f.id, true
	case "method":
		return &f.method, true
	case "url":
		return &f.url, true
	case "body":
		return &f.body, false
	case "params":
		return &f.params, false
	case "prompt":
		return &f.prompt, true
	case "id":
		return &f.plainID, true
	case "user":
		return &f.user, true
	default:
		return nil, false
	}
}

// line makes a line from the fields.
func (f *fields) line(alias string) (Line, error) {
	none := func(vs ...gjson.Result) bool {
		for _, v := range vs {
			if v.Exists() {
				return false
			}
		}
		return true
	}
	id := f.id.Str
	if len(id)+len(f.plainID.Str) > maxID {
		return Line{}, fmt.Errorf("an id is longer than %d bytes", maxID)
	}
	switch {
	case f.prompt.Exists() && none(f.id, f.method, f.url, f.body, f.params):
		return promptLine(alias, f.prompt.Str, Line{ID: f.plainID.Str, User: f.user.Str})
	case f.params.Exists() && none(f.method, f.url, f.body, f.prompt, f.plainID, f.user):
		if id == "" {
			return Line{}, errors.New(`"custom_id" is missing; it must be a string that is not empty`)
		}
		return Line{ID: id, API: routing.AnthropicMessages, Body: []byte(f.params.Raw)}, nil
	case f.body.Exists() && none(f.params, f.prompt, f.plainID, f.user):
		if id == "" {
			return Line{}, errors.New(`"custom_id" is missing; it must be a string that is not empty`)
		}
		if f.method.Str != "POST" {
			return Line{ID: id}, fmt.Errorf(`"method" is %q; expected "POST"`, clip(f.method.Str))
		}
		api, ok := llmapi.APIOf(f.url.Str)
		if !ok || !api.Routed() {
			return Line{ID: id}, fmt.Errorf(`"url" is %q; expected "/v1/chat/completions" or "/v1/messages"`, clip(f.url.Str))
		}
		return Line{ID: id, API: api, Body: []byte(f.body.Raw)}, nil
	default:
		return Line{ID: id}, errors.New(forms)
	}
}

// maxID bounds an id of the input, in bytes.
const maxID = 512

// promptLine makes the line of a plain prompt: a chat completion.
func promptLine(model, prompt string, l Line) (Line, error) {
	if prompt == "" {
		return l, errors.New(`"prompt" is empty; expected a question`)
	}
	l.API, l.Body = routing.OpenAIChat, offline.ChatBody(model, prompt, l.User)
	return l, nil
}

// clip shortens foreign text for an error message.
func clip(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
