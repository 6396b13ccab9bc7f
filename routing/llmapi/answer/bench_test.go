package answer

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"sluice/routing"
)

// prose returns n bytes of English text, a line break every 60 bytes or so.
func prose(n int) string {
	const lines = "The gateway reads a request once and decides; later it judges.\n" +
		"What the person wrote counts, `code` and figures (3.14) included\n" +
		"and nothing else; as they say: \"garbage in, garbage out\".\n"
	return strings.Repeat(lines, n/len(lines)+1)[:n]
}

func BenchmarkRead(b *testing.B) {
	for _, kb := range []int{1, 30, 160} {
		text, err := json.Marshal(prose(kb << 10))
		if err != nil {
			b.Fatal(err)
		}
		for format, words := range map[routing.Format]string{
			routing.OpenAI:    `{"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":` + string(text) + `},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":9}}`,
			routing.Anthropic: `{"type":"message","model":"m","content":[{"type":"text","text":` + string(text) + `}],"stop_reason":"end_turn","usage":{"input_tokens":9,"output_tokens":9}}`,
		} {
			b.Run(fmt.Sprintf("%s-%dKB", format, kb), func(b *testing.B) {
				body := []byte(words)
				b.SetBytes(int64(len(body)))
				b.ReportAllocs()
				for b.Loop() {
					if _, err := Read(format, body); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkStream reads one event per round.
func BenchmarkStream(b *testing.B) {
	for format, event := range map[routing.Format]string{
		routing.OpenAI:    `data: {"id":"chatcmpl-0123456789","object":"chat.completion.chunk","created":1700000000,"model":"gpt-4o-mini","system_fingerprint":"fp_0","choices":[{"index":0,"delta":{"content":" word"},"logprobs":null,"finish_reason":null}]}` + "\n\n",
		routing.Anthropic: "event: content_block_delta\n" + `data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" word"}}` + "\n\n",
	} {
		b.Run(format.String(), func(b *testing.B) {
			b.ReportAllocs()
			s, chunk := NewStream(format), []byte(event)
			for b.Loop() {
				s.Feed(chunk)
			}
		})
	}
}
