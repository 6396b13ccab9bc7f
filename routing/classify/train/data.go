package train

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
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

// data is the content of a directory of labelled data.
type data struct {
	domains   []domainRow
	tiers     []tierRow
	refusals  []refusalRow
	languages []languageRow
}

// readData reads domains.jsonl, tiers.jsonl, refusals.jsonl and languages.jsonl of a directory.
func readData(dir string) (*data, error) {
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
	return &d, nil
}

// readRows decodes a file of one JSON object a line. An empty file is an error: no head can be trained on nothing.
func readRows[T any](dir, name string) ([]T, error) {
	path := filepath.Join(dir, name)
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read training data: %w", err)
	}
	var rows []T
	lines := bufio.NewScanner(bytes.NewReader(b))
	lines.Buffer(nil, len(b)+1)
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var row T
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			return nil, fmt.Errorf("%s line %d: %w", path, n, err)
		}
		rows = append(rows, row)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("%s: no rows", path)
	}
	return rows, nil
}
