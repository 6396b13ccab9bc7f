package agent

import "strings"

// programs maps well-known programs to what they do.
var programs = byName(map[effects]string{
	observes: `cat head tail less more ls ll tree grep egrep fgrep rg ag ack find fd wc stat file pwd which type whereis sort uniq cut
		tr diff cmp comm awk gawk jq yq env printenv date ps du df hexdump xxd od nl bat strings readlink realpath basename dirname
		test [ sed column tac rev man help id whoami uname hostname journalctl zcat zgrep Get-Content Get-ChildItem Select-String dir`,
	changes: `tee cp mv rm touch patch apply_patch applypatch dd truncate ln install ed ex rsync unzip tar
		Set-Content Add-Content Out-File`,
	executes | tests: `pytest py.test jest vitest mocha ava tap jasmine rspec ctest tox nox phpunit pest bats nosetests nose2 gotestsum
		unittest karma cypress playwright nextest trial minitest busted prove`,
})

// idle are the commands that do nothing of interest here.
var idle = set("cd", "echo", "printf", "export", "set", "source", ".", "true", "false", ":", "sleep", "wait", "exit", "return", "unset",
	"mkdir", "rmdir", "chmod", "chown", "pushd", "popd", "local", "declare", "read", "fi", "done", "esac", "for", "case", "in", "function", "select", "break", "continue")

// shells run a script that stands in the command line.
var shells = set("bash", "sh", "zsh", "dash")

// wrappers run the command that follows their own flags and numbers.
var wrappers = set("sudo", "time", "nice", "nohup", "env", "command", "exec", "timeout", "gtimeout", "stdbuf", "xargs", "if", "then",
	"else", "elif", "do", "while", "until", "!", "npx", "bunx", "pnpx", "uvx", "xvfb-run", "setsid", "caffeinate", "doas", "ionice", "taskset")

// runners run another program if their first argument says so.
var runners = map[string]map[string]bool{
	"uv": set("run"), "poetry": set("run"), "pipenv": set("run"), "pdm": set("run"), "rye": set("run"), "hatch": set("run"),
	"bundle": set("exec"), "pnpm": set("exec", "dlx"), "yarn": set("exec", "dlx"), "npm": set("exec"), "mise": set("exec", "x"),
	"python": set("-m"), "python3": set("-m"), "py": set("-m"), "coverage": set("run"), "direnv": set("exec"), "pipx": set("run"),
}

// testers have a sub-command or a target that runs tests.
var testers = set("go", "cargo", "npm", "pnpm", "yarn", "bun", "deno", "make", "gmake", "mvn", "mvnw", "gradle", "gradlew", "dotnet", "swift",
	"mix", "rake", "rails", "zig", "flutter", "dart", "bazel", "bazelisk", "just", "task", "manage.py", "node", "php", "artisan", "sbt", "lein",
	"stack", "cabal", "xcodebuild", "ninja", "meson", "turbo", "nx", "composer", "ng", "moon", "buck2", "pants", "crystal", "elm-test",
	"python", "python3", "docker", "docker-compose", "podman", "vendor", "cmake", "forge", "hardhat", "truffle", "anchor", "react-scripts", "lerna")

// checkers run tests for the target "check"; for other testers a check only compiles.
var checkers = set("make", "gmake", "ninja", "mvn", "mvnw", "gradle", "gradlew")

// gitReads are the sub-commands of git that show things, gitWrites those that change files.
var (
	gitReads = set("log", "show", "diff", "status", "blame", "branch", "grep", "ls-files", "ls-tree", "rev-parse", "describe", "tag",
		"remote", "config", "reflog", "shortlog", "cat-file", "merge-base", "rev-list", "whatchanged", "worktree")
	gitWrites = set("apply", "am", "checkout", "restore", "stash", "reset", "revert", "cherry-pick", "merge", "rebase", "rm", "mv", "clean")
)

// simple returns what one simple command does.
func simple(words []string, writes bool) effects {
	words = unwrapped(words)
	if len(words) == 0 {
		return 0
	}
	name, args := program(words[0]), words[1:]
	var e effects
	switch {
	case idle[name]:
	case name == "git":
		e = gitEffects(args)
	case shells[name] && len(args) > 1 && flagged(args[:1], "-c", "-lc"):
		e = shell(args[1])
	case name == "sed" && flagged(args, "-i", "--in-place"), name == "perl" && flagged(args, "-i", "-pi", "-0pi", "-ni"):
		e = changes
	case name == "find" && flagged(args, "-delete", "-exec"):
		e = executes
	default:
		e = programs[name]
		if e == 0 {
			e = executes
			if namesTest(name) || testers[name] && asksForTests(name, args) {
				e |= tests
			}
		}
	}
	// Output that a program under test writes to a file is a log; that of cat or echo is not.
	if writes && e&executes == 0 {
		e = e&^observes | changes
	}
	return e
}

// unwrapped returns the command after assignments and programs that run another one.
func unwrapped(words []string) []string {
	for len(words) > 0 {
		w := program(words[0])
		switch {
		case isAssignment(words[0]):
			words = words[1:]
		case wrappers[w]:
			words = withoutOptions(words[1:])
		case len(words) > 2 && runners[w][words[1]]:
			words = withoutOptions(words[2:])
		default:
			return words
		}
	}
	return nil
}

// withoutOptions drops the flags and numbers that words begin with.
func withoutOptions(words []string) []string {
	for len(words) > 0 && words[0] != "" && (words[0][0] == '-' || words[0][0]-'0' <= 9) {
		words = words[1:]
	}
	return words
}

func isAssignment(word string) bool {
	name, _, ok := strings.Cut(word, "=")
	return ok && name != "" && !strings.ContainsAny(name, "-/.")
}

// program returns the name of the program at a path.
func program(path string) string {
	name := path[strings.LastIndexAny(path, `/\`)+1:]
	return strings.TrimSuffix(strings.TrimSuffix(name, ".exe"), ".cmd")
}

func gitEffects(args []string) effects {
	for i := 0; i < len(args); i++ {
		switch a := args[i]; {
		case a == "-C" || a == "-c":
			i++
		case strings.HasPrefix(a, "-"):
		case gitReads[a]:
			return observes
		case gitWrites[a]:
			return changes
		default:
			return executes
		}
	}
	return observes
}

func flagged(args []string, flags ...string) bool {
	for _, a := range args {
		for _, f := range flags {
			if strings.HasPrefix(a, f) {
				return true
			}
		}
	}
	return false
}

// asksForTests reports whether one of the arguments is a test's target or file.
func asksForTests(name string, args []string) bool {
	for _, a := range args {
		switch {
		case (a == "check" || a == "verify") && checkers[name], a == "spec", a == "t" && name == "npm":
			return true
		case programs[program(a)]&tests != 0, namesTest(program(a)):
			return true
		}
	}
	return false
}

// namesTest reports whether a name has the word test in it: run_tests.sh, test:unit, but
// not latest.
func namesTest(name string) bool {
	for part := range strings.FieldsFuncSeq(name, func(r rune) bool { return r < '0' || r > '9' && r < 'A' || r > 'Z' && r < 'a' || r > 'z' }) {
		switch strings.ToLower(part) {
		case "test", "tests", "runtest", "runtests", "testsuite", "unittest", "unittests", "selftest", "e2e":
			return true
		}
	}
	return false
}
