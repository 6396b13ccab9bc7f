package verdict

import (
	"fmt"
	"strings"
	"testing"

	"sluice/routing"
)

func TestRepeats(t *testing.T) {
	lines := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i, i*i%97, i%7)
		}
		return b.String()
	}
	paragraph := "The river rose in the night and took the bridge with it. In the morning the miller stood at the bank, counted his sacks and found that three were gone. He said nothing, walked home along the dike and told nobody what he had seen there. "
	tests := []struct {
		name string
		text string
		want bool
	}{
		{"word", "It is very " + strings.Repeat("very ", 150), true},
		{"syllable", strings.Repeat("가", 300), true},
		{"phrase", "The end. " + strings.Repeat("I do not know what to say. ", 30), true},
		{"phrase, Korean", strings.Repeat("더 많은 것을 알기 위해 ", 30), true},
		{"digits", "7.0" + strings.Repeat("0", 900), true},
		{"line", strings.Repeat("- check the cable\n", 60), true},
		{"paragraph", strings.Repeat(paragraph, 40), true},
		{"near repetition", strings.Repeat("a blue cup, a red cup, a cup, ", 12) + strings.Repeat("a red cup, a blue cup, ", 15), true},
		{"loop after a long answer", lines(300, "%d. Item %d costs %d.\n") + strings.Repeat("and so on, ", 60), true},

		{"short", strings.Repeat("la ", 30), false},
		{"prose", paragraph + "Years later a child asked him about the bridge, and he told the story as if another had lived it.", false},
		{"paragraph said twice", paragraph + paragraph, false},
		{"list", lines(200, "%d. Item %d costs %d.\n"), false},
		{"table", "| n | square | day |\n|---|---|---|\n" + lines(200, "| %d | %d | %d |\n"), false},
		{"code", lines(100, "\tcase %d:\n\t\treturn lookup(%d, %d)\n"), false},
		{"zeros", "```\n" + strings.Repeat("["+strings.Repeat("0, ", 29)+"0],\n", 30) + "```\n", false},
		{"JSON lines", lines(150, `{"id": %d, "score": %d, "active": true, "day": %d}`+"\n"), false},
		{"rule at the end", paragraph + "\n" + strings.Repeat("-", 80), false},
		{"one character", "The mill stands" + strings.Repeat("!", 120), true},
		{"one letter", "The mill stands stilllll" + strings.Repeat("l", 120), true},
		{"one Korean letter", "물레방아 " + strings.Repeat("ㅋ", 120), true},
		{"a word", strings.Repeat("the ", 40), true},
		{"a word, Korean", strings.Repeat("강물이 ", 40), true},
		{"a line", strings.Repeat("Check the cable of the pump.\n", 14), true},
		{"a line that is cut off", strings.Repeat("Check the cable of the pump.\n", 14) + "Check the", true},

		{"laughter", "물레방아 " + strings.Repeat("ㅋ", 30), false},
		{"a shout", "N" + strings.Repeat("o", 60), false},
		{"rules", "A\n" + strings.Repeat("=", 120) + "\nB\n" + strings.Repeat("─", 120), false},
		{"rows of a table", "| a | b |\n" + strings.Repeat("| --- | --- |\n", 10), false},
		{"hexadecimal", strings.Repeat("ff 00 ", 60), false},
		{"base64", "iVBORw0KGgo" + strings.Repeat("A", 300), false},
		{"a drawing", strings.Repeat("|##  ##|\n", 20), false},
		{"lines of code", "```\n" + strings.Repeat("\tnop\n", 60) + "```", false},
		{"a list", strings.Repeat("- yes\n- no\n", 8), false},
		{"chorus", paragraph + strings.Repeat("Row, row, row your boat, gently down the stream. ", 4), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := strings.TrimSpace(tt.text)
			if got := repeats(text) || runs(text, true) == Refuses; got != tt.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestAsksForRepetition(t *testing.T) {
	for prompt, want := range map[string]bool{
		"Write the word mill 50 times.":                 true,
		"Say mill a hundred times.":                     true,
		"물레방아를 100번 써 줘":                                true,
		"같은 말을 반복해 줘":                                   true,
		"What does print('ab' * 400) print?":            true,
		"Draw a mill as ASCII art.":                     true,
		"把这个词写五十遍，也就是50遍":                               true,
		"How does a mill work?":                         false,
		"Why was the mill rebuilt 3 times before 1900?": false,
		"List the 12 largest mills.":                    false,
	} {
		if got := Expect(&routing.Request{Prompt: prompt}, "en").Repeats; got != want {
			t.Errorf("%q: got %v", prompt, got)
		}
	}
	j := newJudge(t, nil)
	loop := []byte(openAI(strings.Repeat("mill ", 300), "stop"))
	if _, got := j.Body(routing.OpenAI, &Expectation{Repeats: true, Short: true}, loop); got != "" {
		t.Errorf("asked for: got %q", got)
	}
	if _, got := j.Body(routing.OpenAI, &Expectation{}, loop); got != Repetition {
		t.Errorf("not asked for: got %q", got)
	}
}

// A stream that is nothing but one unit so far is held until it is a loop or something else comes.
func TestStreamLoops(t *testing.T) {
	again := func(piece string, n int) (pieces []string) {
		for range n {
			pieces = append(pieces, piece)
		}
		return pieces
	}
	tests := []struct {
		name   string
		pieces []string
		want   Reason
	}{
		{"one character", again("!", 200), Repetition},
		{"one word", again("the ", 60), Repetition},
		{"words", strings.SplitAfter(strings.Repeat("I do not ", 60), " "), Repetition},
		{"a line", again("Check the pump.\n", 30), Repetition},
		{"a rule, then an answer", append(again("-", 60), "\n", goodText), ""},
		{"a shout, then an answer", append(again("!", 20), " ", goodText), ""},
		{"an answer", strings.SplitAfter(goodText, " "), ""},
	}
	j := newJudge(t, phrases)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := j.Stream(routing.OpenAI, &Expectation{})
			for _, e := range openAIEvents("stop", tt.pieces...) {
				s.Feed([]byte(e))
			}
			if s.End(); s.Reason() != tt.want {
				t.Errorf("got %q, want %q", s.Reason(), tt.want)
			}
		})
	}
}
