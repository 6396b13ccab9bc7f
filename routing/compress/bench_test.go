package compress

import (
	"fmt"
	"strings"
	"testing"

	"sluice/routing"
	"sluice/routing/llmapi"
)

// BenchmarkEdits measures bodies of prose in one message, in which nothing goes, and with
// a blank at the end of every line.
func BenchmarkEdits(b *testing.B) {
	const line = "The quick brown fox says that it would rather not jump today, and goes home."
	for _, kind := range []struct{ name, line string }{
		{"kept", line + " "},
		{"cut", line + ` \n`},
	} {
		for _, size := range []int{1 << 10, 160 << 10, 4 << 20} {
			body := []byte(`{"model":"auto","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"` +
				strings.Repeat(kind.line, size/len(kind.line)) + `"}]}`)
			req, err := llmapi.Read(routing.OpenAIChat, body)
			if err != nil {
				b.Fatal(err)
			}
			b.Run(fmt.Sprintf("%s/%dKB", kind.name, size>>10), func(b *testing.B) {
				b.SetBytes(int64(len(body)))
				b.ReportAllocs()
				for b.Loop() {
					Edits(BySpec, &req, body)
				}
			})
		}
	}
}
