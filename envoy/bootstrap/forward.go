package bootstrap

import (
	"regexp"
	"slices"
	"strings"

	mutationv3 "github.com/envoyproxy/go-control-plane/envoy/config/common/mutation_rules/v3"
	matcherv3 "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"

	"sluice/routing/header"
	"sluice/routing/llmapi"
)

// maxProgram is the number of RE2 instructions that Envoy accepts of an expression. Its default
// of 100 protects from expressions of strangers.
const maxProgram = 1 << 20

// onlyForwarded removes every request header that providers do not get; see [header.Forwarded].
func (r *renderer) onlyForwarded() *mutationv3.HeaderMutation {
	names := slices.Concat(header.Forwarded, r.file.Envoy.ForwardHeaders, []string{":*"}) // pseudo-headers stay
	return &mutationv3.HeaderMutation{Action: &mutationv3.HeaderMutation_RemoveOnMatch_{
		RemoveOnMatch: &mutationv3.HeaderMutation_RemoveOnMatch{KeyMatcher: &matcherv3.StringMatcher{
			MatchPattern: &matcherv3.StringMatcher_SafeRegex{SafeRegex: &matcherv3.RegexMatcher{Regex: allBut(names)}},
		}},
	}}
}

// plainPath matches paths whose query, if they have one, has only parameters that providers get.
func plainPath() string {
	keys := make([]string, len(llmapi.QueryKeys))
	for i, k := range llmapi.QueryKeys {
		keys[i] = regexp.QuoteMeta(k)
	}
	parameter := "(?:" + strings.Join(keys, "|") + ")=[A-Za-z0-9._-]*"
	return `[^?#]*(?:\?` + parameter + "(?:&" + parameter + ")*)?"
}

// allBut returns an RE2 expression that matches, whole, every text but the names; a name that
// ends in * stands for all that begin with it. RE2 cannot negate, so the expression follows the
// names letter by letter and matches where a text leaves them.
func allBut(names []string) string {
	root := new(letters)
	for _, name := range names {
		root.add(name)
	}
	return root.complement()
}

// letters is a node of a tree of names: what may follow the letters before it.
type letters struct {
	next map[byte]*letters
	name bool // a name ends here
	all  bool // so does every text that goes on
}

func (l *letters) add(name string) {
	for i := range len(name) {
		if name[i] == '*' {
			l.all = true
			return
		}
		if l.next == nil {
			l.next = make(map[byte]*letters)
		}
		if l.next[name[i]] == nil {
			l.next[name[i]] = new(letters)
		}
		l = l.next[name[i]]
	}
	l.name = true
}

// complement returns the expression for the rest of a text that is no name, "" where every
// text is one.
func (l *letters) complement() string {
	if l.all {
		return ""
	}
	if len(l.next) == 0 {
		return ".+"
	}
	known := make([]byte, 0, len(l.next))
	for c := range l.next {
		known = append(known, c)
	}
	slices.Sort(known)
	var class strings.Builder
	for _, c := range known {
		class.WriteString(escaped(c))
	}
	alternatives := []string{"[^" + class.String() + "].*"}
	for _, c := range known {
		if rest := l.next[c].complement(); rest != "" {
			alternatives = append(alternatives, escaped(c)+rest)
		}
	}
	out := "(?:" + strings.Join(alternatives, "|") + ")"
	if !l.name {
		out += "?"
	}
	return out
}

// escaped returns a character of a header name for use within and outside of a class.
func escaped(c byte) string {
	if c == '-' {
		return `\-`
	}
	return regexp.QuoteMeta(string(c))
}
