package cache_test

import (
	"fmt"
	"strings"
	"testing"

	"sluice/routing"
	"sluice/routing/cache"
)

func TestBypass(t *testing.T) {
	const chat, messages = routing.OpenAIChat, routing.AnthropicMessages
	image := `{"model":"auto","messages":[{"role":"user","content":[{"type":"image_url","image_url":%s}]}]}`
	source := `{"model":"auto","max_tokens":1,"messages":[{"role":"user","content":[{"type":"document","source":%s}]}]}`
	plain := `{"model":"auto","messages":[{"role":"user","content":"Hi"}]%s}`
	with := func(more string) string { return fmt.Sprintf(plain, ","+more) }
	cases := []struct {
		name string
		rule cache.Rules
		api  routing.API
		body string
		ctrl cache.Control
		want cache.Bypass
	}{
		{"plain", cache.Rules{Temperature: cache.Unset}, chat, fmt.Sprintf(plain, ""), cache.Control{}, ""},
		{"both", cache.Rules{}, chat, with(`"x":1`), cache.Control{NoRead: true, NoWrite: true}, cache.OptedOut},
		{"read only", cache.Rules{Temperature: cache.Any}, chat, with(`"x":1`), cache.Control{NoWrite: true}, ""},
		{"write only", cache.Rules{Temperature: cache.Any}, chat, with(`"x":1`), cache.Control{NoRead: true}, ""},
		{"count", cache.Rules{}, routing.AnthropicCountTokens, fmt.Sprintf(plain, ""), cache.Control{}, cache.NotRouted},
		{"embeddings", cache.Rules{}, routing.OpenAIEmbeddings, fmt.Sprintf(plain, ""), cache.Control{}, cache.NotRouted},
		{"responses", cache.Rules{}, routing.OpenAIResponses, with(`"previous_response_id":"r"`), cache.Control{}, cache.Conversation},
		{"tokens of responses", cache.Rules{}, routing.OpenAIInputTokens, fmt.Sprintf(plain, ""), cache.Control{}, cache.NotRouted},
		{"team unknown", cache.Rules{Scope: cache.Team}, chat, fmt.Sprintf(plain, ""), cache.Control{}, cache.NoPrincipal},
		{"a scope that is none", cache.Rules{Scope: "world"}, chat, fmt.Sprintf(plain, ""), cache.Control{}, cache.NoPrincipal},
		{"goes on", cache.Rules{}, chat, with(`"previous_response_id":"r"`), cache.Control{}, cache.Conversation},
		{"container", cache.Rules{Temperature: cache.Any}, messages, with(`"container":"c1"`), cache.Control{}, cache.Conversation},
		{"no container", cache.Rules{Temperature: cache.Any}, messages, with(`"container":null`), cache.Control{}, ""},
		{"to be stored", cache.Rules{}, chat, with(`"store":true`), cache.Control{}, cache.Stored},
		{"tools", cache.Rules{}, chat, with(`"tools":[{}]`), cache.Control{}, cache.WithTools},
		{"no tools", cache.Rules{Temperature: cache.Unset}, chat, with(`"tools":[]`), cache.Control{}, ""},
		{"tools allowed", cache.Rules{Temperature: cache.Unset, Tools: true}, chat, with(`"tools":[{}],"web_search_options":{}`), cache.Control{}, ""},
		{"search", cache.Rules{}, chat, with(`"web_search_options":{}`), cache.Control{}, cache.WithTools},
		{"mcp", cache.Rules{}, messages, with(`"mcp_servers":[{}]`), cache.Control{}, cache.WithTools},
		{"zero wants one", cache.Rules{Temperature: cache.Zero}, chat, fmt.Sprintf(plain, ""), cache.Control{}, cache.Chance},
		{"zero is null", cache.Rules{Temperature: cache.Zero}, chat, with(`"temperature":null`), cache.Control{}, cache.Chance},
		{"zero is zero", cache.Rules{Temperature: cache.Zero}, chat, with(`"temperature":0.0`), cache.Control{}, ""},
		{"zero is -0", cache.Rules{Temperature: cache.Zero}, chat, with(`"temperature":-0e3`), cache.Control{}, ""},
		{"zero is text", cache.Rules{Temperature: cache.Zero}, chat, with(`"temperature":"0"`), cache.Control{}, cache.Chance},
		{"zero is not 0.01", cache.Rules{Temperature: cache.Zero}, chat, with(`"temperature":0.01`), cache.Control{}, cache.Chance},
		{"twice", cache.Rules{Temperature: cache.Zero}, chat, with(`"temperature":1,"temperature":0`), cache.Control{}, cache.Chance},
		{"twice, turned", cache.Rules{Temperature: cache.Unset}, chat, with(`"temperature":0,"temperature":1`), cache.Control{}, cache.Chance},
		{"unset is null", cache.Rules{Temperature: cache.Unset}, chat, with(`"temperature":null`), cache.Control{}, ""},
		{"unset is zero", cache.Rules{Temperature: cache.Unset}, chat, with(`"temperature":0`), cache.Control{}, ""},
		{"unset is not 1", cache.Rules{Temperature: cache.Unset}, chat, with(`"temperature":1`), cache.Control{}, cache.Chance},
		{"any is 1", cache.Rules{Temperature: cache.Any}, chat, with(`"temperature":1`), cache.Control{}, ""},
		{"image by address", cache.Rules{Temperature: cache.Any}, chat, fmt.Sprintf(image, `{"url":"https://x.example/a.png"}`), cache.Control{}, cache.Remote},
		{"image by plain address", cache.Rules{Temperature: cache.Any}, chat, fmt.Sprintf(image, `"https://x.example/a.png"`), cache.Control{}, cache.Remote},
		{"hidden address", cache.Rules{Temperature: cache.Any}, chat, fmt.Sprintf(image, `{"\u0075rl":"\u0068ttps://x.example/a.png"}`), cache.Control{}, cache.Remote},
		{"image inside", cache.Rules{Temperature: cache.Any}, chat, fmt.Sprintf(image, `{"url":"DATA:image/png;base64,AAAA"}`), cache.Control{}, ""},
		{"document by address", cache.Rules{Temperature: cache.Any}, messages, fmt.Sprintf(source, `{"type":"url","url":"https://x.example/a.pdf"}`), cache.Control{}, cache.Remote},
		{"document inside", cache.Rules{Temperature: cache.Any}, messages, fmt.Sprintf(source, `{"type":"base64","data":"url"}`), cache.Control{}, ""},
		{"in a tool's result", cache.Rules{Temperature: cache.Any}, messages, fmt.Sprintf(source, `{"content":[{"type":"image","source":{"type":"url","url":"http://x"}}]}`), cache.Control{}, cache.Remote},
		{"an address as text", cache.Rules{Temperature: cache.Any}, chat, `{"model":"auto","messages":[{"role":"user","content":"https://x.example","url":1}]}`, cache.Control{}, ""},
		{"too many members", cache.Rules{Temperature: cache.Any}, chat, with(strings.Repeat(`"x":1,`, 2000) + `"y":1`), cache.Control{}, cache.Unreadable},
	}
	for _, c := range cases {
		who := alice
		if c.rule.Scope == "" {
			c.rule.Scope = cache.User
		} else {
			who = routing.Principal{User: "alice"}
		}
		q, why := ask(t, c.rule, c.api, who, "auto", c.body, c.ctrl)
		if why != c.want || (why == "") != (q.Key != "") {
			t.Errorf("%s: key %q, bypass %q, want %q", c.name, q.Key, why, c.want)
		}
	}
}
