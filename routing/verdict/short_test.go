package verdict

import (
	"strings"
	"testing"
)

func TestExpectShort(t *testing.T) {
	long := strings.Repeat("The shop sells bread, milk and cheese on weekdays. ", 60)
	tests := []struct {
		prompt string
		tokens int
		want   bool
	}{
		{"Explain how a hash map works.", 0, false},
		{"Explain how a hash map works.", 8, true},
		{"Explain how a hash map works.", 256, false},
		{"Is Pluto a planet?", 0, true},
		{"Does Go have generics?", 0, true},
		{"Is Pluto a planet? Explain why the definition was changed.", 0, false},
		{"Can you write a story about a miller?", 0, false},
		{"Could you help me with my essay?", 0, false},
		{"How many legs does a spider have?", 0, true},
		{"Who wrote Faust?", 0, true},
		{"How do I reverse a list?", 0, false},
		{"What is a monad?", 0, false},
		{"12 * 13 = ?", 0, true},
		{"What's 17+25?", 0, true},
		{"Answer with only the letter.", 0, true},
		{"What is the largest ocean? Reply in one word.", 0, true},
		{"Classify the sentiment of this review: I liked it.", 0, true},
		{long + "Is the shop open on Sunday? Answer yes or no.", 0, true},
		{"Answer in a single word. " + long, 0, true},
		{long, 0, false},
		{"", 0, false},
		{"Write a poem about the sea.", 0, false},
		{"The deploy failed at 12:30, please find out what happened", 0, false},

		{"해시 맵이 어떻게 동작하는지 설명해 주세요.", 0, false},
		{"고래는 물고기인가요?", 0, true},
		{"한국의 수도는?", 0, true},
		{"거미 다리는 몇 개야?", 0, true},
		{"숫자만 답해.", 0, true},
		{"이 문장의 감정을 긍정 또는 부정으로 분류해 줘.", 0, true},
		{"한 단어로 답해 주세요: 가장 큰 바다는?", 0, true},
		{"왜 하늘은 파란색인가요?", 0, false},
		{"바다에 관한 시를 써 줘.", 0, false},
		{"이 코드가 왜 느린지 알려줄 수 있나요?", 0, false},
	}
	for _, tt := range tests {
		first, last := promptEnds(tt.prompt)
		if got := expectShort(first, last, tt.tokens, promptWords.Find(first)|promptWords.Find(last)); got != tt.want {
			t.Errorf("%.60q, %d tokens: got %v", tt.prompt, tt.tokens, got)
		}
	}
}
