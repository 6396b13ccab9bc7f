package language

import (
	"testing"
)

func TestStanding(t *testing.T) {
	tests := []struct {
		name  string
		turns []string
		want  string
	}{
		{"nothing", []string{"How does a mill work?", "And in winter?"}, ""},
		{"from now on", []string{"From now on answer in Korean.", "How does a mill work?"}, "ko"},
		{"from now on, in Korean", []string{"앞으로 영어로만 대답해줘", "물레방아는 어떻게 돌아가?"}, "en"},
		{"from now on, in the prompts' own language", []string{"앞으로 한국어로만 대답해줘", "물레방아는 어떻게 돌아가?"}, "ko"},
		{"translation", []string{"Translate everything I write into French.", "The mill stands still."}, Unclear},
		{"speaking", []string{"I'm learning Spanish. Please speak only Spanish with me.", "I went to the mill."}, "es"},
		{"German", []string{"Antworte ab jetzt bitte auf Englisch.", "Wie funktioniert eine Mühle?"}, "en"},
		{"Chinese", []string{"以后请用英语回答我的所有问题", "水车是怎么工作的？"}, "en"},
		{"Japanese", []string{"これからは英語で答えてください", "水車はどう動きますか"}, "en"},
		{"a language that has no code here", []string{"Reply in Swahili from now on.", "How does a mill work?"}, Unclear},
		{"two languages", []string{"Answer in Korean.", "How is that called by the German millers?"}, Unclear},
		{"mentioned only", []string{"Who was the best French miller?", "And when did he live?"}, "fr"},

		{"back to English", []string{"Speak only Korean with me.", "OK, English again please.", "How does a mill work?"}, "en"},
		{"back to Korean", []string{"이제부터 영어로 말해줘", "다시 한국어로 해줘", "물레방아는 어떻게 돌아가?"}, "ko"},
		{"no more translation", []string{"Translate what I write.", "Stop translating now.", "How does a mill work?"}, ""},
		{"no more Korean", []string{"From now on answer in Korean.", "No more Korean, thanks.", "How does a mill work?"}, ""},
		{"no more of another", []string{"From now on answer in Korean.", "Stop at the first French word that you do not know."}, Unclear},
		{"again after all", []string{"Answer in Korean.", "English again.", "Now in Korean again.", "How does a mill work?"}, "ko"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var s Standing
			for _, turn := range tt.turns {
				s.Hear([]byte(turn))
			}
			if got := s.Language(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestOf(t *testing.T) {
	for _, n := range names[1:] {
		if got := Of(n.code); got.code() != n.code || got == Change {
			t.Errorf("%s: got the set of %q", n.code, got.code())
		}
	}
	if got := Of("xx"); got != 0 {
		t.Errorf("an unknown language: got %b", got)
	}
}
