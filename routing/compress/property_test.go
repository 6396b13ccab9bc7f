package compress

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"sluice/routing"
	"sluice/routing/llmapi"
)

// scraps are what random texts are made of; no greeting among them.
var scraps = []string{
	"Some words", "some more.\n", " here.\n\n\n", "It is. \n", "Is it? \t\n", "\n \n\n",
	"질문 있어요. ", "이것은 무엇인가요? \n", "\n\n\n",
	"\n", " ", " ", "  ", "\t", "\r\n", "    ", "Some words", "some more", "a", "B", "ERROR x", "It is so.", "질문 있어요", "왜?",
	"```", "````", "~~~", "`", "``", "|", "{", "}", "<b>", "<", "=", ":", "key: v", "x;", "; ", ",", ".", "1", "12:30", "- ", "--", "(", " (", ")", "\"", "'", "\\", "/", "\\n", "\\t",
	"é", "😀", "│", "　", "\u00a0", "\x01", "```go\nx = 1 \n\n\n\ny\n```\n", "| a | b |\n", "    code \n", "%", "!", "?", "-", "_",
}

// scribble makes up a text: half of them are nearly all prose.
func scribble(random *rand.Rand) string {
	from, odd := scraps, 1
	if random.IntN(2) == 0 {
		from, odd = scraps[:9], 12
	}
	var b strings.Builder
	for range random.IntN(16) {
		if random.IntN(odd) == 0 {
			b.WriteString(scraps[random.IntN(len(scraps))])
		} else {
			b.WriteString(from[random.IntN(len(from))])
		}
	}
	return b.String()
}

func TestSafeIsReference(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 9))
	changed := 0
	for range 10_000 {
		in := scribble(random)
		want := reference(in)
		if got := shorten(t, in); got != want {
			t.Fatalf("%q became %q, want %q", in, got, want)
		}
		if want != in {
			changed++
		}
	}
	if changed < 1_000 {
		t.Errorf("only %d texts changed", changed)
	}
}

// checkSafe proves of one body that safe changes nothing but texts it may, those as the
// reference does, and nothing the second time.
func checkSafe(t *testing.T, body []byte) (changed bool) {
	t.Helper()
	req, err := llmapi.Read(routing.AnthropicMessages, body)
	if err != nil {
		return false
	}
	edits, saved := Edits(Safe, &req, body)
	if saved < 0 || saved > 0 && len(edits) == 0 {
		t.Fatalf("%s: saved %d tokens by %d edits", body, saved, len(edits))
	}
	if odd.Match(body) || !utf8.Valid(body) {
		return len(edits) > 0 // the reference does not see how a text is spelt
	}
	out := body
	if len(edits) > 0 {
		out = llmapi.Apply(slices.Clone(body), edits...)
	}
	var want, got any
	if err := json.Unmarshal(body, &want); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%s became %s: %v", body, out, err)
	}
	expect(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("%s became %s (-want +got):\n%s", body, out, diff)
	}
	if again, _ := Edits(Safe, &req, out); len(again) > 0 {
		t.Fatalf("%s became %s, and changes again: %v", body, out, again)
	}
	return len(edits) > 0
}

// conversation makes up a body of n messages; every beginning of it is that of the
// conversation's earlier requests.
func conversation(t testing.TB, random *rand.Rand, n int) []string {
	out := make([]string, n)
	starts := []string{"", "", "", "Hi! ", "Hi, Hi, ", "Hello. ", "Hello\n\n", "안녕하세요, ", "안녕하세요 안녕하세요! ", "Hi "}
	text := func() string {
		raw := quote(t, starts[random.IntN(len(starts))]+scribble(random))
		return `"` + string(raw) + `"`
	}
	for i := range out {
		switch random.IntN(10) {
		case 0:
			out[i] = `{"role":"assistant","content":` + text() + `}`
		case 1:
			out[i] = `{"role":"user","content":[{"type":"text","text":` + text() + `},{"type":"image","source":{"data":` + text() + `}}]}`
		case 2:
			out[i] = `{"content":[{"text":` + text() + `,"type":"text"}, {"type":"text","text":` + text() + `}],"role":"user"}`
		case 3:
			out[i] = `{"role":"system","content":` + text() + `}`
		default:
			out[i] = `{"role":"user","content":` + text() + `}`
		}
	}
	return out
}

func wrap(messages []string) []byte {
	return []byte(`{"model":"auto","messages":[` + strings.Join(messages, ", ") + `],"max_tokens":9}`)
}

func TestSafeProtects(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 3))
	changed := 0
	for range 2_000 {
		messages := conversation(t, random, 1+random.IntN(6))
		if mark := random.IntN(8); mark < len(messages) {
			messages[mark] = `{"role":"user","content":[{"type":"text","text":"A b \nc d.","cache_control":{"type":"ephemeral"}}]}`
		}
		if checkSafe(t, wrap(messages)) {
			changed++
		}
	}
	if changed < 500 {
		t.Errorf("only %d bodies changed", changed)
	}
}

// TestHistoryChangesAlike shows that the messages of a request look the same in every later
// request of its conversation, so that what a provider has cached of them still serves.
func TestHistoryChangesAlike(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 4))
	changed := 0
	for range 1_000 {
		messages := conversation(t, random, 6)
		before := ""
		for n := 1; n <= len(messages); n++ {
			body := string(wrap(messages[:n]))
			got, _ := edited(t, Safe, routing.AnthropicMessages, body)
			if got != body {
				changed++
			}
			got = strings.TrimSuffix(got, `],"max_tokens":9}`)
			if !strings.HasPrefix(got, before) {
				t.Fatalf("turn %d begins otherwise than the one before:\n%s\n%s", n, got, before)
			}
			before = got
		}
	}
	if changed < 1_000 {
		t.Errorf("only %d bodies changed", changed)
	}
}

func FuzzEdits(f *testing.F) {
	random := rand.New(rand.NewPCG(6, 6))
	for range 20 {
		f.Add(wrap(conversation(f, random, 3)))
	}
	f.Add([]byte(`{"messages":[{"role":"user","content":"a\n\n\n`))
	f.Fuzz(func(t *testing.T, body []byte) {
		// Whatever the bytes are, the walk ends within them.
		for _, mode := range []Mode{Safe, BySpec} {
			edits, _ := Edits(mode, &routing.Request{API: routing.OpenAIChat}, body)
			for _, e := range edits {
				if e.Start < 0 || e.End < e.Start || e.End > len(body) {
					t.Fatalf("edit %v of %d bytes", e, len(body))
				}
			}
		}
		// A message of an unusual shape may be left alone; what is changed must be right.
		if edits, _ := Edits(Safe, &routing.Request{API: routing.OpenAIChat}, body); len(edits) > 0 {
			checkSafe(t, body)
		}
	})
}
