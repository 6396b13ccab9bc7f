package verdict

import (
	"fmt"
	"strings"
	"testing"
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
		{"chorus", paragraph + strings.Repeat("Row, row, row your boat, gently down the stream. ", 4), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := repeats(strings.TrimSpace(tt.text)); got != tt.want {
				t.Errorf("got %v", got)
			}
		})
	}
}
