package evaluate

import (
	"fmt"
	"image/color"
	"io"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// The size of the plot.
const (
	plotWidth  = 16 * vg.Centimeter
	plotHeight = 11 * vg.Centimeter
)

// Colours that people with colour blindness can tell apart (Okabe and Ito).
var (
	blue   = color.RGBA{0, 114, 178, 255}
	shade  = color.NRGBA{0, 114, 178, 48}
	orange = color.RGBA{230, 159, 0, 255}
	green  = color.RGBA{0, 158, 115, 255}
	purple = color.RGBA{204, 121, 167, 255}
	grey   = color.RGBA{110, 110, 110, 255}
)

// Plot writes the cost-quality curves as SVG: that of the report's scorer with its
// 95 % interval, those of the others, and the straight line of choosing at random.
func (r *TierReport) Plot(w io.Writer) error {
	p := plot.New()
	p.Title.Text = fmt.Sprintf("Quality for money, %d prompts", r.N)
	p.X.Label.Text = "mean cost of a prompt, US cents"
	p.Y.Label.Text = "mean quality of the answers"
	p.Legend.Padding = vg.Millimeter
	p.Legend.YPosition = draw.PosBottom

	band, err := plotter.NewPolygon(outline(r.Curve))
	if err != nil {
		return fmt.Errorf("plot the interval: %w", err)
	}
	band.Color, band.Width = shade, 0
	p.Add(band)
	add := func(name string, points []CurvePoint, c color.Color, dashes ...vg.Length) error {
		line, err := plotter.NewLine(positions(points))
		if err != nil {
			return fmt.Errorf("plot %s: %w", name, err)
		}
		line.Color, line.Width, line.Dashes = c, vg.Points(1.5), dashes
		p.Add(line)
		p.Legend.Add(name, line)
		return nil
	}
	if err := add(string(r.Scorer), r.Curve, blue); err != nil {
		return err
	}
	colours := map[Scorer]color.Color{Learned: purple, Spec: orange, Length: green, Random: grey}
	for _, name := range sortedKeys(r.Others) {
		if name == Random {
			continue
		}
		if err := add(string(name), r.Others[name], colours[name]); err != nil {
			return err
		}
	}
	if err := add("at random", []CurvePoint{r.Cheap, r.Strong}, grey, vg.Points(4), vg.Points(3)); err != nil {
		return err
	}
	c := vgsvg.New(plotWidth, plotHeight)
	p.Draw(draw.New(c))
	_, err = c.WriteTo(w)
	return err
}

func positions(points []CurvePoint) plotter.XYs {
	out := make(plotter.XYs, len(points))
	for i, p := range points {
		out[i] = plotter.XY{X: 100 * p.Cost, Y: p.Quality}
	}
	return out
}

// outline goes along the low ends of the intervals and back along the high ones.
func outline(points []CurvePoint) plotter.XYs {
	out := make(plotter.XYs, 2*len(points))
	for i, p := range points {
		out[i] = plotter.XY{X: 100 * p.Cost, Y: p.Interval[0]}
		out[len(out)-1-i] = plotter.XY{X: 100 * p.Cost, Y: p.Interval[1]}
	}
	return out
}
