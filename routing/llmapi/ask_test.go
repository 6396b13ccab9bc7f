package llmapi

import (
	"testing"

	"sluice/routing"
)

var (
	plainProvider     = &routing.Provider{Name: "plain"}
	tellsProvider     = &routing.Provider{Name: "tells", StreamUsage: true}
	plainModel        = &routing.Model{UpstreamName: "plain", Provider: plainProvider}
	tellsModel        = &routing.Model{UpstreamName: "tells", Provider: tellsProvider}
	relaxedModel      = &routing.Model{UpstreamName: "relaxed", Provider: tellsProvider, FlexRate: 0.5}
	otherRelaxedModel = &routing.Model{UpstreamName: "relaxed too", Provider: tellsProvider, FlexRate: 0.4}
	quotedModel       = &routing.Model{UpstreamName: `a"b\c`, Provider: plainProvider}
	anthropicModel    = &routing.Model{UpstreamName: "claude", Provider: plainProvider, FlexRate: 0.5}
)

// askCases are bodies of clients, what the first model is sent and what the next one is.
var askCases = []struct {
	name        string
	api         routing.API // OpenAIChat where none is given
	body        string
	relaxed     bool // by a header
	first, next *routing.Model
	sent        string
	resent      string
	strips      bool // from the first
}{
	{
		name: "nothing is asked", body: `{ "model" : "auto" , "seed":12345678901234567890.10}`, first: plainModel, next: tellsModel,
		sent:   `{ "model" : "plain" , "seed":12345678901234567890.10}`,
		resent: `{ "model" : "tells" , "seed":12345678901234567890.10}`,
	},
	{
		name: "left alone", body: `{"model":"pl\u0061in","stream":true}`, first: plainModel, next: quotedModel,
		sent:   `{"model":"pl\u0061in","stream":true}`,
		resent: `{"model":"a\"b\\c","stream":true}`,
	},
	{
		name: "usage", body: `{"mod\u0065l":"aut\u006f" ,"stream":true}`, first: tellsModel, next: plainModel,
		sent:   `{"mod\u0065l":"tells","stream_options":{"include_usage":true} ,"stream":true}`,
		resent: `{"mod\u0065l":"plain" ,"stream":true}`,
		strips: true,
	},
	{
		name: "usage, the model as it was", body: `{"model":"tells","stream":true}`, first: tellsModel, next: plainModel,
		sent:   `{"model":"tells","stream_options":{"include_usage":true},"stream":true}`,
		resent: `{"model":"plain","stream":true}`,
		strips: true,
	},
	{
		name: "usage, of the next one only", body: `{"model":"auto","stream":true}`, first: plainModel, next: tellsModel,
		sent:   `{"model":"plain","stream":true}`,
		resent: `{"model":"tells","stream_options":{"include_usage":true},"stream":true}`,
	},
	{
		name: "the client asks itself", body: `{"model":"auto","stream":true,"stream_options":{"include_usage":true}}`, first: tellsModel, next: plainModel,
		sent:   `{"model":"tells","stream":true,"stream_options":{"include_usage":true}}`,
		resent: `{"model":"plain","stream":true,"stream_options":{"include_usage":true}}`,
	},
	{
		name: "the client asks right behind the model", body: `{"model":"auto","stream_options":{"include_usage":true},"service_tier":"flex","stream":true}`, first: relaxedModel, next: plainModel,
		sent:   `{"model":"relaxed","service_tier":"flex","stream_options":{"include_usage":true},"stream":true}`,
		resent: `{"model":"plain","stream_options":{"include_usage":true},"stream":true}`,
	},
	{
		name: "the client declines", body: `{"stream_options": { "x":1, "include_usage" : false },"model":"auto","stream":true}`, first: tellsModel, next: plainModel,
		sent:   `{"stream_options": { "x":1, "include_usage" : true },"model":"tells","stream":true}`,
		resent: `{"stream_options": { "x":1, "include_usage" : true },"model":"plain","stream":true}`,
		strips: true,
	},
	{
		name: "the client declines, and nobody could tell", body: `{"stream_options":{"include_usage":false},"model":"auto","stream":true}`, first: plainModel, next: quotedModel,
		sent:   `{"stream_options":{"include_usage":false},"model":"plain","stream":true}`,
		resent: `{"stream_options":{"include_usage":false},"model":"a\"b\\c","stream":true}`,
	},
	{
		name: "the client declines, and only the next can tell", body: `{"model":"plain","stream":true,"stream_options":{"include_usage":null}}`, first: plainModel, next: tellsModel,
		sent:   `{"model":"plain","stream":true,"stream_options":{"include_usage":true}}`,
		resent: `{"model":"tells","stream":true,"stream_options":{"include_usage":true}}`,
		strips: true,
	},
	{
		name: "other options", body: `{"model":"auto","stream_options":{ "x":1},"stream":true}`, first: tellsModel, next: plainModel,
		sent:   `{"model":"tells","stream_options":{"include_usage":true, "x":1},"stream":true}`,
		resent: `{"model":"plain","stream_options":{"include_usage":true, "x":1},"stream":true}`,
		strips: true,
	},
	{
		name: "no options", body: `{"model":"auto","stream_options" : { },"stream":true}`, first: tellsModel, next: plainModel,
		sent:   `{"model":"tells","stream_options" : {"include_usage":true },"stream":true}`,
		resent: `{"model":"plain","stream_options" : {"include_usage":true },"stream":true}`,
		strips: true,
	},
	{
		name: "options that are null", body: `{"model":"auto","stream_options": null,"stream":true}`, first: tellsModel, next: plainModel,
		sent:   `{"model":"tells","stream_options": {"include_usage":true},"stream":true}`,
		resent: `{"model":"plain","stream_options": {"include_usage":true},"stream":true}`,
		strips: true,
	},
	{
		name: "options that are none", body: `{"model":"auto","stream_options":"nothing","stream":true}`, first: tellsModel, next: plainModel,
		sent:   `{"model":"tells","stream_options":"nothing","stream":true}`,
		resent: `{"model":"plain","stream_options":"nothing","stream":true}`,
		strips: true,
	},
	{
		name: "an option that is none", body: `{"model":"auto","stream_options":{"include_usage":"no"},"stream":true}`, first: tellsModel, next: plainModel,
		sent:   `{"model":"tells","stream_options":{"include_usage":"no"},"stream":true}`,
		resent: `{"model":"plain","stream_options":{"include_usage":"no"},"stream":true}`,
		strips: true,
	},
	{
		name: "no stream", body: `{"model":"auto","stream":false,"stream_options":null}`, first: tellsModel, next: plainModel,
		sent:   `{"model":"tells","stream":false,"stream_options":null}`,
		resent: `{"model":"plain","stream":false,"stream_options":null}`,
	},
	{
		name: "relaxed", body: `{"model":"auto","messages":[]}`, relaxed: true, first: relaxedModel, next: tellsModel,
		sent:   `{"model":"relaxed","service_tier":"flex","messages":[]}`,
		resent: `{"model":"tells","messages":[]}`,
	},
	{
		name: "relaxed and streamed", body: `{"stream":true,"model":"auto"}`, relaxed: true, first: tellsModel, next: relaxedModel,
		sent:   `{"stream":true,"model":"tells","stream_options":{"include_usage":true}}`,
		resent: `{"stream":true,"model":"relaxed","stream_options":{"include_usage":true},"service_tier":"flex"}`,
		strips: true,
	},
	{
		name: "the client chose its tier", body: `{"model":"auto","service_tier":"priority"}`, relaxed: true, first: relaxedModel, next: plainModel,
		sent:   `{"model":"relaxed","service_tier":"priority"}`,
		resent: `{"model":"plain","service_tier":"priority"}`,
	},
	{
		name: "the client asks for flex itself", body: `{"service_tier" : "flex" , "model":"auto"}`, first: relaxedModel, next: otherRelaxedModel,
		sent:   `{"service_tier" : "flex" , "model":"relaxed"}`,
		resent: `{"service_tier" : "flex" , "model":"relaxed too"}`,
	},
	{
		name: "the next one has no flex", body: `{"model":"auto","service_tier":"flex"}`, first: relaxedModel, next: plainModel,
		sent:   `{"model":"relaxed","service_tier":"flex"}`,
		resent: `{"model":"plain"}`,
	},
	{
		name: "the first one has no flex", body: `{ "service\u005ftier" : "fl\u0065x" , "model":"auto"}`, first: plainModel, next: relaxedModel,
		sent:   `{  "model":"plain"}`,
		resent: `{  "model":"relaxed","service_tier":"flex"}`,
	},
	{
		name: "nobody has flex", body: `{"model":"plain", "n":1 , "service_tier":"flex" }`, first: plainModel, next: quotedModel,
		sent:   `{"model":"plain", "n":1  }`,
		resent: `{"model":"a\"b\\c", "n":1  }`,
	},
	{
		name: "a tier that is null", body: `{"model":"auto","service_tier":null}`, relaxed: true, first: relaxedModel, next: plainModel,
		sent:   `{"model":"relaxed","service_tier":null}`,
		resent: `{"model":"plain","service_tier":null}`,
	},
	{
		name: "Anthropic is not asked", api: routing.AnthropicMessages, body: `{"model":"auto","stream":true,"stream_options":null}`, relaxed: true, first: anthropicModel, next: plainModel,
		sent:   `{"model":"claude","stream":true,"stream_options":null}`,
		resent: `{"model":"plain","stream":true,"stream_options":null}`,
	},
}

// TestReadOptions: what the client says of usage and of its service tier, and where.
func TestReadOptions(t *testing.T) {
	for _, c := range []struct {
		body    string
		usage   bool
		at      string // the rest of the body from StreamOptions on
		value   string // what is there
		tier    routing.ServiceTier
		service string // what is at ServiceSpan
	}{
		{body: `{"model":"m"}`},
		{body: `{"stream_options": {"a":{"include_usage":false}, "include_usage" : true } ,"model":"m"}`, usage: true, at: `true } ,"model":"m"}`, value: "true"},
		{body: `{"stream_options":{"\u0069nclude_usage":null},"model":"m"}`, at: `null},"model":"m"}`, value: "null"},
		{body: `{"stream_options":{"include_usage":"true"},"model":"m"}`, at: `"true"},"model":"m"}`, value: `"true"`},
		{body: `{"stream_options": { "a":1},"model":"m"}`, at: ` "a":1},"model":"m"}`},
		{body: `{"stream_options": {},"model":"m"}`, at: `},"model":"m"}`},
		{body: `{"stream_options": null,"model":"m"}`, at: `null,"model":"m"}`},
		{body: `{"stream_options": [true],"model":"m"}`, at: `[true],"model":"m"}`},
		{body: `{"model":"m","service_tier" : "priority" }`, tier: routing.ServicePriority, service: `"priority"`},
		{body: `{"model":"m","service_tier":"auto"}`, service: `"auto"`},
		{body: `{"model":"m","service_tier":null}`, service: `null`},
		{body: `{"model":"m","service_tier":["flex"]}`, service: `["flex"]`},
	} {
		t.Run(c.body, func(t *testing.T) {
			req, err := Read(routing.OpenAIChat, []byte(c.body))
			if err != nil {
				t.Fatal(err)
			}
			options, service := req.StreamOptions, req.ServiceSpan
			rest := ""
			if options.Start > 0 {
				rest = c.body[options.Start:]
			}
			if req.IncludeUsage != c.usage || rest != c.at || c.body[options.Start:options.End] != c.value {
				t.Errorf("usage %t at %q, %q; want %t at %q, %q", req.IncludeUsage, rest, c.body[options.Start:options.End], c.usage, c.at, c.value)
			}
			if got := c.body[service.Start:service.End]; req.ServiceTier != c.tier || got != c.service {
				t.Errorf("tier %q at %q, want %q at %q", req.ServiceTier, got, c.tier, c.service)
			}
		})
	}
}

func TestAsk(t *testing.T) {
	for _, c := range askCases {
		t.Run(c.name, func(t *testing.T) {
			api := c.api
			if api == 0 {
				api = routing.OpenAIChat
			}
			req, err := Read(api, []byte(c.body))
			if err != nil {
				t.Fatal(err)
			}
			if c.relaxed {
				Relax(&req)
			}
			ask := Asks(&req, []*routing.Model{c.first, c.next})
			edits := ask.Edits([]byte(c.body), &req, c.first)
			if (len(edits) == 0) != (c.sent == c.body) {
				t.Errorf("edits %v", edits)
			}
			sent := Apply([]byte(c.body), edits...)
			if string(sent) != c.sent {
				t.Errorf("sent %s\n  want %s", sent, c.sent)
			}
			if got := ask.Strips(c.first); got != c.strips {
				t.Errorf("strips %t, want %t", got, c.strips)
			}
			at := Locate(edits, routing.Span{Start: req.ModelStart, End: req.ModelEnd})
			for where, at := range map[string]routing.Span{"there": at, "moved": {Start: at.Start - 1, End: at.End - 1}, "nowhere": {}, "beyond": {Start: 1 << 20, End: 1<<20 + 5}} {
				resent, err := ask.Resend([]byte(c.sent), api, at, c.next)
				if err != nil || string(resent) != c.resent {
					t.Errorf("%s: sent again %s, %v\n  want %s", where, resent, err, c.resent)
				}
			}
		})
	}
}

// TestResendElsewhere: what stands at the place now may be another string.
func TestResendElsewhere(t *testing.T) {
	at := routing.Span{Start: len(`{"x":`), End: len(`{"x":"auto"`)}
	got, err := (Ask{}).Resend([]byte(`{"x":"y", "model":"auto"}`), routing.OpenAIChat, at, tellsModel)
	if want := `{"x":"y", "model":"tells"}`; err != nil || string(got) != want {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
}

// TestResendRefuses: a body that cannot be read any more is not sent again.
func TestResendRefuses(t *testing.T) {
	for _, body := range []string{``, `{"model":"auto`, `{"model": "auto","model":"b"}`} {
		if got, err := (Ask{}).Resend([]byte(body), routing.OpenAIChat, routing.Span{Start: 9, End: 15}, tellsModel); err == nil {
			t.Errorf("%s became %s, want an error", body, got)
		}
	}
}

// TestRelax: only a request that can ask for the tier has its price.
func TestRelax(t *testing.T) {
	for _, c := range []struct {
		name string
		api  routing.API
		body string
		want bool
	}{
		{"by the header", routing.OpenAIChat, `{"model":"m"}`, true},
		{"by the body", routing.OpenAIChat, `{"model":"m","service_tier":"flex"}`, true},
		{"Responses, by the body", routing.OpenAIResponses, `{"model":"m","service_tier":"fl\u0065x"}`, true},
		{"against the body", routing.OpenAIChat, `{"model":"m","service_tier":"default"}`, false},
		{"a tier of another type", routing.OpenAIChat, `{"model":"m","service_tier":7}`, false},
		{"Responses, by the header", routing.OpenAIResponses, `{"model":"m"}`, false},
		{"Anthropic", routing.AnthropicMessages, `{"model":"m","service_tier":"flex"}`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			req, err := Read(c.api, []byte(c.body))
			if err != nil {
				t.Fatal(err)
			}
			if Relax(&req); req.Relaxed != c.want {
				t.Errorf("relaxed %t, want %t", req.Relaxed, c.want)
			}
		})
	}
}
