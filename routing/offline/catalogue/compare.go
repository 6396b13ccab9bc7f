package catalogue

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"text/tabwriter"

	"sluice/routing/config"
)

// Difference is a value of a configuration that the catalogue says otherwise. Values are as
// they are written, Absent where the configuration has none.
type Difference struct {
	Model     string `json:"model"`
	Key       string `json:"key"` // such as price.input
	File      string `json:"file"`
	Catalogue string `json:"catalogue"`
}

// Absent stands for a value that a configuration does not have.
const Absent = "-"

// Report is the result of a comparison.
type Report struct {
	Compared    int          `json:"compared"` // models that the catalogue has
	Differences []Difference `json:"differences"`
	Unknown     []string     `json:"unknown"` // models that it does not have
}

// Compare compares prices, contexts and limits of answers of the models in f with the
// catalogue, in the order of the file. What the catalogue does not say is no difference.
func Compare(f *config.File, c *Catalogue) *Report {
	r := &Report{Differences: []Difference{}, Unknown: []string{}}
	for i := range f.Models {
		m := &f.Models[i]
		e := c.Find(Names(m, f.Providers[m.Provider].Endpoint)...)
		if e == nil {
			r.Unknown = append(r.Unknown, m.Name)
			continue
		}
		r.Compared++
		number := func(key string, is, want *float64) {
			if want == nil || is != nil && math.Abs(*is-*want) <= 1e-6*math.Abs(*want) {
				return
			}
			d := Difference{m.Name, key, Absent, format(*want)}
			if is != nil {
				d.File = format(*is)
			}
			r.Differences = append(r.Differences, d)
		}
		if p := e.Price; p != nil {
			number("price.input", &m.Price.Input, &p.Input)
			number("price.output", &m.Price.Output, &p.Output)
			number("price.cached_input", m.Price.CachedInput, p.CachedInput)
			number("price.cache_write", m.Price.CacheWrite, p.CacheWrite)
			number("price.cache_write_1h", m.Price.CacheWrite1h, p.CacheWrite1h)
			number("price.batch", orNil(m.Price.Batch), orNil(p.Batch))
		}
		number("context", orNil(float64(m.Context)), orNil(float64(e.Context)))
		number("max_output", orNil(float64(m.MaxOutput)), orNil(float64(e.MaxOutput)))
	}
	return r
}

// orNil is nil for 0, which stands for unknown.
func orNil(v float64) *float64 {
	if v == 0 {
		return nil
	}
	return &v
}

func format(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// Print writes the differences as a table, nothing where there are none.
func (r *Report) Print(w io.Writer) error {
	if len(r.Differences) == 0 {
		return nil
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "MODEL\tKEY\tFILE\tCATALOGUE")
	for _, d := range r.Differences {
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\n", d.Model, d.Key, d.File, d.Catalogue)
	}
	return tw.Flush()
}
