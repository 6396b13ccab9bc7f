package answer

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/tiktoken-go/tokenizer"

	"sluice/routing"
)

// agreeTally is how far the estimate may be from the truth, in parts of it. Prose is within
// a tenth, JSON is the worst.
const agreeTally = 0.3

// TestTally streams texts of many kinds in pieces of some size and compares the estimate
// with o200k_base.
func TestTally(t *testing.T) {
	codec, err := tokenizer.Get(tokenizer.O200kBase)
	if err != nil {
		t.Fatal(err)
	}
	paths, err := filepath.Glob("../../tokens/testdata/texts/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatalf("found %d texts: %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			want, err := codec.Count(string(text))
			if err != nil {
				t.Fatal(err)
			}
			m := NewMeter(routing.OpenAIChat, false)
			for rest := []rune(string(text)); len(rest) > 0; {
				n := min(40, len(rest))
				piece, err := json.Marshal(string(rest[:n]))
				if err != nil {
					t.Fatal(err)
				}
				m.Feed(fmt.Appendf(nil, "data: {\"choices\":[{\"delta\":{\"content\":%s}}]}\n\n", piece))
				rest = rest[n:]
			}
			got := m.OutputTokens()
			off := float64(got)/float64(want) - 1
			t.Logf("%d tokens, %d estimated (%+.0f %%)", want, got, 100*off)
			if math.Abs(off) > agreeTally {
				t.Errorf("estimated %d tokens, want %d", got, want)
			}

			plain, escaped := tally{}, tally{}
			bare := strings.NewReplacer(`"`, "", `\`, "").Replace(string(text))
			plain.add([]byte(bare))
			escaped.add([]byte(strings.Trim(strconv.QuoteToASCII(bare), `"`)))
			if a, b := plain.tokens(), escaped.tokens(); math.Abs(float64(a-b)) > 0.05*float64(a) {
				t.Errorf("%d tokens plain, %d where all is escaped", a, b)
			}
		})
	}
}

// TestTallyReads: what a model writes counts, and nothing else.
func TestTallyReads(t *testing.T) {
	letters := func(n int) string { return strings.Repeat("e", n) }
	const each = weightLetter // tokens of a hundred letters
	for _, c := range []struct {
		name string
		api  routing.API
		data string
		want int
	}{
		{"text", routing.OpenAIChat, `{"choices":[{"delta":{"role":"assistant","content":"` + letters(100) + `"}}]}`, each},
		{"two choices", routing.OpenAIChat, `{"choices":[{"delta":{"content":"` + letters(100) + `"}},{"delta" : {"content":"` + letters(100) + `"}}]}`, 2 * each},
		{"reasoning", routing.OpenAIChat, `{"choices":[{"delta":{"content":null,"reasoning_content":"` + letters(100) + `"}}]}`, each},
		{"a call", routing.OpenAIChat, `{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"` + letters(100) + `","function":{"name":"` + letters(50) + `","arguments":"` + letters(50) + `"}}]}}]}`, each},
		{"no text", routing.OpenAIChat, `{"id":"` + letters(100) + `","choices":[{"delta":{},"finish_reason":"stop"}]}`, 0},
		{"one letter", routing.OpenAIChat, `{"choices":[{"delta":{"content":"e"}}]}`, 1},
		{"letters that come one by one", routing.OpenAICompletions, `{"choices":[{"text":"a"},{"text":"b"},{"text":"c"}]}`, 3},
		{"another key", routing.OpenAIChat, `{"choices":[{"xdelta":{"content":"` + letters(100) + `"}}]}`, 0},
		{"a word that is quoted", routing.OpenAIChat, `{"choices":[{"delta":{"content":"\"delta\":\"` + letters(100) + `"}}]}`, each + (5*weightOther+5*weightLetter+99)/100},
		{"completions", routing.OpenAICompletions, `{"choices":[{"text":"` + letters(100) + `","index":0}]}`, each},
		{"Anthropic", routing.AnthropicMessages, `{"type":"content_block_delta","delta":{"type":"text_delta","text":"` + letters(100) + `"}}`, each},
		{"Anthropic: arguments", routing.AnthropicMessages, `{"type":"content_block_delta","delta":{"type":"input_json_delta","partial_json":"` + letters(100) + `"}}`, each},
		{"Anthropic: a signature", routing.AnthropicMessages, `{"type":"content_block_delta","delta":{"type":"signature_delta","signature":"` + letters(100) + `"}}`, 0},
		{"Responses", routing.OpenAIResponses, `{"type":"response.output_text.delta","delta":"` + letters(100) + `"}`, each},
		{"Responses: the same again", routing.OpenAIResponses, `{"type":"response.output_text.done","text":"` + letters(100) + `"}`, 0},
		{"a value like the key", routing.OpenAIResponses, `{"type":"delta","x":"delta","delta":"` + letters(100) + `"}`, each},
		{"cut off", routing.OpenAIResponses, `{"delta":"` + letters(100), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := NewMeter(c.api, false)
			m.Feed([]byte("data: " + c.data + "\n\n"))
			if got := m.OutputTokens(); got != c.want {
				t.Errorf("%d tokens, want %d", got, c.want)
			}
		})
	}
}
