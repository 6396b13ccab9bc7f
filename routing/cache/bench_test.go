package cache_test

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"sluice/routing"
	"sluice/routing/cache"
	"sluice/routing/llmapi"
)

// chatOf returns a conversation of about that many bytes.
func chatOf(size int) []byte {
	const turn = `{"role":"user","content":"The pump in hall two stops after \"ten\" minutes.\nWhat would you look at first, and why? 한국어로도 알려 주세요."},`
	turns := strings.Repeat(turn, max(1, (size-130)/len(turn)))
	return fmt.Appendf(nil, `{"model":"auto","messages":[%s],"temperature":0,"max_tokens":500,"stream":true,"user":"u-17","seed":7}`, strings.TrimSuffix(turns, ","))
}

var sizes = map[string]int{"1KB": 1 << 10, "16KB": 16 << 10, "160KB": 160 << 10}

// BenchmarkQuestion is what the cache costs a request: its key. BenchmarkSHA256 is the part
// of it that cannot be less.
func BenchmarkQuestion(b *testing.B) {
	for name, size := range sizes {
		b.Run(name, func(b *testing.B) {
			body := chatOf(size)
			req, err := llmapi.Read(routing.OpenAIChat, body)
			if err != nil {
				b.Fatal(err)
			}
			req.Who = alice
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if _, why := rules.Question(&req, "auto", cache.Control{}); why != "" {
					b.Fatal(why)
				}
			}
		})
	}
}

func BenchmarkSHA256(b *testing.B) {
	for name, size := range sizes {
		b.Run(name, func(b *testing.B) {
			body := chatOf(size)
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				sha256.Sum256(body)
			}
		})
	}
}

// BenchmarkAnswer is what a hit costs: as it was stored, without the usage, converted.
func BenchmarkAnswer(b *testing.B) {
	plain := &cache.Entry{API: routing.OpenAIChat, Body: []byte(plainAnswer)}
	stream, _, _ := plain.Answer(true, true)
	streamed := &cache.Entry{API: routing.OpenAIChat, Stream: true, Body: stream}
	for name, c := range map[string]struct {
		entry         *cache.Entry
		stream, usage bool
	}{
		"as stored":     {streamed, true, true},
		"without usage": {streamed, true, false},
		"to a stream":   {plain, true, true},
		"to a body":     {streamed, false, true},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, ok := c.entry.Answer(c.stream, c.usage); !ok {
					b.Fatal("no answer")
				}
			}
		})
	}
}

// BenchmarkMemory is a look at the store in this process, found and not found.
func BenchmarkMemory(b *testing.B) {
	m, err := cache.NewMemory(64 << 20)
	if err != nil {
		b.Fatal(err)
	}
	_ = m.Put(b.Context(), "there", &cache.Entry{}, rules.TTL)
	for _, key := range []string{"there", "not there"} {
		b.Run(key, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = m.Get(b.Context(), key)
			}
		})
	}
}
