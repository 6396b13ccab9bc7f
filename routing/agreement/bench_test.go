package agreement

import (
	"strings"
	"testing"

	"sluice/routing"
)

func BenchmarkOf(b *testing.B) {
	for name, prompt := range map[string]string{
		"chat":    "Tell me about rivers, and how they find their way to the sea.",
		"essay":   strings.Repeat("All rivers run into the sea, yet the sea is not full. ", 600),
		"answers": strings.Repeat("The answer to the number of rivers is only just true, not false: output no JSON. ", 600),
		"problem": "A train has 12 cars with 30 seats each, and 17 people stand. How many people are on it?",
	} {
		b.Run(name, func(b *testing.B) {
			r := &routing.Request{Prompt: prompt}
			b.ReportAllocs()
			for b.Loop() {
				Of(r)
			}
		})
	}
}

func BenchmarkFinal(b *testing.B) {
	text := "```json\n{\"reasoning\": \"" + strings.Repeat("Twelve cars have thirty seats each. ", 40) + "\", \"answer\": \"377 people\"}\n```"
	f := Form{Kind: JSON}
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := f.Text(text); !ok {
			b.Fatal("no answer")
		}
	}
}
