// Package train learns the weights of package classify from labelled data.
//
// It is deterministic: the same data give the same bytes. Rows are read in the order of the files, random choices are
// seeded, sums run in one order and nothing runs in parallel. It does not know how the weights are used. Start with [Run].
package train

import (
	"fmt"
	"io"

	"sluice/routing/classify"
)

// Options are the parameters of a training run. DefaultOptions holds those that were best on held-out sources.
type Options struct {
	Network                 NetworkOptions
	Gain, Refusal, Language HeadOptions
	Patterns                float64 // share of the pattern prompts to use
	PromptWeight            float64 // of the prompts written for training and of those of other files that were labelled
	TopicRowWeight          float64 // of prompts whose topic alone is known
	EnglishWeight           float64 // of English answers beside Korean ones
	PrefixWeight            float64 // of the beginnings of answers
	PatternAnswers          float64 // of pattern answers
	RefusalShift            float64 // taken off the logit of a refusal, for precision
	GainShare               float64 // how much more a failure weighs that the strong models avoid
	LengthShare             float64 // weight of the first line's length beside the learned gain
}

// HeadOptions are the parameters of one head.
type HeadOptions struct {
	SparsePenalty, DensePenalty float64
	MinCount, MaxIter           int // a head with MaxIter 0 is not trained
}

// DefaultOptions returns the options of the weights in the repository.
func DefaultOptions() Options {
	return Options{
		Network:        NetworkOptions{Epochs: 8, Batch: 128, Rate: 3e-3, Decay: 0.01, RowDropout: 0.3, Dropout: 0.3, TopicWeight: 1},
		Gain:           HeadOptions{DensePenalty: 1, MaxIter: 80},
		Refusal:        HeadOptions{SparsePenalty: 1e-5, DensePenalty: 1e-3, MinCount: 2, MaxIter: 120},
		Language:       HeadOptions{SparsePenalty: 1e-6, MinCount: 1, MaxIter: 100},
		Patterns:       1,
		PromptWeight:   0.7,
		TopicRowWeight: 0.2,
		EnglishWeight:  2,
		PrefixWeight:   0.3,
		PatternAnswers: 0.6,
		RefusalShift:   0.5,
		GainShare:      0.4,
		LengthShare:    0.6,
	}
}

// Run trains all heads with the default options on dir (domains.jsonl, tiers.jsonl, refusals.jsonl, languages.jsonl,
// needs.jsonl) and own (prompts/*.jsonl, labels.jsonl, vectors.bin), and writes its progress to w. It returns a weights
// file for classify.Load, and how many examples each head was trained on.
func Run(dir, own string, w io.Writer) (weights []byte, examples map[string]int, err error) {
	return RunWith(dir, own, DefaultOptions(), w)
}

// RunWith is Run with other options.
func RunWith(dir, own string, o Options, w io.Writer) (weights []byte, examples map[string]int, err error) {
	d, err := readData(dir, own)
	if err != nil {
		return nil, nil, err
	}
	examples = make(map[string]int)
	p := classify.NewParameters()
	f := classify.NewFeatures()
	for _, head := range []struct {
		name    string
		options HeadOptions
		train   func(*data, Options, *classify.Features, *classify.Parameters) (examples int)
	}{
		{"gain", o.Gain, trainGain},
		{"refusal", o.Refusal, trainRefusal},
		{"language", o.Language, trainLanguage},
	} {
		if head.options.MaxIter == 0 {
			continue
		}
		n := head.train(d, o, f, p)
		if n == 0 {
			return nil, nil, fmt.Errorf("train %s: no usable rows in %s", head.name, dir)
		}
		examples[head.name] = n
		fmt.Fprintf(w, "%s: trained on %d examples\n", head.name, n)
	}
	if o.Network.Epochs > 0 {
		n := trainNetwork(d, o, f, p)
		examples["network"] = n
		fmt.Fprintf(w, "network: trained on %d examples\n", n)
	}
	weights = p.Encode()
	fmt.Fprintf(w, "weights: %d bytes\n", len(weights))
	return weights, examples, nil
}

// promptExample reads a prompt.
func promptExample(f *classify.Features, text string) example {
	f.Prompt(text)
	return example{rows: append([]uint32(nil), f.Rows()...), dense: append([]float32(nil), f.Dense()...), weight: 1}
}

// place puts a trained head into the parameters.
func place(h *classify.Head, l linear) {
	if len(h.Table) > 0 {
		h.Scale[0] = quantize(l.table, 1, 0, h.Table, 1, 0)
	}
	h.Bias[0] = float32(l.bias[0])
	floats(h.Dense[:], l.dense)
}
