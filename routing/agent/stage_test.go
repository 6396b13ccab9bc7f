package agent

import (
	"testing"

	"sluice/routing"
)

func TestEffects(t *testing.T) {
	const (
		runs  = executes | shelled
		test  = executes | tests | shelled
		reads = observes | shelled
	)
	for _, c := range []struct {
		tool, input string
		want        effects
	}{
		{"Read", `{}`, observes},
		{"read_file", `"{}"`, observes},
		{"mcp__github__search_files", `{}`, observes},
		{"functions.exec_command", `"{\"cmd\":\"ls\"}"`, reads},
		{"str_replace_based_edit_tool", `{"command":"view"}`, observes},
		{"str_replace_based_edit_tool", `{"command":"insert"}`, changes},
		{"str_replace_editor", `7`, changes},
		{"apply_patch", `"*** Begin Patch"`, changes},
		{"TodoWrite", `{}`, plans},
		{"run_tests", `{}`, test},
		{"write_stdin", `{"chars":""}`, executes | polls | shelled},
		{"weather", `{}`, 0},
		{"", ``, 0},
		{"Bash", ``, runs},
		{"Bash", `{"command":""}`, runs},
		{"Bash", `{"command":7}`, runs},
		{"Bash", `{"command":"echo hello"}`, runs},
		{"Bash", `{"command":["pytest","-q"]}`, test},
		{"Bash", `{"command":["bash","-lc","cat a && pytest"]}`, test | observes},
	} {
		if got := effectsOf([]byte(c.tool), []byte(c.input)); got != c.want {
			t.Errorf("%s %s: %08b, want %08b", c.tool, c.input, got, c.want)
		}
	}
}

func TestShell(t *testing.T) {
	const test = executes | tests
	for line, want := range map[string]effects{
		"cat a.c":                               observes,
		"cd src && cat a.c | head -5":           observes,
		"/usr/bin/grep -rn 'rm -rf; make' .":    observes,
		`grep "a | b > c" x`:                    observes,
		"find . -name '*.go'":                   observes,
		"find . -name '*.o' -delete":            executes,
		"sed -n 1,5p a":                         observes,
		"sed -i.bak s/a/b/ a":                   changes,
		"perl -pi -e s/a/b/ a":                  changes,
		"echo x > a":                            changes,
		"echo x >/dev/null 2>&1":                executes, // it does nothing known
		"cat > a.py <<'EOF'\npytest; rm x\nEOF": changes,
		"cat <<EOF | tee a\nmake test\nEOF\nls": changes | observes,
		"cat a >> b":                            changes,
		"ls 2>/dev/null":                        observes,
		"git log -3":                            observes,
		"git -C /x diff --stat":                 observes,
		"git checkout -- a":                     changes,
		"git push":                              executes,
		"make":                                  executes,
		"make > build.log 2>&1":                 executes,
		"make test":                             test,
		"make -C x check":                       test,
		"cargo check":                           executes,
		"cargo nextest run":                     test,
		"go test ./...":                         test,
		"go build ./...":                        executes,
		"npm run test:unit":                     test,
		"npm run build":                         executes,
		"npx jest":                              test,
		"pytest -q 2>&1 | tail -3":              test | observes,
		"cd /x && FOO=1 timeout 60 pytest":      test,
		"uv run pytest tests/":                  test,
		"python3 -m unittest":                   test,
		"python tests/test_a.py":                test,
		"python a.py":                           executes,
		"docker compose run web pytest":         test,
		"./run_tests.sh":                        test,
		"./latest":                              executes,
		`bash -lc "cat a | grep b"`:             observes,
		"sh -c 'pytest -q'":                     test,
		"bash -c":                               executes,
		"sudo -n ./gradlew check":               test,
		"sed -i s/a/b/ a && go test":            changes | test,
		"for f in *; do sed -i s/a/b/ $f; done": changes,
		"if test -f a; then pytest; fi":         observes | test,
		"ls # pytest":                           observes,
		"(cd x; ls)":                            observes,
		"echo $(cat a)":                         observes,
		"x='a b; pytest' ls":                    observes,
		`ls "unclosed; pytest`:                  observes,
		"":                                      0,
		"   \n ":                                0,
		"$(":                                    executes,
		"<<":                                    0,
		"a\\":                                   executes,
		"cat <<EOF":                             observes,
		"xargs -n 1 grep foo":                   observes,
		"apply_patch <<'EOF'\n*** Begin\nEOF\n": changes,
	} {
		if got := shell(line); got != want {
			t.Errorf("%q: %08b, want %08b", line, got, want)
		}
	}
}

func TestCounts(t *testing.T) {
	for _, c := range []struct {
		text           string
		failed, passed int
		counted        bool
	}{
		{"2 failed, 3 passed in 0.12s", 2, 3, true},
		{"== 1 failed, 2 errors in 3s ==", 3, 0, true},
		{"test result: FAILED. 3 passed; 1 failed; 0 ignored", 1, 3, true},
		{"test result: ok. 3 passed; 0 failed", 0, 3, true},
		{"Tests:       1 failed, 4 passed, 5 total", 1, 4, true},
		{" Tests  1 failed | 4 passed (5)", 1, 4, true},
		{"  3 passing (10ms)\n  1 failing", 1, 3, true},
		{"FAILED (failures=1, errors=2)", 3, 0, true},
		{"5 examples, 0 failures", 0, 0, true},
		{"Tests run: 5, Failures: 1, Errors: 0, Skipped: 0", 1, 0, true},
		{"5 tests completed, 1 failed", 1, 0, true},
		{"Failed!  - Failed:     1, Passed:     4, Skipped: 0", 1, 4, true},
		{"# pass 5\n# fail 1", 1, 5, true},
		{"100% tests passed, 0 tests failed out of 5", 0, 0, true},
		{"3 passed 1 failed", 1, 3, true},
		{"통과 5건, 실패 2건", 2, 5, true},
		{"통과 5건 실패 2건", 2, 5, true},
		{"2건 실패, 3건 통과", 2, 3, true},
		{"2개의 테스트가 실패했고 3개 성공", 2, 3, true},
		{"실패: 0", 0, 0, true},
		{"오류 3건", 3, 0, true},
		{"v2 failed", 0, 0, false},
		{"0.12s failed", 0, 0, false},
		{"line 12: error 5", 0, 0, false},
		{"failed to open 3 files", 0, 0, false},
		{"make: *** [check] Error 1", 0, 0, false},
		{"99999999999999999999 failed", 1 << 20, 0, true},
		{"", 0, 0, false},
	} {
		r := readOutput([]byte(c.text))
		if r.failed != c.failed || r.passed != c.passed || r.counted != c.counted {
			t.Errorf("%q: %d failed, %d passed, %t; want %d, %d, %t", c.text, r.failed, r.passed, r.counted, c.failed, c.passed, c.counted)
		}
	}
}

func TestJudgeText(t *testing.T) {
	const test = executes | tests | shelled
	for _, c := range []struct {
		name   string
		does   effects
		flag   Flag
		text   string
		failed bool
		passed bool
	}{
		{"nothing said", executes | shelled, Unflagged, "", false, false},
		{"a name before the colon", executes | shelled, Unflagged, "start\njava.io.IOException: no", true, false},
		{"words before the colon", executes | shelled, Unflagged, "checks that it throws an error: no", false, false},
		{"a compiler", executes | shelled, Unflagged, "a.c:3:5: error: expected ';'", true, false},
		{"a colour", executes | shelled, Unflagged, "\x1b[31merror:\x1b[0m no", true, false},
		{"not found", executes | shelled, Unflagged, "sh: 1: foo: command not found", true, false},
		{"not ok", test, Unflagged, "ok 1 - a\nnot ok 2 - b", true, false},
		{"a test named after a failure", test, Unflagged, "✓ says permission denied (3 ms)\n1 passed", false, true},
		{"words of a green test", test, Unflagged, "PASS\nok  \ta\t0.1s", false, true},
		{"silent tests that end with 0", test, Unflagged, "Exit code: 0\nOutput:\n", false, true},
		{"silent tests", test, Unflagged, "", false, false},
		{"tests that end with 1", test, Unflagged, "Exit code: 1\nOutput:\n5 passed", true, false},
		{"a killed program", executes | shelled, Unflagged, "Command exited with code 137", true, false},
		{"mini-swe-agent", executes | shelled, Unflagged, "<returncode>2</returncode>\n<output>x</output>", true, false},
		{"Korean", executes | shelled, Unflagged, "종료 코드: 2", true, false},
		{"no failure, in Korean", test, Unflagged, "실패 없음\n모두 통과", false, true},
		{"a flag of success", executes | shelled, Succeeded, "panic: x", false, false},
		{"a flag of failure", observes, Failed, "fine", true, false},
		{"a reader with an exit code of 2", reads(), Unflagged, "ls: x: none\nexit status 2", true, false},
		{"a file that ends with an exit code", observes, Unflagged, "exit status 2", false, false},
		{"a JSON file with an error", observes, Unflagged, `{"error":"x"}`, false, false},
		{"a tool's error", 0, Unflagged, `{"error":"x"}`, true, false},
		{"a tool's null error", 0, Unflagged, `{"error":null,"success":true}`, false, false},
		{"Claude Code's mark", observes, Unflagged, "<tool_use_error>x</tool_use_error>", true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := readResult(c.does, c.flag, []byte(c.text)); got.failed != c.failed || got.passed != c.passed {
				t.Errorf("%+v, want failed %t, passed %t", got, c.failed, c.passed)
			}
		})
	}
}

func reads() effects { return observes | shelled }

func TestLeans(t *testing.T) {
	for message, want := range map[string]bool{
		"":                                true,
		"yes":                             true,
		"Yes!":                            true,
		"go on":                           true,
		"2":                               true,
		"fix it":                          true,
		"try again":                       true,
		"yes, please go ahead with that":  true,
		"okay, now do the same for tests": true,
		"계속":                              true,
		"네":                               true,
		"진행해":                             true,
		"네, 그렇게 진행해 주세요":                  true,
		"2번으로 해 줘":                        true,
		"はい、お願いします":                       true,
		"继续":                              true,
		"thank you":                       false,
		"고마워":                             false,
		"谢谢":                              false,
		"네트워크 설정을 확인해 줘":                  false,
		"그래프 알고리즘을 설명해 줘":                                           false,
		"진행률 표시줄을 구현해 줘":                                            false,
		"对比这两个排序算法":                                                 false,
		"Why is the sky blue?":                                      false,
		"Prove Fermat's last theorem":                               false,
		"이 함수를 분석하고 테스트해 줘":                                         false,
		"네트워크 스택을 처음부터 다시 작성하고 문서로 남겨 줘":                            false,
		"now rewrite the whole parser so that it streams its input": false,
	} {
		if got := Leans([]byte(message)); got != want {
			t.Errorf("%q: %t, want %t", message, got, want)
		}
	}
}

func FuzzJudge(f *testing.F) {
	f.Add("Bash", `{"command":"pytest -q | tail"}`, "2 failed, 3 passed", uint8(0))
	f.Add("exec_command", `"{\"cmd\":[\"bash\",\"-lc\",\"cat <<EOF\\nx\\nEOF\"]}"`, "Exit code: 1\n오류: 실패 2건", uint8(1))
	f.Add("Edit", `{}`, `{"status":"error"}`, uint8(2))
	f.Fuzz(func(t *testing.T, tool, input, text string, flag uint8) {
		s := Step{Tool: []byte(tool), Input: []byte(input), Done: true, Flag: Flag(flag % 3), Text: []byte(text), Present: true}
		for n := range Lookback + 2 {
			steps := make([]Step, n)
			for i := range steps {
				steps[i] = s
			}
			got := ReadStage(steps)
			switch {
			case got.Calls != min(n, Window), got.Failures > got.Calls:
				t.Fatalf("%d steps: %+v", n, got)
			case got.Passing && (got.Failures > 0 || !got.Editing), got.Exploring && (n < Lookback || got.Editing):
				t.Fatalf("a contradiction: %+v", got)
			case s.Flag == Failed && got.Passing:
				t.Fatalf("failed, and yet passing: %+v", got)
			case n > 1 && got.Failures == n && !got.Repeated:
				t.Fatalf("the same failure twice, unseen: %+v", got)
			}
		}
		again := ReadStage([]Step{s})
		if again != ReadStage([]Step{s}) {
			t.Fatal("not pure")
		}
		if s.Flag == Unflagged && effectsOf(s.Tool, s.Input) == observes {
			if len(text) > 0 && text[0] != '<' && again != (routing.Stage{Calls: 1}) {
				t.Fatalf("words of what was read counted: %+v", again)
			}
		}
		Leans(s.Text)
		WrittenBy(s.Text)
		ReadBeginning(s.Text)
		Summary(s.Text, true)
	})
}
