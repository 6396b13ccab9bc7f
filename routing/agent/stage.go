package agent

import (
	"bytes"

	"sluice/routing"
)

const (
	// Window is how many of the last tool calls show how the work goes.
	Window = 3
	// Lookback is how many of them [ReadStage] reads: to see what was changed, and whether
	// the agent only reads, takes more than Window.
	Lookback = 8
)

// A Step is one tool call with its result.
type Step struct {
	Tool    []byte // name
	Input   []byte // arguments, JSON: an object, or a string that holds one
	Done    bool   // there is a result
	Flag    Flag   // of the result
	Text    []byte // of the result; its middle may be left out
	Present bool   // called in the current turn
}

// ReadStage reads the last steps of an agent's work, oldest first. Passing means a change,
// tests that passed after it and no failure since. Earlier failures were overcome then, so
// Severe and Repeated are false. Severe is true, too, if a whole window failed. What failed or
// was called before the current turn is no failure of this one, and no repetition: a person has
// spoken since. Total, Compaction and Continuing, which only the conversation shows, are left to
// the caller.
//
// For example, steps that edit a file and run `pytest -q | tail -3`, which prints "2 failed,
// 3 passed", give {Calls: 2, Failures: 1, Editing: true}, whatever the exit code of tail.
func ReadStage(steps []Step) routing.Stage {
	steps = steps[max(0, len(steps)-Lookback):]
	var does [Lookback]effects
	for i, s := range steps {
		does[i] = effectsOf(s.Tool, s.Input)
	}
	first := max(0, len(steps)-Window)
	stage := routing.Stage{Calls: len(steps) - first, Exploring: len(steps) == Lookback}
	lastChange, lastFailure, lastPass := -1, -1, -1
	trouble := repetition(steps, does[:], first)
	stage.Repeated = trouble >= 0
	var marks [Window]uint64
	for i, s := range steps {
		if does[i]&changes != 0 {
			lastChange = i
			stage.Editing = stage.Editing || i >= first
		}
		stage.Exploring = stage.Exploring && s.Present && does[i]&^shelled == observes
		if i < first || !s.Done {
			continue
		}
		o := readResult(does[i], s.Flag, s.Text)
		switch {
		case o.failed:
			lastFailure = i
		case o.passed:
			lastPass = i
		}
		if !o.failed || !s.Present {
			continue
		}
		stage.Failures++
		if o.severe {
			stage.Severe, trouble = true, max(trouble, i)
		}
		for at, m := range marks[:i-first] {
			if m == o.mark {
				stage.Repeated, trouble = true, max(trouble, first+at)
			}
		}
		marks[i-first] = o.mark
	}
	if stage.Failures == Window {
		stage.Severe, trouble = true, max(trouble, first)
	}
	if stage.Passing = lastChange >= 0 && lastFailure < lastChange && lastChange <= lastPass; stage.Passing {
		stage.Severe, stage.Repeated, trouble = false, false, -1
	}
	if trouble >= 0 {
		stage.Trouble = len(steps) - trouble
	}
	return stage
}

// repetition returns the last step, from first, that was made again within the turn with no
// change in between; -1 if there is none.
func repetition(steps []Step, does []effects, first int) int {
	for i := len(steps) - 1; i >= first; i-- {
		s := steps[i]
		if does[i]&(plans|polls) != 0 || len(s.Tool) == 0 || !s.Present {
			continue
		}
		for j := i + 1; j < len(steps); j++ {
			if bytes.Equal(s.Tool, steps[j].Tool) && bytes.Equal(s.Input, steps[j].Input) {
				return i
			}
			if does[j]&changes != 0 {
				break
			}
		}
	}
	return -1
}
