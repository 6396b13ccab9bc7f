package simulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// object sends a request and decodes the answer, which must have the status.
func object(t *testing.T, status int, method, url, body string, header map[string]string) map[string]any {
	t.Helper()
	r, err := send(t, method, url, body, header)
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	if err := json.Unmarshal([]byte(r.body), &v); err != nil || r.status != status {
		t.Fatalf("%s %s: %d %s (%v), want %d", method, url, r.status, r.body, err, status)
	}
	return v
}

// upload brings a file of purpose batch and returns its id.
func upload(t *testing.T, base, content string) string {
	t.Helper()
	body := "--b\r\ncontent-disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n" +
		"--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"in.jsonl\"\r\n\r\n" + content + "\r\n--b--\r\n"
	f := object(t, 200, http.MethodPost, base+"/v1/files", body, map[string]string{"content-type": "multipart/form-data; boundary=b"})
	if f["filename"] != "in.jsonl" || f["bytes"] != float64(len(content)) {
		t.Errorf("file %v", f)
	}
	return fmt.Sprint(f["id"])
}

func batchLine(id, model, prompt string) string {
	return fmt.Sprintf(`{"custom_id":%q,"method":"POST","url":"/v1/chat/completions","body":{"model":%q,"messages":[{"role":"user","content":%q}]}}`+"\n", id, model, prompt)
}

// newBatch makes a batch of a file and returns its URL.
func newBatch(t *testing.T, base, file string) string {
	t.Helper()
	b := object(t, 200, http.MethodPost, base+"/v1/batches", fmt.Sprintf(`{"input_file_id":%q,"endpoint":"/v1/chat/completions","completion_window":"24h","metadata":{"k":"v"}}`, file), nil)
	if b["status"] != "validating" {
		t.Errorf("new batch %v", b)
	}
	return base + "/v1/batches/" + fmt.Sprint(b["id"])
}

func TestOpenAIBatch(t *testing.T) {
	_, base := start(t, Options{Batch: Batch{Polls: 2}})
	url := newBatch(t, base, upload(t, base, batchLine("a", "m", "Hello")+batchLine("b", "m", "x [[m: 503]]")+batchLine("c", "m", "x [[m: expire]]")+batchLine("d", "m", "x [[m: refuse delay=1h]]")))
	var states []string
	var last map[string]any
	for range 4 {
		last = object(t, 200, http.MethodGet, url, "", nil)
		states = append(states, fmt.Sprint(last["status"]))
	}
	if !slices.Equal(states, []string{"validating", "in_progress", "expired", "expired"}) {
		t.Errorf("states %v", states)
	}
	if got := fmt.Sprint(last["request_counts"]); got != "map[completed:2 failed:1 total:4]" {
		t.Errorf("counts %s", got)
	}
	content := func(key string) string {
		r, err := send(t, http.MethodGet, base+"/v1/files/"+fmt.Sprint(last[key])+"/content", "", nil)
		if err != nil || r.status != 200 {
			t.Fatal(r, err)
		}
		return regexp.MustCompile(`sim_\d+`).ReplaceAllString(r.body, "N")
	}
	out, bad := content("output_file_id"), content("error_file_id")
	if strings.Count(out, "\n") != 2 || !strings.Contains(out, `"custom_id":"a","error":null`) || !strings.Contains(out, "can't help") || !strings.Contains(out, `"status_code":200`) {
		t.Errorf("output %s", out)
	}
	if strings.Count(bad, "\n") != 2 || !strings.Contains(bad, `"status_code":503`) || !strings.Contains(bad, `"code":"batch_expired"`) {
		t.Errorf("errors %s", bad)
	}
}

func TestBatchCanceled(t *testing.T) {
	_, base := start(t, Options{Batch: Batch{Polls: 9}})
	url := newBatch(t, base, upload(t, base, batchLine("a", "m", "Hello")))
	object(t, 200, http.MethodPost, url+"/cancel", "", nil)
	if b := object(t, 200, http.MethodGet, url, "", nil); b["status"] != "cancelled" || b["output_file_id"] != nil {
		t.Errorf("%v", b)
	}
}

// TestBatchRefused: whole batches that OpenAI would not run.
func TestBatchRefused(t *testing.T) {
	_, base := start(t, Options{})
	for want, content := range map[string]string{
		"a batch has one model":       batchLine("a", "m", "x") + batchLine("b", "n", "x"),
		"empty or was used before":    batchLine("a", "m", "x") + batchLine("a", "m", "x"),
		"is not valid":                "no\n",
		"is not POST":                 strings.Replace(batchLine("a", "m", "x"), "POST", "GET", 1),
		"the file is empty":           "",
		"line 2: custom_id \"\" is e": batchLine("a", "m", "x") + batchLine("", "m", "x"),
	} {
		b := object(t, 200, http.MethodGet, newBatch(t, base, upload(t, base, content)), "", nil)
		if b["status"] != "failed" || !strings.Contains(fmt.Sprint(b["errors"]), want) {
			t.Errorf("%q: %v", content, b)
		}
	}
	object(t, 400, http.MethodPost, base+"/v1/batches", `{"input_file_id":"file-none","endpoint":"/v1/chat/completions","completion_window":"24h"}`, nil)
	object(t, 400, http.MethodPost, base+"/v1/files", `{}`, nil)
	object(t, 404, http.MethodGet, base+"/v1/files/none/content", "", nil)
	object(t, 404, http.MethodGet, base+"/v1/batches/none", "", nil)
}

func TestMessageBatch(t *testing.T) {
	_, base := start(t, Options{Batch: Batch{Polls: 1}})
	var requests []string
	for i := range 20 {
		requests = append(requests, fmt.Sprintf(`{"custom_id":"r-%d","params":{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"Hi %s"}]}}`, i, []string{"", "[[m: 529]]", "[[m: expire]]"}[i%3]))
	}
	header := map[string]string{"anthropic-version": "2023-06-01"}
	url := base + "/v1/messages/batches"
	b := object(t, 200, http.MethodPost, url, `{"requests":[`+strings.Join(requests, ",")+`]}`, header)
	one := url + "/" + fmt.Sprint(b["id"])
	if b["processing_status"] != "in_progress" || b["results_url"] != nil {
		t.Errorf("new batch %v", b)
	}
	object(t, 404, http.MethodGet, one+"/results", "", header)
	object(t, 200, http.MethodGet, one, "", header)
	b = object(t, 200, http.MethodGet, one, "", header)
	if got := fmt.Sprint(b["processing_status"], b["request_counts"]); got != "endedmap[canceled:0 errored:7 expired:6 processing:0 succeeded:7]" {
		t.Errorf("ended: %s", got)
	}
	r, err := send(t, http.MethodGet, fmt.Sprint(b["results_url"]), "", header)
	if err != nil || r.status != 200 {
		t.Fatal(r, err)
	}
	kinds, order := map[string]int{}, []string{}
	for line := range strings.Lines(r.body) {
		var l struct {
			ID     string `json:"custom_id"`
			Result struct{ Type string }
		}
		parse(t, line, &l)
		kinds[l.Result.Type]++
		order = append(order, l.ID)
	}
	if fmt.Sprint(kinds) != "map[errored:7 expired:6 succeeded:7]" {
		t.Errorf("results %v", kinds)
	}
	sorted := slices.Sorted(slices.Values(order))
	if len(slices.Compact(sorted)) != 20 || order[0] == "r-0" && order[1] == "r-1" && order[2] == "r-2" {
		t.Errorf("order %v", order)
	}
	for _, body := range []string{
		`{"requests":[]}`, `{`, `{"requests":[{"custom_id":"a b","params":{}}]}`, `{"requests":[{"custom_id":"a","params":{}},{"custom_id":"a","params":{}}]}`,
	} {
		object(t, 400, http.MethodPost, url, body, header)
	}
}

// TestBatchLists pages through lists, newest first.
func TestBatchLists(t *testing.T) {
	_, base := start(t, Options{})
	var want []any
	for i := range 5 {
		id := upload(t, base, batchLine(fmt.Sprint(i), "m", "x"))
		want = append([]any{id}, want...)
	}
	var got []any
	after := ""
	for pages := 0; ; pages++ {
		list := object(t, 200, http.MethodGet, base+"/v1/files?purpose=batch&limit=2&after="+after, "", nil)
		data, _ := list["data"].([]any)
		for _, v := range data {
			f, _ := v.(map[string]any)
			got = append(got, f["id"])
		}
		if list["has_more"] != true || pages > 5 {
			break
		}
		after = fmt.Sprint(list["last_id"])
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("files %v, want %v", got, want)
	}
	header := map[string]string{"anthropic-version": "2023-06-01"}
	newBatch(t, base, fmt.Sprint(want[0]))
	if list := object(t, 200, http.MethodGet, base+"/v1/messages/batches", "", header); fmt.Sprint(list["data"]) != "[]" {
		t.Errorf("OpenAI's batch among Anthropic's: %v", list)
	}
	if list := object(t, 200, http.MethodGet, base+"/v1/batches", "", nil); !strings.Contains(fmt.Sprint(list["data"]), "map[k:v]") {
		t.Errorf("batches %v", list)
	}
}
