package batch

import "testing"

func TestToMessages(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{
			"question", `{"model":"m","messages":[{"role":"user","content":"Hi <b>"}]}`,
			`{"model":"m","max_tokens":4096,"messages":[{"role":"user","content":"Hi <b>"}]}`,
		},
		{
			"all that can be said", `{"model":"m","messages":[{"role":"system","content":"A"},{"role":"developer","content":[{"type":"text","text":"B"}]},{"role":"user","content":[{"type":"text","text":"x"},{"type":"text","text":"y"}]},{"role":"assistant","content":"z"},{"role":"user","content":"q"}],"max_tokens":7,"temperature":0,"top_p":0.5,"stop":"E","user":"u","stream":false,"n":1}`,
			`{"model":"m","max_tokens":7,"system":"A\n\nB","messages":[{"role":"user","content":"x\ny"},{"role":"assistant","content":"z"},{"role":"user","content":"q"}],"temperature":0,"top_p":0.5,"stop_sequences":["E"],"metadata":{"user_id":"u"}}`,
		},
		{
			"several stops", `{"model":"m","messages":[{"role":"user","content":"x"}],"stop":["a","b"],"max_completion_tokens":9}`,
			`{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"x"}],"stop_sequences":["a","b"]}`,
		},
		{"tools", `{"model":"m","messages":[{"role":"user","content":"x"}],"tools":[]}`, ""},
		{"image", `{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{}}]}]}`, ""},
		{"JSON wanted", `{"model":"m","messages":[{"role":"user","content":"x"}],"response_format":{"type":"json_object"}}`, ""},
		{"several answers", `{"model":"m","messages":[{"role":"user","content":"x"}],"n":2}`, ""},
		{"hot", `{"model":"m","messages":[{"role":"user","content":"x"}],"temperature":1.5}`, ""},
		{"tool result", `{"model":"m","messages":[{"role":"user","content":"x"},{"role":"tool","content":"y"},{"role":"user","content":"z"}]}`, ""},
		{"begun answer", `{"model":"m","messages":[{"role":"user","content":"x"},{"role":"assistant","content":"y"}]}`, ""},
		{"late system prompt", `{"model":"m","messages":[{"role":"user","content":"x"},{"role":"system","content":"y"},{"role":"user","content":"z"}]}`, ""},
		{"empty message", `{"model":"m","messages":[{"role":"user","content":" "}]}`, ""},
		{"name", `{"model":"m","messages":[{"role":"user","content":"x","name":"n"}]}`, ""},
		{"no messages", `{"model":"m","messages":[]}`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := toMessages([]byte(tt.in))
			if string(got) != tt.want || ok != (tt.want != "") {
				t.Errorf("got %s, %t; want %s", got, ok, tt.want)
			}
		})
	}
}

func TestToChat(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{
			"text", `{"id":"msg_1","type":"message","role":"assistant","model":"claude","content":[{"type":"text","text":"Hi "},{"type":"text","text":"you"}],"stop_reason":"end_turn","usage":{"input_tokens":3,"output_tokens":2}}`,
			`{"id":"msg_1","object":"chat.completion","model":"claude","choices":[{"index":0,"message":{"role":"assistant","content":"Hi you"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}`,
		},
		{
			"cut off", `{"id":"msg_2","model":"claude","content":[{"type":"text","text":"Hi"}],"stop_reason":"max_tokens"}`,
			`{"id":"msg_2","object":"chat.completion","model":"claude","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"length"}]}`,
		},
		{"tool", `{"content":[{"type":"tool_use","name":"f","input":{}}]}`, `{"content":[{"type":"tool_use","name":"f","input":{}}]}`},
		{"no JSON", `oops`, `oops`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(toChat([]byte(tt.in))); got != tt.want {
				t.Errorf("got %s\nwant %s", got, tt.want)
			}
		})
	}
}
