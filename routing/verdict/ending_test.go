package verdict

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestUnfinished(t *testing.T) {
	cut := []string{
		"The river rises in the hills. From there it flows",
		"The river rises in the hills. I hope this helps! If",
		"The river rises in the hills.\nFrom there it flows through three",
		"The total is made of three parts,",
		"Here is what you need:",
		"The result (rounded to two",
		"There were 40 + 16 = <<40+1",
		"There are five left, and 75 -",
		"So that makes 3 + 3 +",
		"The price is the sum of the parts =",
		"Do this:\n\n```go\nfunc main() {\n\tfmt.Println(1)",
		"Do this:\n\n```go",
		"First part.\n\n## Second part\n\nIt is long.\n\n##",
		"1. Open the valve slowly.\n2. Wait for a minute.\n3. Check whether the",
		"- Bring water.\n- Bring bread.\n- Wear shoes that are made for",
		"It has two sides.\n\n**Good**: cheap.\n\n**Bad",
		"She said that “the door",
		"강은 산에서 시작됩니다. 그리고 바다로 흘러가는",
		"강은 산에서 시작됩니다.\n그 뒤에는 들판을 지나 큰 도시를",
		"강은 산에서 시작됩니다.\n따라서 그 물을",
		"다음과 같은 방법이 있습니다:",
		"1. 물을 끓입니다.\n2. 면을 넣습니다.\n3. 스프를 넣고 잘",
		"가격은 다음과 같습니다 (부가세",
		"这条河发源于山区。然后它流过三座大城市和",
	}
	for _, s := range cut {
		if !unfinished(s) {
			t.Errorf("%q: taken for finished", s)
		}
	}
	whole := []string{
		"The river rises in the hills.",
		"Paris",
		"The capital of France is Paris",
		"The river rises in the hills. Have fun! 😊",
		"The river rises in the hills.\n\nBest regards,\nAnna",
		"Each box holds a dozen eggs.\n\n#### 84",
		"Each box holds a dozen eggs.\n\nAnswer: 84 eggs",
		"Each box holds a dozen eggs.\n\nx = 84",
		"**Final answer: 84**",
		"roses are red\nviolets are blue\nthe river is long\nand so is the view",
		"You need:\n- water\n- bread\n- shoes made for walking uphill",
		"1. Open the valve.\n2. Wait for a minute.\n3. Done",
		"Do this:\n\n```go\nfunc main() {}\n```",
		"```go\nfunc main() {}\n```",
		"````markdown\n```go\nfunc main() {}\n```\n````",
		"| a | b |\n|---|---|\n| 1 | 2 |",
		"\\[ x = \\frac{1}{2} \\]",
		"He said: \"I will be there.\"",
		"See the manual (chapter 3)",
		"The page is here. Read it: https://example.com/a/b",
		"One line.\n\n---",
		"강은 산에서 시작됩니다.",
		"강은 산에서 시작됩니다. 그리고 바다로 흘러갑니다",
		"강은 산에서 시작해요. 도움이 되었길 바랄게요~",
		"강은 산에서 시작됩니다.\n\n정답: 바다로 흘러가는 강",
		"강은 산에서 시작됩니다.\n\n감사합니다",
		"준비물:\n- 물\n- 빵\n- 등산화와 모자",
		"물리학은 물질을 연구하는 학문이에요!",
		"这条河发源于山区。",
	}
	for _, s := range whole {
		if unfinished(s) {
			t.Errorf("%q: taken for unfinished", s)
		}
	}
}

func FuzzUnfinished(f *testing.F) {
	f.Add("The river rises in the hills. From there it flows")
	f.Add("```go\nfunc main() {")
	f.Add("1. 물을 끓입니다.\n2. 면을")
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.TrimSpace(s)
		if s == "" || !utf8.ValidString(s) {
			return
		}
		// A full stop on a line of its own ends whatever is outside code.
		if got := unfinished(s + "\n\nIt is done."); got && !strings.Contains(s, "```") && !strings.Contains(s, "~~~") {
			t.Errorf("%q and a whole sentence: taken for unfinished", s)
		}
		if !unfinished(s+"\n\nThis is the first one,") && !strings.Contains(s, "```") {
			t.Errorf("%q and half a sentence: taken for finished", s)
		}
	})
}

func TestLastNewline(t *testing.T) {
	long := strings.Repeat("x", 5000)
	for _, text := range []string{"", "\n", "a", "a\nb", "a\n" + long, long + "\n", long + "\n" + long, long, "\n" + long[:1023], "\n" + long[:1024], "\n\n" + long[:2047]} {
		if got, want := lastNewline(text), strings.LastIndexByte(text, '\n'); got != want {
			t.Errorf("%d of %d bytes, want %d", got, len(text), want)
		}
	}
}
