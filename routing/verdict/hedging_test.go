package verdict

import (
	"math"
	"strings"
	"testing"
)

func TestDoubts(t *testing.T) {
	doubtful := []string{
		"I'm not sure, but the bridge may be from 1880.",
		"The bridge is old. I don't know who built it.",
		"It cannot be determined from what is given.",
		"There is NOT ENOUGH INFORMATION to say.",
		"That gives -3, which doesn't make sense here.",
		"So it is 40. Wait, that counts one of them twice.",
		"정확한 연도는 확실하지 않습니다.",
		"죄송하지만 그 부분은 잘 모르겠습니다.",
		"주어진 정보만으로는 답을 정할 수 없습니다.",
		strings.Repeat("The mill stands by the river. ", 1000) + "I could be wrong about the year.",
	}
	for _, s := range doubtful {
		if hedges(s)&doubting == 0 {
			t.Errorf("%.60q: no doubt found", s)
		}
	}
	certain := []string{
		"The bridge was built in 1880 by the town.",
		"You might want to bring a coat, since it may rain.",
		"Perhaps the best known of them is the second.",
		"Make sure that the valve is closed. If it is not, close it.",
		"Await the reply, then go on.",
		"",
		"다리는 1880년에 지어졌습니다.",
		"우산을 챙기는 것이 좋을 것 같습니다.",
		"모르는 단어는 사전에서 찾아보세요.",
	}
	for _, s := range certain {
		if hedges(s)&doubting != 0 {
			t.Errorf("%.60q: taken for a doubt", s)
		}
	}
}

func TestConfidence(t *testing.T) {
	figure := Expectation{Figure: true}
	tests := []struct {
		name   string
		expect Expectation
		text   string
		want   float64
	}{
		{"clean", figure, "There are 84 eggs.", 1},
		{"clean, Korean", figure, "달걀은 84개입니다.", 1},
		{"a guess at a figure", figure, "There are approximately 80 eggs.", shareGuess},
		{"a guess at a figure, Korean", figure, "달걀은 아마 80개일 거예요.", shareGuess},
		{"the same where none was asked for", Expectation{}, "There are approximately 80 eggs.", 1},
		{"the same where none was asked for, Korean", Expectation{}, "달걀은 아마 80개일 거예요.", 1},
		{"a doubt", Expectation{}, "I don't know how many there are.", shareDoubt},
		{"a doubt and a guess count once", figure, "I don't know; perhaps 80.", shareDoubt},
		{"a wrong sum", Expectation{}, "7 * 12 = 94", shareArithmetic},
		{"a wrong sum and a guess", figure, "7 * 12 = 94, approximately", shareArithmetic * shareGuess},
		{"a template's mark", Expectation{}, "There are 84 eggs.<|im_end|>", shareTurns},
		{"both parts of the conversation", Expectation{}, "There are 84 eggs.\nUser: And how many boxes?\nAssistant: Seven.", shareTurns},
		{"a template explained", Expectation{}, "Each turn ends with a mark:\n```\n<|im_start|>user\nhello<|im_end|>\n```\nThat is all.", 1},
		{"the user of a system", Expectation{}, "The User: model has a name.", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := confidence(&tt.expect, tt.text); math.Abs(got-tt.want) > 1e-9 {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}
