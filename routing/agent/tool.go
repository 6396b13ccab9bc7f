package agent

import (
	"strings"

	"github.com/tidwall/gjson"
)

// effects are what a tool call does, as far as its name and its command show.
type effects uint8

const (
	observes effects = 1 << iota // reads or searches: its results quote others
	changes                      // writes files
	executes                     // runs a program, which writes its results
	tests                        // runs tests
	plans                        // keeps lists, thinks, asks
	polls                        // waits for what is running already
	shelled                      // runs in a shell, which shows the exit code
)

// tools maps the tools of the known harnesses, by their names in lower case without
// punctuation, to what they do. For a tool that executes commands the command says more.
var tools = byName(map[effects]string{
	observes: `read view readfile readmanyfiles open openfile cat ls list listdir listdirectory listfiles viewimage notebookread
		webfetch fetch fetchurl readmcpresource listmcpresources listmcpresourcetemplates getfile viewfile readlints getdiagnostics
		grep glob search searchfiles filesearch findfiles grepsearch codebasesearch semanticsearch ripgrep find findpath websearch
		websearchexa listcodedefinitionnames memorysearch memoryget toolsearch lsp readpdf readtextfile readmultiplefiles`,
	changes: `edit multiedit notebookedit write writefile writetofile createfile newfile strreplace texteditor patch applypatch applydiff
		searchreplace searchandreplace replaceinfile replace replacestringinfile inserteditintofile insertcontent editfile savefile
		editnotebookfile createtextfile replacecontent deletefile deletelines replacelines insertatline`,
	executes: `bash shell shellcommand localshell localshellcall terminal exec execcommand executecommand runcommand runinterminal
		runterminalcmd runterminalcommand runshellcommand containerexec powershell cmd
		executebash executecode runcode python ipython codeinterpreter codeexecution bashcodeexecution jupyter repl nodejs unifiedexec`,
	executes | polls: `writestdin bashoutput taskoutput process getterminaloutput commandstatus`,
	executes | tests: `runtests runtest test tests pytest testrunner runtestsuite executetests`,
	plans: `todowrite todoread updateplan exitplanmode enterplanmode think sequentialthinking askuserquestion taskcreate taskupdate
		tasklist updatetodolist`,
})

func byName(table map[effects]string) map[string]effects {
	m := make(map[string]effects)
	for e, names := range table {
		for name := range strings.FieldsSeq(names) {
			m[name] = e
		}
	}
	return m
}

// Bounds on what is read of a call, in bytes.
const (
	maxTool  = 128
	maxInput = 16 << 10 // of arguments; longer commands are not read
)

// effectsOf returns what a call does.
func effectsOf(name, input []byte) effects {
	tool := plain(name)
	e := tools[tool]
	switch {
	case e&executes != 0:
		if e&(tests|polls) == 0 && len(input) <= maxInput {
			if command := command(input); command != "" {
				e = shell(command)
			}
		}
		return e | shelled
	case e == 0 && strings.HasPrefix(tool, "strreplace") && len(input) <= maxInput: // the editors of Anthropic and OpenHands: several tools in one
		if arguments(input).Get("command").Str == "view" {
			return observes
		}
		return changes
	default:
		return e
	}
}

// plain returns a tool's name in lower case, without punctuation and without its server: "mcp__github__search_files" is "searchfiles".
func plain(name []byte) string {
	s := string(name[:min(len(name), maxTool)])
	if i := strings.LastIndex(s, "__"); i > 0 {
		s = s[i:]
	}
	if i := strings.LastIndexAny(s, ".:/"); i >= 0 {
		s = s[i+1:]
	}
	return strings.Map(func(r rune) rune {
		switch {
		case 'A' <= r && r <= 'Z':
			return r - 'A' + 'a'
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9', r >= 0x80:
			return r
		default:
			return -1
		}
	}, s)
}

// arguments returns the object of a call's arguments: Anthropic sends an object, OpenAI a
// string that holds one.
func arguments(input []byte) gjson.Result {
	v := gjson.ParseBytes(input)
	if v.Type == gjson.String {
		v = gjson.Parse(v.Str)
	}
	return v
}

// command returns the command that a call executes, "" if it has none.
func command(input []byte) string {
	object := arguments(input)
	if !object.IsObject() {
		return ""
	}
	for _, key := range []string{"command", "cmd", "script"} {
		switch v := object.Get(key); {
		case v.Type == gjson.String:
			return v.Str
		case v.IsArray():
			return argv(v.Array())
		}
	}
	return ""
}

// argv joins the words of a command, or returns the script of `bash -lc script`.
func argv(words []gjson.Result) string {
	if len(words) == 3 && begins(words[1].Str, []string{"-lc", "-c"}) {
		return words[2].Str
	}
	var b strings.Builder
	for _, w := range words {
		b.WriteString(w.Str)
		b.WriteByte(' ')
	}
	return b.String()
}
