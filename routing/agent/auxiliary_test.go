package agent

import (
	"bytes"
	"strings"
	"testing"
)

func TestAuxiliary(t *testing.T) {
	for _, c := range []struct {
		text   string
		system bool
		want   Auxiliary
	}{
		{"You are a title generator. Output the title of the thread.", true, Title},
		{"Write a 5-10 word title for the following conversation:", false, Title},
		{"Write a title for a talk show host's autobiography", false, NotAuxiliary},
		{"You are an engineer who generates one-line Git commit messages from diffs.", true, Title},
		{"You come with the best commit message for a change.", true, Title},
		{"주어진 변경에 맞는 커밋 메시지를 작성하세요.", true, Title},
		{"Write a commit message for this change", false, NotAuxiliary},
		{"You explain what commit messages are for.", true, NotAuxiliary},
		{"You are an expert at writing titles for blog posts.", true, NotAuxiliary},
		{"이 대화에 어울리는 제목을 지어 주세요", false, Title},
		{"소설 제목을 지어 줘", false, NotAuxiliary},
		{"Your task is to create a detailed summary of the conversation so far.", false, Maintenance},
		{"Write a summary of the meeting so far", false, NotAuxiliary},
		{"You have been tasked with summarizing conversations.", true, Maintenance},
		{"[SUGGESTION MODE: what comes next?]", false, Maintenance},
		{"지금까지의 작업을 요약해서 다른 모델에 인계할 수 있게 해 줘", false, Maintenance},
		{"앞선 대화를 요약해 줘", false, NotAuxiliary},
		{strings.Repeat("a long text ", 40) + "Read HEARTBEAT.md", false, NotAuxiliary}, // only the beginning counts
		{"What does HEARTBEAT.md do?", false, NotAuxiliary},
		{"", true, NotAuxiliary},
	} {
		if got := ReadBeginning([]byte(c.text)).Auxiliary(c.system); got != c.want {
			t.Errorf("%q: %d, want %d", c.text, got, c.want)
		}
	}
}

func TestSummary(t *testing.T) {
	const marker = "This session is being continued from a previous conversation"
	for _, c := range []struct {
		name, block string
		first       bool
		want        bool
	}{
		{"first", marker + " that ran out of context.", true, true},
		{"white space in front", "\n " + marker, true, true},
		{"quoted", `"` + marker + `"`, true, false},
		{"cited", "> " + marker, true, false},
		{"behind other words", "I see: " + marker, true, false},
		{"later and short", marker + ": why?", false, false},
		{"later and long", marker + strings.Repeat(" and so on", 100), false, true},
		{"in Korean", "이 세션은 이전 대화에서 이어집니다.", true, true},
		{"cut", marker[:20], true, false},
	} {
		if got := Summary([]byte(c.block), c.first); got != c.want {
			t.Errorf("%s: %t, want %t", c.name, got, c.want)
		}
	}
}

// FuzzPhrases compares the automaton with a search for each phrase.
func FuzzPhrases(f *testing.F) {
	table := map[sign][]string{
		1: {"he", "she", "\nhers"}, 2: {"his", "실패"}, 4: {"s", "실패했"}, 8: {"\n\nx"},
	}
	p := compile(table)
	f.Add([]byte("ushers"))
	f.Add([]byte("hers\nHERS 실패했다\n\nX"))
	f.Fuzz(func(t *testing.T, text []byte) {
		var want sign
		lower := append([]byte{'\n'}, text...)
		for i, c := range lower {
			if 'A' <= c && c <= 'Z' {
				lower[i] += 'a' - 'A'
			}
		}
		for mark, list := range table {
			for _, phrase := range list {
				if bytes.Contains(lower, []byte(phrase)) {
					want |= mark
				}
			}
		}
		if got := p.in(text); got != want {
			t.Errorf("%q: %04b, want %04b", text, got, want)
		}
	})
}
