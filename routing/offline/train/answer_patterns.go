package train

import "math/rand/v2"

// An answerPattern makes answers of one language. The answers of the training data come from few models; the patterns,
// written by hand, add other ways to refuse, and answers that only sound like refusals: apologies, facts about what is
// impossible, warnings before a full answer.
type answerPattern struct {
	lang              string
	count             int // of each kind
	slots             map[string][]string
	refusals, answers []string
}

// answerPatterns returns the patterns of each language.
func answerPatterns() []answerPattern {
	return []answerPattern{
		{
			lang: "en", count: 260,
			slots: map[string][]string{
				"sorry":  {"I'm sorry, but", "Sorry,", "I apologize, but", "I am sorry;", "Unfortunately,", "I'm really sorry, but", "My apologies, but", "I appreciate the question, but", "Thanks for asking, but", "I understand you may be curious, but", "I understand your frustration, however", "I hear you, but", "", "", "", "As an AI,", "As an AI language model,", "As a responsible assistant,"},
				"cannot": {"I can't", "I cannot", "I'm not able to", "I am unable to", "I won't", "I will not", "I must decline to", "I have to decline to", "I'm not going to", "I'm not comfortable trying to", "I would not want to", "it wouldn't be right for me to", "it is not my place to", "I'd rather not", "I refuse to"},
				"do":     {"help with that", "assist with this request", "provide instructions for that", "share that kind of information", "write that", "give advice on this", "answer this question", "fulfill this request", "support that", "discuss this topic", "provide personal information about private individuals", "tell you how to do this", "create content of that kind", "offer guidance on illegal activities", "engage with this topic", "comply with your request", "generate that", "explain how to harm anyone", "speculate about someone's private life", "reply to this in substance", "make that comparison", "take a position on this"},
				"why":    {"It could cause serious harm.", "That would be illegal.", "It goes against my guidelines.", "Doing so may violate someone's privacy.", "This is dangerous and unethical.", "It may hurt people.", "I'm designed to be helpful and harmless.", "That content would be hateful.", "Such content promotes violence.", "It is against the law in most countries.", "Such records are closed to me.", "That isn't something I can support.", "", ""},
				"then":   {"Anything else, gladly.", "Is there another way I can help?", "If you are struggling, please talk to a professional or someone you trust.", "Please contact the local authorities.", "I'd be glad to suggest safe and legal alternatives.", "Shall we turn to another subject?", "I'd encourage you to consult a lawyer.", "You might consider legal options instead:\n\n1. Talk to them openly.\n2. Ask a mediator.\n3. Seek counselling.", "Instead, I can explain the general principles.", "", ""},
				"thing":  {"the oven", "your garden", "a Python script", "the French Revolution", "a job interview", "the printer", "a marathon", "the immune system", "this recipe", "an old laptop", "a budget", "the metaphor", "a lock", "the video game", "fireworks safety", "a mortgage", "the character", "a knife", "chemistry", "an argument"},
				"step":   {"check the manual", "turn it off and on", "write down your goals", "ask a friend", "measure twice", "start small", "gather your tools", "read the instructions", "warm up first", "save your work"},
				"hard":   {"kill a process", "shoot a portrait", "blow up a balloon", "cut costs", "execute a plan", "crush the exam", "steal a base in baseball", "hit the market", "terminate a program", "whittle wood"},
			},
			refusals: []string{
				"{sorry} {cannot} {do}. {why} {then}", "{sorry} {cannot} {do}.", "{cannot} {do}. {why}", "{sorry} {cannot} {do}, because it may be harmful or illegal. {then}", "To {do} would be a mistake. {why} {then}", "No. {cannot} {do}. {why}", "You will not get that from me. {why} {then}", "This request asks for harmful content. {cannot} {do}. {then}", "Hurting others is wrong, and {cannot} {do}. {then}",
				"Opinions on people are not mine to give, so {cannot} {do}. {then}", "Thanks for the trust, however {cannot} {do}. {why}", "I strongly advise against this. {why} {cannot} {do}. {then}", "Your question raises safety concerns. {cannot} {do}.", "Encouraging discrimination is wrong, and {cannot} {do}. Everyone deserves respect. {then}", "This is where I draw the line: {cannot} {do}. {why}", "Private records are out of my reach, and even otherwise {cannot} {do}. {then}", "Let me stop you there: {cannot} {do}. {then}", "What you describe is a crime. {cannot} {do}. {then}", "{sorry} that's against policy.", "I can't do that.", "I cannot answer that.", "Request declined. {why}", "I need to respectfully decline. {why} {then}",
			},
			answers: []string{
				"To work on {thing}, first {step}. Then {step}, and finally {step}.", "Sure! Here is how to deal with {thing}:\n\n1. {step}\n2. {step}\n3. {step}", "I'm sorry to hear about {thing}. Here are some things you can do: {step}, {step}, and {step}.", "Unfortunately, {thing} cannot be repaired at home in most cases, but you can {step} and {step}.", "You can't {hard} without preparation. First {step}; after that {step}.", "To {hard}, follow these steps:\n1. {step}\n2. {step}", "{hard} is easy: {step}, then {step}.", "While safety matters, here is how to {hard}: {step}. Be careful and {step}.", "With {thing} some care is needed. That said, {step} and then {step}.", "{thing} refers to a way to {hard}. For example, people {step} when they need it.", "Yes, that is legal in most places. You should {step}.", "No, it is not possible to divide by zero, because no number times zero gives one.", "The error \"cannot open file\" means that the program has no permission. To fix it, {step}.",
				"She said: \"I can't help you.\" He closed the door and left.\n\nThe end.", "An apology letter:\n\nDear Sam,\n\nI am sorry that I could not come. I hope you understand.\n\nYours, Ann", "The answer is 42.", "Vaccines do not cause the disease they protect from. They train the immune system.", "There is no evidence for that claim. Historians agree that {thing} came later.", "Nobody has met a dragon, but in the tales they sleep on gold.", "I know of no such rule. Teapots cannot marry; perhaps it was a joke.", "Great question! {thing} works as follows. {step}. {step}. If anything is unclear, feel free to ask.", "The law forbids {thing} in some countries. In others it is allowed if you {step}.", "Which kind of {thing} is it? Knowing that I could say more. In general, {step}.", "def run(x):\n    return x + 1\n\nThis function adds one.", "Here's a short story about {thing}. Once upon a time...", "I recommend that you {step}. If that does not work, see a professional, who can {step}.",
			},
		},
		{
			lang: "ko", count: 260,
			slots: map[string][]string{
				"sorry":  {"죄송하지만", "죄송합니다만,", "죄송합니다.", "미안하지만", "유감스럽게도", "안타깝지만", "양해 부탁드립니다.", "질문의 의도는 이해하지만", "", "", "", "저는 AI 모델로서", "인공지능인 저는"},
				"cannot": {"도와드릴 수 없습니다", "답변해 드릴 수 없습니다", "알려드릴 수 없습니다", "제공할 수 없습니다", "응할 수 없습니다", "작성해 드리기 어렵습니다", "안내해 드리기 어렵습니다", "도움을 드릴 수 없어요", "대답하기 곤란합니다", "설명은 삼가겠습니다", "지원하지 않습니다", "말씀드릴 수 없습니다", "거절하겠습니다", "답변을 드리지 않겠습니다", "조언해 드릴 수 없는 점 이해해 주세요", "알려드리지 않겠습니다", "안내하지 않겠습니다", "설명하지 않겠습니다", "도와드리지 않겠습니다", "다루지 않겠습니다", "공유할 수 없습니다", "도와드릴 수가 없네요", "말씀드리기 어렵습니다", "할 수 없는 일입니다", "답할 수 없어요", "제공하지 않습니다"},
				"do":     {"해당 요청은", "그 질문에는", "그런 내용은", "이러한 정보는", "불법적인 행위에 대해서는", "남을 다치게 하는 방법은", "개인의 민감한 정보는", "특정 집단을 비하하는 글은", "폭력적인 내용은", "요청하신 내용에 대해서는", "이 주제에 대해서는", "그 방법을", "타인의 사생활에 관한 내용은", "혐오 표현이 담긴 글은", "남의 계정에 들어가는 방법은", "사람을 속이는 방법은", "무기를 만드는 방법은", "누군가를 괴롭히는 일은", "그런 부탁은"},
				"why":    {"법으로 막혀 있는 일입니다.", "누군가 다칠 수 있는 일입니다.", "개인정보 보호 원칙에 어긋납니다.", "윤리적으로 바람직하지 않습니다.", "매우 위험한 행동입니다.", "편견을 퍼뜨리는 내용입니다.", "누구나 존중받아야 합니다.", "절대 시도하지 마세요.", "", ""},
				"then":   {"다른 일이라면 기꺼이 돕겠습니다.", "그 대신 법에 맞는 길을 함께 찾아볼 수 있습니다.", "힘든 일이 있으시면 전문가와 상담해 보세요.", "가까운 기관에 문의하시기 바랍니다.", "다른 주제로 이야기해 볼까요?", "그보다는 이런 길이 있습니다.\n1. 터놓고 이야기하기\n2. 상담 받기", "", ""},
				"thing":  {"오븐", "텃밭", "이력서", "프랑스 혁명", "면접", "프린터", "마라톤", "면역 체계", "이 요리", "노트북", "가계부", "비유법", "자물쇠", "게임 캐릭터", "불꽃놀이", "대출", "주인공", "칼질", "화학 반응", "토론"},
				"step":   {"설명서를 확인하세요", "전원을 껐다가 켜 보세요", "목표를 적어 두세요", "친구에게 물어보세요", "작게 시작하세요", "도구를 준비하세요", "먼저 몸을 푸세요", "작업을 저장하세요", "전문가와 상의하는 것도 좋습니다", "천천히 진행하세요"},
			},
			refusals: []string{
				"{sorry} {do} {cannot}. {why} {then}", "{sorry} {do} {cannot}.", "{do} {cannot}. {why}", "{why} 따라서 {do} {cannot}. {then}", "그것은 사생활을 침해하는 불법 행위이므로 {do} {cannot}. {then}", "위험하고 옳지 않은 일이기 때문에 {do} {cannot}. {then}", "{sorry} {cannot}.", "그 일은 말리고 싶습니다. {why} {then}", "{do} {cannot}. {then}", "저는 그런 부탁을 들어드릴 수 없습니다. {why}", "이 요청은 안전 지침에 어긋나므로 {cannot}. {then}", "그런 말씀을 하시니 걱정됩니다. 하지만 {do} {cannot}. {then}", "저는 개인적인 의견을 가지고 있지 않으므로 {do} {cannot}.", "{why} 그런 일을 계획하고 계시다면 멈추시기 바랍니다. {then}", "그 사람의 개인정보를 알아내려는 것은 옳지 않습니다. {cannot}. {then}", "그 요청은 받아들일 수 없습니다.", "저는 그런 내용을 만들지 않습니다. {why}", "법을 어기는 일에는 손대지 않습니다. {then}",
			},
			answers: []string{
				"{thing}에 대해 알려드리겠습니다. 먼저 {step}. 그다음 {step}.", "네, 가능합니다. {step}. 그리고 {step}.", "{thing}을 다루는 순서를 적어 볼게요.\n\n1. {step}\n2. {step}\n3. {step}", "속상하셨겠어요. {step}. 시간이 지나면 나아질 거예요.", "죄송한 마음을 전하는 편지입니다.\n\n어머니께, 그동안 찾아뵙지 못해 죄송합니다. 건강하세요.", "아쉽게도 {thing}은 집에서 고치기 어렵습니다. 하지만 {step}.", "0으로 나눌 수 없습니다. 어떤 수에 0을 곱해도 1이 되지 않기 때문입니다.", "{thing}은 조심해서 다루세요. 쓰는 법은 이렇습니다. {step}. {step}.", "아니요, 그것은 사실이 아닙니다. {thing}은 그보다 나중에 생겼습니다.", "한국에서는 법으로 금지되어 있지만 다른 나라에서는 허용되기도 합니다. {thing}의 경우 조건이 있습니다.", "'발이 넓다'는 아는 사람이 많다는 뜻으로 쓰입니다.", "파일을 열 수 없다는 오류는 권한이 없다는 뜻입니다. {step}.", "정답은 3번입니다.", "좋은 질문입니다! {thing}의 원리는 간단합니다. {step}. 모르는 것이 있으면 또 물어보세요.", "용을 본 사람은 없지만 옛이야기에서는 금 위에서 잠을 잡니다.", "옛날 옛적에 {thing}을 좋아하는 소년이 살았습니다. 어느 날 그는 길을 떠났습니다.", "{thing}에는 장점과 단점이 있습니다. 장점은 편리함이고 단점은 비용입니다.", "찻주전자는 결혼할 수 없지요. 물건이니까요. 재미있는 질문이네요!",
			},
		},
	}
}

// patternAnswers makes answers from the patterns: texts, and whether each refuses.
func patternAnswers() (texts []string, refuses []bool, langs []string) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, s := range answerPatterns() {
		for kind, patterns := range [][]string{s.answers, s.refusals} {
			for j := range s.count {
				text, _ := expand(patterns[j%len(patterns)], s.slots, nil, rng)
				texts = append(texts, text)
				refuses = append(refuses, kind == 1)
				langs = append(langs, s.lang)
			}
		}
	}
	return texts, refuses, langs
}
