// Command distil prints the sparse features of texts for distil.py: lines of JSON with "text" in, a JSON list of rows
// of the table for each out.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"sluice/routing/classify"
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "distil:", err)
		os.Exit(1)
	}
}

func run(r io.Reader, w io.Writer) error {
	f := classify.NewFeatures()
	in := json.NewDecoder(r)
	out := bufio.NewWriter(w)
	enc := json.NewEncoder(out)
	for {
		var line struct{ Text string }
		if err := in.Decode(&line); err == io.EOF {
			return out.Flush()
		} else if err != nil {
			return err
		}
		f.Prompt(line.Text)
		if err := enc.Encode(f.Rows()); err != nil {
			return err
		}
	}
}
