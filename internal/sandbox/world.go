package sandbox

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"posthog-mcp/internal/sandbox/oauth"
)

// The world's projects, by id.
const (
	ProjectMain       int64 = 31001 // the current project of [KeyAll]
	ProjectMarketing  int64 = 31002 // the second of the same organisation
	ProjectSpikeworks int64 = 47200 // belongs to the other organisation, on the free plan
)

// The main project's integrations.
const (
	IntegrationSlack       int64 = 701
	IntegrationSlackBroken int64 = 702
)

// RecordingCheckout is a recording of the main project.
const RecordingCheckout = "0195f3a2-7c41-7b6e-9d2a-000000000001"

// orgHedgebox is the first organisation, to which the switches apply. The second one has the free plan.
const orgHedgebox = "0190a000-0000-7000-8000-0000000000a1"

// The limits of the world, which bound its memory.
const (
	maxSubscriptions                   = 1200
	maxShares, maxPasswords            = 500, 100
	maxOutbox, maxFresh, maxDeliveries = 500, 10000, 1000
	maxSeen, seenBody, seenText        = 500, 16 << 10, 2 << 10
)

// A world is the state of a sandbox. The sandbox's lock guards it.
type world struct {
	switches Switches
	// now is the machine's clock; shift is added to it.
	now     func() time.Time
	shift   time.Duration
	tables  map[string][]row // has the rows of each kind, in order of id
	makers  makers
	history map[string][]time.Time
	logins  *oauth.Server
	outbox  []Message
	fresh   []Message
	seen    []Seen
	// nextID numbers all objects except deliveries, which runs counts.
	nextID, runs int64
	random       uint64 // the state of the world's own source of tokens
}

func newWorld(machine func() time.Time, switches Switches) *world {
	w := &world{
		switches: switches, now: machine, tables: map[string][]row{}, history: map[string][]time.Time{},
		nextID: 90000, random: 0x9e3779b97f4a7c15, makers: makers{},
	}
	for _, some := range []func() makers{peopleMembers, chartMembers, subscriptionMembers, deliveryMembers, shareMembers} {
		maps.Copy(w.makers, some())
	}
	now := w.clock()
	for table, rows := range files() {
		w.tables[table] = slices.Clone(rows)
	}
	w.populate("", now)
	w.renew(now)
	w.logins = w.newLogins()
	return w
}

// populate adds the subscriptions in a table of the file, and their histories.
func (w *world) populate(suffix string, now time.Time) {
	subscriptions, deliveries := w.tables["subscriptions"+suffix], w.tables["deliveries"+suffix]
	w.tables["subscriptions"+suffix], w.tables["deliveries"+suffix] = nil, nil
	for _, s := range subscriptions {
		w.put("subscriptions", w.reschedule(s, now))
	}
	for _, d := range deliveries {
		w.record(d)
	}
}

func (w *world) today() bool { return w.switches.Generation == Today }

// renew adds the subscriptions that only servers of today have: to a channel of Microsoft Teams, and to an AI report.
func (w *world) renew(now time.Time) {
	if w.today() {
		w.populate("+", now)
	}
}

// clock returns the world's time, to the microsecond, as in PostHog's database.
func (w *world) clock() time.Time { return w.now().Add(w.shift).UTC().Truncate(time.Microsecond) }

// files are the tables of world.json.
var files = sync.OnceValue(func() map[string][]row {
	var decoded map[string][]any
	load("world", &decoded)
	out := map[string][]row{}
	for table, rows := range decoded {
		for _, r := range rows {
			out[table] = append(out[table], complete(strings.TrimRight(table, "s+"), value(r).(row)))
		}
	}
	// Slack has more channels than a page.
	for i := range 210 {
		out["channels"] = append(out["channels"], complete("channel", row{
			"id": fmt.Sprintf("C0TEAM%05d", i+1), "name": fmt.Sprintf("team-%03d", i+1), "is_member": i%3 == 0}))
	}
	return out
})

func complete(kind string, r row) row {
	for _, m := range shapes()[kind] {
		if _, given := r[m.name]; !given && m.made == "" {
			r[m.name] = m.value
		}
	}
	return r
}

// by returns the row with the value in its column; nil for none.
func (w *world) by(table, column string, value any) row {
	for _, r := range w.tables[table] {
		if r[column] == value {
			return r
		}
	}
	return nil
}

// find returns the row with the id, in the project unless that is 0; nil for none.
func (w *world) find(table string, project int64, id any) row {
	if r := w.by(table, "id", id); project == 0 || r.number("team_id") == project {
		return r
	}
	return nil
}

func (w *world) put(table string, r row) {
	rows := w.tables[table]
	if i := slices.IndexFunc(rows, func(old row) bool { return old["id"] == r["id"] }); i >= 0 {
		rows[i] = r
		return
	}
	w.tables[table] = append(rows, r)
}

func (w *world) id() int64 { w.nextID++; return w.nextID }

const tokenLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// token returns a random-looking text that is the same in every run, so that answers can be compared.
func (w *world) token(n int) string {
	out := make([]byte, n)
	for i := range out {
		w.random ^= w.random << 13
		w.random ^= w.random >> 7
		w.random ^= w.random << 17
		out[i] = tokenLetters[w.random>>58]
	}
	return string(out)
}

func (w *world) plan(org string) string {
	if org != orgHedgebox {
		return "free"
	}
	return w.switches.Plan
}

func (w *world) projectsOf(org string) []row {
	return where(w.tables["projects"], func(p row) bool { return p.text("organization") == org })
}

func (w *world) organizationsOf(user row) []row {
	mine := where(w.tables["organizations"], func(o row) bool { return level(o, user) > 0 })
	w.sort(mine, "name")
	return mine
}

// Membership levels of an organisation are 1 for a member, 8 for an admin, 15 for an owner; 0 stands for none.
const levelAdmin = 8

func level(organization, user row) int64 {
	members, _ := organization["members"].(row)
	return members.number(fmt.Sprint(user["id"]))
}

func where(rows []row, keep func(row) bool) []row {
	return slices.DeleteFunc(list(rows), func(r row) bool { return !keep(r) })
}

// Seen is one request that reached the API.
type Seen struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	Query  string `json:"query"`
	Status int    `json:"status"`
	// Body is cut to 16 KiB. It may hold secrets, so no page of the sandbox shows it.
	Body []byte `json:"-"`
}

func (w *world) remember(r *http.Request, body []byte, status int) {
	s := Seen{Method: r.Method, Path: cut(r.URL.EscapedPath(), seenText), Query: cut(r.URL.RawQuery, seenText), Status: status}
	if strings.Contains(s.Query, "personal_api_key") {
		s.Query = "personal_api_key=…"
	}
	if len(body) > 0 {
		s.Body = slices.Clone(body[:min(len(body), seenBody)])
	}
	w.seen = appendBounded(w.seen, s, maxSeen)
}

// appendBounded drops the oldest half when the list is full.
func appendBounded[T any](list []T, item T, most int) []T {
	if len(list) >= most {
		list = slices.Delete(list, 0, most/2)
	}
	return append(list, item)
}

// cut returns a copy of the beginning of a text.
func cut(text string, most int) string { return strings.Clone(text[:min(len(text), most)]) }
