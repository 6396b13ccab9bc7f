package config

import (
	"fmt"
	"slices"
	"strings"
)

// builtInBudgets reports whether the budgets are the built-in default's.
func (f *File) builtInBudgets() bool { return !slices.Contains(f.Written, "budgets") }

// CheckReload reports whether f may take the place of the running file. A file that is empty
// or was cut off is valid, since the default fills what it lacks, but with it budgets and
// credentials of the operator would vanish. So a reload may not lose a section that the
// running file has. The error names the sections that are missing, and the budgets.
func (f *File) CheckReload(running *File) error {
	if len(f.Written) == 0 && len(running.Written) > 0 {
		return fmt.Errorf("the file is empty; expected the sections of the running configuration: %s; a restart loads the built-in default", strings.Join(running.Written, ", "))
	}
	var lost []string
	for _, section := range running.Written {
		if slices.Contains(f.Written, section) {
			continue
		}
		if section == "budgets" {
			names := make([]string, len(running.Budgets))
			for i, b := range running.Budgets {
				names[i] = b.Name
			}
			if len(names) > 0 {
				section += " (" + strings.Join(names, ", ") + ")"
			}
		}
		lost = append(lost, section)
	}
	if len(lost) == 0 {
		return nil
	}
	return fmt.Errorf("the file no longer has %s, which the running configuration has; if that is meant, write it empty, such as budgets: [] or cache: {}, or with its default, or restart", strings.Join(lost, ", "))
}
