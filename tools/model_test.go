package tools_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tidwall/gjson"
	"pgregory.net/rapid"

	"posthog-mcp/internal/sandbox"
	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/recipient"
	"posthog-mcp/tools/seal"
	"posthog-mcp/transport/posthog"
)

// place is somewhere that messages could go.
type place struct {
	kind, value string
	integration string
}

// The places that the model's callers know. Some are well formed as another
// kind than their own, so that a half of one call and a half of another could
// make a place that nobody named.
var places = []place{
	{"email", "a@hedgebox.example", "null"}, {"email", "b@hedgebox.example,c@hedgebox.example", "null"}, {"email", "eve@evil.example", "null"},
	{"email", "a@hedgebox.example,eve@evil.example", "null"}, {"slack", "C0HEDGE0001|#growth", "701"}, {"slack", "C0EVIL00001|#x", "701"},
	{"slack", "eve@evil.example", "701"}, {"slack", "a@hedgebox.example", "701"}, {"webhook", "https://hooks.hedgebox.example/a,eve@evil.example", "null"},
	{"webhook", "https://hooks.hedgebox.example/a", "null"}, {"webhook", "https://evil.example/a", "null"}, {"email", "C0HEDGE0001", "null"},
	{"teams", inTeams, "null"}, {"teams", strings.Replace(inTeams, "prod-1", "evil", 1), "null"}, {"teams", inTeams + ",eve@evil.example", "null"}, {"email", teamHost, "null"},
}

// lists are an operator's rules, and what they mean in the model's own words.
type lists struct {
	rules recipient.Rules
	// email, slack and webhook tell which recipients of the kind may get something.
	allowed map[string]func(recipient string) bool
}

func anybody(string) bool { return true }
func nobody(string) bool  { return false }
func ours(r string) bool {
	return strings.HasSuffix(r, "@hedgebox.example") || strings.HasPrefix(r, "C0HEDGE0001|") || r == "C0HEDGE0001" || strings.HasPrefix(r, "https://hooks.hedgebox.example/") || r == teamHost
}

var ruleSets = []lists{
	{recipient.Rules{}, map[string]func(string) bool{"email": anybody, "slack": anybody, "webhook": anybody, "teams": anybody}},
	{recipient.Rules{EmailDomains: []string{"hedgebox.example"}}, map[string]func(string) bool{"email": ours, "slack": nobody, "webhook": nobody, "teams": nobody}},
	{
		recipient.Rules{EmailDomains: []string{"hedgebox.example"}, SlackChannels: []string{"C0HEDGE0001"}, WebhookHosts: []string{"hooks.hedgebox.example"}, TeamsHosts: []string{teamHost}},
		map[string]func(string) bool{"email": ours, "slack": ours, "webhook": ours, "teams": ours},
	},
	{
		recipient.Rules{EmailDomains: []string{"hedgebox.example"}, SlackChannels: []string{"any"}, WebhookHosts: []string{"any"}, TeamsHosts: []string{"*.logic.azure.com"}},
		map[string]func(string) bool{"email": ours, "slack": anybody, "webhook": anybody, "teams": anybody},
	},
}

// agrees is the model's person: they want the team to get reports, and nobody
// else.
func agrees(p place) bool { return !strings.Contains(p.value, "evil") }

// move is one call that a caller makes.
type move struct{ tool, arguments string }

// moves draws a call about one of the subscriptions.
func moves(t *rapid.T, ids []int64) move {
	id := rapid.SampledFrom(ids).Draw(t, "id")
	at := rapid.SampledFrom(places).Draw(t, "place")
	var members []string
	may := func(member string) {
		if rapid.Bool().Draw(t, strings.SplitN(member, ":", 2)[0]) {
			members = append(members, member)
		}
	}
	switch rapid.IntRange(0, 9).Draw(t, "what") {
	case 0:
		return move{"subscriptions-test-delivery-create", fmt.Sprintf(`{"id":%d}`, id)}
	case 1:
		may(fmt.Sprintf(`"enabled":%v`, rapid.Bool().Draw(t, "on")))
		return move{"subscriptions-create", with(fmt.Sprintf(`{"target_type":%q,"target_value":%q,"integration_id":%s,"insight":2001,"frequency":"daily","start_date":"2027-01-04T09:00:00Z"}`,
			at.kind, at.value, at.integration), strings.Join(members, ","))}
	}
	one := fmt.Sprintf(`"target_type":%q`, at.kind)
	other := fmt.Sprintf(`"target_value":%q`, at.value)
	// The halves that could make a whole when they meet, and then anything.
	switch half := rapid.IntRange(0, 11).Draw(t, "half"); half {
	case 0, 1:
		members = []string{`"enabled":true`}
	case 2:
		members = []string{`"deleted":false`}
	case 3:
		members = []string{other}
	case 4:
		members = []string{one, other, `"integration_id":` + at.integration}
	case 5:
		members = []string{one, `"enabled":true`}
	case 6:
		members = []string{`"send_test_now":true`}
	case 7:
		members = []string{rapid.SampledFrom([]string{`"delivery_config":{}`, `"contexts":[]`, `"clear":["title"]`, `"enabled":"true"`, `"deleted":"false","enabled":null`, `"send_test_now":"true"`}).Draw(t, "odd")}
	case 8:
		members = []string{`"enabled":true`, `"send_test_now":false`}
	default:
		may(one)
		may(other)
		may(`"integration_id":` + at.integration)
		may(fmt.Sprintf(`"enabled":%v`, rapid.Bool().Draw(t, "on")))
		may(fmt.Sprintf(`"deleted":%v`, rapid.Bool().Draw(t, "gone")))
		may(`"title":"x"`)
		may(`"frequency":"daily"`)
		may(`"insight":2002`)
		may(fmt.Sprintf(`"send_test_now":%v`, rapid.Bool().Draw(t, "now")))
	}
	return move{"subscriptions-partial-update", with(fmt.Sprintf(`{"id":%d}`, id), strings.Join(members, ","))}
}

// race lets calls run side by side, and chooses which of their requests
// PostHog serves next.
type race struct {
	t *rapid.T
	w *world
	// arrived has the requests that wait.
	arrived chan waiting
	ended   chan struct{}
}

// waiting is a request of a caller's that waits for PostHog.
type waiting struct {
	caller  int
	proceed chan struct{}
}

// callerKey is where a call's context has the number of its caller.
type callerKey struct{}

// run makes all calls at once, and returns when they have ended.
func (r *race) run(calls []func(context.Context)) {
	r.arrived, r.ended = make(chan waiting), make(chan struct{})
	r.w.Intercept(func(request *http.Request) func() {
		w := waiting{request.Context().Value(callerKey{}).(int), make(chan struct{})}
		r.arrived <- w
		<-w.proceed
		return nil
	})
	defer r.w.Intercept(nil)
	for i, call := range calls {
		go func() {
			call(context.WithValue(context.Background(), callerKey{}, i))
			r.ended <- struct{}{}
		}()
	}
	var queue []waiting
	for running := len(calls); ; running = 1 {
		for range running { // until each call waits for PostHog, or has ended
			select {
			case w := <-r.arrived:
				queue = append(queue, w)
			case <-r.ended:
			}
		}
		if len(queue) == 0 {
			return
		}
		slices.SortFunc(queue, func(a, b waiting) int { return a.caller - b.caller })
		next := rapid.IntRange(0, len(queue)-1).Draw(r.t, "next")
		close(queue[next].proceed)
		queue = slices.Delete(queue, next, next+1)
	}
}

// Whatever several callers ask for at the same moment, on two replicas: after
// all of it nothing that is active goes where no list allows, or where nobody
// agreed that it goes; and nothing went there meanwhile.
func TestModelOfRules(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := of(rapid.SampledFrom(generations).Draw(t, "generation"))
		set := rapid.SampledFrom(ruleSets).Draw(t, "rules")
		confirm := rapid.SampledFrom([]engine.Confirm{engine.ConfirmOff, engine.ConfirmSends}).Draw(t, "confirm")
		m := &model{world: w, set: set, confirm: confirm, agreed: map[string]bool{}}
		ids := m.prepare(t)
		replicas := [2]*engine.Toolbox{m.replica(t), m.replica(t)}
		for range rapid.IntRange(1, 3).Draw(t, "rounds") {
			before := len(w.Outbox())
			var calls []func(context.Context)
			about := ids
			if rapid.Bool().Draw(t, "about one") {
				about = []int64{rapid.SampledFrom(ids).Draw(t, "one")}
			}
			for i := range rapid.IntRange(2, 4).Draw(t, "callers") {
				move := moves(t, about)
				calls = append(calls, func(ctx context.Context) { m.make(ctx, replicas[i%2], fmt.Sprint("caller ", i), move) })
			}
			(&race{t: t, w: w}).run(calls)
			m.check(t, before)
		}
	})
}

// model knows what may be active.
type model struct {
	*world
	set     lists
	confirm engine.Confirm
	// agreed are the places that the person agreed to.
	agreed map[string]bool
	sync.Mutex
}

// prepare makes subscriptions without a rule, as people do in PostHog: two that
// send to the team, and two that would send elsewhere and are paused or deleted.
func (m *model) prepare(t *rapid.T) (ids []int64) {
	for _, s := range []struct{ place, state string }{
		{`"target_type":"email","target_value":"a@hedgebox.example"`, ``},
		{`"target_type":"email","target_value":"b@hedgebox.example"`, `"enabled":false`},
		{`"target_type":"email","target_value":"eve@evil.example","enabled":false`, ``},
		{`"target_type":"slack","target_value":"C0EVIL00001|#x","integration_id":701,"enabled":false`, `"deleted":true`},
	} {
		made, _ := m.call(context.Background(), "subscriptions-create", `{"insight":2001,"frequency":"daily","start_date":"2027-01-04T09:00:00Z",`+s.place+`}`)
		id := gjson.GetBytes(made.Object, "id").Int()
		if s.state != "" {
			m.call(context.Background(), "subscriptions-partial-update", fmt.Sprintf(`{"id":%d,%s}`, id, s.state))
		}
		if id == 0 {
			t.Fatalf("%s", made.Object)
		}
		ids = append(ids, id)
	}
	ids = append(ids, m.teams()...)
	m.agreed["email a@hedgebox.example"] = true // it is active to begin with
	return ids
}

// teams makes two with Teams that are paused, where PostHog knows it.
func (m *model) teams() (ids []int64) {
	for _, s := range []string{`"` + inTeams + `","enabled":false`, `"` + strings.Replace(inTeams, "prod-1", "evil", 1) + `","enabled":false`} {
		made, _ := m.call(context.Background(), "subscriptions-create", `{"insight":2001,"frequency":"daily","start_date":"2027-01-04T09:00:00Z","target_type":"teams","target_value":`+s+`}`)
		if !made.IsError {
			ids = append(ids, gjson.GetBytes(made.Object, "id").Int())
		}
	}
	return ids
}

// replica is a server process with the operator's rules.
func (m *model) replica(t *rapid.T) *engine.Toolbox {
	rules, err := recipient.New(m.set.rules)
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := seal.New([]byte(strings.Repeat("k", 32)), nil)
	if err != nil {
		t.Fatal(err)
	}
	box := *m.box
	box.API = posthog.New(posthog.Options{Base: m.RoundTripper(), Key: sandbox.KeyAll})
	box.Rules, box.Confirm, box.Seal = engine.Rules{Recipients: rules}, m.confirm, sealer
	return &box
}

// make makes a call; where the person has to agree, it is made again if they
// do.
func (m *model) make(ctx context.Context, box *engine.Toolbox, caller string, call move) {
	c, err := confirmedCatalogue()
	if err != nil {
		panic(err)
	}
	ctx = engine.WithCaller(ctx, engine.Caller{ID: caller})
	result := box.Call(ctx, c.Tool(call.tool), json.RawMessage(call.arguments))
	preview := gjson.GetBytes(result.Object, "preview")
	if !preview.Exists() {
		return
	}
	after := place{kind: "fax"}
	for _, kind := range []string{"email", "slack", "webhook", "teams"} {
		if value := preview.Get("after." + kind).String(); value != "" {
			after = place{kind: kind, value: value}
		}
	}
	if !agrees(after) {
		return
	}
	m.Lock()
	m.agreed[after.kind+" "+after.value] = true
	m.Unlock()
	box.Call(ctx, c.Tool(call.tool), json.RawMessage(with(call.arguments, `"confirmation":`+preview.Get("confirmation").Raw)))
}

// check holds what is active, and what was sent since the last check, against
// the rules and the person.
func (m *model) check(t *rapid.T, before int) {
	for _, message := range m.Outbox()[before:] {
		if message.Kind != "account" && !m.set.allowed[message.Kind](message.To) {
			t.Fatalf("sent to %s %s, which no list allows", message.Kind, message.To)
		}
		if m.confirm == engine.ConfirmSends && strings.Contains(message.To, "evil") {
			t.Fatalf("sent to %s, which nobody agreed to", message.To)
		}
	}
	for _, s := range m.active(t) {
		recipients := []string{s.value}
		if s.kind == "email" {
			recipients = strings.Split(s.value, ",")
		}
		for _, r := range recipients {
			if !m.set.allowed[s.kind](r) {
				t.Fatalf("%s %q is active, which no list allows", s.kind, s.value)
			}
		}
		if m.confirm == engine.ConfirmSends && !m.agreed[s.kind+" "+s.value] {
			t.Fatalf("%s %q is active, which nobody agreed to", s.kind, s.value)
		}
	}
}

// active are the places of the subscriptions made here that deliver.
func (m *model) active(t *rapid.T) (all []place) {
	client := posthog.New(posthog.Options{Base: m.RoundTripper(), Key: sandbox.KeyAll, Host: &url.URL{Scheme: "https", Host: "us.posthog.com"}})
	response, err := client.Do(context.Background(), &engine.Request{Method: http.MethodGet, Path: fmt.Sprintf("/api/projects/%d/subscriptions/", sandbox.ProjectMain), Query: "limit=1000", Repeatable: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range gjson.GetBytes(response.Body, "results").Array() {
		if s.Get("id").Int() >= firstNew && s.Get("enabled").Bool() {
			all = append(all, place{kind: s.Get("target_type").String(), value: s.Get("target_value").String()})
		}
	}
	return all
}
