package answer

import (
	"testing"
)

func TestThoughts(t *testing.T) {
	const said = "The river rises in the hills."
	tests := []struct {
		name, text string
		want       string // the text without thoughts
		open       bool
	}{
		{"none", said, said, false},
		{"think", "<think>\nHm, which one?\n</think>\n\n" + said, "\n\n" + said, false},
		{"without line feeds", "<think>Hm</think>" + said, said, false},
		{"after white space, in capitals", "\n <THINK>Hm\n</THINK>" + said, said, false},
		{"none were needed", "<think>\n\n</think>\n\n" + said, "\n\n" + said, false},
		{"twice", "<think>a</think>\n<think>\nb\n</think>\n" + said, "\n" + said, false},
		{"thinking", "<thinking>Hm</thinking> " + said, " " + said, false},
		{"thought", "<thought>\nHm\n</thought>\n" + said, "\n" + said, false},
		{"reasoning", "<reasoning>Hm</reasoning>" + said, said, false},
		{"Seed", "<seed:think>Hm</seed:think>" + said, said, false},
		{"Magistral", "[THINK]Hm[/THINK]" + said, said, false},
		{"Kimi", "◁think▷Hm◁/think▷" + said, said, false},
		{"OpenThinker", "<|begin_of_thought|>\nHm\n<|end_of_thought|>\n\n<|begin_of_solution|>" + said, said, false},
		{"Command", "<|START_THINKING|>Hm<|END_THINKING|><|START_RESPONSE|>" + said, said, false},
		{"Gemma", "<|channel>thought\nHm<channel|>" + said, said, false},
		{"gpt-oss", "<|channel|>analysis<|message|>Hm<|end|><|start|>assistant<|channel|>final<|message|>" + said, said, false},
		{"gpt-oss without thoughts", "<|channel|>final<|message|>" + said, said, false},
		{"the opening mark is in the prompt", "Okay, which one?\nThat one.\n</think>\n\n" + said, "\n\n" + said, false},
		{"the same at the end of a line", "Okay, that one.</think>\n\n" + said, "\n\n" + said, false},
		{"the same, Magistral", "Okay, that one.[/THINK]\n" + said, "\n" + said, false},
		{"the same without thoughts", "</think>\n\n" + said, "\n\n" + said, false},

		{"not closed", "<think>\nHm, which one? " + said, "", true},
		{"not closed, gpt-oss", "<|channel|>analysis<|message|>Hm", "", true},
		{"closed and no answer", "<think>\nHm\n</think>\n", "\n", false},
		{"a part of the mark", "<thi", "<thi", true},
		{"a part of the second mark", "<think>a</think>\n<th", "\n<th", true},
		{"another tag", "<table>", "<table>", false},

		{"a sentence about the mark", "<think> is a tag that some models write.", "<think> is a tag that some models write.", false},
		{"a sentence about both", "<think> and </think> are tags that some models write.", "<think> and </think> are tags that some models write.", false},
		{"in the middle", "Models write <think>\nHm\n</think>\nbefore they answer.", "Models write <think>\nHm\n</think>\nbefore they answer.", false},
		{"as code", "`<think>` begins a thought and `</think>` ends it.", "`<think>` begins a thought and `</think>` ends it.", false},
		{"in a block of code", "```xml\n<think>\nHm\n</think>\n```", "```xml\n<think>\nHm\n</think>\n```", false},
		{"only the closing mark in a block of code", "Close it:\n```xml\n</think>\n```\nThat is all.", "Close it:\n```xml\n</think>\n```\nThat is all.", false},
		{"the closing mark within a sentence", "Do not forget the </think> at the end.", "Do not forget the </think> at the end.", false},
		{"a list", "[1, 2]", "[1, 2]", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := Response{Text: tt.text}
			got, open := a.Said()
			if got != tt.want || open != tt.open {
				t.Errorf("got %q, %v", got, open)
			}
		})
	}
}

// FuzzThoughts: no thoughts follow the thoughts that were found, and what is open has no answer.
func FuzzThoughts(f *testing.F) {
	f.Add("<think>\nHm\n</think>\n\nThe answer.")
	f.Add("[THINK]a[/THINK]b")
	f.Add("◁think▷a◁/think▷b")
	f.Add("<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>b")
	f.Add("a\n</think>\nb")
	f.Fuzz(func(t *testing.T, text string) {
		n, open := Thoughts(text)
		if n < 0 || n > len(text) {
			t.Fatalf("%d of %d bytes", n, len(text))
		}
		if again, more := Thoughts(text[n:]); n > 0 && !open && again > 0 && !more && again != loneClosing(text[n:]) {
			t.Fatalf("%q: thoughts follow thoughts", text[n:])
		}
	})
}
