package agent

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"

	"github.com/tidwall/gjson"

	"sluice/routing"
)

// The headers in which harnesses name a conversation and which of its agents asks.
const (
	claudeSession = "x-claude-code-session-id"
	claudeAgent   = "x-claude-code-agent-id"        // sub-agents only
	claudeParent  = "x-claude-code-parent-agent-id" // sub-agents only
	codexTurn     = "x-codex-turn-metadata"         // JSON: session_id, thread_id, parent_thread_id, subagent_kind, …
	codexSession  = "session-id"
	codexThread   = "thread-id"
	codexSubagent = "x-openai-subagent" // what for: collab_spawn, review; compact, memory_consolidation
	anySession    = "x-session-id"      // OpenCode and others
	affinity      = "x-session-affinity"
	parentSession = "x-parent-session-id" // OpenCode's sub-agents
)

// Headers returns every header that [Identify] reads, in lower case.
func Headers() []string {
	return []string{
		claudeSession, claudeAgent, claudeParent, codexTurn, codexSession, codexThread, codexSubagent,
		anySession, affinity, parentSession,
	}
}

// maxHeader bounds what is read of a header, in bytes. Real ids are shorter than 100.
const maxHeader = 4096

// Identify sets req.Session and req.Lane: from the headers, else from the id in the body, else
// from the beginning of the conversation. It also corrects req.Kind if a header says that the
// request comes from a sub-agent or is auxiliary. header returns the value of the request
// header called name, "" if there is none; it is asked for the [Headers] only.
//
// Session is a hash of 32 hexadecimal digits, so that ids of conversations stay out of memory
// and logs. It covers req.Who.User, which must be set before, so that an id gives nobody access
// to the conversation of somebody else. It is "" if nothing identifies the conversation. A
// conversation identified by its beginning shares its session with those of the same user that
// begin in the same way.
func Identify(req *routing.Request, header func(name string) string) {
	get := func(name string) string {
		v := header(name)
		return v[:min(len(v), maxHeader)]
	}
	turn := object(get(codexTurn))
	session := cmp.Or(get(claudeSession), turn("session_id"), get(codexSession), turn("thread_id"), get(codexThread),
		get(anySession), get(affinity))
	switch {
	case session != "":
		req.Session = digest("header", req.Who.User, session)
	case req.Named != "":
		req.Session = digest("body", req.Who.User, req.Named)
	case req.Opening != 0:
		req.Session = digest("opening", req.Who.User, string(binary.LittleEndian.AppendUint64(nil, req.Opening)))
	}

	purpose := cmp.Or(get(codexSubagent), turn("subagent_kind"))
	helper := cmp.Or(get(claudeAgent), get(claudeParent), purpose, turn("parent_thread_id"), get(parentSession))
	switch {
	case req.Kind == routing.Preflight:
	case purpose == "compact" || purpose == "memory_consolidation":
		req.Kind = routing.Auxiliary
	case helper != "" && req.Kind == routing.HumanTurn:
		req.Kind = routing.SubagentStart
	}

	req.Lane = req.Model
	if agent := cmp.Or(get(claudeAgent), turn("thread_id"), get(codexThread), purpose); agent != "" {
		req.Lane += "/" + digest("agent", agent)[:8]
	}
}

// ThreadsOf returns what the keys of a user's threads have in common. A thread is a
// conversation that Anthropic's API keeps between its turns.
func ThreadsOf(user string) string { return digest("threads", user) }

// ThreadKey returns the key of the thread that the message with the id belongs to.
func ThreadKey(threads, id string) string { return digest("thread", threads, id) }

// object returns a function that returns the string fields of a JSON object, "" for others.
func object(text string) func(key string) string {
	if !gjson.Valid(text) {
		text = ""
	}
	o := gjson.Parse(text)
	return func(key string) string {
		if !o.IsObject() {
			return ""
		}
		return o.Get(key).Str
	}
}

// digest hashes the parts, each with its length, so that different lists differ.
func digest(parts ...string) string {
	h := sha256.New()
	var length [8]byte
	for _, p := range parts {
		binary.LittleEndian.PutUint64(length[:], uint64(len(p)))
		h.Write(length[:])
		h.Write([]byte(p))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
