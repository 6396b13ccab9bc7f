package verdict

import "sluice/routing/classify"

func XUnfinished(s string) bool { return unfinished(s) }
func XWrongSum(s string) bool { return wrongSum(s) }
func XRepeats(s string) bool { return repeats(s) }
func XLanguage(m *classify.Model, want, text string, whole bool) Finding { return languageOf(m, want, text, whole) }
func XExpectLanguage(m *classify.Model, prompt string) string { a,b:=promptEnds(prompt); return expectLanguage(m.Language(prompt).Code,a,b) }
