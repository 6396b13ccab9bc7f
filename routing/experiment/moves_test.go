package experiment

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/routing"
)

func TestMoves(t *testing.T) {
	renamed := variants(0.5, 0.5)
	renamed[1].Name = "new"
	swapped := variants(0.3, 0.7)
	swapped[0], swapped[1] = swapped[1], swapped[0]
	tests := []struct {
		name          string
		before, after []Variant
		moved, least  float64
	}{
		{"the same", variants(0.5, 0.5), variants(0.5, 0.5), 0, 0},
		{"two", variants(0.5, 0.5), variants(0.6, 0.4), 0.1, 0.1},
		{"the border in front shifts all", variants(0.5, 0.25, 0.25), variants(0.25, 0.25, 0.5), 0.5, 0.25},
		{"the last border", variants(0.5, 0.25, 0.25), variants(0.5, 0.4, 0.1), 0.15, 0.15},
		{"a third behind", variants(0.5, 0.5), variants(0.5, 0.25, 0.25), 0.25, 0.25},
		{"one leaves", variants(0.25, 0.25, 0.5), variants(0.5, 0.5), 0.75, 0.5},
		{"another name", variants(0.5, 0.5), renamed, 0.5, 0.5},
		{"another order", variants(0.3, 0.7), swapped, 0.6, 0},
		{"a gap is the first's", variants(0.5, 0.2), variants(0.5, 0.3), 0.1, 0.1},
		{"less than a bucket", variants(0.5, 0.5), variants(0.5001, 0.4999), 0.001, 0.001},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			moved, least := Moves(tt.before, tt.after)
			if moved != tt.moved || least != tt.least {
				t.Errorf("%v move and %v at least, want %v and %v", moved, least, tt.moved, tt.least)
			}
		})
	}
}

func TestChanges(t *testing.T) {
	with := func(e Experiment, change func(*Experiment)) *Experiment {
		change(&e)
		return &e
	}
	base := Experiment{Name: "e", Unit: ByUser, Variants: variants(0.5, 0.25, 0.25), Enrol: Enrolment{Share: 0.1}}
	tests := []struct {
		name  string
		after *Experiment
		want  []string
	}{
		{"nothing", with(base, func(*Experiment) {}), nil},
		{"new", with(base, func(e *Experiment) { e.Name = "f" }), nil},
		{"weights", with(base, func(e *Experiment) { e.Variants = variants(0.25, 0.25, 0.5) }), []string{
			"e: 50 % of the units move to another variant; 25 % is the least that the new weights need; their later requests are left out of the comparison, and the check of the split is no longer valid: use a new name to start again",
		}},
		{"weights at the end", with(base, func(e *Experiment) { e.Variants = variants(0.5, 0.275, 0.225) }), []string{
			"e: 2.5 % of the units move to another variant, no more than the new weights need; their later requests are left out of the comparison, and the check of the split is no longer valid: use a new name to start again",
		}},
		{"a model", with(base, func(e *Experiment) {
			e.Variants = variants(0.5, 0.25, 0.25)
			e.Variants[1].Model = &routing.Model{Name: "other"}
		}), []string{"e: b: another model answers, and is counted together with the old one: use a new name to separate them"}},
		{"more people", with(base, func(e *Experiment) { e.Enrol.Share = 0.2 }), []string{"e: enrolment grows from 10 % to 20 % of the units; none leaves"}},
		{"fewer people", with(base, func(e *Experiment) { e.Enrol.Share = 0.05 }), []string{"e: enrolment shrinks from 10 % to 5 % of the units; none moves"}},
		{"another unit", with(base, func(e *Experiment) { e.Unit = ByKey }), []string{"e: each key is assigned again, instead of each user"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, c := range Changes([]*Experiment{&base}, []*Experiment{tt.after}) {
				got = append(got, c.String())
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
