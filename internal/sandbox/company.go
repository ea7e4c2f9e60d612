package sandbox

import (
	"encoding/json"
	"fmt"

	"posthog-mcp/internal/sandbox/drf"
)

const (
	orgHedgebox   = "0190a000-0000-7000-8000-0000000000a1"
	orgSpikeworks = "0190a000-0000-7000-8000-0000000000b2"
)

// Membership levels of an organisation.
const (
	levelMember = 1
	levelAdmin  = 8
	levelOwner  = 15
)

// The world's people.
const (
	userMaya   int64 = 501
	userTomasz int64 = 502
	userPriya  int64 = 503
	userDiego  int64 = 504
	userHana   int64 = 505
	userLiam   int64 = 506
	userJonas  int64 = 507
	userElena  int64 = 508
)

type organization struct {
	id, name, slug string
	// members has each user's level.
	members  map[int64]int
	features []string
}

// A project as the API shows it in lists and in users. Its token is public by
// design, and still nothing that an agent needs.
type project struct {
	ID                   int64           `json:"id"`
	UUID                 string          `json:"uuid"`
	Organization         string          `json:"organization"`
	ProjectID            int64           `json:"project_id"`
	APIToken             string          `json:"api_token"`
	Name                 string          `json:"name"`
	CompletedOnboarding  bool            `json:"completed_snippet_onboarding"`
	OnboardingFor        map[string]bool `json:"has_completed_onboarding_for"`
	IngestedEvent        bool            `json:"ingested_event"`
	IsDemo               bool            `json:"is_demo"`
	Timezone             string          `json:"timezone"`
	AccessControlEnabled bool            `json:"access_control"`
}

// A user is a person with everything the API lets them change.
type user struct {
	ID                     int64
	UUID                   string
	FirstName, LastName    string
	Email                  string
	PendingEmail           *string
	IsStaff, active        bool
	password               string
	team                   int64
	org                    string
	notifications          map[string]json.RawMessage
	AnonymizeData          *bool
	AllowImpersonation     *bool
	AllowSuggestions       *bool
	PasskeysFor2FA         *bool
	hasPasskey             bool
	HideMCPHints           bool
	ToolbarMode, ThemeMode *string
	ShortcutPosition, Role *string
	EventsColumns, SeenFor json.RawMessage
	// Hedgehog is as stored, profile the part that other people see.
	Hedgehog json.RawMessage
	profile  map[string]json.RawMessage
	github   *string
	joined   drf.Time
	isFirst  bool
}

// password is what every person of the world signs in with.
const password = "correct-horse-battery-staple"

func uuid(kind byte, n int64) string {
	return fmt.Sprintf("0190%02x00-0000-7000-8000-%012d", kind, n)
}

type person struct {
	id          int64
	first, last string
	email       string
	role        string
	github      string
	team        int64
	levels      [2]int
	color       string
	joined      string
}

// people of the world. One has a name with characters that nobody sees.
func people() []person {
	return []person{
		{userMaya, "Maya", "Lindqvist", "maya.lindqvist@hedgebox.example", "product", "mayalq", ProjectMain, [2]int{levelMember, 0}, "blue", "2024-02-05T09:12:44Z"},
		{userTomasz, "Tomasz", "Nowak", "tomasz.nowak@hedgebox.example", "engineering", "tnowak", ProjectMain, [2]int{levelMember, 0}, "", "2024-02-12T08:01:10Z"},
		{userPriya, "Priya", "Raman", "priya.raman@hedgebox.example", "founder", "", ProjectMain, [2]int{levelOwner, levelOwner}, "green", "2024-01-08T14:30:00Z"},
		{userDiego, "Diego", "Álvarez", "diego.alvarez@hedgebox.example", "marketing", "", ProjectMarketing, [2]int{levelAdmin, 0}, "", "2024-03-19T16:45:02Z"},
		{userHana, "Hana", "Sato", "hana.sato@posthog.example", "engineering", "hsato", ProjectMain, [2]int{levelMember, levelMember}, "", "2023-11-20T10:00:00Z"},
		{userLiam, "Li\u200bam\u202e", "O\u2019Connor\u200d", "liam.oconnor@hedgebox.example", "sales", "", ProjectMain, [2]int{levelMember, 0}, "", "2024-06-03T11:20:31Z"},
		{userJonas, "Jonas", "Weber", "jonas.weber@spikeworks.example", "data", "jweber", ProjectSpikeworks, [2]int{0, levelMember}, "", "2025-01-15T07:55:19Z"},
		{userElena, "Elena", "Petrova", "elena.petrova@hedgebox.example", "leadership", "", ProjectMain, [2]int{levelMember, 0}, "", "2024-01-22T13:05:50Z"},
	}
}

func (w *world) seedCompany() {
	for _, c := range credentials() {
		w.credentials[c.token] = &c
	}
	w.organizations[orgHedgebox] = &organization{id: orgHedgebox, name: "Hedgebox Inc.", slug: "hedgebox-inc", members: map[int64]int{},
		features: []string{"subscriptions", "advanced_permissions", "access_control", "organization_security_settings"}}
	w.organizations[orgSpikeworks] = &organization{id: orgSpikeworks, name: "Spikeworks", slug: "spikeworks", members: map[int64]int{}}
	w.addProject(ProjectMain, orgHedgebox, "Hedgebox app", "Europe/Stockholm")
	w.addProject(ProjectMarketing, orgHedgebox, "hedgebox.example website", "UTC")
	w.addProject(ProjectSpikeworks, orgSpikeworks, "Spikeworks", "Europe/Berlin")
	for _, p := range people() {
		w.addUser(p)
	}
	w.users[userElena].active = false
	w.users[userHana].IsStaff = true
	w.users[userPriya].isFirst = true
}

func (w *world) addProject(id int64, org, name, timezone string) {
	w.projects[id] = &project{
		ID: id, UUID: uuid(0xb0, id), Organization: org, ProjectID: id, APIToken: fmt.Sprintf("phc_sandbox_project_%d", id),
		Name: name, CompletedOnboarding: true, OnboardingFor: map[string]bool{"product_analytics": true},
		IngestedEvent: true, Timezone: timezone,
	}
}

func (w *world) addUser(p person) {
	u := &user{
		ID: p.id, UUID: uuid(0xc0, p.id), FirstName: p.first, LastName: p.last, Email: p.email, active: true,
		password: password, team: p.team, org: w.projects[p.team].Organization, joined: moment(p.joined),
		notifications: defaultNotifications(), HideMCPHints: false, ToolbarMode: new("toolbar"),
		ShortcutPosition: new("above"), Role: new(p.role), AllowImpersonation: new(true),
	}
	if p.github != "" {
		u.github = new(p.github)
	}
	if p.color != "" {
		u.setHedgehog(map[string]any{"use_as_profile": true, "color": p.color, "accessories": []any{"glasses"}})
	}
	for i, org := range []string{orgHedgebox, orgSpikeworks} {
		if p.levels[i] > 0 {
			w.organizations[org].members[p.id] = p.levels[i]
		}
	}
	w.users[p.id] = u
}

func defaultNotifications() map[string]json.RawMessage {
	return stored(map[string]any{
		"plugin_disabled": true, "all_weekly_digest_disabled": false, "error_tracking_issue_assigned": true,
		"discussions_mentioned": true, "data_pipeline_error_threshold": json.Number("0.0"),
		"project_weekly_digest_disabled": map[string]any{}, "realtime_notifications_disabled": map[string]any{},
	})
}

// personRef is how the API names a person inside other objects.
type personRef struct {
	ID              int64                      `json:"id"`
	UUID            string                     `json:"uuid"`
	DistinctID      string                     `json:"distinct_id"`
	FirstName       string                     `json:"first_name"`
	LastName        string                     `json:"last_name"`
	Email           string                     `json:"email"`
	IsEmailVerified bool                       `json:"is_email_verified"`
	Hedgehog        map[string]json.RawMessage `json:"hedgehog_config"`
	Role            *string                    `json:"role_at_organization"`
}

func (w *world) personRef(id int64) *personRef {
	u, ok := w.users[id]
	if !ok {
		return nil
	}
	return &personRef{u.ID, u.UUID, u.distinctID(), u.FirstName, u.LastName, u.Email, true, u.profile, u.Role}
}

func (u *user) distinctID() string { return fmt.Sprintf("sandbox-%d", u.ID) }

// setHedgehog stores any JSON; the parts that other people see are those of an
// object.
func (u *user) setHedgehog(config any) {
	u.Hedgehog, u.profile = nil, nil
	if config != nil {
		u.Hedgehog = raw(config)
	}
	object, ok := config.(map[string]any)
	if !ok {
		return
	}
	u.profile = map[string]json.RawMessage{}
	for _, name := range []string{"use_as_profile", "color", "accessories"} {
		u.profile[name] = raw(object[name])
	}
}

// raw is decoded JSON as the few bytes it came from: free-form values are kept
// so, since a decoded one can take twenty times the memory.
func raw(v any) json.RawMessage {
	out, err := drf.Encode(v)
	if err != nil {
		panic("sandbox: decoded JSON that does not encode: " + err.Error())
	}
	return out
}

func stored(values map[string]any) map[string]json.RawMessage {
	out := make(map[string]json.RawMessage, len(values))
	for name, v := range values {
		out[name] = raw(v)
	}
	return out
}
