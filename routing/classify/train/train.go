// Package train learns the weights of package classify from labelled data.
//
// It is deterministic: the same data give the same bytes. Rows are read in the order of the files, random choices are
// seeded, sums run in one order and nothing runs in parallel. Start at Run.
package train

import (
	"fmt"
	"io"

	"sluice/routing/classify"
)

// Report says what a training run did.
type Report struct {
	Examples map[string]int // rows used, by head
	Bytes    int            // size of the weights file
}

// Options are the knobs of a training run. DefaultOptions holds what won on held-out sources.
type Options struct {
	Topic, Gain, Refusal, Language HeadOptions
	ClassBalance                   float64 // 0: classes weigh what they count, 1: all the same
	SourceBalance                  float64 // the same for the sources of a class
	Patterns                       float64 // share of the pattern prompts to use
	GuessWeight                    float64 // of rows whose label is a guess
	EnglishWeight                  float64 // of English answers beside Korean ones
	PrefixWeight                   float64 // of the beginnings of answers
	PatternAnswers                 float64 // of pattern answers
	RefusalShift                   float64 // taken off the logit of a refusal, for precision
	GainShare                      float64 // how much more a failure weighs that the strong models avoid
	LengthShare                    float64 // weight of the first line's length beside the learned gain
}

// HeadOptions are the knobs of one head.
type HeadOptions struct {
	SparsePenalty, DensePenalty float64
	MinCount, MaxIter           int // a head with MaxIter 0 is not trained
	MinSources                  int
}

// DefaultOptions returns the options of the weights in the repository.
func DefaultOptions() Options {
	return Options{
		Topic:          HeadOptions{SparsePenalty: 1e-4, DensePenalty: 1e-2, MinCount: 2, MinSources: 2, MaxIter: 120},
		Gain:           HeadOptions{SparsePenalty: 0.3, DensePenalty: 1, MinCount: 3, MaxIter: 80},
		Refusal:        HeadOptions{SparsePenalty: 1e-5, DensePenalty: 1e-3, MinCount: 2, MaxIter: 120},
		Language:       HeadOptions{SparsePenalty: 1e-6, MinCount: 1, MaxIter: 100},
		ClassBalance:   0.5,
		SourceBalance:  0.5,
		Patterns:       1,
		GuessWeight:    0.3,
		EnglishWeight:  2,
		PrefixWeight:   0.3,
		PatternAnswers: 0.6,
		RefusalShift:   0.5,
		GainShare:      0.4,
		LengthShare:    0.6,
	}
}

// Run trains all heads on dir (domains.jsonl, tiers.jsonl, refusals.jsonl, languages.jsonl) with the default
// options, writes its progress to w, and returns a weights file for classify.Load.
func Run(dir string, w io.Writer) ([]byte, Report, error) {
	return RunWith(dir, DefaultOptions(), w)
}

// RunWith is Run with other options.
func RunWith(dir string, o Options, w io.Writer) ([]byte, Report, error) {
	d, err := readData(dir)
	if err != nil {
		return nil, Report{}, err
	}
	report := Report{Examples: make(map[string]int)}
	p := classify.NewParameters()
	f := classify.NewFeatures()
	for _, head := range []struct {
		name    string
		options HeadOptions
		train   func(*data, Options, *classify.Features, *classify.Parameters) (examples int)
	}{
		{"topic", o.Topic, trainTopic},
		{"gain", o.Gain, trainGain},
		{"refusal", o.Refusal, trainRefusal},
		{"language", o.Language, trainLanguage},
	} {
		if head.options.MaxIter == 0 {
			continue
		}
		n := head.train(d, o, f, p)
		if n == 0 {
			return nil, Report{}, fmt.Errorf("train %s: no usable rows in %s", head.name, dir)
		}
		report.Examples[head.name] = n
		fmt.Fprintf(w, "%s: trained on %d examples\n", head.name, n)
	}
	gainQuantiles(d, p)
	weights := p.Encode()
	report.Bytes = len(weights)
	fmt.Fprintf(w, "weights: %d bytes\n", len(weights))
	return weights, report, nil
}

// promptExample reads a prompt.
func promptExample(f *classify.Features, text string) example {
	f.Prompt(text)
	return example{rows: append([]uint32(nil), f.Rows()...), dense: append([]float32(nil), f.Dense()...), weight: 1}
}

// place puts a trained head into lanes of the parameters.
func place(p *classify.Parameters, l linear, first int) {
	for c := range l.lanes {
		p.TableScale[first+c] = quantize(l.table, l.lanes, c, p.Table, classify.NumLanes, first+c)
		p.Bias[first+c] = float32(l.bias[c])
		for j := range classify.NumDense {
			p.Dense[(first+c)*classify.NumDense+j] = float32(l.dense[c*classify.NumDense+j])
		}
	}
}
