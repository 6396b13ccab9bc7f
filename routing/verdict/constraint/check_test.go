package constraint

import (
	"math/rand/v2"
	"strings"
	"testing"
)

func repeated(s string, n int) string { return strings.TrimSpace(strings.Repeat(s+" ", n)) }

// answers to prompts, and the kind of the constraint that each breaks, "" for none.
var answers = []struct {
	prompt, answer string
	want           Kind
}{
	{"Explain tea in at most 50 words.", repeated("word", 50), ""},
	{"Explain tea in at most 50 words.", repeated("word", 54), ""}, // who counts loosely allows it
	{"Explain tea in at most 50 words.", repeated("word", 60), Words},
	{"Explain tea in at most 50 words.", "1. " + repeated("- word", 50), ""},
	{"Explain tea in at most 50 words.", repeated("well-known", 50), ""},
	{"Explain tea in at most 50 words.", "```\n" + repeated("word", 90) + "\n```", ""},
	{"Explain tea in 50 words.", repeated("word", 60), ""},
	{"Explain tea in 50 words.", repeated("word", 90), Words},
	{"Write at least 100 words about tea.", repeated("word", 60), Words},
	{"Write at least 100 words about tea.", repeated("word", 96), ""},
	{"Write at least 100 words about tea.", repeated("re-word-ed", 60), ""},
	{"Explain tea in at most 50 words.", strings.Repeat("茶は世界中で飲まれています。", 40), ""}, // no spaces to count by
	{"Limit your answer to 100 characters.", strings.Repeat("abcde", 25), Characters},
	{"Limit your answer to 100 characters.", strings.Repeat("ab ", 40), ""},

	{"Answer in one sentence. What is tea?", "Tea is a drink made from leaves, e.g. of Camellia sinensis, by Mr. Smith at 5 p.m. in the U.S. today.", ""},
	{"Answer in one sentence. What is tea?", "Tea is a drink. It is made from leaves.", Sentences},
	{"Answer in one sentence. What is tea?", "Tea is a drink (see p. 5).", ""},
	{"Answer in one sentence. What is tea?", "**Tea** is version 2.5 of water!", ""},
	{"Summarize the plot in exactly two sentences.", "A mill closes.", Sentences},
	{"Summarize the plot in exactly two sentences.", "A mill closes; the town mourns.", ""},
	{"Summarize the plot in exactly two sentences.", "A mill closes. The town mourns.", ""},
	{"Summarize the plot in exactly two sentences.", "A mill closes. The town mourns. Then it burns.", Sentences},

	{"List the benefits of tea in exactly three bullets.", "- warm\n- cheap\n- good", ""},
	{"List the benefits of tea in exactly three bullets.", "Here they are:\n\n* warm\n  * in winter\n* cheap\n* good\n\nEnjoy!", ""},
	{"List the benefits of tea in exactly three bullets.", "1. warm\n2. cheap\n3. good", ""},
	{"List the benefits of tea in exactly three bullets.", "• **Warm**: in winter\n\n• **Cheap**: always\n\n• **Good**: often", ""},
	{"List the benefits of tea in exactly three bullets.", "- warm\n- cheap\n- good\n- green\n- black\n- white\n- old", Items},
	{"Use at most five bullets. What should I pack?", "- a\n- b\n- c\n- d\n- e\n- f\n- g\n- h", Items},

	{"Write a poem about rain in at most 4 lines.", "Rain\n\nfalls\non\nthe mill", ""},
	{"Write a poem about rain in at most 4 lines.", "Rain\nfalls\non\nthe\nold\nmill", Lines},
	{"Write a poem about rain in at most 4 lines.", "**Rain**\n\nIt\nfalls\non\nus", ""},
	{"Tell me about mills in no more than 2 paragraphs.", "# Mills\n\nOne.\n\nTwo.", ""},
	{"Tell me about mills in no more than 2 paragraphs.", "One.\n\nTwo:\n\n- a\n\n- b\n\nThree.\n\nFour.", Paragraphs},

	{"Is Pluto a planet? Answer yes or no.", "No, since 2006 it is a dwarf planet.", ""},
	{"Is Pluto a planet? Answer yes or no.", "**NO**", ""},
	{"Is Pluto a planet? Answer yes or no.", "It depends on whom you ask; astronomers have argued about this for years.", YesNo},
	{"Is Pluto a planet? Answer only yes or no.", "No.", ""},
	{"Is Pluto a planet? Answer only yes or no.", "The answer is: no.", ""},
	{"Is Pluto a planet? Answer only yes or no.", "No, since 2006 it is called a dwarf planet by astronomers.", YesNo},
	{"고래는 물고기인가요? 예/아니오로만 답하세요.", "아니요", ""},
	{"고래는 물고기인가요? 예/아니오로만 답하세요.", "아닙니다.", ""},
	{"고래는 물고기인가요? 예/아니오로만 답하세요.", "고래는 포유류에 속하는 동물로 새끼를 낳아 젖을 먹여 기릅니다.", YesNo},
	{"What is the largest ocean? Answer in one word.", "The Pacific.", ""},
	{"What is the largest ocean? Answer in one word.", "It is the Pacific Ocean, by far.", Words},
	{"How many legs has a spider? Reply with just the number.", "Eight", ""},
	{"How many legs has a spider? Reply with just the number.", "8 legs", ""},
	{"How many legs has a spider? Reply with just the number.", "Spiders are arachnids and have 8 legs in all.", Number},
	{"How many legs has a spider? Reply with just the number.", "Many legs", Number},
	{"Answer with only the letter of the correct option. A) red B) blue", "B) blue", ""},
	{"Answer with only the letter of the correct option. A) red B) blue", "Let me look at the options one after the other: A is", Letter},

	{"Respond in JSON.", "The name is Ada and the age is 36.", JSON},
	{"Respond in JSON.", "Here you are: {\"name\": \"Ada\"}", ""},
	{"Tell me about mills. Do not use commas.", "Mills grind wheat, corn and rye.", NoCommas},
	{"Tell me about mills. Do not use commas.", "There are 1,200 mills.", ""},
	{"Write your entire response in all caps. What is tea?", "TEA IS A DRINK (25 °C).", ""},
	{"Write your entire response in all caps. What is tea?", "Tea is a drink made from leaves.", Upper},
	{"Answer in lowercase letters only. What is tea?", "tea is a drink made from leaves.", ""},
	{"Answer in lowercase letters only. What is tea?", "Tea Is A Drink. It Is Made From Leaves.", Lower},

	{"Describe the sea. Include the word \"salt\".", "Its water is Salty.", ""},
	{"Describe the sea. Include the word \"salt\".", "It is wide and blue.", Include},
	{"Describe the sea. Include the phrase \"wide open\".", "It is wide\nopen.", ""},
	{"Describe the sea. Do not use the word \"can\".", "It is a candle in a canyon.", ""},
	{"Describe the sea. Do not use the word \"can\".", "It can roar.", Avoid},
	{"바다를 묘사하되 \"사과\"라는 단어를 쓰지 마세요.", "사과드립니다. 바다는 넓습니다.", ""},
	{"바다를 묘사하되 \"사과\"라는 단어를 쓰지 마세요.", "바다에 사과가 떠 있습니다.", Avoid},
	{"'소금'이라는 단어를 포함해서 바다를 묘사해 주세요.", "바다는 소금기가 많습니다.", ""},
	{"'소금'이라는 단어를 포함해서 바다를 묘사해 주세요.", "바다는 넓습니다.", Include},
	{"Start your answer with \"Indeed,\". What is tea?", "**Indeed**, it is a drink.", ""},
	{"Start your answer with \"Indeed\". What is tea?", "Well, it is a drink.", Begin},
	{"Who are you? End your response with the phrase \"Is there anything else?\"", "I am a mill. Is there anything else", ""},
	{"Who are you? End your response with the phrase \"Is there anything else?\"", "I am a mill.", End},
	{"광합성을 50자 이내로 설명해 주세요.", strings.Repeat("가나다라", 12), ""},
	{"광합성을 50자 이내로 설명해 주세요.", strings.Repeat("가나다라", 20), Characters},
	{"광합성이 무엇인지 한 문장으로 설명해 줘.", "식물은 빛으로 양분을 만듭니다.", ""},
	{"광합성이 무엇인지 한 문장으로 설명해 줘.", "식물은 빛을 씁니다. 그리고 양분을 만듭니다.", Sentences},
}

func TestBroken(t *testing.T) {
	for _, tt := range answers {
		list := Read(tt.prompt, "")
		if len(list) == 0 {
			t.Errorf("%q: nothing to check", tt.prompt)
			continue
		}
		got := Kind("")
		if c := Broken(list, tt.answer, true); c != nil {
			got = c.Kind
		}
		if got != tt.want {
			t.Errorf("%q\n%q: got %q, want %q", tt.prompt, tt.answer, got, tt.want)
		}
	}
}

// TestBrokenEarly: what is given up by its beginning is given up as a whole, too, whatever
// follows.
func TestBrokenEarly(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	early := 0
	for _, tt := range answers {
		list := Read(tt.prompt, "")
		for range 20 {
			n := random.IntN(len(tt.answer) + 1)
			if c := Broken(list, tt.answer[:n], false); c != nil {
				early++
				if Broken(list, tt.answer, true) == nil {
					t.Errorf("%q\n%q breaks %s, but the whole answer does not", tt.prompt, tt.answer[:n], c.Kind)
				}
			}
		}
	}
	if early == 0 {
		t.Error("nothing was given up early")
	}
}

func TestOpen(t *testing.T) {
	for _, tt := range []struct {
		prompt, text string
		want         bool
	}{
		{"Answer only yes or no.", "", true},
		{"Answer only yes or no.", "No", true},
		{"Answer in one word.", "Tea", true},
		{"Answer yes or no.", "It depends", false},
		{"Explain tea in at most 50 words.", "Tea", false},
		{"Start your answer with \"Yes\".", "Ye", true},
		{"Start your answer with \"Yes\".", "Yes,", true},
		{"Start your answer with \"Yes\".", "Yes, it is.", false},
	} {
		if got := Open(Read(tt.prompt, ""), tt.text); got != tt.want {
			t.Errorf("%q, %q: %v", tt.prompt, tt.text, got)
		}
	}
}

func FuzzConstraints(f *testing.F) {
	for _, tt := range answers {
		f.Add(tt.prompt, "", tt.answer)
	}
	for _, p := range prompts {
		f.Add(p.prompt, p.prompt, "- one\n2. two\n")
	}
	f.Fuzz(func(t *testing.T, first, last, answer string) {
		list := Read(first, last)
		if len(list) > most {
			t.Fatalf("%d constraints", len(list))
		}
		for _, c := range list {
			if c.Min < 0 || c.Max < 0 || c.Min == 0 && c.Max == 0 && c.Kind == Words || c.Phrase.Length > maxPhrase {
				t.Fatalf("%+v", c)
			}
		}
		whole := Broken(list, answer, true)
		if again := Broken(list, answer, true); (whole == nil) != (again == nil) {
			t.Fatal("two verdicts")
		}
	})
}

func BenchmarkRead(b *testing.B) {
	for name, prompt := range map[string]string{
		"English": "Summarize the plot of Hamlet. Use at most three sentences, include the word \"ghost\" and end your answer with \"The rest is silence\". " + strings.Repeat("The ghost walks at night and the prince follows him there. ", 10),
		"Korean":  "햄릿의 줄거리를 세 문장으로 요약해 주세요. \"유령\"이라는 단어를 포함해서 200자 이내로 써 주세요. " + strings.Repeat("유령이 밤마다 성벽을 걷습니다. ", 12),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(prompt)))
			b.ReportAllocs()
			for b.Loop() {
				if len(Read(prompt, "")) == 0 {
					b.Fatal("nothing found")
				}
			}
		})
	}
}

func BenchmarkBroken(b *testing.B) {
	list := Read("Tell me about mills.\n\nRules:\n- In at most 100000 words\n- In at most 90000 sentences\n- Include the word \"wheat\"\n- Do not use the word \"sea\"", "")
	text := repeated("In 1870 the mill at the bend of the river ground forty sacks for the town.", 500) + " wheat"
	if len(list) != 4 {
		b.Fatal(brief(list))
	}
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if Broken(list, text, true) != nil {
			b.Fatal("broken")
		}
	}
}
