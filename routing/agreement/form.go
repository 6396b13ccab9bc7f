package agreement

import (
	"regexp"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"sluice/routing"
)

const (
	maxFirst  = 600      // bytes that are read of the beginning of a prompt
	maxLast   = 1400     // bytes that are read of its end
	maxSchema = 64 << 10 // bytes of a schema
	maxKeys   = 32
	maxLabels = 16
	maxLabel  = 40 // bytes
)

// Of returns how answers to the request are compared; the zero Form means not at all. Agents
// are excluded: if tools are offered, either a call or a text may be right, unless the client
// demands a call.
func Of(r *routing.Request) Form {
	if r.Needs&routing.Tools != 0 {
		if r.Forced {
			return Form{Kind: Call}
		}
		return Form{}
	}
	prompt := ends(r.Prompt)
	if len(r.Schema) > 0 {
		return ofSchema(r.Schema, makes(prompt))
	}
	f := asked(prompt, r.Needs&routing.JSON != 0)
	if f.Checkable() && makes(prompt) {
		return Form{}
	}
	return f
}

// asked returns the form that a prompt asks for.
func asked(prompt string, json bool) Form {
	lower := lowered(prompt)
	m, korean := marksOf(lower), hangul(lower)
	f := Form{Literal: m.has(saysLiteral)}
	switch {
	case json, m.has(saysJSON) && namesAnswer.MatchString(lower):
		f.Kind = JSON
	case lettered(prompt) && asksChoice.MatchString(lower):
		return Form{Kind: Choice}
	case (m.has(saysYes|saysNo) || m.has(saysTrue|saysFalse)) && asksTruth.MatchString(lower), korean && asksTruthKo.MatchString(lower):
		return Form{Kind: Bool}
	case m.has(saysReply|saysNumber) && asksNumber.MatchString(lower), korean && asksNumberKo.MatchString(lower):
		return Form{Kind: Number}
	case m.has(saysBox), m.has(saysAnswer|saysEnd) && asksFinal.MatchString(lower), m.has(saysReply|saysEnd|saysValue) && asksFinal.MatchString(lower),
		strings.Contains(lower, "####"), korean && asksFinalKo.MatchString(lower):
		f.Kind = Value
	default:
		if list := labels(lower, m.has(saysSort), korean); len(list) > 1 {
			return Form{Kind: Label, Labels: labelWords(list)}
		}
		if (m.has(saysHow) || korean) && wordProblem(lower, korean) {
			return Form{Kind: Number}
		}
		return Form{}
	}
	return f
}

// ends returns the parts of a prompt that contain instructions.
func ends(prompt string) string {
	if len(prompt) <= maxFirst+maxLast {
		return prompt
	}
	return prompt[:maxFirst] + "\n" + prompt[len(prompt)-maxLast:]
}

// makes reports whether a prompt asks for something to be created: two models never create the
// same.
func makes(prompt string) bool {
	lower := lowered(prompt)
	return marksOf(lower).has(saysMake) && (made.MatchString(lower) || remade.MatchString(lower) || counted.MatchString(lower)) || hangul(lower) && madeKo.MatchString(lower)
}

// The patterns match text in lower case.
var (
	made = regexp.MustCompile(`\b(?:write|draft|compose|generate|create|design|implement|develop|build|brainstorm|suggest|propose|give me|come up with|make up|refactor)\b[^.?!\n]*?` +
		`\b(?:functions?|programs?|scripts?|class(?:es)?|code|methods?|quer(?:y|ies)|app(?:lication)?s?|tests?|stor(?:y|ies)|essays?|poems?|haikus?|emails?|letters?|articles?|blogs?|posts?|paragraphs?|reports?|speech(?:es)?|songs?|lyrics|tweets?|reviews?|ideas?|names?|slogans?|titles?|headlines?|plans?|outlines?|recipes?|questions?|examples?|descriptions?|messages?|dialogues?|personas?|itinerar(?:y|ies))\b`)
	// lists of the model's own choice
	counted = regexp.MustCompile(`\b(?:list|name|enumerate|mention)\b (?:me |us )?(?:the )?(?:[0-9]+|two|three|four|five|six|seven|eight|nine|ten|some|several|a few|possible|various|common|different|popular)\b`)
	remade  = regexp.MustCompile(`\b(?:translate|paraphrase|rewrite|summari[sz]e|proofread)\b`)
	madeKo  = regexp.MustCompile(`(?:작성|써|지어|만들어|생성|번역|요약|창작|구현|코딩|다듬어|추천)\s?(?:해|줘|주세요|하세요|하시오|달라|봐|주|하라)`)

	namesAnswer = regexp.MustCompile("[\"'`](?:final_?answer|answer|result|label|category|class|choice|sentiment|verdict|정답|답|분류)[\"'`]")

	asksChoice = regexp.MustCompile(`\bwhich (?:of|one|option|answer)|\bchoose|\bselect|\bpick|\bcorrect (?:answer|option|choice)|\b(?:answer|reply|respond)\b[^.\n]*?\b(?:letter|option)|고르|선택|옳은|알맞은|정답|\?`)
	optionLine = regexp.MustCompile(`^\s*[(\[]?([A-J])[).\]]\s*\S`)

	asksTruth   = regexp.MustCompile(`\b(?:answer|reply|respond|say|state|output|return)\b[^.\n]*?\b(?:yes["']? ?(?:or|/) ?["']?no|true["']? ?(?:or|/) ?["']?false)\b|^\s*true or false\b|\((?:yes/no|true/false)\)`)
	asksTruthKo = regexp.MustCompile(`(?:예|네)["']?\s?(?:또는|나|/|,|혹은)\s?["']?아니[오요]["']?[^.\n]*?(?:답|대답|말)|(?:참|맞으면)["']?\s?(?:또는|/|,|혹은|인지)\s?["']?거짓`)

	asksNumber   = regexp.MustCompile(`\b(?:answer|reply|respond|output|return|give|provide|state)\b[^.\n]*?\b(?:only |just |single |the |a |as an? )+(?:number|integer|numeric(?:al)? (?:value|answer))\b`)
	asksNumberKo = regexp.MustCompile(`숫자(?:로)?만|숫자 하나(?:로)?`)
	asksFinal    = regexp.MustCompile(`\b(?:put|give|show|state|provide|end|finish|write|present|report)\b[^.\n]*?\bfinal answer|\bonly (?:give |the |output )*(?:the )?final answer|\b(?:answer|reply|respond) with (?:only|just) the (?:answer|value|result)\b`)
	asksFinalKo  = regexp.MustCompile(`최종\s?답|정답만|답만`)

	howMany   = regexp.MustCompile(`\b(?:how (?:many|much|long|old|far|tall|fast)|(?:what (?:is|are|was|will be|would be) (?:the|his|her|its|their)|find the)\b[^,?]*?\b(?:sum|total|average|mean|area|volume|perimeter|probability|percent|percentage|number|cost|price|profit|value|speed|distance|age|remainder|product|difference|ratio|length|width|height|interest)|calculate|compute|evaluate)\b`)
	howManyKo = regexp.MustCompile(`몇\s?(?:명|개|마리|권|원|시간|분|초|살|세|일|자루|송이|장|번|km|cm|kg)|(?:얼마|몇)(?:입니까|인가|일까|예요|이에요|인지|\?)|(?:값|합|넓이|부피|확률|평균)(?:을|를) (?:구하|계산)`)
)

// lettered reports whether a prompt lists at least three answers to choose from, each with its
// letter at the beginning of a line.
func lettered(prompt string) bool {
	if strings.Contains(prompt, "③") {
		return true
	}
	next := byte('A')
	for line := range strings.Lines(prompt) {
		if m := optionLine.FindStringSubmatch(line[:min(len(line), 16)]); m != nil && m[1][0] == next {
			next++
		}
	}
	return next >= 'D'
}

// wordProblem reports whether a prompt asks for one number and contains numbers to compute it
// from. It is short and has one question, at either end.
func wordProblem(prompt string, korean bool) bool {
	const longest = 2000
	p := strings.TrimSpace(prompt)
	if len(p) > longest || strings.Count(p, "?") > 1 || strings.Contains(p, "```") || figuresIn(p) < 2 {
		return false
	}
	last := p[lastStart(p):]
	last = last[max(0, len(last)-400):]
	return howMany.MatchString(last) || korean && howManyKo.MatchString(last)
}

// figuresIn counts the runs of digits in a text.
func figuresIn(p string) int {
	n, in := 0, false
	for i := range len(p) {
		digit := p[i] >= '0' && p[i] <= '9'
		if digit && !in {
			n++
		}
		in = digit
	}
	return n
}

// lastStart returns where the last sentence of a text begins.
func lastStart(p string) int {
	p = strings.TrimRight(p, " \t\r\n.?!")
	start := max(strings.LastIndex(p, ". "), strings.LastIndex(p, "? "), strings.LastIndex(p, "! "), strings.LastIndex(p, ".\n"), strings.LastIndexByte(p, '\n'))
	return max(start, 0)
}

var (
	listed   = regexp.MustCompile(`\b(?:classify|categori[sz]e|label|tag|assign|answer|reply|respond|choose|pick|output)\b[^.\n]*?\b(?:as (?:one of|either)?|into(?: one of)?|one of|either|exactly one)\b[^:\n,]*?:?\s*([^.\n]+)`)
	listedKo = regexp.MustCompile(`(?:분류|답|대답|선택|골라|다음 중 하나)[^.:\n]*?:\s*([^.\n]+)`)
	between  = regexp.MustCompile(`\s*(?:,\s*or\s+|,|/|\||;|\s+or\s+|\s+또는\s+|\s+혹은\s+)\s*`)
	oneLabel = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N} _-]*$`)
)

// labels returns the labels that a prompt asks to choose from, or nil.
func labels(prompt string, english, korean bool) []string {
	var all [][]string
	if english {
		all = listed.FindAllStringSubmatch(prompt, 2)
	}
	if korean {
		all = append(all, listedKo.FindAllStringSubmatch(prompt, 2)...)
	}
	for _, m := range all {
		text := m[1][strings.LastIndexByte(m[1], ':')+1:]
		if len(text) > maxLabels*maxLabel {
			continue
		}
		var list []string
		for _, l := range between.Split(text, maxLabels+1) {
			l = strings.Trim(strings.TrimSpace(l), "\"'`*()[]")
			if len(l) > maxLabel || !oneLabel.MatchString(l) || len(strings.Fields(l)) > 3 || slices.Contains(list, l) {
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

// ofSchema returns the deciding keys of a schema. If something is to be created, or a key is
// open text, only closed keys and the answer's own count, because open text never matches.
func ofSchema(schema []byte, made bool) Form {
	if len(schema) > maxSchema || !gjson.ValidBytes(schema) {
		return Form{}
	}
	var closed, open []string
	gjson.GetBytes(schema, "properties").ForEach(func(key, v gjson.Result) bool {
		switch name := key.String(); {
		case isProseKey(name) || len(name) > 128:
		case isClosed(v, 0) || !made && isAnswerKey(name):
			closed = append(closed, name)
		default:
			open = append(open, name)
		}
		return len(closed)+len(open) <= maxKeys
	})
	keys := closed
	if !made {
		keys = append(keys, open...)
	}
	if len(keys) == 0 || len(keys) > maxKeys {
		return Form{}
	}
	slices.Sort(keys)
	return Form{Kind: JSON, Keys: keys}
}

// isClosed reports whether few values satisfy a schema, so that two models can agree.
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
