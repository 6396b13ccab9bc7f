// Package evaluate measures the router: scorers and verdicts on labelled data, a
// configuration on a log of requests, and the thresholds that such a log asks for.
//
// It reads lines of JSON and returns reports that can be printed as text or encoded as JSON.
// It does not know flags, Envoy or the network. A report depends on its input alone: random
// draws are seeded.
//
// Start with [Need], [Domain], [Refusal], [Language], [Tier] and [Verdict] for labelled data,
// with [Replay] and [Calibrate] for logs; figures.go has what they share.
package evaluate

import (
	"fmt"
	"hash/fnv"
	"io"
	"math"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"sluice/routing/classify"
	"sluice/routing/offline/jsonl"
	"sluice/routing/signal"
	"sluice/routing/verdict"
)

// A Scorer is one way to classify or rank a text.
type Scorer string

// The scorers. Learned is package classify. Spec is the published rules, kept to the digit; for
// refusals, of which they have none, it is the list of phrases. Length and Random only rank
// prompts. Configured is not chosen: it is what a configuration does.
const (
	Learned Scorer = "learned"
	Spec    Scorer = "spec"
	Length  Scorer = "length"
	Random  Scorer = "random"

	Configured Scorer = "configured"
)

// choose returns the entry of the scorer, or an error that names the scorers there are.
func choose[T any](s Scorer, task string, known map[Scorer]T) (T, error) {
	f, ok := known[s]
	if ok {
		return f, nil
	}
	var names []string
	for _, name := range sortedKeys(known) {
		names = append(names, string(name))
	}
	return f, fmt.Errorf("scorer %q does not do task %s; expected %s", s, task, strings.Join(names, " or "))
}

func topics(m *classify.Model) map[Scorer]func(string) string {
	return map[Scorer]func(string) string{
		Learned: func(text string) string { topic, _ := m.Topic(text).Best(); return topic.String() },
		Spec:    signal.Domain,
	}
}

// The labels of task refusal.
const (
	labelRefusal = "refusal"
	labelAnswer  = "answer"
)

func refusalLabel(refuses bool) string {
	if refuses {
		return labelRefusal
	}
	return labelAnswer
}

func refusals(m *classify.Model) map[Scorer]func(string) string {
	return map[Scorer]func(string) string{
		Learned: func(text string) string { return refusalLabel(m.Refusal(text) >= classify.RefusalThreshold) },
		Spec: func(text string) string {
			return refusalLabel(verdict.Phrases{}.Refusal(strings.TrimSpace(text), true) == verdict.Refuses)
		},
	}
}

func languages(m *classify.Model) map[Scorer]func(string) string {
	return map[Scorer]func(string) string{
		Learned: func(text string) string { return m.Language(text).Code },
	}
}

// strengths rate how much a prompt needs a strong model; only the order counts.
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
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9 // FNV's high bits vary little for short texts: finish as splitmix64 does
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// rows decodes every line of r into a T and calls f with it. A field with a tag required, which
// says what is expected, must not be missing, empty or 0; a pointer may point to such a value.
func rows[T any](r io.Reader, f func(row *T) error) error {
	return jsonl.Rows(r, func(row *T) error {
		v := reflect.ValueOf(row).Elem()
		for field, value := range v.Fields() {
			expected := field.Tag.Get("required")
			if expected != "" && (value.IsZero() || value.Kind() == reflect.Slice && value.Len() == 0) {
				return fmt.Errorf("%q is missing; expected %s", field.Tag.Get("json"), expected)
			}
		}
		return f(row)
	})
}

// commonest returns the most frequent of at least one label; of several, the first by name.
func commonest(labels []string) string {
	count := make(map[string]int)
	for _, label := range labels {
		count[label]++
	}
	return slices.MaxFunc(sortedKeys(count), func(a, b string) int { return count[a] - count[b] })
}
