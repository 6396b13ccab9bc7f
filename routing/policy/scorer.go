package policy

import (
	"fmt"

	"sluice/routing"
	"sluice/routing/classify"
)

// A Scorer describes prompts better than the rules of package signal do. It may be
// called from many goroutines.
type Scorer interface {
	Describe(text string) Description
}

// A Description is what a [Scorer] says of a prompt.
type Description struct {
	Topic      string       // code, math, writing, rag_summary or general
	Language   string       // ISO 639-1 code; "" is not determined
	Complexity float64      // share of ordinary traffic that is easier, 0..1
	Need       routing.Need // how strong a model it needs
}

// Learned is the [Scorer] whose weights are part of the program.
type Learned struct {
	model *classify.Model
}

// certain is the confidence from which on a language counts as determined.
const certain = 0.9

// NewLearned returns the learned scorer, or an error where the embedded weights are damaged.
func NewLearned() (*Learned, error) {
	m, err := classify.Default()
	if err != nil {
		return nil, fmt.Errorf("learned scorer: %w", err)
	}
	return &Learned{m}, nil
}

// Describe reads a bounded part of the text: its beginning and its end.
func (l *Learned) Describe(text string) Description {
	p := l.model.Prompt(text)
	topic, _ := p.Topics.Best()
	d := Description{Topic: topic.String(), Complexity: float64(p.Complexity), Need: need(p.Need)}
	if p.Language.Code != classify.Unknown && p.Language.Confidence >= certain {
		d.Language = p.Language.Code
	}
	return d
}

func need(n classify.Need) routing.Need {
	return routing.Need{Standard: float64(n.Standard), Premium: float64(n.Premium), Flagship: float64(n.Flagship)}
}

// CheapShare returns the largest share of ordinary traffic, the easiest of it, that the
// budget and standard tiers may serve for the share kept, 0 to 1, of the requests that need
// a stronger tier to get one.
func (l *Learned) CheapShare(kept float64) float64 {
	const steps = 1000
	var needs [steps]float64
	all := 0.0
	for i := range needs {
		needs[i] = need(l.model.NeedAt((float32(i) + 0.5) / steps)).Premium
		all += needs[i]
	}
	left := all
	for i, n := range needs {
		if left -= n; left < kept*all {
			return float64(i) / steps
		}
	}
	return 1
}

// ByShare returns the complexities above which a tier begins where the share cheap of
// ordinary traffic goes to the budget and standard tiers: five eighths of that to the
// budget tier, and of the rest four fifths to the premium tier.
func ByShare(cheap float64) Thresholds {
	return Thresholds{Standard: cheap * 5 / 8, Premium: cheap, Flagship: cheap + (1-cheap)*4/5}
}
