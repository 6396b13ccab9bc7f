package train

import (
	"math"
	"strings"

	"sluice/routing/classify"
)

// trainTopic learns the topics from the rows of the data and the prompts of the patterns.
func trainTopic(d *data, o Options, f *classify.Features, p *classify.Parameters) int {
	examples := topicExamples(d, o, f)
	if len(examples) == 0 {
		return 0
	}
	l := problem{
		lanes: int(classify.NumTopics), numRows: classify.NumRows, minCount: o.Topic.MinCount, minSources: o.Topic.MinSources,
		penalty: penalty{o.Topic.SparsePenalty, o.Topic.DensePenalty}, maxIter: o.Topic.MaxIter,
	}.fit(examples)
	place(p, l, 0)
	return len(examples)
}

func topicExamples(d *data, o Options, f *classify.Features) []example {
	prompts := patternPrompts(d, o.Patterns)
	for i := range d.domains {
		r := &d.domains[i]
		topic, ok := topicOf(r)
		if !ok {
			continue
		}
		p := prompt{text: r.Text, topic: topic, source: r.Source, weight: 1}
		if !r.Strict {
			p.weight = o.GuessWeight
		}
		prompts = append(prompts, p)
	}
	var examples []example
	var sources []string
	number := make(map[string]uint8)
	for i := range prompts {
		p := &prompts[i]
		if p.weight == 0 {
			continue
		}
		e := promptExample(f, p.text)
		e.class, e.weight = int(p.topic), p.weight
		n, ok := number[p.source]
		if !ok {
			n = uint8(len(number) % 64)
			number[p.source] = n
		}
		e.source = n
		examples = append(examples, e)
		sources = append(sources, p.source)
	}
	balance(examples, sources, o)
	return examples
}

// topicOf returns the topic to learn from a row, and false for rows to leave out.
func topicOf(r *domainRow) (classify.Topic, bool) {
	if strings.HasSuffix(r.Source, "mgsm") {
		return classify.Math, true // arithmetic word problems, labelled general for the benchmark they came from
	}
	if r.Topic == "long_context" {
		return classify.RAGSummary, true
	}
	return classify.ParseTopic(r.Topic)
}

// balance weighs examples so that neither a big class nor a big source of a class drowns the others.
func balance(examples []example, sources []string, o Options) {
	type key struct {
		class  int
		source string
	}
	bySource := make(map[key]float64)
	for i := range examples {
		bySource[key{examples[i].class, sources[i]}] += examples[i].weight
	}
	byClass := make([]float64, classify.NumTopics)
	for i := range examples {
		examples[i].weight *= math.Pow(bySource[key{examples[i].class, sources[i]}], -o.SourceBalance)
		byClass[examples[i].class] += examples[i].weight
	}
	raw := make([]float64, classify.NumTopics)
	for i := range examples {
		raw[examples[i].class]++
	}
	for i := range examples {
		c := examples[i].class
		examples[i].weight *= math.Pow(raw[c], 1-o.ClassBalance) / byClass[c]
	}
}
