package constraint

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// brief writes constraints as the tables below do.
func brief(list []Constraint) string {
	words := make([]string, len(list))
	for i, c := range list {
		words[i] = string(c.Kind)
		if c.Min > 0 || c.Max > 0 {
			words[i] += fmt.Sprintf(" %d-%d", c.Min, c.Max)
		}
	}
	return strings.Join(words, ", ")
}

var prompts = []struct{ prompt, want string }{
	// Counts.
	{"Explain photosynthesis in at most 50 words.", "words 0-50"},
	{"Explain why the sky is blue in no more than 100 words.", "words 0-100"},
	{"In 50 words or less, describe how a bill becomes law.", "words 0-50"},
	{"In fifty words or fewer, describe the water cycle.", "words 0-50"},
	{"Keep your answer under 30 words: what is inertia", "words 0-29"},
	{"What is inertia, in at most 20 words?", "words 0-20"},
	{"Limit your response to 200 characters.", "chars 0-200"},
	{"Your answer must not exceed 280 characters. What is a black hole?", "chars 0-280"},
	{"Write at least 300 words about the history of tea.", "words 300-0"},
	{"Summarize the following article in exactly two sentences:\n\nThe mill closed in 1931. It had 300 workers. Write at least 500 words.", "sentences 2-2"},
	{"Answer in one sentence. What is gravity?", "sentences 0-1"},
	{"What is gravity? Answer in a single sentence.", "sentences 0-1"},
	{"Describe the plot of Hamlet in three sentences.", "sentences 0-3"},
	{"Respond using exactly 3 bullet points.", "items 3-3"},
	{"List the benefits of tea in exactly three bullets.", "items 3-3"},
	{"Use at most five bullets. What should I pack for the sea?", "items 0-5"},
	{"Give me a plan for the garden in no more than 4 paragraphs.", "paragraphs 0-4"},
	{"What is the largest ocean? Answer in one word.", "words 0-1"},
	{"Please answer with a single word: what is the largest ocean?", "words 0-1"},
	{"Write a poem about rain in at most 4 lines.", "lines 0-4"},
	{"Write a product description for a kettle.\n\nRequirements:\n- At most 60 words\n- Do not use commas\n- Include the word \"steam\"", "words 0-60, nocommas, include"},

	// Forms.
	{"Is Pluto a planet? Answer yes or no.", "yesno"},
	{"Is Pluto a planet? Answer only yes or no.", "yesno 0-1"},
	{"Is Pluto a planet? Just yes or no.", "yesno 0-1"},
	{"Is Pluto a planet? Reply with only \"yes\" or \"no\".", "yesno 0-1"},
	{"Is Pluto a planet? Yes or no?", "yesno"},
	{"Answer only yes or no and explain why: is Pluto a planet?", "yesno"},
	{"Is 7 prime? Answer with yes or no, no explanation.", "yesno"},
	{"How many legs has a spider? Reply with just the number.", "number"},
	{"Answer with only the letter of the correct option. A) red B) blue", "letter"},
	{"Respond in valid JSON format with the keys name and age.", "json"},
	{"Return only JSON.", "json"},
	{"Tell me about mills. Do not use any commas.", "nocommas"},
	{"Write your entire response in all caps. What is tea?", "upper"},
	{"Answer in lowercase letters only. What is tea?", "lower"},
	{"Describe the sea. Include the word \"salt\".", "include"},
	{"Describe the sea. Include the words \"salt\", \"wave\" and \"gull\".", "include, include, include"},
	{"Describe the sea. Do not use the word \"blue\".", "avoid"},
	{"Describe the sea and avoid the word 'water'.", "avoid"},
	{"Start your answer with \"Indeed\". What is tea?", "begin"},
	{"Who are you? End your response with the phrase \"Is there anything else?\"", "end"},

	// None: another thing, a part, a condition, an estimate, a quotation, a pasted text.
	{"Write a Python function that returns at most 50 words.", ""},
	{"Write a program that prints exactly three lines.", ""},
	{"Write a regex that matches at least 3 characters.", ""},
	{"Explain the 50 words rule.", ""},
	{"What is the 280 characters limit?", ""},
	{"Explain why tweets are limited to 280 characters.", ""},
	{"How many sonnets have exactly 14 lines?", ""},
	{"Write a story about a man who speaks in at most 50 words.", ""},
	{"Write about 50 words on tea.", ""},
	{"Explain tea in approximately 100 words.", ""},
	{"Explain tea in around two sentences.", ""},
	{"Explain tea in 50 to 100 words.", ""},
	{"Explain tea in 2-3 sentences.", ""},
	{"Explain tea in two or three sentences.", ""},
	{"Explain tea in two hundred words or less.", ""},
	{"Explain tea in between 50 and 100 words.", ""},
	{"Explain tea in three sentences of equal length.", ""},
	{"Write a 500-word essay on tea.", ""},
	{"If you don't know, answer in one word.", ""},
	{"If the text is long, summarize it in at most 50 words.", ""},
	{"For each city, write at most 20 words.", ""},
	{"List five cities. Describe each in exactly two sentences.", ""},
	{"Give it a title of at most 5 words.", ""},
	{"My teacher said: \"Answer in at most 50 words.\" Is that fair?", ""},
	{"Rewrite this sentence: \"Use exactly three bullets.\"", ""},
	{"Translate the following text:\n\nAnswer yes or no. Use at most 10 words.", ""},
	{"Fix this email.\n\nEmail: please reply in at most 50 words.", ""},
	{"Fix my grammar:\n```\nAnswer in one word.\n```", ""},
	{"How do I count words in Word?", ""},
	{"What can you say in three words?", ""},
	{"Is there a word for fear of numbers?", ""},
	{"Think step by step, then say whether it is true, yes or no.", ""},
	{"Write a script that asks the user to answer yes or no.", ""},
	{"Would you answer yes or no to a marriage proposal?", ""},
	{"Why do people answer only yes or no in court?", ""},
	{"Write a tutorial on the JSON format.", ""},
	{"Write a function that returns JSON.", ""},
	{"What does it mean to respond with JSON in REST?", ""},
	{"How are commas used?", ""},
	{"Name animals that start with \"B\".", ""},
	{"Name a sentence that ends with \"why\".", ""},
	{"What does the word \"salt\" mean?", ""},
	{"Can I use the word \"irregardless\" in an essay?", ""},
	{"Why do people laugh and use the word \"like\"?", ""},
	{"In the novel they laugh and use the word \"like\".", ""},
	{"She did not use the word \"love\" in her letter.", ""},
	{"How do I convert text to lowercase?", ""},
	{"Convert this to uppercase: hello", ""},
	{"Describe the two paragraphs above.", ""},
	{"The contract has at least 40 paragraphs. Is that usual?", ""},
	{"My essay is over 500 words. What shall I do?", ""},
	{"I wrote exactly three sentences today. Motivate me.", ""},
	{"Write two poems of at most 4 lines.", ""},
	{"Summarize in one sentence, then explain in at most 100 words.", ""},
	{"", ""},

	{"Say yes or no to each of these offers.", ""},

	// Korean.
	{"광합성을 50자 이내로 설명해 주세요.", "chars 0-50"},
	{"광합성을 100글자 이하로 설명해줘.", "chars 0-100"},
	{"광합성이 무엇인지 한 문장으로 설명해 줘.", "sentences 0-1"},
	{"정확히 세 문장으로 요약해 주세요.", "sentences 3-3"},
	{"다음 글을 두 문장으로 요약해 주세요:\n\n방앗간은 문을 닫았다. 500자 이상으로 작성해 주세요.", "sentences 0-2"},
	{"가장 큰 바다는? 한 단어로 답해.", "words 0-1"},
	{"차의 역사에 대해 최소 500자 이상으로 써 줘.", "chars 500-0"},
	{"세 줄 이내로 요약해줘.", "lines 0-3"},
	{"고래는 물고기인가요? 예/아니오로만 답하세요.", "yesno 0-1"},
	{"고래는 물고기인가요? 예 또는 아니오로 답해 주세요.", "yesno"},
	{"거미 다리는 몇 개야? 숫자만 답해.", "number"},
	{"정답을 고르고 번호만 답하세요.", "letter"},
	{"이름과 나이를 JSON 형식으로 출력해 주세요.", "json"},
	{"바다를 묘사해 주세요. 쉼표를 사용하지 마세요.", "nocommas"},
	{"'소금'이라는 단어를 포함해서 바다를 묘사해 주세요.", "include"},
	{"바다를 묘사하되 \"파랑\"이라는 단어를 쓰지 마세요.", "avoid"},
	{"\"물론입니다\"로 시작해 주세요.", "begin"},
	{"100자 이내의 답변을 부탁해.", "chars 0-100"},
	{"50자 이내의 문자열을 검증하는 함수를 작성해 주세요.", ""},
	{"정확히 세 줄을 출력하는 프로그램을 작성해 주세요.", ""},
	{"약 100자로 설명해 주세요.", ""},
	{"100자 내외로 설명해 주세요.", ""},
	{"200자 정도로 요약해 주세요.", ""},
	{"모르면 한 단어로 답해 줘. 만약 안다면 설명해.", ""},
	{"각 항목을 두 문장으로 설명해 주세요.", ""},
	{"제목은 10자 이내로 써 줘.", ""},
	{"트윗은 왜 280자 이내로 써야 하나요?", ""},
	{"한 문장으로 된 글을 고쳐 주세요.", ""},
	{"소설의 첫 문장으로 무엇이 좋을까?", ""},
	{"선생님이 \"50자 이내로 답하세요\"라고 했어. 무슨 뜻이야?", ""},
	{"JSON이 무엇인지 알려줘.", ""},
	{"'사과'라는 단어를 설명해 줘.", ""},
	{"사람들은 왜 예 아니오로 대답하지 않나요?", ""},
	{"키가 큰 순서대로 한 줄로 서 있을 때, 몇 명이 서 있는지 구하시오.", ""},
	{"대화를 500단어로 요약하세요.", ""},
	{"두 단어의 차이를 설명해 주세요.", ""},
	{"20자 이상의 비밀번호를 만들어 줘.", ""},
}

func TestRead(t *testing.T) {
	for _, tt := range prompts {
		if got := brief(Read(tt.prompt, "")); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.prompt, got, tt.want)
		}
	}
}

// TestReadFarApart: a long prompt is read at its ends, which are cut off anywhere.
func TestReadFarApart(t *testing.T) {
	page := strings.Repeat("The mill ground wheat for the town. ", 20)
	for _, tt := range []struct{ first, last, want string }{
		{"Summarize this in at most 50 words.\n\n" + page, page, "words 0-50"},
		{page, page + "\n\nAnswer only yes or no.", "yesno 0-1"},
		{page, page + "\n\nText: Answer only yes or no.", ""},
		{"returns at most 50 words. " + page, page, ""},
		{page + "In at most", "50 words, " + page, ""},
		{"Answer yes or no\n" + page, page, "yesno"},
	} {
		if got := brief(Read(tt.first, tt.last)); got != tt.want {
			t.Errorf("%.40q … %.40q: got %q, want %q", tt.first, tt.last, got, tt.want)
		}
	}
}

// TestNoWords: what travels with the request holds no word of the prompt.
func TestNoWords(t *testing.T) {
	list := Read(`Describe the sea. Include the word "saltwater". Do not use the word "turquoise". Start your answer with "Beneath".`, "")
	b, err := json.Marshal(list)
	if err != nil || len(list) != 3 {
		t.Fatal(brief(list), err)
	}
	for _, w := range []string{"salt", "turq", "beneath"} {
		if strings.Contains(strings.ToLower(string(b)), w) {
			t.Errorf("%s", b)
		}
	}
	var again []Constraint
	if err := json.Unmarshal(b, &again); err != nil || brief(again) != brief(list) || again[0].Phrase != list[0].Phrase {
		t.Errorf("%s: %v", b, err)
	}
}
