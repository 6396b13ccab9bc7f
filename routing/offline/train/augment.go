package train

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"unicode/utf8"

	"sluice/routing/classify"
)

// prompt is a text to learn a topic from.
type prompt struct {
	text  string
	topic classify.Topic
}

// passages collects text by language, which pattern prompts quote: long lines of English reading tasks, Korean answers,
// and joined sentences of any language.
func passages(d *data, rng *rand.Rand) map[string][]string {
	out := make(map[string][]string)
	add := func(lang, text string) {
		if limit := 200 + rng.IntN(1600); len(text) > limit {
			for limit > 0 && !utf8.RuneStart(text[limit]) {
				limit--
			}
			text = text[:limit]
		}
		if len(text) >= 150 {
			out[lang] = append(out[lang], text)
		}
	}
	for i := range d.domains {
		r := &d.domains[i]
		if r.Lang != "en" || r.Topic != "rag_summary" {
			continue
		}
		longest := ""
		for line := range strings.SplitSeq(r.Text, "\n") {
			if len(line) > len(longest) {
				longest = line
			}
		}
		add("en", longest)
	}
	for i := range d.refusals {
		if r := &d.refusals[i]; !r.Refusal && i%4 == 0 {
			add(r.Lang, r.Response)
		}
	}
	sentences := make(map[string][]string)
	var langs []string
	for i := range d.languages {
		r := &d.languages[i]
		if r.Kind != "sentences" {
			continue
		}
		if sentences[r.Lang] == nil {
			langs = append(langs, r.Lang)
		}
		sentences[r.Lang] = append(sentences[r.Lang], r.Text)
	}
	for _, lang := range langs {
		pool := sentences[lang]
		for range 80 {
			var b strings.Builder
			for range 3 + rng.IntN(10) {
				b.WriteString(pool[rng.IntN(len(pool))])
				b.WriteByte(' ')
			}
			add(lang, strings.TrimSpace(b.String()))
		}
	}
	return out
}

// patternPrompts makes prompts of the patterns.
func patternPrompts(d *data, scale float64) []prompt {
	rng := rand.New(rand.NewPCG(3, 4))
	texts := passages(d, rng)
	var out []prompt
	for _, s := range patternLanguages() {
		for topic, patterns := range s.patterns {
			n := int(float64(s.count) * scale)
			for j := range n {
				text, ok := expand(patterns[j%len(patterns)], s.slots, texts[s.lang], rng)
				if !ok {
					continue
				}
				out = append(out, prompt{text: text, topic: classify.Topic(topic)})
			}
		}
	}
	return out
}

// expand fills the placeholders of a pattern. ok is false where it needs a passage and there is none.
func expand(pattern string, slots map[string][]string, texts []string, rng *rand.Rand) (text string, ok bool) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(pattern, "{")
		name, after, closed := strings.Cut(rest, "}")
		if !found || !closed {
			b.WriteString(pattern)
			return b.String(), true
		}
		b.WriteString(before)
		words := slots[name]
		switch {
		case name == "number":
			b.WriteString(strconv.Itoa(2 + rng.IntN([]int{10, 10, 100, 1000}[rng.IntN(4)])))
		case name == "snippet":
			b.WriteString(snippets[rng.IntN(len(snippets))])
		case name == "passage":
			if len(texts) == 0 {
				return "", false
			}
			b.WriteString(texts[rng.IntN(len(texts))])
		case len(words) > 0:
			word := words[rng.IntN(len(words))]
			if strings.Contains(word, "{") {
				word, _ = expand(word, slots, texts, rng)
			}
			b.WriteString(word)
		default:
			b.WriteString("{" + name + "}")
		}
		pattern = after
	}
}
