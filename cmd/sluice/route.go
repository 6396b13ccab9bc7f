package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"sluice/routing"
	"sluice/routing/offline/jsonl"
)

func routeCommand() *cobra.Command {
	var (
		path, strategy, api, prompt string
		asJSON, asLines, explain    bool
		q                           question
	)
	cmd := &cobra.Command{
		Use:   "route [REQUEST.json|-]",
		Short: "Print where a request would be routed, without Envoy or a network",
		Long: `Print where a request would be routed, without Envoy or a network.

The request is a JSON body as a client would send it, from a file or standard input; --prompt
TEXT is a request with one user message. It is routed whatever model it names. With --jsonl
each line of the input is an object {"prompt": …} or {"request": {…}} with optional "user",
"experiment" and "spent", and each line of the output is a decision.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			rt, err := loadRuntime(path)
			if err != nil {
				return err
			}
			r, err := newExplainer(rt, api, strategy, explain)
			if err != nil {
				return err
			}
			if cmd.Flags().Changed("prompt") {
				if len(args) > 0 {
					return errors.New("expected --prompt or a request, not both")
				}
				q.Prompt = &prompt
				return r.one(cmd.OutOrStdout(), q, asJSON)
			}
			in, closeIn, err := open(cmd, args)
			if err != nil {
				return err
			}
			defer closeIn()
			if asLines {
				return r.lines(cmd.OutOrStdout(), in, q)
			}
			if q.Request, err = io.ReadAll(in); err != nil {
				return fmt.Errorf("read request: %w", err)
			}
			return r.one(cmd.OutOrStdout(), q, asJSON)
		},
	}
	configFlag(cmd, &path)
	fl := cmd.Flags()
	fl.StringVar(&strategy, "strategy", "", "strategy instead of the configured one")
	fl.StringVar(&prompt, "prompt", "", "one user message instead of a request")
	fl.StringVar(&api, "api", "", "format of the request: openai, anthropic or responses (default: guessed from the body)")
	fl.StringVar(&q.User, "user", "", "user who sends the request")
	fl.StringVar(&q.Experiment, "experiment", "", "experiment to take part in")
	fl.Float64Var(&q.Spent, "spent", 0, "US `dollars` already spent in the budget's window")
	fl.BoolVar(&asJSON, "json", false, "print JSON")
	fl.BoolVar(&explain, "explain", false, "print every candidate that was considered and why it was not chosen")
	fl.BoolVar(&asLines, "jsonl", false, "read one request a line and print one decision a line")
	return cmd
}

func open(cmd *cobra.Command, args []string) (io.Reader, func(), error) {
	if len(args) == 0 || args[0] == "-" {
		return cmd.InOrStdin(), func() {}, nil
	}
	f, err := os.Open(args[0])
	if err != nil {
		return nil, nil, fmt.Errorf("read request: %w", err)
	}
	return f, func() { _ = f.Close() }, nil
}

func (e *explainer) one(w io.Writer, q question, asJSON bool) error {
	d, err := e.decide(q)
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(w, d)
	}
	return e.print(w, d)
}

func (e *explainer) lines(w io.Writer, in io.Reader, defaults question) error {
	out := bufio.NewWriter(w)
	failed := 0
	err := jsonl.Each(in, jsonl.MaxLine, func(n int, line []byte) error {
		if line != nil && len(bytes.TrimSpace(line)) == 0 {
			return nil
		}
		q, err := defaults, jsonl.ErrTooLong
		var d routing.Decision
		if line != nil {
			err = json.Unmarshal(line, &q)
		}
		if err == nil {
			d, err = e.decide(q)
		}
		if err == nil {
			return printJSON(out, d)
		}
		failed++
		return json.NewEncoder(out).Encode(map[string]any{"line": n, "error": err.Error()})
	})
	if err := errors.Join(err, out.Flush()); err != nil {
		return err
	}
	if failed > 0 {
		return fmt.Errorf("%d lines could not be routed; their output says why", failed)
	}
	return nil
}
