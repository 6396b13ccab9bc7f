package policy

import (
	"fmt"

	"sluice/routing/classify"
)

// Learned is the [Scorer] whose weights are part of the program.
type Learned struct {
	model *classify.Model
}

// certain is the confidence from which on a language counts as told.
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
	d := Description{Topic: topic.String(), Gain: float64(p.Gain)}
	if p.Language.Code != classify.Unknown && p.Language.Confidence >= certain {
		d.Language = p.Language.Code
	}
	return d
}

// Quantile returns the gain below which the share q of ordinary prompts lies.
func (l *Learned) Quantile(q float64) float64 { return float64(l.model.GainQuantile(q)) }

// Calibrate returns the gains above which a tier begins, so that the share cheap of
// ordinary traffic goes to the budget and standard tiers: five eighths of that to the
// budget tier, and of the rest four fifths to the premium tier.
func (l *Learned) Calibrate(cheap float64) Thresholds {
	return Thresholds{
		Standard: l.Quantile(cheap * 5 / 8),
		Premium:  l.Quantile(cheap),
		Flagship: l.Quantile(cheap + (1-cheap)*4/5),
	}
}

// Recovered returns the share of the quality that the strong models add to ordinary
// traffic which is kept where the share cheap is served by the weak ones.
func (l *Learned) Recovered(cheap float64) float64 {
	const steps = 100
	var kept, all float64
	for i := range steps {
		q := (float64(i) + 0.5) / steps
		gain := l.Quantile(q)
		all += gain
		if q >= cheap {
			kept += gain
		}
	}
	if all == 0 {
		return 1
	}
	return kept / all
}
