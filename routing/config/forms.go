package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// The forms in which values are written that the YAML library does not know by their types.

// entries decodes the values of a mapping in their order, each into what add returns for its key.
func entries(n *yaml.Node, add func(key string) any) error {
	if n.Kind != yaml.MappingNode {
		return errors.New("expected a mapping of keys to values")
	}
	var all yaml.LoadErrors
	for i := 0; i+1 < len(n.Content); i += 2 {
		err := n.Content[i+1].Load(add(n.Content[i].Value), yaml.WithKnownFields())
		if some, ok := errors.AsType[*yaml.LoadErrors](err); ok {
			all.Errors = append(all.Errors, some.Errors...)
		} else if err != nil {
			return err
		}
	}
	if len(all.Errors) > 0 {
		return &all
	}
	return nil
}

// UnmarshalYAML reads a list, or one word.
func (w *Words) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*w = Words{n.Value}
		return nil
	}
	return n.Load((*[]string)(w))
}

// UnmarshalYAML reads a list of efforts, or a mapping of each to its settings.
func (e *Efforts) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.SequenceNode {
		var levels []string
		err := n.Load(&levels)
		for _, level := range levels {
			*e = append(*e, Effort{Level: level})
		}
		return err
	}
	if n.Kind != yaml.MappingNode {
		return errors.New("expected a list of words, or a mapping of each to its settings")
	}
	*e = make(Efforts, 0, len(n.Content)/2)
	return entries(n, func(key string) any {
		*e = append(*e, Effort{Level: key})
		return &(*e)[len(*e)-1]
	})
}

// UnmarshalYAML reads the experiments in their order.
func (e *Experiments) UnmarshalYAML(n *yaml.Node) error {
	*e = make(Experiments, 0, len(n.Content)/2)
	return entries(n, func(key string) any {
		*e = append(*e, Experiment{Name: key})
		return &(*e)[len(*e)-1]
	})
}

// UnmarshalYAML reads unit and enrol; every other key is a variant.
func (e *Experiment) UnmarshalYAML(n *yaml.Node) error {
	return entries(n, func(key string) any {
		switch key {
		case "unit":
			return &e.Unit
		case "enrol":
			return &e.Enrol
		}
		e.Variants = append(e.Variants, Variant{Name: key})
		return &e.Variants[len(e.Variants)-1]
	})
}

// Duration is a time written as 500ms, 5s or 10m.
type Duration time.Duration

// UnmarshalText reads the written form.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil || v < 0 {
		return fmt.Errorf("expected a duration such as 500ms, 5s or 10m, found %q", text)
	}
	*d = Duration(v)
	return nil
}

// Size is a number of bytes written as 512KiB, 64MiB or a plain number.
type Size int64

// UnmarshalText reads the written form.
func (s *Size) UnmarshalText(text []byte) error {
	number, factor := string(text), int64(1)
	for i, unit := range []string{"KiB", "MiB", "GiB"} {
		if rest, ok := strings.CutSuffix(number, unit); ok {
			number, factor = strings.TrimSpace(rest), 1<<(10*(i+1))
			break
		}
	}
	v, err := strconv.ParseInt(number, 10, 64)
	if err != nil || v < 0 || v > (1<<62)/factor {
		return fmt.Errorf("expected a size such as 512KiB or 64MiB, found %q", text)
	}
	*s = Size(v * factor)
	return nil
}
