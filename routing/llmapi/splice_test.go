package llmapi

import "testing"

func TestSplice(t *testing.T) {
	for _, c := range []struct {
		name, before, value, after, model, want string
	}{
		{"longer", `{ "model" : `, `"auto"`, ` , "seed":12345678901234567890.10}`, "claude-opus-4", `"claude-opus-4"`},
		{"shorter, escaped", `{"mod\u0065l":`, `"aut\u006f"`, `,"a":1}`, "m", `"m"`},
		{"quotes", `{"model":`, `"auto"`, `}`, `a"b\c`, `"a\"b\\c"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := []byte(c.before + c.value + c.after)
			got := Splice(body, len(c.before), len(c.before)+len(c.value), c.model)
			if want := c.before + c.want + c.after; string(got) != want {
				t.Errorf("%s, want %s", got, want)
			}
		})
	}
}
