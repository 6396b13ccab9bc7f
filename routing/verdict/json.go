package verdict

import (
	"encoding/json"
	"slices"
	"strings"
	"unsafe"

	"sluice/routing/llmapi/jsonscan"
)

const jsonSpace = " \t\r\n"

// scanner returns a scanner of text, which is not copied: the scanner only reads, and what it
// returns is not used here.
func scanner(text string) jsonscan.Scanner {
	return jsonscan.Scanner{Data: unsafe.Slice(unsafe.StringData(text), len(text))}
}

// isJSON reports whether text is JSON of any kind. The scanner gives up on what is nested
// deeper than any real document.
func isJSON(text string) bool {
	if first := strings.TrimLeft(text, jsonSpace); first == "" || strings.IndexByte(`{["-0123456789tfn`, first[0]) < 0 {
		return false // most text; an error would have to be made
	}
	s := scanner(text)
	s.Skip()
	s.Finish()
	return s.Err == nil || s.Err.Code == jsonscan.CodeTooDeep && json.Valid([]byte(text))
}

// isDocument reports whether text is an object or an array, which is what programs that ask for
// JSON expect.
func isDocument(text string) bool { return opensDocument(text) && isJSON(text) }

// opensDocument reports whether text begins like an object or an array.
func opensDocument(text string) bool {
	text = strings.TrimLeft(text, jsonSpace)
	return text != "" && (text[0] == '{' || text[0] == '[')
}

// brokenJSON reports whether nothing that follows the beginning of a text can make it JSON.
func brokenJSON(beginning string) bool {
	s := scanner(beginning)
	s.Skip()
	s.Finish()
	return s.Err != nil && !s.Ended && s.Err.Code != jsonscan.CodeTooDeep
}

// brokenDocument is brokenJSON for a text that should be an object or an array.
func brokenDocument(beginning string) bool {
	return strings.TrimLeft(beginning, jsonSpace) != "" && (!opensDocument(beginning) || brokenJSON(beginning))
}

// validArguments reports whether s is JSON of any kind or nothing at all.
func validArguments(s string) bool { return strings.TrimLeft(s, jsonSpace) == "" || isJSON(s) }

// leadingDocument returns where the object or array ends that text begins with.
func leadingDocument(text string) (end int, ok bool) {
	if !opensDocument(text) {
		return 0, false
	}
	s := scanner(text)
	s.Skip()
	return s.Pos, s.Err == nil
}

// deeperThan reports whether a decoded JSON value is nested deeper than n levels.
func deeperThan(value any, n int) bool {
	switch value := value.(type) {
	case map[string]any:
		if n <= 0 {
			return true
		}
		for _, v := range value {
			if deeperThan(v, n-1) {
				return true
			}
		}
		return false
	case []any:
		return n <= 0 || slices.ContainsFunc(value, func(v any) bool { return deeperThan(v, n-1) })
	default:
		return false
	}
}
