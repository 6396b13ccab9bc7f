package constraint

import "slices"

// Limits without counts: the form of the answer, and words in it.

var replies = set(`answer respond reply return output say give provide present format write use`)

// forms reads the form of answer that the sentence asks for.
func (t sentence) forms(start int, add func(Constraint)) {
	first := t.at(start)
	replying := replies[first] || t.subject(start, start+7)
	alone := t.any(only, 0, len(t))
	for i := range t {
		switch t[i].text {
		case "yes", `"`:
			t.yesNo(start, i, replying, alone, add)
		case "number", "answer", "letter":
			kind := Number
			if t[i].text == "letter" {
				kind = Letter
			}
			k := i - 1
			exact := t.at(k) == "single" || t.at(k) == "final" || t.at(k) == "numerical" || t.at(k) == "numeric"
			if exact {
				k--
			}
			if t[i].text == "answer" && t.at(i-1) != "numerical" && t.at(i-1) != "numeric" {
				continue
			}
			if replying && alone && k-start <= 4 && k > start && (t.at(k) == "the" || t.at(k) == "a" || t.at(k) == "one") &&
				(t.ends(i+1) || kind == Letter && (t.is(i+1, "of", "the") || t.at(i+1) == "(")) {
				add(Constraint{Kind: kind})
			}
		case "json":
			if replying && t.wantsJSON(start, i) {
				add(Constraint{Kind: JSON})
			}
		case "commas":
			if t.ends(i+1) && t.forbids(i-1) {
				add(Constraint{Kind: NoCommas})
			}
		}
	}
	t.cases(start, replying, add)
}

// yesNo reads "yes or no" at i.
func (t sentence) yesNo(start, i int, replying, alone bool, add func(Constraint)) {
	quoted := t.is(i, `"`, "or", `"`) && isYes(t[i].quoted) && isNo(t[i+2].quoted)
	if !quoted && !t.is(i, "yes", "or", "no") && !t.is(i, "yes", "/", "no") {
		return
	}
	first := t.at(start)
	switch {
	case i == start && i+3 >= len(t)-1 && start > 0 && alone, // "Just yes or no."
		i == start && t.any(only, i+3, len(t)), // "Yes or no only."
		replying && i-start <= 5 && alone && t.ends(i+3):
		add(Constraint{Kind: YesNo, Max: 1})
	case i == start && i+4 >= len(t) && t.ends(i+3), // "Yes or no?"
		replying && first != "give" && first != "write" && first != "use" && i-start <= 3 && t.ends(i+3):
		add(Constraint{Kind: YesNo})
	}
}

// forbids reports whether what follows i is forbidden: "do not use any".
func (t sentence) forbids(i int) bool {
	if t.at(i) == "any" {
		i--
	}
	switch t.at(i) {
	case "avoid":
		return true
	case "use", "using", "include":
		return slices.Contains([]string{"not", "don't", "without", "avoid", "never"}, t.at(i-1))
	default:
		return false
	}
}

var only = set(`only just simply solely nothing strictly single one`)

func isYes(s string) bool {
	return len(s) <= 4 && (s == "yes" || s == "Yes" || s == "YES" || s == "yes,")
}

func isNo(s string) bool { return s == "no" || s == "No" || s == "NO" }

// ends reports whether a clause ends at i, or continues without asking for more.
func (t sentence) ends(i int) bool {
	if i >= len(t) {
		return true
	}
	return slices.Contains([]string{".", ",", "!", "?", ")", ":", ";", "only", "please", "and", "without", "-"}, t.at(i)) ||
		t.is(i, "in", "your") || t.is(i, "with", "no") || t.is(i, "to", "this") || t.is(i, "to", "the", "question")
}

// wantsJSON reports whether the answer itself, not something in it, should be JSON: "respond in
// valid JSON format".
func (t sentence) wantsJSON(start, i int) bool {
	k := i - 1
	for k > start && slices.Contains([]string{"valid", "the", "following", "a", "strict", "strictly", "only", "single", "raw", "proper", "pure", "well-formed", "this", "below"}, t.at(k)) {
		k--
	}
	if k-start > 6 || !slices.Contains([]string{"in", "as", "with", "only", "return", "output"}, t.at(k)) && k != start {
		return false
	}
	next := t.at(i + 1)
	return i+1 >= len(t) || slices.Contains([]string{".", ",", ":", "format", "object", "only", "with", "and", "in", "array", "matching", "!", ")"}, next)
}

// cases reads the letter case of the answer.
func (t sentence) cases(start int, replying bool, add func(Constraint)) {
	if !replying && t.at(start) != "in" && t.at(start) != "all" && !t.is(start, "your", "entire") {
		return
	}
	for i := range t {
		var kind Kind
		width := 1
		switch {
		case t.is(i, "all", "caps"), t.is(i, "all", "capitals"), t.is(i, "all", "uppercase"), t.is(i, "capital", "letters"), t.is(i, "upper", "case"):
			kind, width = Upper, 2
		case t.is(i, "uppercase"):
			kind = Upper
		case t.is(i, "all", "lowercase"), t.is(i, "lower", "case"), t.is(i, "lowercase", "letters"):
			kind, width = Lower, 2
		case t.is(i, "lowercase"):
			kind = Lower
		default:
			continue
		}
		for t.at(i+width) == "letters" || t.at(i+width) == "only" {
			width++
		}
		k := i - 1
		for k > start && (t.at(k) == "all" || t.at(k) == "only" || t.at(k) == "entirely" || t.at(k) == "english") {
			k--
		}
		if i-start <= 7 && (t.at(k) == "in" || t.at(k) == "using" || t.at(k) == "use" || k < start) && t.ends(i+width) {
			add(Constraint{Kind: kind})
		}
		return
	}
}

var quoting = set(`"`)

// phrases reads the words that the answer must or must not contain, begin with or end with.
func (t sentence) phrases(start int, add func(Constraint)) {
	put := func(kind Kind, words string) {
		if p, ok := newPhrase(words); ok {
			add(Constraint{Kind: kind, Phrase: p})
		}
	}
	if !t.any(quoting, start, len(t)) || start == 0 && t.at(len(t)-1) == "?" {
		return
	}
	verb := t.at(start)
	instructs := answerVerbs[verb] || taskVerbs[verb] || verb == "include" || verb == "start" || verb == "begin" || t.subject(start, start+7)
	for i := start; i < len(t); i++ {
		negated := slices.Contains([]string{"not", "don't", "without", "never"}, t.at(i-1))
		joined := slices.Contains([]string{"and", ",", "must", "should"}, t.at(i-1))
		switch {
		case i == start, negated && i-start <= 2, instructs && (negated || joined):
		default:
			continue
		}
		switch t.at(i) {
		case "include", "use", "mention", "contain", "using", "including", "mentioning", "avoid":
			k := i + 1
			if t.at(k) == "using" || t.at(k) == "mentioning" {
				k++
			}
			if t.at(k) != "the" || !slices.Contains([]string{"word", "words", "phrase", "phrases", "keyword", "keywords", "term", "terms"}, t.at(k+1)) {
				continue
			}
			kind := Include
			if negated || t.at(i) == "avoid" {
				kind = Avoid
			} else if t.at(i) == "using" || t.at(i) == "including" || t.at(i) == "mentioning" {
				continue
			}
			t.quotedFrom(k+2, func(words string) { put(kind, words) })
		case "start", "begin", "end", "finish":
			if negated {
				continue
			}
			k := i + 1
			for slices.Contains([]string{"your", "the", "answer", "response", "reply", "it", "message", "entire"}, t.at(k)) {
				k++
			}
			if t.at(k) != "with" {
				continue
			}
			for k++; slices.Contains([]string{"the", "exact", "word", "words", "phrase", "sentence", "exactly", "this"}, t.at(k)); k++ {
			}
			if t.at(k) != `"` || k+1 < len(t) && !t.ends(k+1) {
				continue
			}
			if t.at(i) == "end" || t.at(i) == "finish" {
				put(End, t[k].quoted)
			} else {
				put(Begin, t[k].quoted)
			}
		}
	}
}

// quotedFrom calls put for each of the quoted words in a list that begins at i: "a", "b" and
// "c". Alternatives are ignored.
func (t sentence) quotedFrom(i int, put func(string)) {
	var words []string
	for ; i < len(t); i++ {
		switch t.at(i) {
		case `"`:
			words = append(words, t[i].quoted)
		case ",", "and":
		case "or":
			return
		default:
			i = len(t)
		}
	}
	for _, w := range words {
		put(w)
	}
}
