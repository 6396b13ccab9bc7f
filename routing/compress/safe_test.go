package compress

import (
	"encoding/json"
	"strings"
	"testing"
)

// quote returns text as a JSON string without its quotes.
func quote(t testing.TB, text string) []byte {
	t.Helper()
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(text); err != nil {
		t.Fatal(err)
	}
	return []byte(b.String()[1 : b.Len()-2])
}

// shorten returns what safe makes of a text that begins a conversation.
func shorten(t testing.TB, text string) string {
	t.Helper()
	raw := quote(t, text)
	if !plain(raw) {
		return text
	}
	var met greeting
	cut := met.again(raw)
	tr := trimmer{raw: raw}
	tr.cut(0, cut, "")
	tr.lines(cut)
	out, _ := tr.result()
	got, ok := decoded(out)
	if !ok {
		t.Fatalf("%q became %q, which is no text", text, out)
	}
	return got
}

func TestSafe(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"blank lines", "Some words.\n\n\n\nMore words.", "Some words.\n\nMore words."},
		{"one blank line", "Some words.\n\nMore words.", "Some words.\n\nMore words."},
		{"blank lines with blanks", "Some words.\n \t\n  \nMore words.", "Some words.\n\nMore words."},
		{"one blank line with blanks", "Some words.\n   \nMore words.", "Some words.\n\nMore words."},
		{"blank lines at the start", "\n\n\nSome words.", "\nSome words."},
		{"blank lines at the end", "Some words.\n\n\n\n", "Some words.\n\n"},
		{"blanks alone", "\n\n \n", "\n"},
		{"Windows", "Some words. \r\n\r\n\r\n\r\nMore words.", "Some words.\r\n\r\nMore words."},
		{"trailing space", "Some words \nand more words.", "Some words\nand more words."},
		{"trailing tab", "Some words\t\nand more words.", "Some words\nand more words."},
		{"trailing blanks at the end stay", "Some words  ", "Some words  "},
		{"hard break", "Some words  \nand more words.", "Some words  \nand more words."},
		{"longer hard break", "Some words    \nand more words.", "Some words    \nand more words."},
		{"two spaces and a tab are no break", "Some words  \t\nand more words.", "Some words\nand more words."},
		{"no break at a paragraph's end", "Some words  \n\nMore words.", "Some words\n\nMore words."},
		{"Korean", "첫 번째 문단입니다. \n\n\n\n두 번째 문단입니다.", "첫 번째 문단입니다.\n\n두 번째 문단입니다."},
		{"a quote in it", "She said \"no\" \nand left us.", "She said \"no\"\nand left us."},

		{"fence", "Some words.\n```\na \n\n\n\nb \n```\nMore words.", "Some words.\n```\na \n\n\n\nb \n```\nMore words."},
		{"behind a fence", "Some words.\n```go\na\n```\n\nMore words.\n\n\nThe end.", "Some words.\n```go\na\n```\n\nMore words.\n\nThe end."},
		{"next to a fence", "Some words.\n\n\n```\na\n```\n\n\nMore words.", "Some words.\n\n\n```\na\n```\n\n\nMore words."},
		{"open fence", "Some words. \nand more.\n```\na b. \n\n\n\nSome words.", "Some words.\nand more.\n```\na b. \n\n\n\nSome words."},
		{"tildes", "~~~\nSome words \n\n\nMore words.\n~~~", "~~~\nSome words \n\n\nMore words.\n~~~"},
		{"shorter fence inside", "````\n```\nSome words.\n\n\nMore words.\n````", "````\n```\nSome words.\n\n\nMore words.\n````"},
		{"fence with words behind it does not close", "```\nSome words.\n``` x\n\n\nMore words.\n\n\nThe end.", "```\nSome words.\n``` x\n\n\nMore words.\n\n\nThe end."},
		{"fence in a list", "- ```\n  a\n- ```\n\nSome words.\n\n\nMore words.", "- ```\n  a\n- ```\n\nSome words.\n\n\nMore words."},
		{"fence in a sentence", "See ``` here it is.\n\n\nMore words.", "See ``` here it is.\n\n\nMore words."},
		{"fence that is none", "```a` b\n```\nSome words.\n\n\nMore words.\n```", "```a` b\n```\nSome words.\n\n\nMore words.\n```"},
		{"inline code over lines", "Call `this one \nand that one`\n\nSome words.", "Call `this one \nand that one`\n\nSome words."},
		{"inline code with blank lines", "Call `this.\n\n\nand that`\n\nSome words.", "Call `this.\n\n\nand that`\n\nSome words."},
		{"backquote without its other", "It is ` that.\n\n\nSome words.", "It is ` that.\n\n\nSome words."},
		{"two backquotes around one", "Call ``a ` b \nSome words \nand c``\n\nMore words \n\nThe end.", "Call ``a ` b \nSome words \nand c``\n\nMore words\n\nThe end."},
		{"indented code", "Some words.\n\n    a\n\n\n    b\n\nMore words.", "Some words.\n\n    a\n\n\n    b\n\nMore words."},
		{"indented by a tab", "Some words.\n\n\ta \n\n\n\tb", "Some words.\n\n\ta \n\n\n\tb"},
		{"Python", "import os\n\n\ndef f(x):\n    return x \n\n\nprint(f(1))", "import os\n\n\ndef f(x):\n    return x \n\n\nprint(f(1))"},
		{"table", "Name | Age \nAnn | 3 \n\n\nBob | 4", "Name | Age \nAnn | 3 \n\n\nBob | 4"},
		{"columns", "Name  Age \nAnn   three ", "Name  Age \nAnn   three "},
		{"next to a table", "The heading \n--- | ---", "The heading \n--- | ---"},
		{"JSON", "{\n\"a\": 1, \n\n\n\"b\": 2\n}", "{\n\"a\": 1, \n\n\n\"b\": 2\n}"},
		{"keys and values", "name: Ann \n\n\nage: three ", "name: Ann \n\n\nage: three "},
		{"log", "ERROR disk is full \n\n\n12:30:01 INFO it works ", "ERROR disk is full \n\n\n12:30:01 INFO it works "},
		{"diff", "-an old line \n+a new line \n\n\n@@ x", "-an old line \n+a new line \n\n\n@@ x"},
		{"list", "- an item \n- an item ", "- an item \n- an item "},
		{"heading", "# A heading \n\n\nSome words.", "# A heading \n\n\nSome words."},
		{"column of words", "apple \npear \n\n\nplum", "apple \npear \n\n\nplum"},
		{"frame", "Some words │ more \nand more.", "Some words │ more \nand more."},
		{"wide spaces", "Some　words \nand more.", "Some　words \nand more."},
		{"tag", "Some words. \n\n\n<b>More</b> words.", "Some words. \n\n\n<b>More</b> words."},
		{"harness", "<system-reminder>Some words.\n\n\nMore words.</system-reminder>", "<system-reminder>Some words.\n\n\nMore words.</system-reminder>"},
		{"less than", "It is 1 < 2.\n\nSome words \nand more.", "It is 1 < 2.\n\nSome words\nand more."},
		{"control character", "Some words \x01.\n\n\nMore words.", "Some words \x01.\n\n\nMore words."},
		{"backslash and t", "Some words \\t\nand more.", "Some words \\t\nand more."},
		{"backslash and n", "Some words \\n\\n\\n and more.", "Some words \\n\\n\\n and more."},

		{"doubled greeting", "Hi! Hi! I need your help.", "Hi! I need your help."},
		{"tripled greeting", "안녕하세요 안녕하세요. 안녕하세요! 도와주실 수 있나요?", "안녕하세요! 도와주실 수 있나요?"},
		{"single greeting", "Hello! I need your help.", "Hello! I need your help."},
		{"different greetings", "Hi! Hello! I need your help.", "Hi! Hello! I need your help."},
		{"part of a word", "Hi High prices are bad.", "Hi High prices are bad."},
		{"nothing but greetings", "Hello! Hello!", "Hello! Hello!"},
		{"no prose behind it", "Hello! Hello! x = 1", "Hello! Hello! x = 1"},
		{"to be translated", "Hi! Hi! How are you? Translate it.", "Hi! Hi! How are you? Translate it."},
		{"to be translated into Korean", "안녕하세요! 안녕하세요! 반갑습니다. 영어로 옮겨 줘.", "안녕하세요! 안녕하세요! 반갑습니다. 영어로 옮겨 줘."},
		{"quoted", "Hello! Hello! “Hello” is what I heard.", "Hello! Hello! “Hello” is what I heard."},
		{"a program", "Hello, Hello, world in Rust please.", "Hello, Hello, world in Rust please."},
		{"not at the start", "So. Hi! Hi! I need your help.", "So. Hi! Hi! I need your help."},
		{"indentation behind it", "Hi! Hi!\n    I need your help.", "Hi! Hi!\n    I need your help."},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := shorten(t, c.in)
			if got != c.want {
				t.Errorf("%q became %q, want %q", c.in, got, c.want)
			}
			if again := shorten(t, got); again != got {
				t.Errorf("%q became %q the second time", got, again)
			}
			if changed := got != c.in; changed && !hopeful([]byte(`{"content":"`+string(quote(t, c.in))+`"}`)) {
				t.Errorf("no hope is seen in %q", c.in)
			}
		})
	}
}

// TestSafeStaysAway shows that a text is left alone where it is spelt as few would.
func TestSafeStaysAway(t *testing.T) {
	for _, raw := range []string{
		`Some words \u000aand more words.`,
		`Some words \nand \u0041 words.`,
		`Some words \nand \ud83d words.`,
		`Some words \nand \ude00\ud83d words.`,
		`Some words \nand \u0000 words.`,
		"Some words \\nand \xff words.",
		`Some words \nand \u003cb> words.`,
	} {
		if plain([]byte(raw)) {
			t.Errorf("%s may change", raw)
		}
	}
	if raw := `Some words \nand \ud83d\ude00, \uc548 words.`; !plain([]byte(raw)) {
		t.Errorf("%s may not change", raw)
	}
}
