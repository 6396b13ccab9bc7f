package constraint

import (
	"slices"
	"strconv"
	"strings"
)

// Words that make the limits of a sentence apply to something else, to a part of the answer, or
// only sometimes.
var elsewhere = set(`function functions program programs script scripts code codes coding regex regexp class classes method methods query queries
	sql validator algorithm api endpoint schema prompt prompts password passwords username usernames variable variables string strings field fields
	column columns form forms html css python javascript java rust golang c++ bash printf database table tables tweet tweets file files
	if when whenever unless otherwise suppose imagine assume except sometimes depending
	each every per respectively both either another title titles heading headings headline subject section sections slide slides
	stanza stanzas verse verses first second third last next previous
	said says told asked asks rule rules game games puzzle quiz`)

// Words after which another part of the answer is described.
var sequels = set(`then followed afterwards`)

// Words of limits that are not exact.
var inexact = set(`about around approximately roughly approx ~ circa nearly almost some several ideally preferably aim try`)

// A sentence without any of the anchors sets no constraint.
var anchors = set(`word words character characters sentence sentences line lines paragraph paragraphs bullet bullets items points
	yes " number letter json commas caps capital capitals uppercase lowercase upper lower answer`)

var relative = set(`who that which whose where whom`)

var answerVerbs = set(`answer respond reply keep limit use make write give provide return output say present restrict produce`)

var taskVerbs = set(`explain describe summarize summarise define tell list name compare outline discuss state introduce recommend suggest compose create
	generate draft rewrite paraphrase condense show identify`)

var answerNouns = set(`answer response reply output summary explanation text essay story poem description message email post`)

// politeness lists phrases that may precede an instruction, split into words.
var politeness = func() (out [][]string) {
	for _, p := range []string{
		"please", "and", "then", "also", "now", "finally", "so", "but", "just", "only", "simply", "kindly", "briefly", "additionally",
		"can you", "could you", "would you", "will you", "i want you to", "i need you to", "i'd like you to", "make sure to", "be sure to",
		"you must", "you should", "you have to", "important :", "note :", "hello", "hi", ",", "(",
	} {
		out = append(out, strings.Fields(p))
	}
	return out
}()

// start returns where the instruction begins, after words of politeness.
func (t sentence) start() int {
	i := 0
	for again := true; again; {
		again = false
		for _, p := range politeness {
			if t.is(i, p...) {
				i, again = i+len(p), true
			}
		}
	}
	return i
}

// english reads a sentence.
func (r *reader) english(s string) {
	r.tokens = appendTokens(r.tokens[:0], s)
	t := sentence(r.tokens)
	if !t.any(anchors, 0, len(t)) {
		return
	}
	start := t.start()
	if t.any(elsewhere, 0, len(t)) || t.any(sequels, start, len(t)) {
		return
	}
	for i := range t {
		if kind := t.unit(i); kind != "" {
			if c, ok := t.count(start, i, kind); ok {
				r.add(c)
			}
		}
	}
	t.forms(start, r.add)
	t.phrases(start, r.add)
}

var units = map[string]Kind{
	"word": Words, "words": Words, "character": Characters, "characters": Characters, "sentence": Sentences, "sentences": Sentences,
	"line": Lines, "lines": Lines, "paragraph": Paragraphs, "paragraphs": Paragraphs, "bullet": Items, "bullets": Items, "items": Items,
}

// unit returns the kind that the word at i counts, or "".
func (t sentence) unit(i int) Kind {
	kind := units[t[i].text]
	switch {
	case kind == "" && t.at(i) == "points" && t.at(i-1) == "bullet":
		return Items
	case t.at(i) == "bullet" && (t.at(i+1) == "points" || t.at(i+1) == "point" || t.at(i+1) == "list"):
		return ""
	}
	return kind
}

var numerals = map[string]int{
	"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
	"fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "hundred": 100, "single": 1,
}

const maxNumber = 100_000

func numeral(s string) (int, bool) {
	if n, ok := numerals[s]; ok {
		return n, true
	}
	n, err := strconv.Atoi(strings.ReplaceAll(s, ",", ""))
	return n, err == nil && n > 0 && n <= maxNumber
}

var unitAdjectives = set(`short concise simple brief complete full separate distinct clear plain english main key bullet bulleted numbered single`)

// A comparison is a phrase next to a number. A strict one excludes the number itself.
type comparison struct {
	words  []string
	sense  byte // '<', '>' or '='
	strict int
}

func comparisons(sense byte, strict int, phrases ...string) (out []comparison) {
	for _, p := range phrases {
		out = append(out, comparison{strings.Fields(p), sense, strict})
	}
	return out
}

var before = slices.Concat(
	comparisons('<', 0, "at most", "no more than", "not more than", "a maximum of", "maximum of", "max of", "maximum", "max", "within", "up to", "not exceed", "not exceeding", "without exceeding", "no longer than"),
	comparisons('<', 1, "under", "below", "less than", "fewer than"),
	comparisons('>', 0, "at least", "a minimum of", "minimum of", "minimum", "no fewer than", "no less than", "not less than"),
	comparisons('>', 1, "more than", "over"),
	comparisons('=', 0, "exactly", "precisely"),
)

var after = slices.Concat(
	comparisons('<', 0, "or less", "or fewer", "max", "maximum", "at most", "or under"),
	comparisons('>', 0, "or more", "minimum", "at least"),
	comparisons('=', 0, "exactly"),
)

// count returns the limit whose unit is at i.
func (t sentence) count(start, i int, kind Kind) (Constraint, bool) {
	n := i - 1
	if unitAdjectives[t.at(n)] && t.at(n) != "single" {
		n--
	}
	number, ok := numeral(t.at(n))
	if !ok {
		return Constraint{}, false
	}
	from, to := n, i+1 // the words of the limit
	if t.at(from) == "single" && (t.at(from-1) == "a" || t.at(from-1) == "one") {
		from--
	}
	switch t.at(from - 1) {
	case "-", "–":
		return Constraint{}, false
	case "to", "and", "or":
		if isNumeral(t.at(from - 2)) {
			return Constraint{}, false // a range is not exact
		}
	default:
		if isNumeral(t.at(from - 1)) {
			return Constraint{}, false // "two hundred"
		}
	}
	sense, strict := byte(0), 0
	for _, c := range before {
		if t.is(from-len(c.words), c.words...) {
			sense, strict, from = c.sense, c.strict, from-len(c.words)
			break
		}
	}
	for _, c := range after {
		if sense == 0 && t.is(to, c.words...) {
			sense, strict, to = c.sense, c.strict, to+len(c.words)
			break
		}
	}
	if t.any(inexact, from-2, from) || t.is(to, "or", "so") || t.any(inexact, from, n) {
		return Constraint{}, false
	}
	preposition := slices.Contains([]string{"in", "within", "using", "into", "to", "with"}, t.at(from-1)) || t.at(from) == "within"
	if preposition && t.at(from) != "within" {
		from--
	}
	if sense == 0 && (!preposition || t.at(from) == "with" && !speaks[t.at(start)] || t.at(from) == "to" && t.at(start) != "limit" && t.at(start) != "keep") {
		return Constraint{}, false
	}
	if !t.wholeAnswer(start, from, to, preposition) {
		return Constraint{}, false
	}
	c := Constraint{Kind: kind}
	switch {
	case sense == 0 && kind == Words && number > few:
		c.Max = number + number/4 // "in 50 words" is approximate
	case sense == '<', sense == 0:
		c.Max = number - strict
	case sense == '>':
		c.Min = number + strict
	default:
		c.Min, c.Max = number, number
	}
	if kind == Items && sense == 0 {
		c.Min = number // "in three bullets" means three
	}
	return c, c.Max > 0 || c.Min > 1
}

func isNumeral(s string) bool { _, ok := numeral(s); return ok }

var speaks = set(`answer respond reply`)

// Words whose complement is not the answer.
var attaching = set(`fit fits come comes speak speaks talk talks say says type types print prints hold holds contain contains have has sold sell build`)

// Words that may follow a limit; "three sentences of equal length" limits something else.
var following = set(`. , ; : ? ! ) please and but total only long on about describing explaining summarizing summarising for to`)

// wholeAnswer reports whether the limit in [from, to) applies to the whole answer.
func (t sentence) wholeAnswer(start, from, to int, preposition bool) bool {
	if to < len(t) && !following[t.at(to)] {
		return false
	}
	if from <= start {
		return true // "In at most 50 words, explain …", "Max 50 words."
	}
	if t.any(relative, start, from) && !preposition {
		return false
	}
	last := t.at(from - 1)
	if last == "of" && t.at(start+1) != "a" && t.at(start+1) != "an" {
		return false // "two poems of at most 4 lines"
	}
	if attaching[last] && from-1 > start || len(last) > 4 && strings.HasSuffix(last, "ed") || strings.HasSuffix(last, "ten") {
		return false
	}
	if t.subject(start, from) {
		return true
	}
	verb := t.at(start)
	if t.is(start, "sum", "up") {
		verb = "summarize"
	}
	closes := to >= len(t) || slices.Contains([]string{".", ",", "?", "!", ")", "please", ";", ":", "only"}, t.at(to))
	switch {
	case answerVerbs[verb], taskVerbs[verb] && preposition:
		return preposition || !t.any(copulas, start, from) && (from-start <= 5 || t.at(from-1) == ",")
	case t.at(from-1) == ",", t.at(from-1) == "(":
		return closes // "What is inertia, in one sentence?"
	}
	return false
}

var copulas = set(`is are was were be been being has have had can could will would must should may might do does did`)

// subject reports whether the sentence is about the answer: "your answer must not exceed".
func (t sentence) subject(start, from int) bool {
	i := start
	if t.at(i) == "ensure" || t.at(i) == "make" && t.at(i+1) == "sure" {
		for i < start+4 && t.at(i) != "your" && t.at(i) != "the" {
			i++
		}
	}
	if t.at(i) != "your" && t.at(i) != "the" {
		return false
	}
	i++
	if t.at(i) == "entire" || t.at(i) == "whole" || t.at(i) == "final" {
		i++
	}
	return answerNouns[t.at(i)] && from-i <= 6 && slices.Contains([]string{"must", "should", "has", "needs", "is", "cannot", "can", "may", "shall", "will"}, t.at(i+1))
}
