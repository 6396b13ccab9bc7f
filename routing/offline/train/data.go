package train

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"sluice/routing/classify"
	"sluice/routing/offline/jsonl"
)

// domainRow is a line of domains.jsonl.
type domainRow struct {
	Text   string `json:"text"`
	Topic  string `json:"topic"`
	Lang   string `json:"lang"`
	Source string `json:"source"`
	Strict bool   `json:"strict"`
}

// tierRow is a line of tiers.jsonl.
type tierRow struct {
	Text   string   `json:"text"`
	Weak   *float64 `json:"weak_correct"`
	Strong *float64 `json:"strong_correct"`
	Source string   `json:"source"`
	Lang   string   `json:"lang"`
}

// refusalRow is a line of refusals.jsonl.
type refusalRow struct {
	Response string `json:"response"`
	Refusal  bool   `json:"refusal"`
	Lang     string `json:"lang"`
	Source   string `json:"source"`
	Kind     string `json:"kind"`
}

// languageRow is a line of languages.jsonl.
type languageRow struct {
	Text   string `json:"text"`
	Lang   string `json:"lang"`
	Kind   string `json:"kind"`
	Source string `json:"source"`
}

// needRow is a line of needs.jsonl and of the prompts written for training.
type needRow struct {
	Text  string   `json:"text"`
	Need  float64  `json:"need"`  // the weakest tier whose answer a demanding reader accepts: 1 to 4, or a mean of readers
	OK    []int    `json:"ok"`    // the tiers that are a reasonable choice
	Topic []string `json:"topic"` // one or two, the best first
}

// labelRow is a line of labels.jsonl: a label of a prompt whose text is in another file, by the hash of the text.
type labelRow struct {
	Key string `json:"key"`
	needRow
}

// data is everything to learn from.
type data struct {
	domains   []domainRow
	tiers     []tierRow
	refusals  []refusalRow
	languages []languageRow
	needs     []needRow // of ordinary prompts, as people typed them
	prompts   []needRow // written for training
	labels    map[string]*needRow
	vectors   []float64 // initial values of the network's vectors
}

// textKey names a text in labels.jsonl: the first 16 hexadecimal digits of its SHA-256.
func textKey(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// readData reads domains.jsonl, tiers.jsonl, refusals.jsonl, languages.jsonl and needs.jsonl of a directory, and of own
// the prompts written for training (prompts/*.jsonl), labels.jsonl and vectors.bin.
func readData(dir, own string) (*data, error) {
	var d data
	var err error
	if d.domains, err = readRows[domainRow](dir, "domains.jsonl"); err != nil {
		return nil, err
	}
	if d.tiers, err = readRows[tierRow](dir, "tiers.jsonl"); err != nil {
		return nil, err
	}
	if d.refusals, err = readRows[refusalRow](dir, "refusals.jsonl"); err != nil {
		return nil, err
	}
	if d.languages, err = readRows[languageRow](dir, "languages.jsonl"); err != nil {
		return nil, err
	}
	if d.needs, err = readRows[needRow](dir, "needs.jsonl"); err != nil {
		return nil, err
	}
	names, err := filepath.Glob(filepath.Join(own, "prompts", "*.jsonl"))
	if err != nil {
		return nil, fmt.Errorf("read training data: %w", err)
	}
	for _, name := range names { // sorted
		rows, err := readRows[needRow](filepath.Dir(name), filepath.Base(name))
		if err != nil {
			return nil, err
		}
		d.prompts = append(d.prompts, rows...)
	}
	labels, err := readRows[labelRow](own, "labels.jsonl")
	if err != nil {
		return nil, err
	}
	d.labels = make(map[string]*needRow, len(labels))
	for i := range labels {
		d.labels[labels[i].Key] = &labels[i].needRow
	}
	if d.vectors, err = readVectors(own); err != nil {
		return nil, err
	}
	return &d, d.check()
}

// check reports labels that are out of range: they would be learned.
func (d *data) check() error {
	check := func(r *needRow, where string) error {
		if !(r.Need >= 1 && r.Need <= needs+1) || len(r.OK) == 0 || len(r.Topic) == 0 || len(r.Topic) > 2 {
			return fmt.Errorf("%s: need %v, ok %v, topic %q; expected 1 to %d, at least one tier, one or two topics", where, r.Need, r.OK, r.Topic, needs+1)
		}
		for _, name := range r.Topic {
			if _, ok := classify.ParseTopic(name); !ok {
				return fmt.Errorf("%s: unknown topic %q", where, name)
			}
		}
		return nil
	}
	for i := range d.needs {
		if err := check(&d.needs[i], fmt.Sprintf("needs.jsonl row %d", i+1)); err != nil {
			return err
		}
	}
	for i := range d.prompts {
		if err := check(&d.prompts[i], fmt.Sprintf("prompts row %d", i+1)); err != nil {
			return err
		}
	}
	for key, row := range d.labels {
		if err := check(row, "labels.jsonl "+key); err != nil {
			return err
		}
	}
	return nil
}

// readRows decodes a file of one JSON object a line. An empty file is an error: no head can be trained on nothing.
func readRows[T any](dir, name string) ([]T, error) {
	path := filepath.Join(dir, name)
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read training data: %w", err)
	}
	defer func() { _ = f.Close() }()
	var rows []T
	err = jsonl.Rows(f, func(row *T) error {
		rows = append(rows, *row)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return rows, nil
}
