package sandbox

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// The world's projects, by id.
const (
	// ProjectMain is the current project of [KeyAll].
	ProjectMain int64 = 31001
	// ProjectMarketing is the second of the same organisation.
	ProjectMarketing int64 = 31002
	// ProjectSpikeworks belongs to the other organisation, on the free plan.
	ProjectSpikeworks int64 = 47200
)

// What the world keeps at most, so that its memory is bounded whatever is
// posted to it.
const (
	maxSubscriptions = 1200
	maxText          = 8 << 20
	maxShares        = 500
	maxPasswords     = 100
	maxOutbox        = 500
	maxFresh         = 10000
	maxSeen          = 500
	maxDeliveries    = 1000
)

// A world is everything the double knows. Its owner's lock guards it.
type world struct {
	switches      Switches
	credentials   map[string]*credential
	organizations map[string]*organization
	projects      map[int64]*project
	users         map[int64]*user
	dashboards    map[int64]*dashboard
	insights      map[int64]*insight
	integrations  []*integration
	recordings    []*recording
	// subscriptions are in order of id, which is order of creation.
	subscriptions []*subscription
	shares        map[shareKey]*share
	deliveries    []*delivery
	history       map[string][]time.Time
	outbox        []Message
	fresh         []Message
	seen          []Seen
	// nextDue is when the next delivery may fall due.
	nextDue time.Time
	// nextID serves everything that gets a number.
	nextID int64
	// runs counts deliveries.
	runs int64
	// text is how many bytes of free text the subscriptions hold.
	text int
	// random is the state of the world's own source of tokens.
	random uint64
}

func newWorld(now time.Time, switches Switches) *world {
	w := &world{
		switches: switches, credentials: map[string]*credential{}, organizations: map[string]*organization{},
		projects: map[int64]*project{}, users: map[int64]*user{}, dashboards: map[int64]*dashboard{},
		insights: map[int64]*insight{}, shares: map[shareKey]*share{}, history: map[string][]time.Time{},
		nextID: 90000, random: 0x9e3779b97f4a7c15,
	}
	now = now.UTC().Truncate(time.Microsecond)
	w.seedCompany()
	w.seedInsights()
	w.seedDashboards()
	w.seedIntegrations()
	w.seedSubscriptions(now)
	w.seedRecordings(now)
	w.seedDeliveries()
	return w
}

func (w *world) id() int64 { w.nextID++; return w.nextID }

const tokenLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// token is random-looking and the same in every run: the double guards
// nothing, and its answers can be compared.
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

// Seen is one request that reached the API.
type Seen struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	Query  string `json:"query"`
	Status int    `json:"status"`
	// Body is as sent, cut to 16 KiB. It may hold what the caller keeps
	// secret, so that no page of the sandbox shows it.
	Body []byte `json:"-"`
}

const (
	seenBody = 16 << 10
	seenText = 2 << 10
)

func (w *world) remember(r *http.Request, body []byte, status int) {
	s := Seen{Method: cut(r.Method, 16), Path: cut(r.URL.EscapedPath(), seenText), Query: cut(r.URL.RawQuery, seenText), Status: status}
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

// cut shortens text for keeping, on its own memory.
func cut(text string, most int) string {
	return strings.Clone(text[:min(len(text), most)])
}
