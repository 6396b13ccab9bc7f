package evaluate

import (
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"sluice/routing/classify"
	"sluice/routing/signal"
	"sluice/routing/verdict"
)

// A Scorer is one way of judging a text.
type Scorer string

// The scorers. Learned asks package classify. Spec is the published rules, kept to the
// digit; for refusals, of which they have none, it is the list of phrases. Length and
// Random only rank prompts. Configured is not chosen: it is what a configuration does.
const (
	Learned Scorer = "learned"
	Spec    Scorer = "spec"
	Length  Scorer = "length"
	Random  Scorer = "random"

	Configured Scorer = "configured"
)

// choose returns the scorer's entry, or an error that names those there are.
func choose[T any](s Scorer, task string, known map[Scorer]T) (T, error) {
	if f, ok := known[s]; ok {
		return f, nil
	}
	var names []string
	for name := range known {
		names = append(names, string(name))
	}
	slices.Sort(names)
	var none T
	return none, fmt.Errorf("scorer %q does not do task %s; expected %s", s, task, strings.Join(names, " or "))
}

func topics(m *classify.Model) map[Scorer]func(string) string {
	return map[Scorer]func(string) string{
		Learned: func(text string) string { topic, _ := m.Topic(text).Best(); return topic.String() },
		Spec:    signal.Domain,
	}
}

func refusals(m *classify.Model) map[Scorer]func(string) bool {
	return map[Scorer]func(string) bool{
		Learned: func(text string) bool { return m.Refusal(text) >= classify.RefusalThreshold },
		Spec: func(text string) bool {
			return verdict.Phrases{}.Refusal(strings.TrimSpace(text), true) == verdict.Refuses
		},
	}
}

func languages(m *classify.Model) map[Scorer]func(string) string {
	return map[Scorer]func(string) string{
		Learned: func(text string) string { return m.Language(text).Code },
	}
}

// strengths rate how much a prompt calls for a strong model; only the order counts.
func strengths(m *classify.Model) map[Scorer]func(string) float64 {
	return map[Scorer]func(string) float64{
		Learned: func(text string) float64 { return float64(m.Score(text)) },
		Spec:    signal.Complexity,
		Length:  func(text string) float64 { return float64(utf8.RuneCountInString(text)) },
		Random:  func(text string) float64 { return float64(hash(text)) / math.MaxUint64 },
	}
}

// hash spreads texts evenly, the same way on every run.
func hash(text string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(text)) // never fails
	x := h.Sum64()
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9 // FNV's high bits say little of short texts: finish as splitmix64 does
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
