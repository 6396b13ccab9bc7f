package measure

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sort"
)

// AUC returns the area under the ROC curve: the probability that an event gets a higher score than a
// non-event, ties counting half (the Mann-Whitney statistic over mean ranks). It is an error if the slices differ in length or
// either kind is missing.
//
// Example: scores 0.1, 0.4, 0.4, 0.8 with events no, yes, no, yes: of the four pairs three are in order and one is
// tied, so AUC = 3.5/4.
func AUC(scores []float64, events []bool) (float64, error) {
	if len(scores) != len(events) {
		return 0, fmt.Errorf("auc: %d scores, %d events", len(scores), len(events))
	}
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	sort.Slice(order, func(a, b int) bool { return scores[order[a]] < scores[order[b]] })
	var ranks float64
	positive := 0
	for i := 0; i < len(order); {
		j := i
		for j < len(order) && scores[order[j]] == scores[order[i]] {
			j++
		}
		for _, k := range order[i:j] {
			if events[k] {
				ranks += float64(i+j+1) / 2
				positive++
			}
		}
		i = j
	}
	negative := len(scores) - positive
	if positive == 0 || negative == 0 {
		return 0, fmt.Errorf("auc: %d events and %d others; both are needed", positive, negative)
	}
	p := float64(positive)
	return (ranks - p*(p+1)/2) / (p * float64(negative)), nil
}

// Curve says what quality a router reaches for the share of prompts that it sends to the strong model. Prompts go there in the
// order of their scores, highest first.
type Curve struct {
	Weak, Strong float64 // mean quality of all prompts on one model
	// Quality[k] is the mean quality with the k highest scores sent to the strong model, k from 0 to the number of prompts.
	Quality []float64
}

// NewCurve orders prompts by score and adds up the qualities of the model that each gets. weak and strong are the
// qualities of the two models' answers to each prompt. Equal scores are put in a random order that
// only the seed decides, so that a score of few values gains nothing from the order of the file.
func NewCurve(scores, weak, strong []float64, seed uint64) (Curve, error) {
	n := len(scores)
	if len(weak) != n || len(strong) != n {
		return Curve{}, fmt.Errorf("curve: %d scores, %d weak and %d strong qualities", n, len(weak), len(strong))
	}
	if n == 0 {
		return Curve{}, fmt.Errorf("curve: no prompts")
	}
	c := Curve{Quality: make([]float64, n+1)}
	var sumWeak, sumStrong float64
	for i := range n {
		sumWeak += weak[i]
		sumStrong += strong[i]
	}
	c.Weak, c.Strong = sumWeak/float64(n), sumStrong/float64(n)
	sum := sumWeak
	c.Quality[0] = c.Weak
	for k, i := range descending(scores, seed) {
		sum += strong[i] - weak[i]
		c.Quality[k+1] = sum / float64(n)
	}
	return c, nil
}

// descending returns the indices of scores, highest first, ties shuffled by the seed.
func descending(scores []float64, seed uint64) []int {
	order := rand.New(rand.NewPCG(seed, 0)).Perm(len(scores))
	sort.SliceStable(order, func(a, b int) bool { return scores[order[a]] > scores[order[b]] })
	return order
}

// Recovered returns the share of the gap between the weak and the strong model's quality that sending the top share (0..1) of
// prompts to the strong model recovers, between two prompts by straight line. It is 0 where there is no gap.
func (c Curve) Recovered(share float64) float64 {
	gap := c.Strong - c.Weak
	if gap == 0 {
		return 0
	}
	x := min(max(share, 0), 1) * float64(len(c.Quality)-1)
	k := min(int(x), len(c.Quality)-2)
	part := x - float64(k)
	q := c.Quality[k]*(1-part) + c.Quality[k+1]*part
	return (q - c.Weak) / gap
}

// APGR returns the average performance gap recovered: the area under Recovered over the shares 0 to 1, by the trapezoid rule.
// A random order gives 0.5 on average. (Ong et al., RouteLLM, 2024.) It is 0 where there is no gap.
//
// Example: qualities weak 0, 1, 0 and strong 1, 1, 1, scores 3, 1, 2: the gap is 2/3; after 0, 1, 2, 3 prompts
// 0, 1/2, 1, 1 of it are recovered, so APGR = (0.25 + 0.75 + 1)/3.
func (c Curve) APGR() float64 {
	gap := c.Strong - c.Weak
	if gap == 0 {
		return 0
	}
	var area float64
	for k := 1; k < len(c.Quality); k++ {
		area += ((c.Quality[k-1]-c.Weak)/gap + (c.Quality[k]-c.Weak)/gap) / 2
	}
	return area / float64(len(c.Quality)-1)
}

// CPT returns the call-performance threshold: the smallest share of prompts (0..1) that must go to the strong model
// to recover the share of the gap asked for. CPT50 is CPT(0.5). It is 1 if no smaller share does.
func (c Curve) CPT(recovered float64) float64 {
	gap := c.Strong - c.Weak
	n := float64(len(c.Quality) - 1)
	if gap == 0 {
		return 0
	}
	before := 0.0
	if before >= recovered {
		return 0
	}
	for k := 1; k < len(c.Quality); k++ {
		r := (c.Quality[k] - c.Weak) / gap
		if r >= recovered {
			return (float64(k-1) + (recovered-before)/(r-before)) / n
		}
		before = r
	}
	return 1
}

// Point is a point of a cost-quality curve.
type Point struct {
	Share   float64 // of prompts that the strong model gets
	Cost    float64 // mean cost of a prompt
	Quality float64 // mean quality
}

// Points returns the curve at n+1 evenly spread shares from 0 to 1, for the mean costs of a prompt on the two models.
func (c Curve) Points(n int, weakCost, strongCost float64) []Point {
	out := make([]Point, 0, n+1)
	for i := range n + 1 {
		share := float64(i) / float64(max(n, 1))
		out = append(out, Point{
			Share:   share,
			Cost:    weakCost + share*(strongCost-weakCost),
			Quality: c.Weak + c.Recovered(share)*(c.Strong-c.Weak),
		})
	}
	return out
}

// Interval is the range that holds a figure with the probability asked for.
type Interval struct{ Low, High float64 }

// Bootstrap estimates the 95 % interval of a figure of n rows: it draws n rows with replacement, computes the figure, and does so
// for the number of rounds; the interval runs from the 2.5th to the 97.5th percentile. figure gets the row
// numbers of a draw; ok false leaves the draw out (an AUC without events). The same seed gives the same interval.
// (Efron, Bootstrap methods, 1979.)
func Bootstrap(n, rounds int, seed uint64, figure func(rows []int) (value float64, ok bool)) Interval {
	if n == 0 || rounds <= 0 {
		return Interval{}
	}
	rng := rand.New(rand.NewPCG(seed, 1))
	rows := make([]int, n)
	values := make([]float64, 0, rounds)
	for range rounds {
		for i := range rows {
			rows[i] = rng.IntN(n)
		}
		if v, ok := figure(rows); ok {
			values = append(values, v)
		}
	}
	if len(values) == 0 {
		return Interval{}
	}
	slices.Sort(values)
	return Interval{Low: percentile(values, 0.025), High: percentile(values, 0.975)}
}

// percentile returns the value at share q of sorted values, between two of them by straight line.
func percentile(sorted []float64, q float64) float64 {
	x := q * float64(len(sorted)-1)
	i := int(x)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	part := x - float64(i)
	return sorted[i]*(1-part) + sorted[i+1]*part
}

// Pick returns the values at the rows of a bootstrap draw.
func Pick[T any](values []T, rows []int) []T {
	out := make([]T, len(rows))
	for i, r := range rows {
		out[i] = values[r]
	}
	return out
}
