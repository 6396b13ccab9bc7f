package agreement

import (
	"regexp"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"sluice/routing"
)

const (
	maxRead   = 8 << 10  // bytes of either end of a prompt that are read
	maxSchema = 64 << 10 // bytes of a schema
	maxKeys   = 32
	maxLabels = 16
)

// Of returns how answers to the request are compared; the zero Form is not at all. Agents
// are left alone: with tools on offer the answer may be a call or a text, as the model likes,
// unless the client demands a call.
func Of(r *routing.Request) Form {
	if r.Needs&routing.Tools != 0 {
		if r.Forced {
			return Form{Kind: Call}
		}
		return Form{}
	}
	prompt := ends(r.Prompt)
	if len(r.Schema) > 0 {
		return ofSchema(r.Schema, makes.MatchString(prompt))
	}
	if makes.MatchString(prompt) {
		return Form{}
	}
	switch {
	case r.Needs&routing.JSON != 0, asksJSON.MatchString(prompt) && namesAnswer.MatchString(prompt):
		return Form{Kind: JSON, Literal: asksLiteral.MatchString(prompt)}
	case options(prompt):
		return Form{Kind: Choice}
	case asksTruth.MatchString(prompt):
		return Form{Kind: Bool}
	}
	if list := labels(prompt); len(list) > 1 {
		return Form{Kind: Label, Labels: list}
	}
	switch {
	case asksNumber.MatchString(prompt), wordProblem(prompt):
		return Form{Kind: Number}
	case asksFinal.MatchString(prompt):
		return Form{Kind: Value, Literal: asksLiteral.MatchString(prompt)}
	}
	return Form{}
}

// ends returns the parts of a prompt in which instructions stand.
func ends(prompt string) string {
	if len(prompt) <= 2*maxRead {
		return prompt
	}
	return prompt[:maxRead] + "\n" + prompt[len(prompt)-maxRead:]
}

// makes tells of a prompt that wants something made: two models never make the same.
var makes = regexp.MustCompile(`(?i)\b(?:write|draft|compose|generate|create|design|implement|develop|build|brainstorm|suggest|propose|give me|come up with|make up|refactor)\b[^.?!\n]{0,60}?` +
	`\b(?:functions?|programs?|scripts?|class(?:es)?|code|methods?|quer(?:y|ies)|app(?:lication)?s?|tests?|stor(?:y|ies)|essays?|poems?|haikus?|emails?|letters?|articles?|blogs?|posts?|paragraphs?|reports?|speech(?:es)?|songs?|lyrics|tweets?|reviews?|ideas?|names?|slogans?|titles?|headlines?|plans?|outlines?|recipes?|questions?|examples?|descriptions?|messages?|dialogues?|personas?|itinerar(?:y|ies))\b` +
	`|\b(?:translate|paraphrase|rewrite|summari[sz]e|proofread)\b` +
	`|(?:작성|써|지어|만들어|생성|번역|요약|창작|구현|코딩|다듬어|추천)\s?(?:해|줘|주세요|하세요|하시오|달라|봐|주|하라)`)

var (
	asksJSON    = regexp.MustCompile(`(?i)\bjson\b|json(?:으로| 형식)`)
	namesAnswer = regexp.MustCompile("(?i)[\"'`](?:final_?answer|answer|result|label|category|class|choice|sentiment|verdict|정답|답|분류)[\"'`]")

	asksChoice = regexp.MustCompile(`(?i)\bwhich (?:of|one|option|answer)|\bchoose|\bselect|\bpick|\bcorrect (?:answer|option|choice)|\b(?:answer|reply|respond)\b[^.\n]{0,30}\b(?:letter|option)|고르|선택|옳은|알맞은|정답|\?`)
	optionLine = regexp.MustCompile(`(?m)^\s*[(\[]?([A-J])[).\]]\s*\S`)
	optionKo   = regexp.MustCompile(`[①②③④⑤]\s*\S`)

	asksTruth = regexp.MustCompile(`(?i)\b(?:answer|reply|respond|say|state|output|return)\b[^.\n]{0,30}["'(]?\b(?:yes["']? ?(?:or|/) ?["']?no|true["']? ?(?:or|/) ?["']?false)\b|^\s*true or false\b|\((?:yes/no|true/false)\)` +
		`|(?:예|네)["']?\s?(?:또는|나|/|,|혹은)\s?["']?아니[오요]["']?[^.\n]{0,10}(?:답|대답|말)|(?:참|맞으면)["']?\s?(?:또는|/|,|혹은|인지)\s?["']?거짓`)

	asksLiteral = regexp.MustCompile(`(?i)\bliteral\b`)

	asksNumber = regexp.MustCompile(`(?i)\b(?:answer|reply|respond|output|return|give|provide|state)\b[^.\n]{0,30}\b(?:only |just |single |the |a |as an? )+(?:number|integer|numeric(?:al)? (?:value|answer))\b|숫자(?:로)?만|숫자 하나(?:로)?`)
	asksFinal  = regexp.MustCompile(`(?i)\\boxed|\b(?:put|give|show|state|provide|end|finish|write|present|report)\b[^.\n]{0,40}\bfinal answer|\bonly (?:give |the |output )*(?:the )?final answer|####|\b(?:answer|reply|respond) with (?:only|just) the (?:answer|value|result)\b|최종\s?답|정답만|답만`)
	figures    = regexp.MustCompile(`[0-9]+(?:[.,/][0-9]+)*`)
	howMany    = regexp.MustCompile(`(?i)\b(?:how (?:many|much|long|old|far|tall|fast)|what (?:is|are|was|will be|would be) (?:the|his|her|its|their) (?:\w+ ){0,4}(?:sum|total|average|mean|area|volume|perimeter|probability|percentage?|number|cost|price|profit|value|speed|distance|age|remainder|product|difference|ratio|length|width|height|interest)|find the (?:\w+ ){0,3}(?:sum|total|average|area|volume|perimeter|probability|number|value|remainder|product|length)|calculate|compute|evaluate)\b` +
		`|몇\s?(?:명|개|마리|권|원|시간|분|초|살|세|일|자루|송이|장|번|km|cm|kg)|(?:얼마|몇)(?:입니까|인가|일까|예요|이에요|인지|\?)|(?:값|합|넓이|부피|확률|평균)(?:을|를) (?:구하|계산)`)
)

// options reports whether a prompt lists at least three lettered answers to choose from.
func options(prompt string) bool {
	next := byte('A')
	for _, m := range optionLine.FindAllStringSubmatch(prompt, 16) {
		if m[1][0] == next {
			next++
		}
	}
	if next < 'D' && len(optionKo.FindAllString(prompt, 5)) < 3 {
		return false
	}
	return asksChoice.MatchString(prompt)
}

// wordProblem reports whether a prompt is a question for one number, with numbers to work it
// out from. It is short and asks once, at its end or at its beginning.
func wordProblem(prompt string) bool {
	const longest = 2000
	p := strings.TrimSpace(prompt)
	if len(p) > longest || strings.Count(p, "?") > 1 || strings.Contains(p, "```") || len(figures.FindAllString(p, 3)) < 2 {
		return false
	}
	last := p[lastStart(p):]
	return howMany.MatchString(last)
}

// lastStart is where the last sentence of a text begins.
func lastStart(p string) int {
	p = strings.TrimRight(p, " \t\r\n.?!")
	start := max(strings.LastIndex(p, ". "), strings.LastIndex(p, "? "), strings.LastIndex(p, "! "), strings.LastIndex(p, ".\n"), strings.LastIndexByte(p, '\n'))
	return max(start, 0)
}

var (
	listed = regexp.MustCompile(`(?i)\b(?:classify|categori[sz]e|label|tag|assign|answer|reply|respond|choose|pick|output)\b[^.\n]{0,120}?\b(?:as (?:one of|either)?|into(?: one of)?|one of|either|exactly one)\b[^:\n,]{0,40}?:?\s*([^.\n]{3,200})` +
		`|(?:분류|답|대답|선택|골라)[^.\n]{0,40}?:\s*([^.\n]{3,200})|다음 중 하나[^:\n]{0,20}:\s*([^.\n]{3,200})`)
	between  = regexp.MustCompile(`\s*(?:,\s*or\s+|,|/|\||;|\s+or\s+|\s+또는\s+|\s+혹은\s+)\s*`)
	oneLabel = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N} _-]{0,30}$`)
)

// labels returns the list of labels that a prompt wants one of; nil if there is none.
func labels(prompt string) []string {
	for _, m := range listed.FindAllStringSubmatch(prompt, 4) {
		text := m[1] + m[2] + m[3]
		if i := strings.LastIndexByte(text, ':'); i >= 0 {
			text = text[i+1:]
		}
		var list []string
		for _, l := range between.Split(text, maxLabels+1) {
			l = strings.Trim(strings.TrimSpace(l), "\"'`*()[]")
			if !oneLabel.MatchString(l) || len(strings.Fields(l)) > 3 || slices.Contains(list, l) {
				list = nil
				break
			}
			list = append(list, l)
		}
		if len(list) > 1 && len(list) <= maxLabels {
			return list
		}
	}
	return nil
}

// ofSchema returns the keys of a schema that decide. Where something is to be made, or a key
// is open text, only closed ones and the answer's own count, for open text is never said
// twice alike.
func ofSchema(schema []byte, makes bool) Form {
	if len(schema) > maxSchema || !gjson.ValidBytes(schema) {
		return Form{}
	}
	var closed, open []string
	gjson.GetBytes(schema, "properties").ForEach(func(key, v gjson.Result) bool {
		switch name := key.String(); {
		case isProseKey(name) || len(name) > 128:
		case isClosed(v, 0) || !makes && isAnswerKey(name):
			closed = append(closed, name)
		default:
			open = append(open, name)
		}
		return len(closed)+len(open) <= maxKeys
	})
	keys := closed
	if !makes {
		keys = append(keys, open...)
	}
	if len(keys) == 0 || len(keys) > maxKeys {
		return Form{}
	}
	slices.Sort(keys)
	return Form{Kind: JSON, Keys: keys}
}

// isClosed reports whether few values satisfy a schema, so that two models can meet.
func isClosed(v gjson.Result, depth int) bool {
	const most = 4
	if depth > most {
		return false
	}
	if v.Get("enum").IsArray() || v.Get("const").Exists() {
		return true
	}
	switch v.Get("type").String() {
	case "boolean", "number", "integer", "null":
		return true
	case "array":
		return isClosed(v.Get("items"), depth+1)
	}
	return false
}
