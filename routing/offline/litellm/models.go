package litellm

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"sluice/routing"
	"sluice/routing/config"
	"sluice/routing/offline/catalogue"
	"sluice/routing/offline/tree"
)

// model is one deployment of LiteLLM's, which is a model of its own in Sluice.
type model struct {
	name, group string // group is its model_name
	upstream    string
	provider    *provider
	tier        routing.Tier
	timeout     time.Duration
	context     int
	maxOutput   int
	price       *config.Price // nil is not known
	can         []string
	order       float64
	line        int
	remarks     []string
}

// router is a model of LiteLLM's that chooses another.
type router struct {
	name   string
	line   int
	path   string
	tiers  map[routing.Tier][]string // names of groups
	byDflt string                    // "" is none
}

// tierOf is the tier that a price stands for: input and output blended three to one, in US
// dollars per million tokens. The built-in default agrees with it.
func tierOf(p *config.Price) routing.Tier {
	switch b := blended(p); {
	case b < 0.15:
		return routing.Budget
	case b < 2.5:
		return routing.Standard
	case b < 9:
		return routing.Premium
	}
	return routing.Flagship
}

func blended(p *config.Price) float64 {
	if p == nil {
		return 0
	}
	return (3*p.Input + p.Output) / 4
}

// modelList reads model_list.
func (im *importer) modelList() {
	list := im.root.Take("model_list")
	if list == nil {
		return
	}
	if list.Kind != tree.List {
		list.All()
		im.note(list.Line, "model_list", "is no list, and was left out")
	}
	for _, item := range list.Items {
		im.names[item.Get("model_name").String()] = true
	}
	credentials := make(map[string]*tree.Value)
	if c := im.root.Take("credential_list"); c != nil {
		for _, item := range c.Items {
			if name := item.Get("credential_name"); name != nil && item.Get("credential_values") != nil {
				credentials[item.Take("credential_name").String()] = item.Take("credential_values")
			}
		}
	}
	for i, item := range list.Items {
		im.deployment(fmt.Sprintf("model_list[%d]", i), item, credentials)
	}
	im.nameAll()
}

// deployment reads one element of model_list.
func (im *importer) deployment(path string, item *tree.Value, credentials map[string]*tree.Value) {
	if item.Kind != tree.Map {
		im.note(item.Line, path, "is no mapping, and was left out")
		return
	}
	group, params := item.Take("model_name").String(), item.Take("litellm_params")
	written := params.Take("model").String()
	leave := func(format string, args ...any) {
		item.All()
		why := fmt.Sprintf(format, args...)
		im.note(item.Line, path, "%s (%s) was left out: %s", shown(group), shown(written), why)
		im.left = append(im.left, fmt.Sprintf("line %d: %s (%s): %s", item.Line, shown(group), shown(written), why))
	}
	if group == "" || written == "" {
		leave("it has no model_name or no litellm_params.model")
		return
	}
	if strings.HasPrefix(written, "auto_router/") {
		im.router(path, item, group, params)
		return
	}
	v, upstream, why := vendorOf(written, params.Take("custom_llm_provider").String())
	if why != "" {
		leave("%s", why)
		return
	}
	base, key := params.Take("api_base"), params.Take("api_key")
	if base == nil {
		base = params.Take("base_url")
	}
	if name := params.Take("litellm_credential_name"); name != nil {
		c := credentials[name.String()]
		if c == nil {
			leave("there is no credential %s in credential_list", shown(name.String()))
			return
		}
		if key == nil {
			key = c.Take("api_key")
		}
		if base == nil {
			base = c.Take("api_base")
		}
	}
	endpoint, why := im.endpointOf(path, v, base)
	if why != "" {
		leave("%s", why)
		return
	}
	info := item.Take("model_info")
	names := []string{upstream}
	if strings.Contains(group, "*") || strings.Contains(upstream, "*") {
		if names = im.expand(v, group, upstream); len(names) == 0 {
			leave("a wildcard; Sluice needs each model listed, since prices and tiers belong to models. Write one for each that clients use")
			return
		}
		im.note(item.Line, path, "%s is a wildcard; Sluice needs each model listed. Those of %s that the built-in default knows were written: %s. Add the others that clients use",
			shown(group), v.prefix, strings.Join(names, ", "))
	} else if !modelName(group) || !printable(upstream) {
		leave("its name is not one that a model in Sluice can have: up to 128 visible ASCII characters, no number and no reserved word")
		return
	}
	for _, name := range names {
		if mode := im.mode(v, name, written, info); mode != "" {
			leave("it is of mode %s; every model in Sluice's file may be asked for a chat", mode)
			return
		}
	}
	if strings.HasPrefix(v.prefix, "azure") {
		if version := params.Take("api_version"); version != nil {
			im.note(version.Line, path+".litellm_params.api_version", "is not sent: Sluice calls Azure's v1 API, which needs none. The deployment's name is upstream_name")
		}
	}
	p := im.provider(path, v, endpoint, key)
	for _, name := range names {
		m := &model{group: group, upstream: name, provider: p, line: item.Line}
		if len(names) > 1 || name != upstream {
			m.group = strings.Replace(group, "*", name, 1)
		}
		im.describe(path, m, v, written, params, info)
		im.models = append(im.models, m)
	}
}

// expand returns the names of the models that a wildcard stands for, as far as the built-in
// default has them.
func (im *importer) expand(v *vendor, group, upstream string) []string {
	if strings.Count(group, "*") != 1 || strings.Count(upstream, "*") != 1 || !v.listed || v.prefix == "azure" {
		return nil
	}
	before, after, _ := strings.Cut(upstream, "*")
	var names []string
	f := config.Default()
	for i := range f.Models {
		m := &f.Models[i]
		name := cmp.Or(m.UpstreamName, m.Name)
		if f.Providers[m.Provider].Endpoint == v.endpoint && strings.HasPrefix(name, before) && strings.HasSuffix(name, after) && modelName(strings.Replace(group, "*", name, 1)) {
			names = append(names, name)
		}
	}
	return names
}

// otherModes are words in the names of models that do not chat.
var otherModes = []struct{ word, mode string }{
	{"embed", "embedding"},
	{"whisper", "audio_transcription"},
	{"transcribe", "audio_transcription"},
	{"tts", "audio_speech"},
	{"dall-e", "image_generation"},
	{"gpt-image", "image_generation"},
	{"rerank", "rerank"},
	{"moderation", "moderation"},
}

// mode returns what a model does if it does not chat, else "".
func (im *importer) mode(v *vendor, upstream, written string, info *tree.Value) string {
	mode := info.Take("mode").String()
	if e := im.find(v, upstream, written, info); mode == "" && e != nil {
		mode = e.Mode
	}
	if mode == "" {
		for _, o := range otherModes {
			if strings.Contains(strings.ToLower(upstream), o.word) {
				return o.mode
			}
		}
	}
	if mode == "chat" {
		return ""
	}
	if mode != "" {
		return shown(mode)
	}
	return ""
}

// find returns what the lists say of a model: the user's, then the built-in default.
func (im *importer) find(v *vendor, upstream, written string, info *tree.Value) *catalogue.Entry {
	base := info.Get("base_model").String()
	if base != "" {
		info.Take("base_model")
	}
	_, bare, _ := strings.Cut(base, "/")
	if e := im.list.Find(base, written, v.prefix+"/"+upstream, upstream, bare); e != nil {
		return e
	}
	if v.listed {
		return im.builtIn.Find(base, upstream, bare)
	}
	return nil
}

// provider returns where the models of an endpoint live with this key.
func (im *importer) provider(path string, v *vendor, endpoint string, key *tree.Value) *provider {
	want := provider{endpoint: endpoint, format: cmp.Or(v.format, "openai"), header: v.header}
	name, ok := variable(key)
	switch {
	case ok:
		want.env = name
	case key == nil:
		want.env = v.env
	case (v.own || private(endpoint)) && slices.Contains(placeholders, strings.ToLower(key.String())):
		im.note(key.Line, path+".litellm_params.api_key", "looks like no key: requests go without one. If it is one, write a credential for the provider")
	default:
		want.env = im.invent(key.String(), cmp.Or(v.env, strings.ToUpper(strings.ReplaceAll(v.prefix, "-", "_"))+"_API_KEY"))
		im.note(key.Line, path+".litellm_params.api_key", "a key in the file is not copied: set the environment variable %s of Envoy to it", want.env)
	}
	if want.env == "" {
		want.header = ""
	}
	for _, p := range im.providers {
		if want.name = p.name; *p == want {
			return p
		}
	}
	want.name = v.prefix
	for i := 2; slices.ContainsFunc(im.providers, func(p *provider) bool { return p.name == want.name }); i++ {
		want.name = v.prefix + "-" + strconv.Itoa(i)
	}
	im.providers = append(im.providers, &want)
	return &want
}

// describe fills what is known of a model besides its name.
func (im *importer) describe(path string, m *model, v *vendor, written string, params, info *tree.Value) {
	own := v.own || private(m.provider.endpoint)
	known := im.find(v, m.upstream, written, info)
	here := catalogue.FromLiteLLM(info)
	if there := catalogue.FromLiteLLM(params); here.Price == nil {
		here.Price = there.Price
	}
	switch {
	case here.Price != nil:
		m.price = here.Price
	case known != nil && known.Price != nil:
		m.price = known.Price
		m.remarks = append(m.remarks, "price of "+im.source(known))
	case own:
		m.price = &config.Price{}
		m.remarks = append(m.remarks, "a server of your own: counts as free")
		im.note(m.line, path, "%s has no price: as a server of your own it counts as free", shown(m.upstream))
	default:
		m.remarks = append(m.remarks, "PRICE UNKNOWN: counts as free until you write one")
		im.note(m.line, path, "the price of %s is not known: it counts as free, and is put into the standard tier, until you write one. --catalogue FILE takes prices from a list", shown(m.upstream))
	}
	if m.tier = routing.Standard; m.price != nil {
		m.tier = tierOf(m.price)
	}
	if m.context, m.maxOutput = here.Context, here.MaxOutput; known != nil {
		m.context, m.maxOutput = cmp.Or(m.context, known.Context), cmp.Or(m.maxOutput, known.MaxOutput)
	}
	if m.context > 0 && m.maxOutput > m.context {
		m.maxOutput = 0
	}
	im.capabilities(path, m, known, here, info)
	if t := params.Take("timeout"); t != nil {
		if m.timeout = seconds(t); m.timeout == 0 {
			im.note(t.Line, path+".litellm_params.timeout", "is no number of seconds, and was left out")
		}
	}
	if n, ok := params.Get("order").Number(); ok {
		params.Take("order")
		m.order = n
	}
}

// source names the list that an entry is of.
func (im *importer) source(e *catalogue.Entry) string {
	if im.builtIn.Find(e.Name) == e {
		return "the built-in default; check it"
	}
	return "the catalogue"
}

// capabilities sets what a model can do: what a list says, corrected by the file. Where nobody
// says anything, tools and JSON are assumed, since LiteLLM would send them to the model.
func (im *importer) capabilities(path string, m *model, known, here *catalogue.Entry, info *tree.Value) {
	can := make(map[string]bool)
	if known != nil && len(known.Capabilities) > 0 {
		for _, c := range known.Capabilities {
			if _, ok := routing.ParseCapability(c); ok {
				can[c] = true
			}
		}
	} else if len(here.Capabilities) == 0 {
		can["tools"], can["json"] = true, true
		m.remarks = append(m.remarks, "capabilities assumed")
		im.note(m.line, path, "what %s can do is not known: tools and json are assumed. Write capabilities", shown(m.upstream))
	}
	for _, c := range here.Capabilities {
		can[c] = true
	}
	for c := range can {
		if is, said := catalogue.Supports(info, c); said && !is {
			delete(can, c)
		}
	}
	if is, ok := info.Get("supports_reasoning").Bool(); ok {
		info.Take("supports_reasoning")
		if is {
			can[map[bool]string{true: "thinking", false: "effort"}[m.provider.format != "openai"]] = true
		}
	}
	m.can = slices.Sorted(maps.Keys(can))
}

// seconds reads a number of seconds as a duration, up to a day; 0 if it is none.
func seconds(v *tree.Value) time.Duration {
	n, ok := v.Number()
	if !ok || n < 0.001 || n > (24*time.Hour).Seconds() {
		return 0
	}
	return time.Duration(math.Round(n*1000)) * time.Millisecond
}

// nameAll gives every model a name of its own: the first of a group has the group's.
func (im *importer) nameAll() {
	groups := make(map[string][]*model)
	for _, m := range im.models {
		groups[m.group] = append(groups[m.group], m)
	}
	used := maps.Clone(im.names)
	for _, group := range slices.Sorted(maps.Keys(groups)) {
		all := groups[group]
		slices.SortStableFunc(all, func(a, b *model) int { return cmp.Compare(a.order, b.order) })
		all[0].name = group
		used[group] = true
		for i, m := range all[1:] {
			for n := i + 2; ; n++ {
				if m.name = group + "-" + strconv.Itoa(n); !used[m.name] {
					break
				}
			}
			used[m.name] = true
			im.note(m.line, "model_list", "deployment %d of %s is a model of its own, %s: Sluice does not share load between deployments. Requests that name %s go to the first; put a balancer behind its endpoint, or have clients ask for auto", i+2, shown(group), shown(m.name), shown(group))
		}
	}
	im.models = slices.DeleteFunc(im.models, func(m *model) bool {
		if len(m.name) <= 128 {
			return false
		}
		im.note(m.line, "model_list", "%s was left out: its name with a number is too long", shown(m.name))
		return true
	})
}

// group returns the first model of a group, through aliases, or nil.
func (im *importer) group(name string) *model {
	for _, m := range im.models {
		if m.name == name {
			return m
		}
	}
	return nil
}

// routerTiers are the tiers of LiteLLM's complexity router.
var routerTiers = []struct {
	name string
	tier routing.Tier
}{
	{"SIMPLE", routing.Budget}, {"MEDIUM", routing.Standard}, {"COMPLEX", routing.Premium}, {"REASONING", routing.Flagship},
}

// router reads a model that chooses another one. Its name is routed by Sluice.
func (im *importer) router(path string, item *tree.Value, name string, params *tree.Value) {
	if !printable(name) {
		item.All()
		im.note(item.Line, path, "%s was left out: it is not a name", shown(name))
		return
	}
	r := &router{name: name, line: item.Line, path: path, tiers: make(map[routing.Tier][]string)}
	tiers := params.Take("complexity_router_config").Take("tiers")
	for _, t := range routerTiers {
		r.tiers[t.tier] = tiers.Get(t.name).Strings()
		tiers.Get(t.name).All()
	}
	for _, key := range []string{"complexity_router_default_model", "auto_router_default_model"} {
		r.byDflt = cmp.Or(r.byDflt, params.Take(key).String())
	}
	im.note(item.Line, path, "%s chooses models by itself in LiteLLM; in Sluice its name is under routing.route, and strategy auto chooses by the prompt and by prices", shown(name))
	im.routers = append(im.routers, r)
}
