package lexicon

import "testing"

func TestFind(t *testing.T) {
	var l Lexicon
	l.Add(1, "mill", "water mill")
	l.Add(2, "물레방아", "in korean")
	l.Add(4, "水车")
	for text, want := range map[string]uint64{
		"":                       0,
		"mi":                     0,
		"The MILL stands.":       1,
		"A windmill stands.":     0,
		"mill":                   1,
		"Say it in Korean: 물레방아": 2,
		"큰물레방아":                  0,
		"这个水车很大":                 4,
		"water mill, in korean":  3,
	} {
		if got := l.Find(text); got != want {
			t.Errorf("%q: got %b, want %b", text, got, want)
		}
	}
}
