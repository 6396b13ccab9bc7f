package evaluate

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// plotColours can be told apart with colour blindness (Okabe and Ito).
var plotColours = map[Scorer]string{Learned: "#cc79a7", Spec: "#e69f00", Length: "#009e73"}

// An axis maps values from low to high to pixels from first to last.
type axis struct{ low, high, first, last float64 }

func (a axis) at(v float64) float64 {
	if a.low == a.high { // models without a price
		return a.first
	}
	return a.first + (v-a.low)/(a.high-a.low)*(a.last-a.first)
}

// Plot writes the cost-quality curves as SVG: that of the report's scorer with its 95 %
// interval, those of the other scorers, and the straight line of a random choice.
func (r *TierReport) Plot(w io.Writer) error {
	// The outline of the interval: the low ends from left to right, the high ends back.
	var outline []CurvePoint
	for _, p := range r.Curve {
		outline = append(outline, CurvePoint{Cost: p.Cost, Quality: p.Interval[0]})
	}
	for _, p := range slices.Backward(r.Curve) {
		outline = append(outline, CurvePoint{Cost: p.Cost, Quality: p.Interval[1]})
	}
	lowest, highest := outline[0].Quality, outline[0].Quality
	for _, curve := range append(slices.Collect(maps.Values(r.Others)), outline) {
		for _, p := range curve {
			lowest, highest = min(lowest, p.Quality), max(highest, p.Quality)
		}
	}
	x := axis{100 * r.Cheap.Cost, 100 * r.Strong.Cost, 70, 620}
	y := axis{lowest, highest, 390, 40}

	var svg bytes.Buffer
	add := func(format string, args ...any) { fmt.Fprintf(&svg, format+"\n", args...) }
	add(`<svg xmlns="http://www.w3.org/2000/svg" width="640" height="440" font-family="sans-serif" font-size="12">`)
	add(`<rect width="640" height="440" fill="white"/>`)
	add(`<text x="345" y="22" text-anchor="middle" font-size="15">Quality for money, %d prompts</text>`, r.N)
	add(`<text x="345" y="430" text-anchor="middle">mean cost of a prompt, US cents</text>`)
	add(`<text transform="translate(18 215) rotate(-90)" text-anchor="middle">mean quality of the answers</text>`)
	add(`<path d="M%g %gV%gH%g" fill="none" stroke="black"/>`, x.first, y.last, y.first, x.last)
	for i := range 6 {
		part := float64(i) / 5
		v := x.low + part*(x.high-x.low)
		add(`<path d="M%.1f 390v5" stroke="black"/><text x="%.1f" y="408" text-anchor="middle">%.3g</text>`, x.at(v), x.at(v), v)
		v = y.low + part*(y.high-y.low)
		add(`<path d="M65 %.1fh5" stroke="black"/><text x="62" y="%.1f" text-anchor="end">%.3f</text>`, y.at(v), y.at(v)+4, v)
	}
	line := func(points []CurvePoint, style string) {
		at := make([]string, len(points))
		for i, p := range points {
			at[i] = fmt.Sprintf("%.1f,%.1f", x.at(100*p.Cost), y.at(p.Quality))
		}
		add(`<polyline points="%s" %s/>`, strings.Join(at, " "), style)
	}
	line(outline, `fill="#0072b2" fill-opacity="0.2"`)
	legend := 310
	named := func(name, colour, dashes string, points []CurvePoint) {
		style := fmt.Sprintf(`fill="none" stroke="%s" stroke-width="1.5" stroke-dasharray="%s"`, colour, dashes)
		line(points, style)
		add(`<path d="M530 %dh24" %s/><text x="560" y="%d">%s</text>`, legend-4, style, legend, name)
		legend += 18
	}
	named(string(r.Scorer), "#0072b2", "none", r.Curve)
	for _, s := range sortedKeys(r.Others) {
		if s != Random {
			named(string(s), plotColours[s], "none", r.Others[s])
		}
	}
	named("at random", "#6e6e6e", "4 3", []CurvePoint{r.Cheap, r.Strong})
	add(`</svg>`)
	_, err := svg.WriteTo(w)
	return err
}
