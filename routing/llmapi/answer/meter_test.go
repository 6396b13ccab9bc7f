package answer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/routing"
	"sluice/routing/llmapi/sse"
)

const (
	hello     = `data: {"id":"c","choices":[{"index":0,"delta":{"content":"Hello"},"finish_reason":null}],"usage":null}` + "\n\n"
	stopped   = `data: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}` + "\n\n"
	costs     = `data: {"id":"c","choices":[],"usage":{"prompt_tokens":20,"completion_tokens":9,"total_tokens":29}}` + "\n\n"
	ended     = "data: [DONE]\n\n"
	responses = `event: response.created
data: {"type":"response.created","response":{"id":"r","status":"in_progress","error":null,"output":[],"tools":[{"parameters":{"usage":{"input_tokens":99}}}],"usage":null}}

event: response.output_text.delta
data: {"type":"response.output_text.delta","item_id":"m","delta":"Hello"}

`
	filtered = `data: {"id":"","choices":[],"prompt_filter_results":[{"prompt_index":0}]}` + "\n\n"
)

// meterCases are streams, what is left of them without the extra usage and what they cost.
var meterCases = []struct {
	name   string
	api    routing.API
	data   string
	pass   string // with strip; "" for all of it
	want   routing.Usage
	done   bool
	failed bool
}{
	{
		"the usage in an event of its own", routing.OpenAIChat, hello + stopped + costs + ended,
		hello + stopped + ended, counted(20, 9, -1, -1), true, false,
	},
	{
		"the usage beside citations", routing.OpenAIChat, hello + stopped + `data: {"id":"c" , "usage":{"prompt_tokens":20,"completion_tokens":9}, "choices":[],"citations":["https://example.com"]}` + "\n\n" + ended,
		hello + stopped + `data: {"id":"c", "choices":[],"citations":["https://example.com"]}` + "\n\n" + ended, counted(20, 9, -1, -1), true, false,
	},
	{
		"the usage first, beside timings, named", routing.OpenAIChat, hello + "event: message\ndata:" + `{"usage":{"prompt_tokens":20,"completion_tokens":9},"choices":[],"timings":{"prompt_ms":7}}` + "\n\n" + ended,
		hello + "event: message\ndata:" + `{"choices":[],"timings":{"prompt_ms":7}}` + "\n\n" + ended, counted(20, 9, -1, -1), true, false,
	},
	{
		"the usage beside empty values", routing.OpenAIChat, hello + `data: {"choices":[],"usage":{"prompt_tokens":20,"completion_tokens":9},"provider":"x","citations":[],"note":null}` + "\n\n" + ended,
		hello + ended, counted(20, 9, -1, -1), true, false,
	},
	{
		"beside citations, in several lines", routing.OpenAIChat, hello + "data: {\"choices\":[],\"citations\":[1],\ndata: \"usage\":{\"prompt_tokens\":20,\"completion_tokens\":9}}\n\n" + ended,
		"", counted(20, 9, -1, -1), true, false,
	},
	{
		"no [DONE] after the finish reason", routing.OpenAIChat, hello + strings.Replace(stopped, "stop", "eos", 1),
		"",
		routing.Usage{Input: -1, Output: -1, CachedInput: -1, CacheWrite: -1, CacheWrite1h: -1},
		true, false,
	},
	{
		"with comments and names", routing.OpenAIChat, ": processing\n\n" + hello + "id: 7\nevent: message\n" + costs + ": bye\n\n" + ended,
		": processing\n\n" + hello + ": bye\n\n" + ended, counted(20, 9, -1, -1), true, false,
	},
	{
		"spelt with spaces, null for a list", routing.OpenAIChat, hello + `data:{"usage" : {"completion_tokens": 9, "prompt_tokens": 20 } , "choices" : null }` + "\n\n" + ended,
		hello + ended, counted(20, 9, -1, -1), true, false,
	},
	{
		"in several lines", routing.OpenAIChat, hello + "data: {\"choices\":[],\ndata: \"usage\":\ndata: {\"prompt_tokens\":1,\"completion_tokens\":2}}\n\n" + ended,
		hello + ended, counted(1, 2, -1, -1), true, false,
	},
	{
		"behind the end, and not closed", routing.OpenAIChat, hello + ended + strings.TrimSpace(costs),
		hello + ended, counted(20, 9, -1, -1), true, false,
	},
	{
		"Azure: no choices, but no usage", routing.OpenAIChat, filtered + hello + costs + ended,
		filtered + hello + ended, counted(20, 9, -1, -1), true, false,
	},
	{
		"in the last chunk with a choice: Google, Mistral", routing.OpenAIChat,
		hello + `data: {"choices":[{"index":0,"delta":{"content":"!"},"finish_reason":"stop"}],"usage":{"prompt_tokens":20,"completion_tokens":9}}` + "\n\n" + ended,
		"", counted(20, 9, -1, -1), true, false,
	},
	{
		"in every chunk", routing.OpenAIChat,
		strings.ReplaceAll(hello, "null}\n", `{"prompt_tokens":20,"total_tokens":21,"completion_tokens":1}}`+"\n") +
			strings.ReplaceAll(hello, "null}\n", `{"prompt_tokens":20,"total_tokens":29,"completion_tokens":9}}`+"\n"),
		"", counted(20, 9, -1, -1), false, false,
	},
	{"an empty usage stays", routing.OpenAIChat, hello + `data: {"choices":[],"usage":{}}` + "\n\n" + ended, "", none, true, false},
	{"no list of choices stays", routing.OpenAIChat, hello + `data: {"usage":{"prompt_tokens":1,"completion_tokens":1}}` + "\n\n", "", counted(1, 1, -1, -1), false, false},
	{"no usage", routing.OpenAIChat, hello + stopped + ended, "", none, true, false},
	{"cut off", routing.OpenAIChat, hello + hello[:30], "", none, false, false},
	{"cut off in the usage", routing.OpenAIChat, hello + costs[:len(costs)-20], "", none, false, false},
	{
		"an error", routing.OpenAIChat, hello + `data: {"error":{"message":"boom","type":"server_error"},"choices":[],"usage":{"prompt_tokens":1}}` + "\n\n" + ended,
		"", counted(1, -1, -1, -1), true, true,
	},
	{"an error in a choice", routing.OpenAIChat, `data: {"choices":[{"error":{"code":502},"delta":{}}],"error":null}` + "\n\n", "", none, false, true},
	{"an error in plain words", routing.OpenAIChat, "event: error\ndata: upstream is gone\n\n", "", none, false, true},
	{"an error that is none", routing.OpenAIChat, `data: {"error":null,"choices":[{"delta":{"content":"an \"error\": {"}}]}` + "\n\n", "", none, false, false},
	{"nonsense", routing.OpenAIChat, "data: {\"usage\":{\n\ndata\n\ndata: \"usage\"\n\n\n\n\r\n", "", none, false, false},
	{
		"what the client has written", routing.OpenAIChat,
		`data: {"choices":[{"delta":{"content":"{\"choices\":[],\"usage\":{\"prompt_tokens\":5}}"}}]}` + "\n\n", "", none, false, false,
	},
	{
		"completions", routing.OpenAICompletions, `data: {"choices":[{"text":"a"}]}` + "\n\n" + costs + ended,
		"", counted(20, 9, -1, -1), true, false,
	},
	{
		"served otherwise than asked", routing.OpenAIChat,
		`data: {"service_tier":"flex","choices":[{"delta":{"content":""}}],"usage":null}` + "\n\n" + hello + strings.Replace(costs, `"id":"c"`, `"service_tier":"default"`, 1) + ended,
		`data: {"service_tier":"flex","choices":[{"delta":{"content":""}}],"usage":null}` + "\n\n" + hello + ended,
		servedAs(counted(20, 9, -1, -1), routing.ServiceDefault), true, false,
	},
	{
		"served as the first chunk says, the usage not", routing.OpenAIChat,
		`data: {"choices":[{"delta":{"content":"Hi"}}],"service_tier": "priority"}` + "\n\n" + costs,
		`data: {"choices":[{"delta":{"content":"Hi"}}],"service_tier": "priority"}` + "\n\n",
		servedAs(counted(20, 9, -1, -1), routing.ServicePriority), false, false,
	},
	{
		"cut off, but the tier is known", routing.OpenAIChat,
		`data: {"service_tier":"auto","choices":[{"delta":{"role":"assistant"}}]}` + "\n\n" + `data: {"service_tier":"flex","choices":[{"delta":{"content":"Hi"}}]}` + "\n\n" + hello[:30],
		"", servedAs(none, routing.ServiceFlex), false, false,
	},
	{
		"a tier is no usage", routing.OpenAIChat, `data: {"choices":[],"service_tier":"default","prompt_filter_results":[]}` + "\n\n" + `data: {"choices":[],"service_tier":"default","usage":{}}` + "\n\n" + hello,
		"", servedAs(none, routing.ServiceDefault), false, false,
	},
	{
		"a tier is looked for up to the first words", routing.OpenAIChat, hello + strings.Replace(hello, `"id":"c"`, `"service_tier":"flex"`, 1), "", none, false, false,
	},
	{
		"a tier in the words of the model", routing.OpenAIChat, `data: {"choices":[{"delta":{"content":"\"service_tier\":\"flex\""}}]}` + "\n\n" + hello, "", none, false, false,
	},
	{"Anthropic", routing.AnthropicMessages, anthropicStream, "", counted(3210, 89, 3000, 200), true, false},
	{"Anthropic, written for an hour", routing.AnthropicMessages, hourStream, "", servedAs(forAnHour(counted(910, 9, 600, 300), 200), routing.ServicePriority), true, false},
	{
		"Anthropic, broken off", routing.AnthropicMessages, anthropicStream[:strings.Index(anthropicStream, "event: message_delta")],
		"", counted(3210, -1, 3000, 200), false, false,
	},
	{
		"Anthropic, the input at the end", routing.AnthropicMessages,
		"data: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":0,\"output_tokens\":0}}}\n\n" +
			"data: {\"type\":\"message_delta\",\"delta\":{},\"usage\":{\"input_tokens\":10,\"cache_read_input_tokens\":5,\"output_tokens\":3}}\n\n", "", counted(15, 3, 5, -1), false, false,
	},
	{"Anthropic, an error", routing.AnthropicMessages, errorStream, "", none, false, true},
	{
		"Responses", routing.OpenAIResponses, responses +
			"event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{\"status\":\"completed\",\"error\":null,\"usage\":{\"input_tokens\":36,\"input_tokens_details\":{\"cached_tokens\":30},\"output_tokens\":87,\"total_tokens\":123}}}\n\n",
		"", counted(36, 87, 30, -1), true, false,
	},
	{
		"Responses, served otherwise than asked", routing.OpenAIResponses,
		"data: {\"type\":\"response.created\",\"response\":{\"service_tier\":\"flex\",\"usage\":null}}\n\n" +
			"data: {\"type\":\"response.in_progress\",\"response\":{\"service_tier\":\"auto\",\"usage\":null}}\n\n" +
			"data: {\"type\":\"response.completed\",\"response\":{\"service_tier\":\"default\",\"usage\":{\"input_tokens\":36,\"output_tokens\":87}}}\n\n",
		"", servedAs(counted(36, 87, -1, -1), routing.ServiceDefault), true, false,
	},
	{
		"Responses, cut off", routing.OpenAIResponses, "data: {\"type\":\"response.created\",\"response\":{\"service_tier\":\"priority\",\"usage\":null}}\n\n",
		"", servedAs(none, routing.ServicePriority), false, false,
	},
	{
		"Responses, cut short", routing.OpenAIResponses, responses +
			"event: response.incomplete\ndata: {\"type\":\"response.incomplete\",\"response\":{\"usage\":{\"input_tokens\":36,\"output_tokens\":87}}}\n\n",
		"", counted(36, 87, -1, -1), true, false,
	},
	{
		"Responses, failed", routing.OpenAIResponses, responses + "data: {\"type\":\"response.failed\",\"response\":{\"error\":{\"code\":\"server_error\"},\"usage\":null}}\n\n",
		"", none, false, true,
	},
	{"Responses, an error", routing.OpenAIResponses, responses + "data: {\"type\":\"error\",\"code\":\"x\",\"message\":\"boom\"}\n\n", "", none, false, true},
}

// metered feeds a meter with data in parts of a size and returns it and what passed.
func metered(api routing.API, strip bool, data string, size int) (*Meter, string) {
	m := NewMeter(api, strip)
	var pass strings.Builder
	chunk := make([]byte, 0, size)
	for data != "" {
		n := min(size, len(data))
		chunk = append(chunk[:0], data[:n]...)
		pass.Write(m.Feed(chunk))
		if string(chunk) != data[:n] {
			panic("the chunk was changed")
		}
		clear(chunk) // it keeps no part of it
		data = data[n:]
	}
	pass.Write(m.End())
	return m, pass.String()
}

func TestMeter(t *testing.T) {
	for _, c := range meterCases {
		t.Run(c.name, func(t *testing.T) {
			stripped := c.pass
			if stripped == "" || c.api != routing.OpenAIChat {
				stripped = c.data
			}
			for _, line := range []string{"\n", "\r\n"} {
				data, left := strings.ReplaceAll(c.data, "\n", line), strings.ReplaceAll(stripped, "\n", line)
				for size := 1; size <= len(data)+1; size++ {
					for strip, want := range map[bool]string{false: data, true: left} {
						m, pass := metered(c.api, strip, data, size)
						if pass != want {
							t.Fatalf("parts of %d, strip %t: passed %q, want %q", size, strip, pass, want)
						}
						if m.Usage() != c.want || m.Complete() != c.done || m.Failed() != c.failed {
							t.Fatalf("parts of %d: usage %v, complete %t, failed %t, want %v, %t, %t",
								size, m.Usage(), m.Complete(), m.Failed(), c.want, c.done, c.failed)
						}
					}
				}
			}
		})
	}
}

// TestMeterPassesOn: what changes nothing is passed as it came, and only what may have to
// be taken out waits for its end.
func TestMeterPassesOn(t *testing.T) {
	type step struct{ chunk, pass string }
	for _, c := range []struct {
		name  string
		strip bool
		steps []step
		rest  string
	}{
		{"all at once", true, []step{{hello + costs + ended, hello + ended}}, ""},
		{"an event with a choice goes on in parts", true, []step{{hello[:22], ""}, {hello[22:40], hello[:40]}, {hello[40:], hello[40:]}}, ""},
		{"its last line feed may be late", true, []step{{hello[:len(hello)-1], hello[:len(hello)-1]}, {"\n" + stopped, "\n" + stopped}}, ""},
		{"the end waits for its own", true, []step{{hello + "data: [DO", hello}, {"NE]\n", ""}, {"\n", ended}}, ""},
		{"the end without its line feed", true, []step{{"data: [DONE]\n", ""}}, "data: [DONE]\n"},
		{"the usage in parts", true, []step{{hello + costs[:20], hello}, {costs[20:60], ""}, {costs[60:] + ended, ended}}, ""},
		{"the usage without its line feed", true, []step{{costs[:len(costs)-2], ""}}, ""},
		{"twice", true, []step{{costs + costs + hello + costs, hello}}, ""},
		{"a comment in parts", true, []step{{": ping", ""}, {"\n\n" + hello, ": ping\n\n" + hello}}, ""},
		{"nothing waits that stays", false, []step{{costs[:20], costs[:20]}, {costs[20:], costs[20:]}, {"data: [DO", "data: [DO"}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := NewMeter(routing.OpenAIChat, c.strip)
			for i, s := range c.steps {
				chunk := []byte(s.chunk)
				got := m.Feed(chunk)
				if string(got) != s.pass {
					t.Fatalf("step %d passes %q, want %q", i, got, s.pass)
				}
				if s.pass == s.chunk && &got[0] != &chunk[0] {
					t.Errorf("step %d: a copy", i)
				}
			}
			if got := m.End(); string(got) != c.rest {
				t.Errorf("at the end %q, want %q", got, c.rest)
			}
		})
	}
}

// TestMeterBounds: neither what is held back nor what is kept grows without end.
// TestMeterCut: a client gets whole events, wherever the stream is cut, and none of a usage that
// it did not ask for.
func TestMeterCut(t *testing.T) {
	const hello, usage, next = "data: {\"choices\":[{\"delta\":{\"content\":\"Hello\"}}]}\n\n", "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":20,\"completion_tokens\":9}}\n\n", "data: {\"choices\":[]}\n\n"
	for _, tt := range []struct {
		name, stream, want string
		strip              bool
	}{
		{"as it is", hello + hello, hello, false},
		{"with the usage left out", hello + hello, hello, true},
		{"in the usage", usage + next, usage, false},
		{"in the usage that is left out", usage + next, "", true},
	} {
		first := strings.Index(tt.stream, "\n\n") + 2
		for at := 1; at < first; at++ {
			m := NewMeter(routing.OpenAIChat, tt.strip)
			got := string(m.Feed([]byte(tt.stream[:at]))) + string(m.Cut([]byte(tt.stream[at:])))
			if got != tt.want {
				t.Fatalf("%s, cut at %d: %q, want %q", tt.name, at, got, tt.want)
			}
		}
		m := NewMeter(routing.OpenAIChat, tt.strip)
		if got := string(m.Feed([]byte(tt.stream[:first]))) + string(m.Cut([]byte(tt.stream[first:]))); got != tt.want {
			t.Errorf("%s, between events: %q, want %q", tt.name, got, tt.want)
		}
	}
	m := NewMeter(routing.OpenAIChat, false)
	if got := string(m.Feed([]byte("data: x"))) + string(m.Cut([]byte("y"))); got != "data: xy\n\n" {
		t.Errorf("without an end: %q", got)
	}
}

func TestMeterBounds(t *testing.T) {
	padding := strings.Repeat("x", maxHeld)
	long := strings.Replace(costs, `"id":"c"`, `"id":"`+padding+`"`, 1)
	for _, size := range []int{len(long) + 1, 4 << 10} {
		m, pass := metered(routing.OpenAIChat, true, long+ended, size)
		if pass != long+ended || m.Usage().Output != 9 {
			t.Errorf("in parts of %d: %d bytes passed, want %d; usage %v", size, len(pass), len(long+ended), m.Usage())
		}
	}

	m, held := NewMeter(routing.OpenAIChat, true), 0
	for range 100 { // no line ends
		held += 1<<10 - len(m.Feed(bytes.Repeat([]byte{'x'}, 1<<10)))
		if held > maxHeld {
			t.Fatalf("%d bytes held back, want at most %d", held, maxHeld)
		}
	}

	m = NewMeter(routing.OpenAIChat, false)
	m.Feed([]byte(": " + strings.Repeat("x", sse.MaxEvent/2)))
	if m.Feed([]byte("\n\n")); cap(m.splitter.Pending()) > maxHeld {
		t.Errorf("%d bytes kept of an event that is over", cap(m.splitter.Pending()))
	}

	huge := strings.Replace(costs, `"id":"c"`, `"id":"`+strings.Repeat("x", sse.MaxEvent)+`"`, 1)
	for _, size := range []int{len(huge) + 1, 64 << 10} {
		m, pass := metered(routing.OpenAIChat, false, huge+hello, size)
		if pass != huge+hello || m.Usage() != none || m.OutputTokens() != 2 {
			t.Errorf("in parts of %d: %d bytes passed, usage %v, %d tokens", size, len(pass), m.Usage(), m.OutputTokens())
		}
	}
}

// FuzzMeter checks that what passes is the stream without some of its events, that it is
// all of it where nothing is to be taken out, and that the parts do not matter.
func FuzzMeter(f *testing.F) {
	for _, c := range meterCases {
		f.Add([]byte(c.data), 7)
		f.Add([]byte(strings.ReplaceAll(c.data, "\n", "\r\n")), 1)
	}
	f.Add([]byte(openAIStream), 50)
	f.Add([]byte(`data: {"x":{"choices":[1]},"choices":[],"usage":{"prompt_tokens":1}}`+"\n\n"), 30)
	f.Fuzz(func(t *testing.T, data []byte, size int) {
		if size <= 0 {
			return
		}
		for _, api := range []routing.API{routing.OpenAIChat, routing.OpenAICompletions, routing.OpenAIResponses, routing.AnthropicMessages} {
			for _, strip := range []bool{false, true} {
				whole, pass := metered(api, strip, string(data), len(data)+1)
				parts, inParts := metered(api, strip, string(data), size)
				if pass != inParts {
					t.Fatalf("%s, strip %t: %q whole, %q in parts of %d", api, strip, pass, inParts, size)
				}
				if a, b := told(whole), told(parts); a != b {
					t.Fatalf("%s: %s whole, %s in parts of %d", api, a, b, size)
				}
				if (!strip || api != routing.OpenAIChat) && pass != string(data) {
					t.Fatalf("%s: %q passed of %q", api, pass, data)
				}
				if left := without(events(data), events([]byte(pass))); strip && left != "" {
					t.Fatalf("%q is no stream of events of %q: %s", pass, data, left)
				}
			}
		}
	})
}

// told is all that a meter says.
func told(m *Meter) string {
	return fmt.Sprint(m.Usage(), m.OutputTokens(), m.Complete(), m.Failed())
}

// events returns the names and the data of the events of a stream.
func events(data []byte) []string {
	var all []string
	for e := range sse.All(data) {
		if e.Name != nil || e.Data != nil {
			all = append(all, fmt.Sprintf("%s: %s", e.Name, e.Data))
		}
	}
	return all
}

// without says what is wrong if some is not all less events that tell usage, or the usage
// in them.
func without(all, some []string) string {
	for _, e := range all {
		switch {
		case len(some) > 0 && some[0] == e:
			some = some[1:]
		case len(some) > 0 && equalButUsage(e, some[0]):
			some = some[1:]
		case !strings.Contains(e, "usage") || !strings.Contains(e, "choices"):
			return fmt.Sprintf("%q is missing", e)
		}
	}
	if len(some) > 0 {
		return fmt.Sprintf("%q is new", some)
	}
	return ""
}

// equalButUsage reports whether two events with JSON objects are the same but for the usage, which
// the second has not.
func equalButUsage(one, other string) bool {
	read := func(event string) (name string, members map[string]json.RawMessage, ok bool) {
		name, data, _ := strings.Cut(event, ": ")
		return name, members, json.Unmarshal([]byte(data), &members) == nil
	}
	a, want, ok := read(one)
	b, got, also := read(other)
	_, told := got["usage"]
	delete(want, "usage")
	return a == b && ok && also && !told && cmp.Equal(want, got)
}

// BenchmarkMeter feeds events of some hundred bytes one by one, each of which says that
// the usage is still to come.
func BenchmarkMeter(b *testing.B) {
	for api, event := range map[routing.API]string{
		routing.OpenAIChat:        `data: {"id":"chatcmpl-0123456789","object":"chat.completion.chunk","created":1700000000,"model":"gpt-4o-mini","system_fingerprint":"fp_0","choices":[{"index":0,"delta":{"content":" word"},"logprobs":null,"finish_reason":null}],"usage":null}` + "\n\n",
		routing.AnthropicMessages: "event: content_block_delta\n" + `data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" word"}}` + "\n\n",
		routing.OpenAIResponses:   "event: response.output_text.delta\n" + `data: {"type":"response.output_text.delta","item_id":"msg_0123456789","output_index":0,"content_index":0,"delta":" word"}` + "\n\n",
	} {
		for _, strip := range []bool{false, true} {
			if strip && api != routing.OpenAIChat {
				continue
			}
			b.Run(fmt.Sprintf("%s-strip=%t", api, strip), func(b *testing.B) {
				b.SetBytes(int64(len(event)))
				b.ReportAllocs()
				m, chunk := NewMeter(api, strip), []byte(event)
				for b.Loop() {
					if len(m.Feed(chunk)) != len(event) {
						b.Fatal("held back")
					}
				}
			})
		}
	}
}

// BenchmarkMeterStream feeds a stream of 160 KB in parts as a network cuts it, mostly
// within an event.
func BenchmarkMeterStream(b *testing.B) {
	event := `data: {"id":"chatcmpl-0123456789","object":"chat.completion.chunk","created":1700000000,"model":"gpt-4o-mini","choices":[{"index":0,"delta":{"content":" word"},"finish_reason":null}],"usage":null}` + "\n\n"
	stream := []byte(strings.Repeat(event, 160<<10/len(event)) + costs + ended)
	for _, size := range []int{100, 1 << 10, 16 << 10} {
		b.Run(fmt.Sprintf("parts-%d", size), func(b *testing.B) {
			b.SetBytes(int64(len(stream)))
			b.ReportAllocs()
			for b.Loop() {
				m, passed := NewMeter(routing.OpenAIChat, true), 0
				for rest := stream; len(rest) > 0; {
					n := min(size, len(rest))
					passed += len(m.Feed(rest[:n]))
					rest = rest[n:]
				}
				if passed += len(m.End()); passed != len(stream)-len(costs) || m.Usage().Output != 9 {
					b.Fatalf("%d bytes of %d passed, usage %v", passed, len(stream), m.Usage())
				}
			}
		})
	}
}
