package verdict

import (
	"slices"
	"strings"
	"testing"

	"sluice/routing"
	"sluice/routing/llmapi"
)

func TestExpectedLanguage(t *testing.T) {
	tests := []struct{ prompt, want string }{
		{"해시 맵이 어떻게 동작하는지 설명해 주세요.", "ko"},
		{"PyTorch로 간단한 CNN을 구현해 줘.", "ko"},
		{"오늘 저녁에 먹을 음식을 추천해줘", "ko"},
		{"한국어에서 사과라는 단어의 뜻을 두 가지 말해 봐.", "ko"},
		{"Explain how a hash map stores its entries.", "en"},
		{"Explain in plain English how a hash map works.", "en"},
		{"Wie funktioniert eine Hashtabelle und wann ist sie langsam?", "de"},
		{"ハッシュマップの仕組みを説明してください。", "ja"},
		{"请解释一下哈希表是如何工作的。", "zh"},
		{"Объясните, пожалуйста, как работает эта таблица и почему поиск в ней такой быстрый.", "ru"},

		{"", ""},
		{"12 * 12 =", ""},
		{"해시 맵을 영어로 설명해 주세요.", ""},
		{"다음 문장을 번역해 주세요: 물은 섭씨 100도에서 끓습니다.", ""},
		{"이 문장을 자연스럽게 고쳐 줘: He go to school every day with his brother", ""},
		{"다음 글을 요약해 주세요.\n" + strings.Repeat("The river rises in the hills and flows to the sea. ", 60), ""},
		{"Summarize this:\n" + strings.Repeat("강은 산에서 시작해서 바다로 흘러갑니다. ", 60), ""},
		{"Translate to French: where is the station?", ""},
		{"Write a poem in Spanish about the sea.", ""},
		{"What does 안녕하세요 mean?", ""},
		{"日本語で自己紹介を書いて、英語でも書いてください。", ""},
		{"Как сказать это по-английски, по-русски я знаю: английский текст", ""},
	}
	for _, tt := range tests {
		if got := Expect(&routing.Request{Prompt: tt.prompt}, "").Language; got != tt.want {
			t.Errorf("%.60q: got %q, want %q", tt.prompt, got, tt.want)
		}
	}
	if got := Expect(&routing.Request{Prompt: "Comment fonctionne une table de hachage ?", System: true}, "fr").Language; got != "" {
		t.Errorf("a system prompt may ask for another language, yet %q is expected", got)
	}
	if got := Expect(&routing.Request{Prompt: "Comment fonctionne une table de hachage ?"}, "fr").Language; got != "fr" {
		t.Errorf("told that it is French: got %q", got)
	}
	if got := Expect(&routing.Request{Prompt: "Schreib es bitte auf Englisch."}, "de").Language; got != "" {
		t.Errorf("asked for English in German: got %q", got)
	}
}

// The language of a conversation: turns of people and answers take turns.
func TestLanguageOfConversation(t *testing.T) {
	const (
		question = "Please tell me how a hash map stores its entries, and when it grows."
		korean   = "해시 맵이 어떻게 항목을 저장하는지 설명해 주세요."
		spanish  = "Las tablas hash guardan sus elementos en cubetas, y cada cubeta contiene los que tienen el mismo valor."
	)
	tests := []struct {
		name  string
		turns []string
		want  string
	}{
		{"one turn", []string{question}, "en"},
		{"all in one language", []string{"Hello!", "Hello, what can I do for you today?", question}, "en"},
		{"all in Korean", []string{"안녕하세요", "안녕하세요! 무엇을 도와드릴까요?", korean}, "ko"},
		{"asked for in an earlier turn", []string{"From now on answer in Korean.", "OK!", question}, ""},
		{"asked for two turns ago", []string{"Translate what I write into Korean.", "Sure, I will translate everything that you write from now on.", "Good morning.", "좋은 아침입니다.", question}, ""},
		{"asked for in Korean", []string{"앞으로 영어로만 대답해줘", "Sure.", korean}, ""},
		{"asked for, the prompt's own", []string{"Answer in English, whatever I write.", "Sure.", question}, "en"},
		{"the last answer is in another script", []string{"Let us talk the way that we always do.", "네, 좋아요! 무엇에 대해 이야기할까요?", question}, ""},
		{"the last answer is in another language", []string{"Let us talk the way that we always do.", spanish, question}, ""},
		{"the last answer is long and in Chinese", []string{"Let us talk the way that we always do.", longChinese + longChinese, question}, ""},
		{"an earlier answer was", []string{"Let us talk.", "네, 좋아요! 무엇에 대해 이야기할까요?", "Sorry?", "Of course, what shall we talk about today?", question}, "en"},
		{"only the thoughts were", []string{"Let us talk.", "<think>\n사용자가 이야기를 하고 싶어 한다.\n</think>\nOf course, what shall we talk about today?", question}, "en"},
		{"taken back", []string{"From now on answer in Korean.", "네, 알겠습니다. 지금부터 한국어로 답하겠습니다.", "OK, English again. " + question}, "en"},
		{"taken back a turn ago", []string{"From now on answer in Korean.", "네, 알겠습니다. 지금부터 한국어로 답하겠습니다.", "OK, English again.", "Sure!", question}, "en"},
		{"taken back, in Korean", []string{"이제부터 영어로 말해줘", "Sure, I will answer in English from now on.", "다시 한국어로 해줘", "네!", korean}, "ko"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var messages []string
			for i, turn := range tt.turns {
				role := "user"
				if i%2 == 1 {
					role = "assistant"
				}
				messages = append(messages, `{"role":"`+role+`","content":`+quote(turn)+`}`)
			}
			for _, api := range []routing.API{routing.OpenAIChat, routing.AnthropicMessages} {
				list := strings.Join(messages, ",")
				req, err := llmapi.Read(api, []byte(`{"model":"auto","messages":[`+list+`]}`))
				if err != nil {
					t.Fatal(err)
				}
				if got := Expect(&req, "").Language; got != tt.want {
					t.Errorf("%v: got %q, want %q", api, got, tt.want)
				}
			}
			told := `{"role":"developer","content":"Write as the reader does."}`
			for _, at := range []int{0, len(messages) - 1} { // a system prompt, and an instruction among the turns
				list := strings.Join(slices.Insert(slices.Clone(messages), at, told), ",")
				req, err := llmapi.Read(routing.OpenAIChat, []byte(`{"model":"auto","messages":[`+list+`]}`))
				if err != nil {
					t.Fatal(err)
				}
				if got := Expect(&req, "").Language; got != "" {
					t.Errorf("an instruction in message %d: got %q", at, got)
				}
			}
		})
	}
}

const (
	longKorean  = "해시 맵은 키의 해시값으로 고른 버킷에 항목을 저장합니다. 그래서 항목이 아무리 많아도 찾는 시간이 거의 같습니다. 버킷이 가득 차면 크기를 두 배로 늘립니다."
	longEnglish = "A hash map stores its entries in buckets that are chosen by the hash of the key. So finding one takes nearly the same time however many there are."
	longSpanish = "Una tabla hash guarda sus elementos en cubetas que se eligen según el valor de la clave, de modo que la búsqueda tarda casi lo mismo siempre."
	longChinese = "哈希表把每个条目存放在由键的哈希值选出的桶里，因此无论条目有多少，查找所需要的时间几乎都是一样的，桶满了以后会把容量扩大一倍再重新分配所有的条目。"
	goCode      = "```go\nfunc sum(numbers []int) (total int) {\n\tfor _, number := range numbers {\n\t\ttotal += number // add each of them up, one after the other\n\t}\n\treturn total\n}\n```\n"
)

func TestLanguageOf(t *testing.T) {
	tests := []struct {
		name, want, text string
		wrong            bool
	}{
		{"Korean in English", "ko", longEnglish, true},
		{"Korean in Chinese", "ko", longChinese, true},
		{"English in Korean", "en", longKorean, true},
		{"English in Chinese", "en", longChinese, true},
		{"Spanish in English", "es", longEnglish, true},
		{"Korean around code, in English", "ko", longEnglish + "\n\n" + goCode, true},
		{"quoting the question", "ko", "The word 사과 means an apple, and it also means an apology that one makes. " + longEnglish, true},

		{"Korean", "ko", longKorean, false},
		{"English", "en", longEnglish, false},
		{"Spanish", "es", longSpanish, false},
		{"Chinese", "zh", longChinese, false},
		{"code alone", "ko", goCode, false},
		{"code and Korean", "ko", goCode + longKorean, false},
		{"code without a fence", "ko", strings.Trim(goCode, "`go\n") + "\n이 함수는 합을 구합니다.", false},
		{"a name", "ko", "Johann Sebastian Bach", false},
		{"a formula", "ko", "\\[ \\text{area} = \\frac{\\text{base} \\times \\text{height}}{2} \\]", false},
		{"Korean with English terms", "ko", "PyTorch의 DataLoader는 Dataset에서 batch 단위로 데이터를 가져옵니다. shuffle과 num_workers 옵션을 쓸 수 있습니다.", false},
		{"figures", "ko", "1, 2, 3, 5, 8, 13, 21, 34", false},
		{"empty", "ko", "", false},
	}
	j := newJudge(t, nil)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := Complies
			if tt.wrong {
				want = Refuses
			}
			if got := languageOf(j.model, tt.want, tt.text, true); got != want {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

// A finding about a beginning is final, and does not keep a stream waiting for long.
func TestLanguageOfBeginnings(t *testing.T) {
	j := newJudge(t, nil)
	for _, text := range []string{longKorean, longEnglish, longSpanish, longChinese, goCode + longKorean} {
		for _, want := range []string{"ko", "en", "es"} {
			final := Open
			for i := range text {
				got := languageOf(j.model, want, text[:i], false)
				if final != Open && got != final {
					t.Fatalf("%s: was %v, is %v after %q", want, final, got, text[:i])
				}
				final = got
			}
			if final == Open {
				t.Errorf("%s: still open after %q", want, text)
			}
		}
	}
}
