package pipeline

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"sluice/routing"
	"sluice/routing/agent"
	"sluice/routing/config"
	"sluice/routing/header"
	"sluice/routing/llmapi"
)

// The user, team and tenant of a request come, in this order, from a header that the mesh
// sets, from a claim of a token that the proxy has verified, from the client itself where the
// configuration trusts it, and from the API key. All of them are foreign text: names come out
// bounded and printable, and two different ones stay different.

// Prefixes of names that only Sluice makes. A name from outside that begins with one is
// hashed, so that no client can take the name that another's key or long name was given.
const (
	namedByKey  = "key-"
	namedByHash = "hash-"
)

// maxName bounds a name, in bytes.
const maxName = 128

// identify adds to the request who asks, what the configuration lets a client ask for, and
// which conversation it belongs to.
func (p *Pipeline) identify(c *Call, req *routing.Request) {
	rt := p.rt
	req.Who = principal(&rt.Identity, c, req.Claimed)
	req.Explain = rt.Debug && c.header(header.Debug) == "true"
	if c.header(header.Latency) == header.LatencyRelaxed {
		llmapi.Relax(req)
	}
	for _, name := range rt.AllowHeaders {
		v := c.header(name)
		if v == "" {
			continue
		}
		switch name {
		case header.Strategy:
			req.Strategy = v
		case header.Experiment:
			req.Experiment = v
		}
	}
	for _, name := range rt.EnrolHeaders {
		if v := c.header(name); v != "" {
			if req.Headers == nil {
				req.Headers = make(map[string]string)
			}
			req.Headers[name] = v
		}
	}
	if o := c.Offline; o != nil {
		o.apply(req)
	}
	agent.Identify(req, c.header)
}

// apply sets what a command says in place of headers.
func (o *Offline) apply(req *routing.Request) {
	req.Strategy, req.Experiment, req.Explain = o.Strategy, o.Experiment, o.Explain
	if o.User != "" {
		req.Who.User = o.User
	}
	if o.Relaxed {
		llmapi.Relax(req)
	}
}

// principal returns who asks. claimed is the user as the body names it.
func principal(id *config.Identity, c *Call, claimed string) routing.Principal {
	who := routing.Principal{
		User:   verified(id.User, c),
		Key:    keyHash(c.header),
		Team:   verified(id.Team, c),
		Tenant: verified(id.Tenant, c),
	}
	if who.User == "" && id.User.Client {
		if who.User = safeName(c.header(header.User)); who.User == "" {
			who.User = safeName(claimed)
		}
	}
	if who.User == "" && who.Key != "" {
		who.User = namedByKey + who.Key
	}
	return who
}

// verified returns the name that the mesh or a verified token gives, "" if neither does.
func verified(from config.Source, c *Call) string {
	if from.Header != "" {
		if v := safeName(c.header(from.Header)); v != "" {
			return v
		}
	}
	if from.Claim == "" {
		return ""
	}
	for _, key := range slices.Sorted(maps.Keys(c.Claims)) {
		if v := safeName(claim(c.Claims[key], from.Claim)); v != "" {
			return v
		}
	}
	return ""
}

// claim returns the text, number or boolean at path, "" if there is none. Dots lead into
// objects, except those that are part of a name: https://example.com/tenant.
func claim(payload map[string]any, path string) string {
	for {
		if v, ok := payload[path]; ok {
			return scalar(v)
		}
		head, rest, dotted := strings.Cut(path, ".")
		if !dotted {
			return ""
		}
		payload, _ = payload[head].(map[string]any)
		path = rest
	}
}

// scalar returns a value as text, "" for lists and objects. A whole number beyond 2⁵³ names
// nobody: the proxy hands it on as floating point, in which it equals the next one.
func scalar(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case float64:
		if math.Abs(v) <= 1<<53-1 {
			return strconv.FormatFloat(v, 'f', -1, 64)
		}
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

// safeName makes a name of foreign text: the text itself where it is short and printable,
// else its hash, so that two that differ only beyond the bound do not become one.
func safeName(text string) string {
	if text == "" || len(text) <= maxName && utf8.ValidString(text) &&
		!strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) &&
		!strings.HasPrefix(text, namedByKey) && !strings.HasPrefix(text, namedByHash) {
		return text
	}
	return namedByHash + hashed("name", text)
}

// keyHash returns the hash of the API key that the client sent, "" if it sent none. The key
// itself goes no further.
func keyHash(get func(string) string) string {
	for _, h := range header.Keys {
		key := strings.TrimSpace(get(h))
		if h == "authorization" {
			scheme, rest, _ := strings.Cut(key, " ")
			if !strings.EqualFold(scheme, "bearer") {
				continue
			}
			key = strings.TrimSpace(rest)
		}
		if key != "" {
			return hashed("key", key)
		}
	}
	return ""
}

// hashed is 128 bits of SHA-256 in hexadecimal. The purpose keeps it different from the hash
// of the same text anywhere else.
func hashed(purpose, text string) string {
	sum := sha256.Sum256([]byte("sluice " + purpose + "\x00" + text))
	return hex.EncodeToString(sum[:16])
}
