package constraint

import (
	"strings"
	"unicode/utf8"
)

// In Korean the limit precedes the verb and is attached to it: "100자 이내로 답해 주세요".

// koreanElsewhere are words of sentences whose limits do not apply to the answer, or not
// always.
var koreanElsewhere = []string{
	"함수", "코드", "프로그램", "스크립트", "정규식", "정규 표현", "클래스", "메서드", "알고리즘", "쿼리", "비밀번호", "아이디", "변수", "문자열", "필드", "테이블", "게시판", "트윗",
	"만약", "다면", "으면", "라면", "경우", "때는", "때에는", "각 ", "각각", "각자", "마다", "별로", "씩", "제목", "첫 ", "첫번째", "첫째", "마지막", "다음에는", "규칙", "게임", "과제", "까닭",
}

// koreanRequests are endings of sentences that ask for something.
var koreanRequests = []string{
	"해줘", "해 줘", "해주", "해 주", "써줘", "써 줘", "써주", "써 주", "적어", "답하", "답해", "대답해", "말해", "하세요", "하시오", "하라", "해라", "하십시오", "할 것", "해봐", "해 봐",
	"부탁", "바랍니다", "바라", "주세요", "줘", "쓰세요", "쓰시오", "쓸 것", "작성할", "마세요", "마시오", "말 것", "말아", "지 마", "합니다", "답변만",
}

var koreanUnits = []struct {
	word string
	kind Kind
}{
	{"글자", Characters},
	{"자", Characters},
	{"단어", Words},
	{"문장", Sentences},
	{"줄", Lines},
	{"문단", Paragraphs},
	{"단락", Paragraphs},
	{"개의 항목", Items},
	{"개 항목", Items},
	{"가지 항목", Items},
	{"개의 글머리", Items},
	{"개의 불릿", Items},
	{"개 불릿", Items},
}

var koreanNumerals = []struct {
	word string
	n    int
}{
	{"한", 1}, {"두", 2}, {"세", 3}, {"네", 4}, {"다섯", 5}, {"여섯", 6}, {"일곱", 7}, {"여덟", 8}, {"아홉", 9}, {"열", 10}, {"단 한", 1},
}

// koreanAnswering are verbs of answering.
var koreanAnswering = []string{
	"답", "대답", "설명", "요약", "작성", "써", "쓰", "적어", "적으", "말해", "말하", "정리", "서술", "소개", "알려", "묘사", "표현", "기술", "제시", "응답", "부탁", "해 주", "해줘", "해주", "만들", "줄여", "나열", "출력", "않",
}

func containsAny(s string, words []string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

// korean reads a sentence.
func (r *reader) korean(s string) {
	if !containsAny(s, koreanTriggers) {
		return
	}
	bare, quoted := unquoted(s)
	if containsAny(bare, koreanElsewhere) {
		return
	}
	asks := containsAny(bare, koreanRequests) && (!strings.HasSuffix(strings.TrimSpace(bare), "?") || containsAny(bare, []string{"줄래", "주실", "수 있"}))
	for _, u := range koreanUnits {
		for at := 0; ; {
			i := strings.Index(bare[at:], u.word)
			if i < 0 {
				break
			}
			at += i
			if c, ok := koreanCount(bare, at, at+len(u.word), u.kind, asks); ok {
				r.add(c)
			}
			at += len(u.word)
		}
	}
	koreanForms(bare, asks, r.add)
	if asks {
		koreanPhrases(bare, quoted, r.add)
	}
}

// unquoted returns s with every quotation replaced by a single quote, and the quotations.
func unquoted(s string) (bare string, quoted []string) {
	var b strings.Builder
	for i := 0; i < len(s); {
		if isQuote(s[i:]) {
			inner, size := quotation(s[i:])
			quoted = append(quoted, inner)
			b.WriteByte('"')
			i += size
			continue
		}
		b.WriteByte(s[i])
		i++
	}
	return strings.ToLower(b.String()), quoted
}

// koreanNumber returns the number that ends at i, and where it begins.
func koreanNumber(s string, i int) (n, from int, ok bool) {
	head := strings.TrimRight(s[:i], " ")
	from = len(head)
	for from > 0 && (digit(head[from-1]) || head[from-1] == ',') {
		from--
	}
	if from < len(head) {
		n, ok = numeral(head[from:])
		return n, from, ok
	}
	for _, k := range koreanNumerals {
		if rest, found := strings.CutSuffix(head, k.word); found && (rest == "" || strings.HasSuffix(rest, " ") || strings.HasSuffix(rest, ",")) {
			return k.n, len(rest), true
		}
	}
	return 0, 0, false
}

// koreanCount returns the limit whose unit is at [i, end).
func koreanCount(s string, i, end int, kind Kind, asks bool) (Constraint, bool) {
	n, from, ok := koreanNumber(s, i)
	if !ok {
		return Constraint{}, false
	}
	head := strings.TrimRight(s[:from], " ")
	exact := strings.HasSuffix(head, "정확히") || strings.HasSuffix(head, "딱")
	for _, w := range []string{"약", "대략", "대충", "~", "-", "에서", "부터", "최소한의"} {
		if strings.HasSuffix(head, w) {
			return Constraint{}, false
		}
	}
	least, atMost := strings.HasSuffix(head, "최소") || strings.HasSuffix(head, "적어도"), strings.HasSuffix(head, "최대")
	tail := strings.TrimLeft(s[end:], " ")
	c := Constraint{Kind: kind}
	rest, found := "", true
	switch {
	case cut(&rest, tail, "이내", "이하", "까지만", "안으로", "내로", "를 넘지", "을 넘지", "를 넘기지", "을 넘기지"):
		c.Max = n
	case cut(&rest, tail, "미만"):
		c.Max = n - 1
	case cut(&rest, tail, "이상"):
		c.Min = n
	default:
		found = false
		rest = tail
	}
	for _, w := range []string{"정도", "내외", "안팎", "쯤", "가량", "남짓", "분량"} {
		if strings.HasPrefix(strings.TrimLeft(rest, " "), w) {
			return Constraint{}, false
		}
	}
	closed := cut(&rest, rest, "으로만", "로만", "으로", "로")
	switch {
	case found: // "… 이내로", "… 이내의 답변"
		if strings.HasPrefix(rest, "의 ") {
			closed = containsAny(firstBytes(rest, 24), []string{"답", "요약", "글로", "설명", "소개"})
		} else if !closed {
			closed = strings.Trim(rest, " .!,)") == "" || strings.HasPrefix(rest, ",") || strings.HasPrefix(rest, "만 ") || strings.HasPrefix(rest, "에서 ") || strings.HasPrefix(rest, " 않")
		}
	case !closed:
		return Constraint{}, false
	case exact:
		c.Min, c.Max = n, n
	case least:
		c.Min = n
	case atMost:
		c.Max = n
	case kind == Characters, kind == Items, kind == Paragraphs, kind == Words && n > few:
		return Constraint{}, false // "100자로" is approximate
	default:
		c.Max = n
	}
	if !closed || !asks && strings.Trim(rest, " .!,)") != "" {
		return Constraint{}, false
	}
	// The verb after the limit must be that of the answer, not of something in it: "한 줄로 서 있을
	// 때", "50자 이내로 쓴 글을 고쳐 줘".
	if !strings.HasPrefix(rest, "의 ") && strings.Trim(rest, " .!,)") != "" && !containsAny(firstBytes(rest, 27), koreanAnswering) {
		return Constraint{}, false
	}
	if containsAny(rest, []string{"쓴 ", "된 ", "한 글", "하는 ", "적힌", "만든", "로 된", "끝나는", "이뤄진", "이루어진", "구성된"}) {
		return Constraint{}, false
	}
	return c, c.Max > 0 || c.Min > 1
}

// cut removes the first of the words that s begins with.
func cut(rest *string, s string, words ...string) bool {
	for _, w := range words {
		if after, ok := strings.CutPrefix(s, w); ok {
			*rest = after
			return true
		}
	}
	return false
}

func firstBytes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

var koreanYesNo = []string{"예 또는 아니오", "예 또는 아니요", "네 또는 아니오", "네 또는 아니요", "예/아니오", "예/아니요", "네/아니오", "네/아니요", "예, 아니오", "예, 아니요", "예 아니오", "네, 아니오", "네 아니오", "예나 아니오", "예 혹은 아니오", "네 혹은 아니오", `" 또는 "`, `" 혹은 "`}

func koreanForms(s string, asks bool, add func(Constraint)) {
	if !asks {
		return
	}
	for _, w := range koreanYesNo {
		_, rest, found := strings.Cut(s, w)
		if !found || w[0] == '"' {
			continue
		}
		switch {
		case cut(&rest, rest, "로만 답", "로만 대답", "로만 말", "만으로 답", "만으로 대답", " 중 하나로만 답", " 중 하나로만 대답"):
			add(Constraint{Kind: YesNo, Max: 1})
		case cut(&rest, rest, "로 답", "로 대답", " 중 하나로 답", " 중에서 답"):
			add(Constraint{Kind: YesNo})
		}
		break
	}
	reply := []string{"답", "대답", "출력", "적어", "말해", "써", "응답", "제시", "알려"}
	after := func(words ...string) bool {
		for _, w := range words {
			if i := strings.Index(s, w); i >= 0 && (i == 0 || s[i-1] == ' ' || s[i-1] == ',') && containsAny(firstBytes(strings.TrimLeft(s[i+len(w):], " "), 9), reply) {
				return true
			}
		}
		return false
	}
	if after("숫자만", "숫자로만") {
		add(Constraint{Kind: Number})
	}
	if after("번호만", "기호만", "알파벳만", "선택지 번호만", "보기 번호만") {
		add(Constraint{Kind: Letter})
	}
	if after("json으로", "json 형식으로", "json 형태로", "json으로만", "json만", "json 객체로", "json 포맷으로", "json 형식으로만") {
		add(Constraint{Kind: JSON})
	}
	if (strings.Contains(s, "쉼표를 ") || strings.Contains(s, "쉼표는 ")) && containsAny(s, []string{"쓰지 마", "사용하지 마", "쓰지 말", "사용하지 말", "넣지 마", "넣지 말"}) || after("쉼표 없이") {
		add(Constraint{Kind: NoCommas})
	}
	if after("대문자로만", "영어 대문자로만") {
		add(Constraint{Kind: Upper})
	}
	if after("소문자로만", "영어 소문자로만") {
		add(Constraint{Kind: Lower})
	}
}

// koreanPhrases reads the words that the answer must or must not contain, begin with or end
// with.
func koreanPhrases(s string, quoted []string, add func(Constraint)) {
	if len(quoted) != 1 {
		return // it is unclear which of them, or all
	}
	_, rest, found := strings.Cut(s, `"`)
	if !found {
		return
	}
	p, ok := newPhrase(quoted[0])
	if !ok {
		return
	}
	named := cut(&rest, rest, "이라는 단어를 ", "라는 단어를 ", "이라는 단어는 ", "라는 단어는 ", "이라는 말을 ", "라는 말을 ", "라는 표현을 ", "이라는 표현을 ", "란 단어를 ", "단어를 ", " 단어를 ", "이라는 단어가 ", "라는 단어가 ")
	cut(&rest, rest, "반드시 ", "꼭 ", "절대 ", "절대로 ")
	switch {
	case named && cut(&rest, rest, "쓰지 마", "쓰지 말", "사용하지 마", "사용하지 말", "언급하지 마", "언급하지 말", "포함하지 마", "포함하지 말", "넣지 마", "넣지 말"):
		add(Constraint{Kind: Avoid, Phrase: p})
	case named && cut(&rest, rest, "포함해", "포함하여", "포함시켜", "넣어", "사용해 ", "사용해서", "사용하여", "써서 ", "들어가게"):
		add(Constraint{Kind: Include, Phrase: p})
	case !named && cut(&rest, rest, "으로 시작해", "로 시작해", "으로 시작하세요", "로 시작하세요", "으로 시작하는 답", "로 시작하는 답"):
		add(Constraint{Kind: Begin, Phrase: p})
	case !named && cut(&rest, rest, "으로 끝내", "로 끝내", "으로 끝나게", "로 끝나게", "으로 마무리해", "로 마무리해"):
		add(Constraint{Kind: End, Phrase: p})
	}
}
