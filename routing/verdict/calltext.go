package verdict

import (
	"strings"

	"sluice/routing"
	"sluice/routing/lexicon"
	"sluice/routing/llmapi/jsonscan"
)

// A model whose chat template is not served as it was trained writes its tool calls into the
// text: an agent sees an answer without a call and stops. Such a call is found where
//   - the text begins with a mark that chat templates put before calls;
//   - such a mark, outside of code, is followed by the name of an offered tool;
//   - the text is, or ends in, JSON that consists of the name of an offered tool and arguments.
//
// Calls in prose ("Action: read") are none, nor are the tags of agents that offer their tools in
// the prompt: they offer none to the API.

// Lengths in bytes.
const (
	callReach   = 240  // behind a mark, where the name of the tool is
	callDecides = 1024 // of the beginning of a stream that are held for its sake
	maxMarks    = 32   // that are looked at
	maxCallRows = 16   // lines on which a call may begin that are looked at
	leadEnd     = 300  // of the text before a call in a fence that say what it is
)

// callMarks begin a call in some chat template. ASCII letters match in either case.
var callMarks = []string{
	"<tool_call>", "<tool_calls>", "<toolcall>", "<function_call>", "<functioncall>", "<function_calls>", "<invoke name=", "<function=", "<function(",
	"<|tool_call|>", "<|tool_calls|>", "<|tool_call>", "<|tool_call_begin|>", "<|tool_calls_section_begin|>", "<|tool_call_start|>", "<|tool_call_argument_begin|>",
	"<|python_tag|>", "<|start_action|>", "<|action_start|>", "<|tool_list_start|>", "<|recipient|>", "<|plugin|>",
	"<start_function_call>", "<minimax:tool_call>", "<longcat_tool_call>", "<seed:tool_call>",
	"<｜tool▁calls▁begin｜>", "<｜tool▁call▁begin｜>", "<｜dsml｜function_calls>", "<｜dsml｜tool_calls>", "<｜dsml｜invoke name=",
	"[tool_calls]", "[tool_call]", "[function_calls]", "functools[", "<tool_use>",
	"<|channel|>commentary to=", "<|start|>assistant<|channel|>commentary to=", "<|start|>assistant to=", "<|start|>functions.",
	"assistantcommentary to=", "commentary to=",
}

// recipient begins the name of a tool wherever gpt-oss writes one.
const recipient = "to=functions."

// callText looks for a tool call in the text of an answer without calls, which is only its
// beginning if whole is false. Open is returned as long as the text begins like a call.
func callText(e *Expectation, text string, whole bool) Finding {
	text = strings.TrimLeft(text, jsonSpace)
	begins := callBegins(e, text, whole)
	switch {
	case begins == Refuses, marksCall(e.Offered, text, whole), !e.JSON && !e.Example && endsInCall(e, text, whole):
		return Refuses
	case whole || len(text) > callDecides:
		return Complies
	}
	return begins
}

// callBegins reports whether the text begins with a call.
func callBegins(e *Expectation, text string, whole bool) Finding {
	if text == "" {
		return Complies
	}
	if f := markBegins(e.Offered, text, whole); f != Complies || e.JSON {
		return f
	}
	switch text[0] {
	case '{', '[':
		return callJSON(e.Offered, text)
	case '`', 'a', 'A': // a fence, or "Action:" and a fence
		if e.Example {
			return Complies
		}
		return fencedCall(e.Offered, text)
	case '>': // Functionary: >>>read
		name, ok := strings.CutPrefix(text, ">>>")
		switch n := identifier(name); {
		case !ok && !whole && strings.HasPrefix(">>>", text), ok && n == name:
			return Open
		case ok && offers(e.Offered, n) && name[len(n)] == '\n':
			return Refuses
		}
	case 'f': // functions.read:0{…}
		return namedCall(e.Offered, text)
	case 't': // to=functions.read
		begins := strings.HasPrefix(recipient, text[:min(len(text), len(recipient))])
		if name := text[min(len(text), len(recipient)):]; begins && !whole && identifier(name) == name {
			return Open
		}
	}
	return Complies
}

// markBegins reports whether the text begins with a mark, and with what follows one.
func markBegins(offered routing.ToolNames, text string, whole bool) Finding {
	open := Complies
	for _, m := range callMarks {
		if lexicon.Lower(text[0]) != m[0] {
			continue
		}
		if !lexicon.HasPrefixFold(text, m) {
			if !whole && len(text) < len(m) && strings.HasPrefix(m, strings.ToLower(text)) {
				open = Open
			}
			continue
		}
		switch f := followsMark(offered, text[len(m):]); {
		case f == Open && whole:
			return Refuses // a mark and nothing else
		case f != Complies:
			return f
		}
	}
	return open
}

// followsMark reports whether the text goes on as a call does after a mark: with a bracket,
// another mark or the name of a tool.
func followsMark(offered routing.ToolNames, rest string) Finding {
	inner := strings.TrimLeft(rest, jsonSpace+`"'=`)
	if inner == "" {
		return Open
	}
	switch inner[0] {
	case '{', '[', '<':
		return Refuses
	}
	name := identifier(inner)
	if name == inner {
		return Open
	}
	if _, bare, ok := strings.Cut(name, ":"); ok && !offers(offered, name) { // call:read
		name = bare
	}
	if offers(offered, name) {
		return Refuses
	}
	return Complies
}

// identifier returns the beginning of the text that may be the name of a tool.
func identifier(text string) string {
	for i := range len(text) {
		if c := text[i]; !lexicon.IsWord(lexicon.Lower(c)) && c != '_' && c != '-' && c != '.' && c != ':' || c == '\'' || c >= 0x80 {
			return text[:i]
		}
	}
	return text
}

// offers reports whether a tool was offered under the name, which may have the namespace that
// some templates add, and a number behind it.
func offers(offered routing.ToolNames, name string) bool {
	name = strings.TrimSuffix(strings.TrimPrefix(name, "functions."), ".call")
	if offered.Has(name) {
		return true
	}
	name, _, numbered := strings.Cut(name, ":")
	return numbered && offered.Has(name)
}

// marksCall reports whether a mark stands anywhere in the text outside of code and is followed
// by the name of an offered tool.
func marksCall(offered routing.ToolNames, text string, whole bool) bool {
	marks := 0
	for _, first := range [...]string{"<", "[", recipient} {
		for at := 0; marks < maxMarks; {
			i := strings.Index(text[at:], first)
			if i < 0 {
				break
			}
			at += i
			n := len(recipient)
			if first != recipient {
				n = markLength(text[at:])
			}
			if n == 0 {
				at++
				continue
			}
			marks++
			rest := text[at+n:]
			hanging := whole && at > 0 && first == "<" && strings.TrimLeft(rest, jsonSpace) == ""
			if (hanging || namesTool(offered, rest[:min(len(rest), callReach)])) && !isCode(text, at) {
				return true
			}
			at += n
		}
	}
	return false
}

// isCode reports whether the place is in a fence or right behind a backtick.
func isCode(text string, at int) bool {
	return at > 0 && text[at-1] == '`' || strings.Count(text[:at], fence)%2 == 1
}

// markLength returns the length of the mark at the beginning of the text, or 0.
func markLength(text string) int {
	for _, m := range callMarks {
		if m[0] == text[0] && lexicon.HasPrefixFold(text, m) {
			return len(m)
		}
	}
	return 0
}

// namesTool reports whether a word of the text is the name of an offered tool.
func namesTool(offered routing.ToolNames, text string) bool {
	for len(text) > 0 {
		name := identifier(text)
		if offers(offered, name) {
			return true
		}
		text = text[min(len(name)+1, len(text)):]
	}
	return false
}

// namedCall reports whether the text begins with a tool's name in its namespace, and its
// arguments: "functions.read:0{…}".
func namedCall(offered routing.ToolNames, text string) Finding {
	const namespace = "functions."
	if len(text) < len(namespace) {
		if strings.HasPrefix(namespace, text) {
			return Open
		}
		return Complies
	}
	name := identifier(text)
	switch rest := strings.TrimLeft(text[len(name):], jsonSpace); {
	case !strings.HasPrefix(name, namespace):
		return Complies
	case rest == "":
		return Open
	case offers(offered, name) && (rest[0] == '{' || rest[0] == '(' || rest[0] == '<'):
		return Refuses
	}
	return Complies
}

// fencedCall reports whether the text begins with a fence around a call.
func fencedCall(offered routing.ToolNames, text string) Finding {
	const action = "action:"
	if lexicon.HasPrefixFold(text, action) {
		if text = strings.TrimLeft(text[len(action):], jsonSpace); text == "" {
			return Open
		}
	} else if text[0] != '`' {
		if len(text) < len(action) && strings.HasPrefix(action, strings.ToLower(text)) {
			return Open
		}
		return Complies
	}
	if !strings.HasPrefix(text, fence) {
		if strings.HasPrefix(fence, text) {
			return Open
		}
		return Complies
	}
	rest := text[len(fence):]
	info := identifier(rest)
	inner := strings.TrimLeft(rest[len(info):], jsonSpace)
	if inner == "" {
		return Open
	}
	switch info {
	case "", "json", "JSON", "tool_call", "tool_calls", "tool", "function_call", "xml":
		if inner[0] == '<' {
			return markBegins(offered, inner, false)
		}
		return callJSON(offered, inner)
	case "tool_code": // Gemma: print(read(path="main.go"))
		call := strings.TrimPrefix(strings.TrimPrefix(inner, "print("), "default_api.")
		name := identifier(call)
		if name == call {
			return Open
		}
		if offers(offered, name) {
			return Refuses
		}
	}
	return Complies
}

// callJSON reports whether the text begins with JSON that calls an offered tool, or with a list
// of such calls. What follows the first call does not matter, nor whether its end is there.
func callJSON(offered routing.ToolNames, text string) Finding {
	s := scanner(text)
	for s.Peek() == '[' {
		if name := identifier(text[s.Pos+1:]); name != "" && name == text[s.Pos+1:] {
			return Open
		} else if offers(offered, name) && text[s.Pos+1+len(name)] == '(' {
			return Refuses // as Llama 4 writes them: [read(path="main.go")]
		}
		if !s.Enter() {
			return Complies
		}
	}
	c := callReader{Scanner: &s, offered: offered}
	c.object(0)
	switch {
	case c.named && c.arguments:
		return Refuses
	case s.Err != nil && s.Ended && !c.other:
		return Open
	}
	return Complies
}

// A callReader reads an object that may be a call.
type callReader struct {
	*jsonscan.Scanner
	offered   routing.ToolNames
	named     bool // it has the name of an offered tool
	arguments bool // and a place for arguments
	other     bool // it is not a call
}

// maxCallDepth bounds the objects around a call: {"tool_calls": [{"function": {…}}]}.
const maxCallDepth = 4

func (c *callReader) object(depth int) {
	if c.Peek() != '{' || depth == maxCallDepth {
		if c.Pos < len(c.Data) {
			c.other = true
		} else {
			c.Invalid("an object")
		}
		return
	}
	for more := c.Enter(); more; more = c.More() {
		if c.member(string(c.Key()), depth); c.Err != nil || c.other || c.named && c.arguments {
			return
		}
	}
}

func (c *callReader) member(key string, depth int) {
	if c.Err != nil {
		return
	}
	switch key {
	case "name", "tool", "tool_name", "function", "function_name", "recipient_name", "action", "function_call", "tool_call":
		if c.Peek() == '{' {
			c.object(depth + 1)
			return
		}
		if c.Peek() != '"' {
			c.ifAny(c.Skip())
			return
		}
		name := string(c.Word())
		if c.Err != nil {
			return
		}
		if !offers(c.offered, name) {
			c.other = true
			return
		}
		c.named = true
	case "arguments", "parameters", "params", "args", "input", "tool_input", "tool_args", "function_args", "action_input", "tool_arguments":
		c.arguments = true
		if !c.named {
			c.Skip()
		}
	case "tool_calls", "function_calls", "tool_uses", "calls":
		if c.Peek() != '[' {
			c.other = c.Pos < len(c.Data)
			return
		}
		if c.Enter() {
			c.object(depth + 1)
		}
		c.other = c.other || c.Err == nil && (!c.named || !c.arguments)
	case "type", "id", "index", "call_id", "tool_call_id":
		c.Skip()
	default:
		c.other = true
	}
}

// ifAny takes a value of no use in place of a name.
func (c *callReader) ifAny(value []byte) {
	c.other = c.other || c.Err == nil && len(value) > 0
}

// endsInCall reports whether the text ends in a call that begins on a line of its own. A call in
// a fence counts only if the line before announces what the model will do.
func endsInCall(e *Expectation, text string, whole bool) bool {
	for at, rows := len(text), 0; rows < maxCallRows; {
		if at = strings.LastIndexByte(text[:at], '\n'); at < 0 {
			return false
		}
		row := strings.TrimLeft(text[at+1:], " \t")
		action := lexicon.HasPrefixFold(row, "action:")
		if row == "" || !action && strings.IndexByte("{[`", row[0]) < 0 {
			continue
		}
		rows++
		lead := text[:len(text)-len(row)]
		found := Complies
		switch {
		case strings.Count(lead, fence)%2 == 1: // within code
		case row[0] == '{', row[0] == '[':
			found = callJSON(e.Offered, row)
		case action, announces(lead):
			found = fencedCall(e.Offered, row)
		}
		if found == Refuses && (!whole || endsWithCall(row)) {
			return true
		}
	}
	return false
}

// endsWithCall reports whether nothing but a fence or further calls follow the first JSON of the
// text.
func endsWithCall(text string) bool {
	at := strings.IndexAny(text, "{[")
	if at < 0 {
		return true // a call in the words of a programming language
	}
	n, ok := leadingDocument(text[at:])
	if !ok {
		return true // it is cut off, or no end can be told
	}
	rest := strings.Trim(text[at+n:], jsonSpace+"`;,")
	return rest == "" || rest[0] == '{' || rest[0] == '['
}

// announcements say that the model is about to do something.
var announcements = []string{
	"i'll", "i’ll", "i will", "let me", "let's", "let’s", "i need to", "i'm going to", "i’m going to", "i am going to", "calling", "i can use", "i should",
	"겠습니다", "하겠", "볼게요", "할게요", "해보", "먼저", "호출", "我来", "我将", "让我", "我会", "先", "voy a", "je vais", "ich werde", "vou ", "まず", "します",
}

// announces reports whether the end of the text before a call says that the model acts.
func announces(lead string) bool {
	lead = strings.ToLower(lead[max(0, len(lead)-leadEnd):])
	return containsAny(lead, announcements)
}

// Phrases of prompts that ask how something is written, and of those about calls.
var (
	exampleQuestions = []string{
		"example", "sample", "demonstrat", "show me how", "show how", "syntax", "would look", "예시", "예제", "예를", "샘플", "문법", "例子", "示例", "例を",
		"ejemplo", "exemple", "beispiel", "пример", //nolint:misspell // French
	}
	howQuestions = []string{
		"explain", "what does", "what is", "what are", "mean", "format", "look like", "looks like", "how do", "how does", "how to", "설명", "형식", "뜻", "뭐", "무엇", "어떻게",
		"什么", "解释", "とは", "cómo", "comment", "wie ", "как ",
	}
	callNames = []string{
		"tool call", "tool_call", "tool-call", "toolcall", "function call", "function_call", "function-call", "tool use", "tool_use",
		"도구 호출", "함수 호출", "툴 콜", "工具调用", "函数调用", "appel d'outil", "llamada", "werkzeugaufruf",
	}
)
