package llmapi

import (
	"bytes"
	"strings"

	"github.com/tidwall/gjson"

	"sluice/routing"
)

// What a request needs of a model is told by the kinds of its blocks, by its tools and by its
// parameters. An earlier turn counts as the last one does: every model that answers reads all.

// shown is what it takes to read a kind of block, in any provider's words.
var shown = map[string]routing.Capabilities{
	"image": routing.Vision, "image_url": routing.Vision, "input_image": routing.Vision,
	"document": routing.Documents, "file": routing.Documents, "input_file": routing.Documents,
	"document_url": routing.Documents, "file_url": routing.Documents, "pdf": routing.Documents,
	"audio": routing.AudioInput, "input_audio": routing.AudioInput, "audio_url": routing.AudioInput,
	"video": routing.Video, "input_video": routing.Video, "video_url": routing.Video,
	"container_upload": routing.ProviderTools, // a file for Anthropic's code execution
	"mcp_tool_use":     routing.ProviderTools,
}

// inlined is what it takes to read a data URL, by the beginning of its media type. It counts
// more than the kind of block: clients send documents to Gemini as image_url.
var inlined = []struct {
	prefix string
	needs  routing.Capabilities
}{
	{`"data:application/pdf`, routing.Documents},
	{`"data:image/`, routing.Vision},
	{`"data:audio/`, routing.AudioInput},
	{`"data:video/`, routing.Video},
}

// address reads a URL or the data of a file, and returns it; nil if it is no string.
func (r *reader) address(m *message) []byte {
	if r.Peek() != '"' {
		r.nested(m)
		return nil
	}
	value := r.Skip()
	for _, i := range inlined {
		if len(value) >= len(i.prefix) && bytes.EqualFold(value[:len(i.prefix)], []byte(i.prefix)) {
			m.inline = i.needs
		}
	}
	return value
}

// source reads the source of an image or a document in Anthropic's format, and reports
// whether it is text, which every model can read.
func (r *reader) source(m *message) (text bool) {
	if r.Peek() != '{' {
		r.nested(m)
		return false
	}
	r.Object(func(key []byte) {
		switch string(key) {
		case "type":
			kind := r.name()
			text = string(kind) == "text" || string(kind) == "content"
		case "content": // blocks: texts, and images between them
			r.Array(func() {
				r.members(m, func(key []byte) {
					if string(key) == "type" {
						r.req.Needs |= shown[string(r.name())]
					} else {
						r.attribute(key, m)
					}
				})
			})
		default:
			r.attribute(key, m)
		}
	})
	return text
}

// shows records what it takes to read a block of that kind. text says that its source is text.
func (r *reader) shows(kind []byte, text bool, m *message) {
	needs := shown[string(kind)]
	switch {
	case needs == 0, text && needs == routing.Documents:
		return
	case m.inline != 0:
		needs = m.inline
	}
	r.req.Needs |= needs
}

// serverResult records that the provider ran a tool for an earlier answer, by the kind of
// block that has the result.
func (r *reader) serverResult(kind string) {
	if kind != "tool_result" {
		r.req.Needs |= providerTool(kind)
	}
}

// tools reads the value of "tools".
func (r *reader) tools() {
	r.Array(func() {
		r.req.Needs |= routing.Tools
		r.Object(func(key []byte) {
			switch string(key) {
			case "type":
				r.req.Needs |= providerTool(string(r.name()))
			case "name":
				r.req.Offered.Add(r.name())
			case "tools": // of a namespace
				r.tools()
			case "function", "custom":
				r.Object(func(key []byte) {
					if string(key) == "name" {
						r.req.Offered.Add(r.name())
					} else {
						r.Skip()
					}
				})
			default:
				r.Skip()
			}
		})
	})
}

// forbidsCalls reports whether the answer must not call a tool, by the value of tool_choice or
// of function_call.
func forbidsCalls(value []byte) bool {
	v := gjson.ParseBytes(value)
	return v.Str == "none" || v.Get("type").Str == "none"
}

// searches begin the types of tools that search the web or fetch a page of it.
var searches = []string{"web_search", "web_fetch", "google_search", "browser_search", "x_search"}

// providerTool returns what it takes to offer a tool of the type. Tools without one, functions
// and custom tools are described in the request; of all others the provider has the
// description, also of those that the client runs, such as Anthropic's bash.
func providerTool(kind string) routing.Capabilities {
	switch kind {
	case "", "function", "custom", "namespace":
		return 0
	}
	_, name, prefixed := strings.Cut(kind, ":") // openrouter:web_search
	if !prefixed {
		name = kind
	}
	for _, s := range searches {
		if strings.HasPrefix(name, s) {
			return routing.WebSearch
		}
	}
	return routing.ProviderTools
}

// speaks reads the kinds of output that an answer shall have.
func (r *reader) speaks(modalities []byte) {
	gjson.ParseBytes(modalities).ForEach(func(_, kind gjson.Result) bool {
		switch kind.String() {
		case "audio":
			r.req.Needs |= routing.AudioOutput
		case "image":
			r.req.Needs |= routing.ImageOutput
		}
		return true
	})
}

// thinks reads how hard the client wants the model to think, by the value of one of the fields
// for that.
func (r *reader) thinks(f field, value []byte) {
	r.req.OwnEffort = true
	said := gjson.ParseBytes(value)
	if f == fieldThinking {
		switch said.Get("type").String() {
		case "enabled":
			r.req.ThinkBudget = limit([]byte(said.Get("budget_tokens").Raw))
			r.req.Needs |= routing.TakesThinking
		case "adaptive":
			r.req.Needs |= routing.TakesThinking
		}
		return
	}
	if said.IsObject() {
		said = said.Get("effort")
	}
	if said.Type == gjson.String {
		r.req.Needs |= routing.TakesEffort
	}
}
