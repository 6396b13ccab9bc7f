package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"sluice/routing"
	"sluice/routing/config"
	"sluice/routing/offline/evaluate"
)

// report is what every measuring command prints.
type report interface{ Print(io.Writer) error }

func printReport(w io.Writer, r report, asJSON bool) error {
	if !asJSON {
		return r.Print(w)
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

func evalCommand() *cobra.Command {
	var (
		path, data, task, scorer, plot string
		asJSON                         bool
		trio                           evaluate.Trio
	)
	cmd := &cobra.Command{
		Use:   "eval --data FILE.jsonl --task TASK",
		Short: "Measure a scorer, or the verdicts, on labelled data",
		Long: `Measure a scorer, the verdicts or a configuration on labelled data: one JSON object a line.

  domain    text, topic (code, math, writing, rag_summary, long_context, general), strict
  tier      text, weak_correct, strong_correct (0 to 1); the weak model fails where weak_correct is below 0.5
  refusal   response, refusal (true or false)
  language  text, lang (ISO 639-1), kind
  verdict   prompt, response, good, and where known bad and strong_good
  repair    prompt, want, answers (by model: output, correct); treated as if the request had asked for JSON
  need      text, need (1 to 4, or a mean of several readers: the weakest tier that is good enough), ok (the tiers that are
            a reasonable choice), topic (one or several of code, math, writing, rag_summary, general), lang; the
            configuration routes each text as a chat request
  agreement task, prompt, answers (by model: output, correct); --first, --second and --strong name three of the models

Other fields are ignored. Intervals are 95 % bootstrap intervals with a fixed seed. Every report says whether the result
beats the best constant, which always does the same. In JSON this is beats_constant: it is true where the whole interval
of the margin is above 0.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if plot != "" && task != "tier" {
				return errors.New("--plot draws the curve of --task tier")
			}
			rt, err := loadRuntime(path)
			if err != nil {
				return err
			}
			in, closeIn, err := open(cmd, []string{data})
			if err != nil {
				return err
			}
			defer closeIn()
			r, err := measure(in, task, evaluate.Scorer(scorer), trio, rt)
			if err != nil {
				return fmt.Errorf("%s: %w", data, err)
			}
			if curve, ok := r.(*evaluate.TierReport); ok && plot != "" {
				if err := replaceFile(plot, curve.Plot); err != nil {
					return err
				}
			}
			return printReport(cmd.OutOrStdout(), r, asJSON)
		},
	}
	configFlag(cmd, &path)
	fl := cmd.Flags()
	fl.StringVar(&data, "data", "", "`file` of labelled data, - for standard input")
	fl.StringVar(&task, "task", "", "domain, tier, need, refusal, language, verdict, repair or agreement")
	fl.StringVar(&scorer, "scorer", string(evaluate.Learned), "learned, spec, length or random, for the tasks domain, tier, refusal and language")
	fl.StringVar(&plot, "plot", "", "SVG `file` for the curve of task tier")
	fl.StringVar(&trio.First, "first", "", "for task agreement: `model` whose answer is checked")
	fl.StringVar(&trio.Second, "second", "", "for task agreement: `model` that must agree")
	fl.StringVar(&trio.Strong, "strong", "", "for task agreement: `model` that answers where it does not")
	fl.BoolVar(&asJSON, "json", false, "print JSON")
	_ = cmd.MarkFlagRequired("data") // fails for unknown flags only
	_ = cmd.MarkFlagRequired("task")
	return cmd
}

func measure(in io.Reader, task string, s evaluate.Scorer, trio evaluate.Trio, rt *config.Runtime) (report, error) {
	tierModel := func(t routing.Tier) *routing.Model {
		return rt.Router.Model(rt.File.Routing.TierModels[t.String()])
	}
	switch task {
	case "domain":
		return asReport(evaluate.Domain(in, s))
	case "tier":
		return asReport(evaluate.Tier(in, s, evaluate.Pair{Cheap: tierModel(routing.Budget), Strong: tierModel(routing.Flagship)}))
	case "need":
		return asReport(evaluate.Need(in, rt))
	case "refusal":
		return asReport(evaluate.Refusal(in, s))
	case "language":
		return asReport(evaluate.Language(in, s))
	case "verdict":
		return asReport(evaluate.Verdict(in, rt.Judge, tierModel(routing.Budget).MinConfidence))
	case "repair":
		return asReport(evaluate.Repair(in, rt.Judge))
	case "agreement":
		return asReport(evaluate.Agreement(in, trio, func(name string) *routing.Model { return evaluate.Alike(name, rt.Router.Models()) }))
	}
	return nil, fmt.Errorf("unknown --task %q; expected domain, tier, need, refusal, language, verdict, repair or agreement", task)
}

// asReport keeps the nil of a failed measurement from becoming a report.
func asReport[R report](r R, err error) (report, error) {
	if err != nil {
		return nil, err
	}
	return r, nil
}
