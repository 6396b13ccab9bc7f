package verdict

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"sluice/routing"
	"sluice/routing/llmapi/answer"
)

// text renders prose of about n bytes that no two sentences of repeat.
func text(n int) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "In year %d the mill at bend %d ground %d sacks of wheat. ", 1700+i, i*31%977, i*i%1009)
	}
	return b.String()
}

func object(n int) string {
	var b strings.Builder
	b.WriteString(`{"rows":[`)
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, `{"id":%d,"name":"mill %d","open":%v},`, i, i*31%977, i%3 == 0)
	}
	b.WriteString(`{}]}`)
	return b.String()
}

var sizes = []struct {
	name  string
	bytes int
}{{"1KB", 1 << 10}, {"30KB", 30 << 10}, {"160KB", 160 << 10}}

func BenchmarkAnswer(b *testing.B) {
	j := newJudge(b, nil)
	schema := json.RawMessage(`{"type":"object","properties":{"rows":{"type":"array","items":{"type":"object","properties":{"id":{"type":"integer"},"name":{"type":"string"}}}}}}`)
	for _, size := range sizes {
		for _, bb := range []struct {
			name   string
			expect Expectation
			text   string
		}{
			{"text", Expectation{}, text(size.bytes)},
			{"all signs", Expectation{Language: "en", Figure: true, MinConfidence: 0.8}, text(size.bytes)},
			{"JSON", Expectation{JSON: true}, object(size.bytes)},
			{"schema", Expectation{JSON: true, Schema: schema}, object(size.bytes)},
		} {
			b.Run(bb.name+"/"+size.name, func(b *testing.B) {
				a := answer.Response{Text: bb.text, Finish: answer.FinishStop, Complete: true}
				b.SetBytes(int64(len(bb.text)))
				b.ReportAllocs()
				for b.Loop() {
					if r := j.Response(&bb.expect, &a); r != "" {
						b.Fatal(r)
					}
				}
			})
		}
	}
}

func BenchmarkBody(b *testing.B) {
	j := newJudge(b, nil)
	for _, size := range sizes {
		b.Run(size.name, func(b *testing.B) {
			body := []byte(openAI(text(size.bytes), "stop"))
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if _, r := j.Body(routing.OpenAI, &Expectation{}, body); r != "" {
					b.Fatal(r)
				}
			}
		})
	}
}

func BenchmarkStream(b *testing.B) {
	j := newJudge(b, nil)
	for _, bb := range []struct {
		name   string
		events []string
	}{
		{"healthy", openAIEvents("stop", "A hash", " map", " stores its", " entries in", " buckets.")},
		{"refusal", openAIEvents("stop", "I", "'m", " sorry", ",", " but I", " can", "'t", " assist", " with that.")},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s := j.Stream(routing.OpenAI, &Expectation{})
				for _, e := range bb.events {
					if s.Feed([]byte(e)) != Pending {
						break
					}
				}
			}
		})
	}
}

func BenchmarkExpect(b *testing.B) {
	for _, bb := range []struct{ name, prompt, language string }{
		{"English", text(160 << 10), "en"},
		{"Korean", strings.Repeat("물은 섭씨 100도에서 끓고 0도에서 업니다. ", 40), "ko"},
		{"language unknown", text(1 << 10), ""},
	} {
		b.Run(bb.name, func(b *testing.B) {
			r := routing.Request{Prompt: bb.prompt}
			b.ReportAllocs()
			for b.Loop() {
				Expect(&r, bb.language)
			}
		})
	}
}
