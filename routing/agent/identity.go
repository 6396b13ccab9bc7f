package agent

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"

	"github.com/tidwall/gjson"

	"sluice/routing"
)

// The headers by which harnesses name a conversation and who in it asks.
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

// Headers lists every header that [Identify] asks for, in lower case.
func Headers() []string {
	return []string{
		claudeSession, claudeAgent, claudeParent, codexTurn, codexSession, codexThread, codexSubagent,
		anySession, affinity, parentSession,
	}
}

// maxHeader bounds what is read of a header, in bytes. Ids have under a hundred.
const maxHeader = 4096

// Identify fills in req.Session and req.Lane: from the headers; else from the id that the
// body gives; else from what the conversation began with. It also corrects req.Kind where
// a header says that a sub-agent asks, or a harness for itself. Header returns the value of
// the request header called name, "" if there is none; what it asks for is in [Headers].
//
// Session is a hash, 32 hexadecimal digits: ids of conversations stay out of memory and
// logs. It covers req.Who.User, which must be set before: nobody gets into another's
// conversation by an id. It is "" where nothing tells one conversation from another.
// A conversation known only by its beginning shares its session with those of the
// same user that begin alike.
func Identify(req *routing.Request, header func(name string) string) {
	get := func(name string) string {
		v := header(name)
		return v[:min(len(v), maxHeader)]
	}
	turn := object(get(codexTurn))
	session := first(get(claudeSession), turn("session_id"), get(codexSession), turn("thread_id"), get(codexThread),
		get(anySession), get(affinity))
	switch {
	case session != "":
		req.Session = digest("header", req.Who.User, session)
	case req.Named != "":
		req.Session = digest("body", req.Who.User, req.Named)
	case req.Opening != 0:
		req.Session = digest("opening", req.Who.User, string(binary.LittleEndian.AppendUint64(nil, req.Opening)))
	}

	purpose := first(get(codexSubagent), turn("subagent_kind"))
	helper := first(get(claudeAgent), get(claudeParent), purpose, turn("parent_thread_id"), get(parentSession))
	switch {
	case req.Kind == routing.Preflight:
	case purpose == "compact" || purpose == "memory_consolidation":
		req.Kind = routing.Auxiliary
	case helper != "" && req.Kind == routing.HumanTurn:
		req.Kind = routing.SubagentStart
	}

	req.Lane = req.Model
	if agent := first(get(claudeAgent), turn("thread_id"), get(codexThread), purpose); agent != "" {
		req.Lane += "/" + digest("agent", agent)[:8]
	}
}

// object returns a function that gives the fields of a JSON object, "" for those that are
// no strings.
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

// first returns the first that is not empty.
func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// digest hashes the parts, each with its length, so that no two lists are alike.
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
