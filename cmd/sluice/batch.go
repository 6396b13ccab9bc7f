package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"sluice/routing/config"
	"sluice/routing/offline/batch"
)

// batchFlags are the flags of sluice batch.
type batchFlags struct {
	config, out, strategy, send   string
	submit, collect, wait, dryRun bool
	asJSON                        bool
	poll                          time.Duration
	concurrency                   int
}

const batchLong = `Route many requests at once: for the providers' cheaper batch endpoints, or through Envoy.

Each line of INPUT is one request: a line of OpenAI's batch input ({"custom_id", "method",
"url", "body"}, where the url is /v1/chat/completions or /v1/messages), one of Anthropic's
message batches ({"custom_id", "params"}), {"prompt": "…"} with optional "id" and "user", or
a JSON string, which is a prompt. Lines that cannot be used are reported; the others are processed.

Every line is routed as Sluice routes requests. DIR then has
  PROVIDER/…       the input files of each provider's batches, split at its limits
  direct.jsonl     the lines whose model's provider has no batches (no "batch" in its price)
  manifest.jsonl   what was decided for each line
  results.jsonl    at the end: exactly one result for each line, in the order of INPUT

--submit starts the providers' batches. The keys are those that the configuration names, from
this command's environment or from a file. --collect fetches the results of batches that have
ended; with --wait it waits for all of them. --send URL alone sends every line through the
Envoy at URL, which routes and judges it (with the key in SLUICE_API_KEY, if set); with
--submit or --collect it sends the lines of direct.jsonl.

After any interruption, the same command continues where it stopped.`

const batchExample = `  sluice batch questions.jsonl --out night -c sluice.yaml            # write the files, estimate the cost
  sluice batch questions.jsonl --out night -c sluice.yaml --submit   # start the batches
  sluice batch --out night -c sluice.yaml --collect --wait --send http://127.0.0.1:10000
  sluice batch questions.jsonl --out now --send http://127.0.0.1:10000 --concurrency 32`

func batchCommand() *cobra.Command {
	var f batchFlags
	cmd := &cobra.Command{
		Use:     "batch [INPUT.jsonl] --out DIR",
		Short:   "Route a file of requests, for the providers' batch endpoints or through Envoy",
		Long:    batchLong,
		Example: batchExample,
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runBatch(cmd, args, &f)
		},
	}
	configFlag(cmd, &f.config)
	fl := cmd.Flags()
	fl.StringVar(&f.out, "out", "", "`directory` of the run: its files, results and state")
	fl.StringVar(&f.strategy, "strategy", "", "strategy to plan with, instead of the configured one")
	fl.StringVar(&f.send, "send", "", "`URL` of the Envoy that lines are sent through")
	fl.IntVar(&f.concurrency, "concurrency", 16, "number of lines sent at a time")
	fl.BoolVar(&f.submit, "submit", false, "start the providers' batches")
	fl.BoolVar(&f.collect, "collect", false, "fetch the results of the batches that have ended")
	fl.BoolVar(&f.wait, "wait", false, "with --collect: wait until all have ended")
	fl.DurationVar(&f.poll, "poll", 30*time.Second, "with --wait: `interval` at which the providers are polled")
	fl.BoolVar(&f.dryRun, "dry-run", false, "print the summary, and write nothing")
	fl.BoolVar(&f.asJSON, "json", false, "print the summary as JSON")
	return cmd
}

// check rejects flags that contradict each other.
func (f *batchFlags) check(args []string) error {
	switch {
	case f.out == "" && !f.dryRun:
		return errors.New("--out is missing; expected a directory for the run")
	case f.dryRun && (len(args) == 0 || f.out != "" || f.send != "" || f.submit || f.collect):
		return errors.New("--dry-run needs INPUT, and goes with none of --out, --send, --submit and --collect")
	case f.wait && !f.collect:
		return errors.New("--wait goes with --collect")
	case f.concurrency < 1 || f.concurrency > maxConcurrency:
		return fmt.Errorf("--concurrency is %d; expected 1 to %d", f.concurrency, maxConcurrency)
	case f.poll <= 0:
		return fmt.Errorf("--poll is %s; expected a duration above 0", f.poll)
	}
	return nil
}

// maxConcurrency bounds the lines, and so the memory, in use at a time.
const maxConcurrency = 1024

func runBatch(cmd *cobra.Command, args []string, f *batchFlags) error {
	if err := f.check(args); err != nil {
		return err
	}
	rt, err := loadRuntime(f.config)
	if err != nil {
		return err
	}
	if f.dryRun {
		if f.out, err = os.MkdirTemp("", "sluice-batch-*"); err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(f.out) }()
	}
	run, err := batch.Open(f.out, rt)
	if err != nil {
		return err
	}
	b := newBar(cmd.ErrOrStderr())
	run.Progress = b.show
	err = f.steps(cmd, args, run, rt)
	b.end()
	if err != nil {
		if cmd.Context().Err() != nil && !f.dryRun {
			err = fmt.Errorf("interrupted; the same command continues where this one stopped (%w)", err)
		}
		return errors.Join(err, run.Close())
	}
	s, err := run.Finish()
	if f.dryRun {
		s.Files = nil
	}
	if err = errors.Join(err, run.Close()); err != nil {
		return err
	}
	return f.conclude(cmd, &s)
}

// steps runs the steps that the flags ask for.
func (f *batchFlags) steps(cmd *cobra.Command, args []string, run *batch.Run, rt *config.Runtime) error {
	ctx := cmd.Context()
	if len(args) == 0 && !run.Begun() {
		return errors.New("INPUT is missing; expected a file of requests, or the directory of a run that has begun")
	}
	if len(args) > 0 {
		s := batch.Settings{Input: args[0], Strategy: f.strategy, Send: f.send != "" && !f.submit && !f.collect}
		if err := run.Begin(s); err != nil {
			return err
		}
	}
	if err := run.Plan(ctx, sayBad(cmd)); err != nil {
		return err
	}
	if f.submit {
		if err := run.Submit(ctx, endpoints(rt)); err != nil {
			return err
		}
	}
	if f.send != "" {
		post, done, err := poster(f.send, f.concurrency)
		if err != nil {
			return err
		}
		defer done()
		if err := run.Send(ctx, post, f.concurrency); err != nil {
			return err
		}
	}
	if f.collect {
		return f.fetch(ctx, run, rt)
	}
	return nil
}

func (f *batchFlags) fetch(ctx context.Context, run *batch.Run, rt *config.Runtime) error {
	interval := f.poll
	if !f.wait {
		interval = 0
	}
	_, err := run.Collect(ctx, endpoints(rt), interval)
	return err
}

// sayBad prints the first lines that cannot be used.
func sayBad(cmd *cobra.Command) func(*batch.LineError) {
	const most = 10
	told := 0
	return func(e *batch.LineError) {
		if told++; told <= most {
			cmd.PrintErrln(e)
		}
		if told == most {
			cmd.PrintErrln("… the others are in", batch.ManifestFile)
		}
	}
}

// conclude prints the summary. Lines without a good response make the command fail.
func (f *batchFlags) conclude(cmd *cobra.Command, s *batch.Summary) error {
	if f.asJSON {
		if err := json.NewEncoder(cmd.OutOrStdout()).Encode(s); err != nil {
			return err
		}
	} else if err := s.Print(cmd.OutOrStdout()); err != nil {
		return err
	}
	switch {
	case f.collect && s.Waiting > 0:
		return fmt.Errorf("%d lines have no result yet; run again with --collect, or with --send for those of %s", s.Waiting, batch.DirectFile)
	case s.Failed == 0 && s.Rejected > 0:
		return fmt.Errorf("%d lines could not be used; %s says why", s.Rejected, batch.ManifestFile)
	case s.Failed > 0:
		return fmt.Errorf("%d lines could not be used and %d failed; %s and %s say why", s.Rejected, s.Failed, batch.ManifestFile, batch.ResultsFile)
	}
	return nil
}
