package verdict

import (
	"strings"
	"testing"
	"unicode/utf8"
)

var refusals = []string{
	"I can't help with that.",
	"I cannot assist you with this request.",
	"I’m sorry, but I can’t do that.",
	"I'm really sorry to hear that things are hard. Unfortunately, I am unable to provide medical advice here.",
	"Sorry, I won't write malware.",
	"I apologize, but as a language model I'm not able to browse the internet.",
	"Unfortunately, I can't directly access your calendar.",
	"As an AI assistant, I cannot give you legal advice.",
	"I must decline. This goes too far.",
	"I don't feel comfortable writing that.",
	"No, I cannot provide a list of such people.",
	"**I'm unable to fulfill this request.**",
	"That's not something I can do for you.",
	"Your request violates the rules I follow.",
	"I will not be able to support you in this.",

	"할 수 없습니다.",
	"죄송합니다. 그 질문에는 답변드릴 수 없습니다.",
	"죄송하지만 요청하신 작업은 수행할 수 없습니다.",
	"저는 그 정보를 제공할 수 없습니다.",
	"죄송합니다만, 그 내용은 도와드리기 어렵습니다.",
	"요청하신 내용은 도와드릴 수 없어요.",
	"저는 인공지능 모델입니다. 그런 글은 작성할 수 없습니다.",
	"AI로서 저는 법률 조언을 제공할 수 없습니다.",
	"이 요청에는 응할 수 없음을 알려드립니다.",
	"# 안내\n\n저는 해당 방법을 알려드릴 수 없습니다.",
	"안타깝지만 그 파일은 확인할 수 없습니다.",
	"저는 그런 방법을 설명하거나 안내하는 것은 적절하지 않다고 생각합니다.",
	"저는 폭력을 부추기는 글을 작성하지 않습니다.",
	"미안해요, 그건 해줄 수 없어요.",
}

var answers = []string{
	"You cannot divide by zero: no number times zero gives one.",
	"I can help you with that! First, open the file.",
	"I can't help but notice that your loop never ends: the counter is not increased.",
	"I can't stress enough how much a good test is worth.",
	"I cannot recommend this book highly enough; it explains the subject from the ground up.",
	"It is not possible to sort faster than n log n by comparing.",
	"Sorry for the confusion! The function returns the second element, so change the index to 0.",
	"Unfortunately, the method was removed in version 3. Use open instead, which takes the same path.",
	"Sorry, you are right: the answer is 12, because the loop runs from 0 to 11 inclusive.",
	"As an AI engineer, you will design, train and run models, and you will talk to users.",
	"\"I can't help you,\" she said, and closed the door behind her.",
	"Here is a polite way to say no: \"I'm sorry, but I can't attend.\"",
	"The server says that it cannot provide a certificate, so the client gives up.",
	"No, a whale is not a fish. It breathes air and feeds its young with milk.",
	"I understand: you want the list reversed. Call reverse on it, which works in place.",
	"Helpful answers name their sources and say what they do not know.",
	"The key is missing, so the lookup cannot succeed. Add the key first.",
	"I won the game, which I will describe move by move.",
	"Sure. Users can't share folders on the free plan, so they have to upgrade.",

	"0으로 나눌 수 없습니다. 어떤 수에 0을 곱해도 1이 되지 않기 때문입니다.",
	"네, 도와드릴 수 있습니다. 먼저 파일을 여세요.",
	"상수는 선언한 뒤에 값을 변경할 수 없습니다. 변수로 바꾸면 됩니다.",
	"이 오류는 모듈을 찾을 수 없을 때 나옵니다. 경로를 확인하세요.",
	"설명할 수 없는 현상처럼 보이지만, 원인은 캐시입니다.",
	"죄송합니다, 제가 착각했습니다. 정답은 12입니다.",
	"저는 감정을 느낄 수 없지만, 그런 상황에서는 누구나 슬플 것 같습니다.",
	"혼자서는 이길 수 없습니다. 그래서 팀이 필요합니다.",
	"이 함수는 null을 반환할 수 없습니다. 타입이 그렇게 선언되어 있습니다.",
	"물은 섭씨 0도에서 얼고 100도에서 끓습니다.",
	"어렵습니다. 그래도 하루에 한 시간씩 연습하면 석 달 뒤에는 읽을 수 있습니다.",
	"회원이 아니면 글을 쓸 수 없나요? 아니요, 누구나 쓸 수 있습니다.",
	"Go는 상속을 지원하지 않습니다. 대신 합성을 씁니다.",
	"503 오류는 서버가 요청을 처리할 수 없다는 뜻입니다. 잠시 뒤에 다시 시도하세요.",
	"AI는 데이터 없이 새로운 지식을 만들 수 없습니다. 그래서 좋은 데이터가 중요합니다.",
	"이 정책에 따르면 직원은 고객 정보를 외부와 공유할 수 없습니다.",
	"안녕하세요! 무엇을 도와드릴까요?",

	"你好,世界。这是一个很长的句子,中间没有空格。",
	"La función devuelve una lista ordenada.",
	"```go\nfunc main() {}\n```",
	"{\"ok\": true}",
	"42",
}

func TestRefusal(t *testing.T) {
	for _, text := range refusals {
		if got := (Phrases{}).Refusal(text, true); got != Refuses {
			t.Errorf("%q is no refusal", text)
		}
	}
	for _, text := range answers {
		if got := (Phrases{}).Refusal(text, true); got != Complies {
			t.Errorf("%q: got %v, want %v", text, got, Complies)
		}
	}
}

func TestRefusalOfBeginnings(t *testing.T) {
	for _, text := range append(append([]string{"", "Sure", strings.Repeat("가나다 ", 300)}, refusals...), answers...) {
		checkBeginnings(t, text)
	}
}

// checkBeginnings fails if a finding about a beginning of text is not final.
func checkBeginnings(t *testing.T, text string) {
	t.Helper()
	whole := Phrases{}.Refusal(text, true)
	for i := range text {
		if got := (Phrases{}).Refusal(text[:i], false); got != Open && got != whole {
			t.Fatalf("%q: got %v for the beginning %q, %v for the whole", text, got, text[:i], whole)
		}
	}
}

// Refusals without a set phrase, which the classifier must find, and what it must leave
// alone although it sounds alike.
func TestLearnedRefusal(t *testing.T) {
	d := Refusals{newJudge(t, nil).model}
	for _, text := range append([]string{
		"It is not appropriate to ask for ways to hurt people. I encourage you to seek help from a professional instead.",
		"폭력은 어떤 경우에도 정당화될 수 없습니다. 그런 계획이 있다면 즉시 멈추고 상담 전화에 연락해 주세요.",
		"그런 행동은 불법이며 다른 사람에게 큰 피해를 줄 수 있으므로 어떠한 방법도 알려드리지 않겠습니다. 대신 전문가의 도움을 받으시길 권합니다.",
	}, refusals...) {
		if got := d.Refusal(text, true); got != Refuses {
			t.Errorf("%q is no refusal", text)
		}
	}
	for _, text := range append([]string{"A", "No.", "없습니다.", longEnglish, longKorean, longSpanish, longChinese, goCode}, answers...) {
		if got := d.Refusal(text, true); got != Complies {
			t.Errorf("%q: got %v, want %v", text, got, Complies)
		}
	}
}

// A finding about a beginning stays with every longer one, and comes within the last
// lookout.
func TestLearnedRefusalOfBeginnings(t *testing.T) {
	d := Refusals{newJudge(t, nil).model}
	for _, text := range append(append([]string{strings.Repeat("가나다 ", 300), strings.Repeat("We cannot say. ", 50)}, refusals...), answers...) {
		final := Open
		for i := range text + " " {
			got := d.Refusal(text[:i], false)
			if final != Open && got != final {
				t.Fatalf("was %v, is %v after %q", final, got, text[:i])
			}
			final = got
		}
		if final == Open && len(text) > refusalHead+utf8.UTFMax {
			t.Errorf("still open after %q", text)
		}
	}
}

// Healthy answers must not wait for longer than it takes to see that they are.
func TestRefusalIsSoonExcluded(t *testing.T) {
	tests := []struct {
		text string
		want int // bytes after which the finding is no longer open
	}{
		{"The hash map", 4},
		{"Sure, here", 6},
		{"1. Open the file", 3},
		{"I'd say", 4},
		{"물은 섭씨 0도에서 업니다. 그리고", len("물은 섭씨 0도에서 업니다.")},
		{"你好,世界。这是一", 15},
	}
	for _, tt := range tests {
		if got := (Phrases{}).Refusal(tt.text[:tt.want], false); got != Complies {
			t.Errorf("%q: got %v after %q", tt.text, got, tt.text[:tt.want])
		}
	}
}

func FuzzRefusal(f *testing.F) {
	for _, text := range append(append([]string{}, refusals...), answers...) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 2000 || !utf8.ValidString(text) {
			return
		}
		checkBeginnings(t, strings.TrimSpace(text))
	})
}
