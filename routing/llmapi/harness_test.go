package llmapi

import (
	"strings"
	"testing"
)

func TestWithoutHarness(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"nothing to do", " as it is \n", " as it is \n"},
		{"one envelope", "<system-reminder>a < b </b> c</system-reminder>", ""},
		{"around it", "before <system-reminder>x</system-reminder> after\n", "before  after"},
		{"several kinds", "<command-name>/x</command-name>\n<local-command-stdout></local-command-stdout>go<bash-input>ls</bash-input>", "go"},
		{"never closed", "go on\n<environment_context>\nwhat follows </system-reminder>", "go on"},
		{"attributes", `<ide_selection path="a b">x</ide_selection>go`, "go"},
		{"a wrapper", "<user_query>\nfix it\n</user_query>", "fix it"},
		{"an empty wrapper", "<command-args></command-args>", ""},
		{"words around a wrapper", "The user said no:\n<feedback>\nuse tabs\n</feedback>\nGo on.", "use tabs"},
		{"two wrappers", "x<feedback>a</feedback>y<feedback>b</feedback>z", "a\nb"},
		{"a wrapper that is never closed", "x<user_query>a <system-reminder>r</system-reminder>b", "a b"},
		{"an envelope before a wrapper", "<environment_details>x</environment_details><user_input mode=\"act\">go</user_input>", "go"},
		{"an end alone", "</system-reminder>go", "go"},
		{"an envelope in an envelope ends at the first end", "<system-reminder><system-reminder>x</system-reminder>y</system-reminder>", "y"},
		{"a wrapper in an envelope", "<system-reminder><command-args>x</command-args></system-reminder>", ""},
		{"other tags", "<task>a</task> <b>c</b> 1 < 2 > 3 <", "<task>a</task> <b>c</b> 1 < 2 > 3 <"},
		{"a longer name", "<system-reminders>x</system-reminders>", "<system-reminders>x</system-reminders>"},
		{"a start behind a less-than", "1 <<system-reminder>x</system-reminder>", "1 <"},
		{"no end of the tag", "<system-reminder", "<system-reminder"},
		{"a tag as long as none", "<system-reminder " + strings.Repeat("x", maxTag) + ">a", "<system-reminder " + strings.Repeat("x", maxTag) + ">a"},
		{"in Korean", "<system-reminder>안내</system-reminder>\n계속", "계속"},
	} {
		t.Run(c.name, func(t *testing.T) {
			human, _ := withoutHarness([]byte(c.in))
			if got := string(human); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}
