package evaluate

import "fmt"

// A Constant is what doing always the same is worth, beside what is measured.
type Constant struct {
	Name     string  `json:"name"`     // what is always done
	Figure   string  `json:"figure"`   // by which the two are compared
	Value    float64 `json:"value"`    // of the constant
	Margin   float64 `json:"margin"`   // by how much what is measured is better
	Interval Range   `json:"interval"` // 95 %, of the margin
}

// Against compares what is measured with the best constant. It beats that where the whole
// interval of the margin is above 0.
type Against struct {
	Constant Constant `json:"best_constant"`
	Beats    bool     `json:"beats_constant"`
}

// against takes the margin's interval out of those of the figures, where it stands under
// the name margin.
func against(c Constant, intervals map[string]Range) Against {
	c.Interval = intervals[margin]
	delete(intervals, margin)
	return Against{c, c.Interval[0] > 0}
}

// margin is the name of the margin among the figures of a bootstrap draw.
const margin = "margin"

// sentence says whether the constant is beaten.
func (a Against) sentence() string {
	c := a.Constant
	verb := "beats"
	switch {
	case a.Beats:
	case c.Margin > 0:
		verb = "is not shown to beat"
	default:
		verb = "does not beat"
	}
	return fmt.Sprintf("%s the best constant, %s (%s %.3f): margin %+.3f (95 %% %+.3f to %+.3f)",
		verb, c.Name, c.Figure, c.Value, c.Margin, c.Interval[0], c.Interval[1])
}

// mixed is the quality of sending always the same part of the requests, drawn at random, to
// the strong model, or none where that is worse: the best that is done with the two constants
// "always cheap" and "always strong" for a share of the extra cost of the latter.
func mixed(cheap, strong, share float64) float64 {
	return cheap + max(0, min(1, share)*(strong-cheap))
}
