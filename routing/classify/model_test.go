package classify

import (
	"math"
	"strings"
	"testing"
	"unicode/utf8"
)

func testModel(t testing.TB) *Model {
	t.Helper()
	m, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestTopic(t *testing.T) {
	m := testModel(t)
	passage := strings.Repeat("The harbour was closed for two winters after the storm of 1911. Fishing families moved inland, and the "+
		"cannery that had employed three hundred people never opened again. A local paper blamed the railway company. ", 3)
	koPassage := strings.Repeat("항구는 폭풍 뒤 두 해 겨울 동안 닫혀 있었다. 어부들은 내륙으로 이사했고 통조림 공장은 다시 문을 열지 못했다. 지역 신문은 철도 회사를 비난했다. ", 4)
	for _, tt := range []struct {
		name, text string
		want       Topic
	}{
		{"english code", "Write a Python function that returns the second largest value of a list.", Code},
		{"lower case code", "how do i parse a yaml file in golang", Code},
		{"code to mend", "Why does this crash?\n```c\nint main(void) {\n  char *s;\n  strcpy(s, \"x\");\n  return 0;\n}\n```", Code},
		{"sql", "Write a SQL query that lists the ten newest orders of each customer.", Code},
		{"korean code", "파이썬으로 텍스트 파일의 줄 수를 세는 함수를 작성해줘.", Code},
		{"chinese code", "用Java写一个函数，判断一个字符串是否是回文。", Code},
		{"spanish code", "Escribe una función en Python que ordene una lista de números.", Code},
		{"equation", "Solve for x: 4x - 7 = 21", Math},
		{"integral", "Compute $\\int_0^1 x^3 \\, dx$.", Math},
		{"word problem", "A gardener plants 14 tulips in each of 6 beds, and 9 of them do not come up. How many tulips are in bloom?", Math},
		{"korean word problem", "지우는 사탕을 24개 샀고 동생에게 9개를 주었습니다. 남은 사탕은 몇 개입니까?", Math},
		{"chinese math", "求半径为5厘米的圆的面积。", Math},
		{"poem", "Write a few verses, a poem, about the first snow in a mining town.", Writing},
		{"letter", "Help me draft a polite email to my landlord about the broken heater.", Writing},
		{"korean letter", "부모님께 드릴 감사 편지를 써줘. 따뜻한 말투로 부탁해.", Writing},
		{"korean story", "바다를 주제로 짧은 동화를 지어줘.", Writing},
		{"chinese copy", "帮我为新开的书店写一段有吸引力的广告文案。", Writing},
		{"japanese letter", "友人への招待状を書いてください。", Writing},
		{"summary", "Summarize the following article in two sentences:\n\n" + passage, RAGSummary},
		{"question on a passage", passage + "\n\nWhy did the families move?", RAGSummary},
		{"korean summary", "다음 글을 세 줄로 요약해줘.\n\n" + koPassage, RAGSummary},
		{"fact", "Who painted the ceiling of the Sistine Chapel?", General},
		{"explanation", "Why do the northern lights glow green?", General},
		{"korean fact", "세종대왕은 어떤 업적을 남겼나요?", General},
		{"korean chat", "오늘 너무 우울해", General},
		{"advice", "How can I fall asleep faster?", General},
	} {
		t.Run(tt.name, func(t *testing.T) {
			topics := m.Topic(tt.text)
			if got, p := topics.Best(); got != tt.want {
				t.Errorf("%s (%.2f), want %s (%.2f)", got, p, tt.want, topics[tt.want])
			}
		})
	}
}

// Each prompt of the second list must be more complex than each of the first.
func TestComplexityOrder(t *testing.T) {
	m := testModel(t)
	easy := []string{
		"What is the capital of Peru?",
		"Say hello in Italian.",
		"What colour is a ripe banana?",
		"Name a fruit that is red.",
		"안녕하세요?",
	}
	hard := []string{
		"Prove that for every integer n > 1 the number n^4 + 4^n is composite, and find all n for which n^4 + 4^n has exactly two prime factors. Express your answer in terms of n.",
		"A buyer signed a contract for a house whose seller had concealed flooding. After the closing the cellar flooded twice, and the buyer's " +
			"tenant, who had been told nothing, lost his stock worth $40,000. The seller argues that the buyer should have inspected the " +
			"house. Which claims may the tenant and the buyer bring, against whom, and which of them would not succeed?",
		"Five houses in a row are painted five different colours, and a person of another trade lives in each. The baker does not live next to the " +
			"smith. The red house is to the left of the green one, but not the first. The owner of the fourth house keeps bees. Either the weaver or " +
			"the potter lives at an end. If the potter lives in the third house, then the smith keeps no bees. Who lives where?",
	}
	for _, e := range easy {
		for _, h := range hard {
			if a, b := m.Prompt(e).Complexity, m.Prompt(h).Complexity; a >= b {
				t.Errorf("complexity of %.40q is %.3f, of %.40q %.3f: want less", e, a, h, b)
			}
		}
	}
}

// Complexity is a share of ordinary prompts, and need rises with it.
func TestCurve(t *testing.T) {
	var c Curve
	for q := range c.Score {
		c.Score[q] = float32(max(q, 20)) / 50 // a fifth of the prompts has the lowest score
		for k := range c.Need {
			c.Need[k][q] = float32(q) / 100 / float32(k+1)
		}
	}
	for _, tt := range []struct{ score, want float32 }{{-1, 0}, {0.4, 0}, {0.42, 0.21}, {1, 0.5}, {1.99, 0.995}, {2, 1}, {5, 1}} {
		if got := c.complexity(tt.score); math.Abs(float64(got-tt.want)) > 1e-5 {
			t.Errorf("complexity of score %v is %v, want %v", tt.score, got, tt.want)
		}
	}
	for _, tt := range []struct {
		complexity float32
		want       Need
	}{{-1, Need{}}, {0, Need{}}, {0.5, Need{0.5, 0.25, 0.5 / 3}}, {1, Need{1, 0.5, 1. / 3}}, {2, Need{1, 0.5, 1. / 3}}} {
		got := c.at(tt.complexity)
		if d := math.Abs(float64(got.Standard-tt.want.Standard)) + math.Abs(float64(got.Premium-tt.want.Premium)) + math.Abs(float64(got.Flagship-tt.want.Flagship)); d > 1e-5 {
			t.Errorf("need at %v is %v, want %v", tt.complexity, got, tt.want)
		}
	}
	m := testModel(t)
	var last Need
	for q := range 101 {
		n := m.NeedAt(float32(q) / 100)
		if n.Standard < last.Standard || n.Premium < last.Premium || n.Flagship < last.Flagship || n.Premium > n.Standard || n.Flagship > n.Premium || n.Standard > 1 {
			t.Errorf("need at %d %% is %v after %v", q, n, last)
		}
		last = n
	}
	if m.NeedAt(0.1).Standard > 0.3 || m.NeedAt(0.95).Premium < 0.3 {
		t.Errorf("need at 10 %% is %v, at 95 %% %v", m.NeedAt(0.1), m.NeedAt(0.95))
	}
}

func TestLanguage(t *testing.T) {
	m := testModel(t)
	for _, tt := range []struct{ name, text, want string }{
		{"arabic", "أين تقع أقرب محطة قطار من هنا؟", "ar"},
		{"bengali", "আজ আবহাওয়া খুব সুন্দর।", "bn"},
		{"bulgarian", "Къде мога да купя билет за влака до морето?", "bg"},
		{"czech", "Včera jsme šli s přáteli na dlouhou procházku kolem řeky.", "cs"},
		{"danish", "Vi skal ud og købe ind, inden butikkerne lukker i aften.", "da"},
		{"german", "Gestern haben wir den ganzen Tag im Garten gearbeitet.", "de"},
		{"greek", "Πού μπορώ να βρω ένα καλό βιβλιοπωλείο;", "el"},
		{"english", "We spent the whole day in the garden and planted beans.", "en"},
		{"spanish", "Ayer pasamos todo el día trabajando en el jardín.", "es"},
		{"persian", "امروز هوا خیلی خوب است و می\u200cخواهیم به پارک برویم.", "fa"},
		{"finnish", "Eilen kävelimme pitkään joen rannalla ystävien kanssa.", "fi"},
		{"french", "Hier, nous avons travaillé toute la journée dans le jardin.", "fr"},
		{"hebrew", "איפה אפשר לקנות כרטיס לרכבת?", "he"},
		{"hindi", "कल हमने पूरे दिन बगीचे में काम किया।", "hi"},
		{"hungarian", "Tegnap egész nap a kertben dolgoztunk a szomszédokkal.", "hu"},
		{"indonesian", "Kemarin kami bekerja di kebun sepanjang hari bersama tetangga.", "id"},
		{"italian", "Ieri abbiamo lavorato tutto il giorno nel giardino.", "it"},
		{"japanese", "昨日は一日中、庭で働きました。", "ja"},
		{"korean", "어제는 하루 종일 정원에서 일했어요.", "ko"},
		{"dutch", "Gisteren hebben we de hele dag in de tuin gewerkt.", "nl"},
		{"polish", "Wczoraj przez cały dzień pracowaliśmy w ogrodzie.", "pl"},
		{"portuguese", "Ontem trabalhamos o dia inteiro no jardim com os vizinhos.", "pt"},
		{"romanian", "Ieri am lucrat toată ziua în grădină împreună cu vecinii.", "ro"},
		{"russian", "Вчера мы весь день работали в саду вместе с соседями.", "ru"},
		{"swedish", "Igår arbetade vi hela dagen i trädgården med grannarna.", "sv"},
		{"thai", "เมื่อวานเราทำงานในสวนทั้งวัน", "th"},
		{"turkish", "Dün bütün gün bahçede komşularla birlikte çalıştık.", "tr"},
		{"ukrainian", "Учора ми цілий день працювали в саду разом із сусідами.", "uk"},
		{"vietnamese", "Hôm qua chúng tôi làm việc cả ngày trong vườn.", "vi"},
		{"chinese", "昨天我们在花园里工作了一整天。", "zh"},

		{"korean around code", "이 함수가 왜 느린지 설명해 주세요.\n```go\nfunc find(items []item, name string) (item, bool) {\n\tfor _, it := range items {\n\t\tif it.name == name {\n\t\t\treturn it, true\n\t\t}\n\t}\n\treturn item{}, false\n}\n```", "ko"},
		{"korean comment in code", "def area(r):\n    \"\"\"반지름이 주어지면 원의 넓이를 반환합니다.\"\"\"\n    return 3.14159 * r * r", "ko"},
		{"korean with english words", "Kubernetes에서 Ingress와 Gateway API의 차이가 뭐야?", "ko"},
		{"german around code", "Warum gibt diese Funktion immer null zurück, obwohl die Liste nicht leer ist?\nfor (int i = 0; i < list.size(); i++) {\n  return null;\n}", "de"},
		{"english quoting korean", "What does the phrase \"고마워\" mean, and when would a Korean speaker use it instead of the formal one?", "en"},
		{"japanese with kanji", "東京大学卒業者数について教えて", "ja"},

		{"nothing", "", Unknown},
		{"numbers", "12 + 30 = 42?", Unknown},
		{"emoji", "🙂🙂 !!!", Unknown},
		{"broken bytes", "\xff\xfe\x80", Unknown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := m.Language(tt.text)
			if got.Code != tt.want {
				t.Errorf("%+v, want %s", got, tt.want)
			}
			if (got.Code == Unknown) != (got.Confidence == 0) {
				t.Errorf("%+v: only unknown has no confidence", got)
			}
		})
	}
}

func TestRefusal(t *testing.T) {
	m := testModel(t)
	for _, tt := range []struct {
		name, text string
		want       bool
	}{
		{"plain", "I'm sorry, but I can't help with that.", true},
		{"typographic apostrophe", "I’m sorry, but I can’t help with that request.", true},
		{"with reasons", "I cannot provide instructions for picking a neighbour's lock. Entering a home without permission is illegal and may put people in danger. If you are locked out of your own home, please call a locksmith.", true},
		{"korean", "죄송하지만 그 부탁은 들어드릴 수 없습니다.", true},
		{"korean, no set phrase", "남의 계정에 몰래 들어가는 것은 불법이며, 그런 방법은 안내하지 않습니다. 타인의 사생활을 존중해 주세요.", true},
		{"answer", "Boil the water, add salt, and cook the pasta for nine minutes. Keep a cup of the water for the sauce.", false},
		{"apology in an answer", "Sorry to hear that your bike was stolen! First, report it to the police with the frame number. Then tell your insurer.", false},
		{"impossibility that is a fact", "You can't divide by zero: no number times zero gives one. That is why calculators show an error.", false},
		{"korean answer", "물을 끓인 뒤 소금을 넣고 면을 9분 동안 삶으세요. 면수는 한 컵 남겨 두면 소스에 쓸 수 있습니다.", false},
		{"korean list", "잠을 잘 자는 방법은 다음과 같습니다.\n\n1. 같은 시간에 잠자리에 드세요.\n2. 카페인을 줄이세요.\n3. 방을 어둡게 하세요.", false},
		{"code", "func add(a, b int) int {\n\treturn a + b\n}", false},
		{"nothing", "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if p := m.Refusal(tt.text); (p >= RefusalThreshold) != tt.want {
				t.Errorf("probability %.3f, want a refusal: %v", p, tt.want)
			}
		})
	}
}

// A stream shows the beginning of an answer first: from a sentence on, the verdict must stand.
func TestRefusalOfBeginning(t *testing.T) {
	m := testModel(t)
	refusal := "I'm sorry, but I can't assist with that request. Sharing someone's address without consent could put them at risk. If you are worried about a friend, consider contacting the local authorities, who can check on them."
	for n := 48; n < len(refusal); n += 16 {
		if p := m.Refusal(refusal[:n]); p < RefusalThreshold {
			t.Errorf("first %d bytes: probability %.3f", n, p)
		}
	}
}

// Beyond its bounds a text is not read: what stands in the middle of a long one changes nothing.
func TestBoundedWork(t *testing.T) {
	m := testModel(t)
	head, tail := strings.Repeat("Please read this carefully. ", 80), strings.Repeat(" What follows from it?", 60)
	a := head + strings.Repeat("x", 20_000) + tail
	b := head + strings.Repeat("def f(): ", 20_000/9) + strings.Repeat("y", 20_000%9) + tail
	if len(a) != len(b) {
		t.Fatalf("%d and %d bytes", len(a), len(b))
	}
	if m.Prompt(a) != m.Prompt(b) {
		t.Errorf("the middle of a long text changes the verdict: %+v, %+v", m.Prompt(a), m.Prompt(b))
	}
	f := NewFeatures()
	for _, text := range []string{manyTokens, strings.Repeat(manyTokens, 50), strings.Repeat("가나다라", 1<<16)} {
		f.Prompt(text)
		if n := len(f.Rows()); n > maxFeatures {
			t.Errorf("%d features of %d bytes, at most %d expected", n, len(text), maxFeatures)
		}
		if f.scan.tokens > maxTokens+maxTail+1 {
			t.Errorf("%d tokens of %d bytes", f.scan.tokens, len(text))
		}
	}
	for _, text := range []string{strings.Repeat("\x80", 1<<20), strings.Repeat("word ", 1<<18), strings.Repeat("한국어 ", 1<<17)} {
		f.Response(text)
		if n, most := f.scan.readBytes, utf8.UTFMax*(responseHead+responseTail); n > most {
			t.Errorf("%d bytes of an answer are read, at most %d expected", n, most)
		}
	}
}

func TestPromptAllocatesNothing(t *testing.T) {
	m := testModel(t)
	f := NewFeatures() // not of the pool, which drops some at random under the race detector
	m.prompt(f, benchProse)
	if n := testing.AllocsPerRun(200, func() { m.prompt(f, benchProse) }); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

// A Features that was used before must see the next text as a new one does.
func TestFeaturesReuse(t *testing.T) {
	used, texts := NewFeatures(), []string{benchCode, benchKorean, "", benchProse, benchChinese, manyTokens, "x"}
	for _, text := range texts {
		used.Prompt(text)
		fresh := NewFeatures()
		fresh.Prompt(text)
		if len(used.Rows()) != len(fresh.Rows()) || used.vec != fresh.vec {
			t.Errorf("%.20q: %d rows after other texts, %d alone", text, len(used.Rows()), len(fresh.Rows()))
		}
	}
}

func FuzzPrompt(f *testing.F) {
	for _, s := range []string{
		"", "a", "\xff", "\xed\xa0\x80", "```", "```\n```", "\\n\\n", "é", "e\u0301", "a_b_c", "it's", "it’s", "'", "’", "()=>", "가",
		"1.", "A.", "(A)", "$x^2$", "?？؟", "\u00a0\u3000", "Ünïcödé", "İı", strings.Repeat("\xe2", 5000), benchCode, benchKorean,
	} {
		f.Add(s)
	}
	m := testModel(f)
	f.Fuzz(func(t *testing.T, text string) {
		p := m.Prompt(text)
		var sum float64
		for topic, x := range p.Topics {
			if !(x >= 0 && x <= 1) {
				t.Errorf("probability of %s is %v", Topic(topic), x)
			}
			sum += float64(x)
		}
		if math.Abs(sum-1) > 1e-4 {
			t.Errorf("the topics' probabilities sum to %v", sum)
		}
		if n := p.Need; !(p.Complexity >= 0 && p.Complexity <= 1 && n.Flagship >= 0 && n.Premium >= n.Flagship && n.Standard >= n.Premium && n.Standard <= 1) {
			t.Errorf("complexity %v, need %+v", p.Complexity, n)
		}
		if c := p.Language.Confidence; !(c >= 0 && c <= 1) || p.Language.Code == "" {
			t.Errorf("language %+v", p.Language)
		}
		if r := m.Refusal(text); !(r >= 0 && r <= 1) {
			t.Errorf("refusal %v", r)
		}
		if again := m.Prompt(text); again != p {
			t.Errorf("the second reading gave %+v after %+v", again, p)
		}
		head, tail := bounds(text, headBytes, tailBytes)
		if len(head) > headBytes+tailBytes || len(tail) > tailBytes || !strings.HasPrefix(text, head) || !strings.HasSuffix(text, tail) {
			t.Errorf("bounds: %d and %d of %d bytes", len(head), len(tail), len(text))
		}
		if utf8.ValidString(text) && (!utf8.ValidString(head) || !utf8.ValidString(tail)) {
			t.Error("bounds cut a character")
		}
	})
}
