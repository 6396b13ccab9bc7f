package classify

import "slices"

// Languages lists the ISO 639-1 codes of the languages that can be told.
func Languages() []string {
	codes := []string{"ja", "zh"} // by the mixture of scripts
	for _, l := range gramLanguages {
		codes = append(codes, l.code)
	}
	for _, code := range scriptLanguage {
		if code != "" {
			codes = append(codes, code)
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}
