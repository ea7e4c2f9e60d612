package sandbox

import (
	"cmp"
	"slices"
	"strings"

	"posthog-mcp/internal/sandbox/drf"
)

func listUsers(c *call) reply {
	var rows []*user
	for _, u := range c.users {
		if u.active && (c.user.IsStaff || u == c.user) && c.userMatches(u) {
			rows = append(rows, u)
		}
	}
	slices.SortFunc(rows, func(a, b *user) int { return cmp.Compare(a.ID, b.ID) })
	p := paginate(c, rows)
	cutOut := p.Results.([]*user)
	views := make([]userView, len(cutOut))
	for i, u := range cutOut {
		views[i] = c.showUser(u)
	}
	p.Results = views
	return ok(p)
}

func (c *call) userMatches(u *user) bool {
	if email := c.query.Get("email"); email != "" && u.Email != email {
		return false
	}
	switch c.query.Get("is_staff") {
	case "true":
		return u.IsStaff
	case "false":
		return !u.IsStaff
	}
	return true
}

// named is the user of the path. Who is not staff may say @me and nothing
// else, not even their own id.
func (c *call) named() (*user, *drf.Error) {
	id := c.values["uuid"]
	if id == "@me" {
		return c.user, nil
	}
	if !c.user.IsStaff {
		return nil, drf.Denied("As a non-staff user you're only allowed to access the `@me` user instance.")
	}
	for _, u := range c.users {
		if u.active && strings.EqualFold(u.UUID, id) {
			return u, nil
		}
	}
	return nil, drf.NotFound()
}

// withUser answers for the user of the path.
func withUser(answer func(*call, *user) reply) func(*call) reply {
	return func(c *call) reply {
		u, err := c.named()
		if err != nil {
			return failed(err)
		}
		return answer(c, u)
	}
}

func getUser(c *call) reply {
	return withUser(func(c *call, u *user) reply { return ok(c.showUser(u)) })(c)
}

func getGitHubLogin(c *call) reply {
	return withUser(func(_ *call, u *user) reply {
		return ok(map[string]*string{"github_login": u.github})
	})(c)
}

func getHedgehog(c *call) reply {
	return withUser(func(_ *call, u *user) reply {
		if u.Hedgehog == nil {
			return ok(map[string]any{})
		}
		return ok(u.Hedgehog)
	})(c)
}

// patchHedgehog stores the whole body, whatever it is: no merge, no check.
func patchHedgehog(c *call) reply {
	return withUser(func(c *call, u *user) reply {
		body, err := c.json()
		if err != nil {
			return failed(err)
		}
		u.setHedgehog(body)
		return ok(raw(body))
	})(c)
}

type organizationView struct {
	ID              string         `json:"id"`
	Name            string         `json:"name"`
	Slug            string         `json:"slug"`
	Logo            *string        `json:"logo_media_id"`
	CreatedAt       drf.Time       `json:"created_at"`
	UpdatedAt       drf.Time       `json:"updated_at"`
	Level           *int           `json:"membership_level"`
	PluginsLevel    int            `json:"plugins_access_level"`
	Teams           []*project     `json:"teams"`
	Projects        []projectBrief `json:"projects"`
	Features        []featureView  `json:"available_product_features"`
	JoinEmail       bool           `json:"is_member_join_email_enabled"`
	Metadata        map[string]any `json:"metadata"`
	CustomerID      *string        `json:"customer_id"`
	Enforce2FA      *bool          `json:"enforce_2fa"`
	MembersInvite   bool           `json:"members_can_invite"`
	PersonalKeys    bool           `json:"members_can_use_personal_api_keys"`
	PublicSharing   bool           `json:"allow_publicly_shared_resources"`
	MemberCount     int            `json:"member_count"`
	AIConsent       bool           `json:"is_ai_data_processing_approved"`
	AITraining      bool           `json:"is_ai_training_opted_in"`
	AITrainingLock  bool           `json:"is_ai_training_locked"`
	AITrainingCTA   bool           `json:"is_ai_training_cta_shown"`
	HIPAA           bool           `json:"is_hipaa"`
	StatsMethod     string         `json:"default_experiment_stats_method"`
	AnonymizeIPs    bool           `json:"default_anonymize_ips"`
	DefaultRole     *string        `json:"default_role_id"`
	IsActive        bool           `json:"is_active"`
	NotActiveReason *string        `json:"is_not_active_reason"`
	PendingDeletion bool           `json:"is_pending_deletion"`
}

type projectBrief struct {
	ID           int64  `json:"id"`
	Name         string `json:"name"`
	Organization string `json:"organization_id"`
}

type featureView struct {
	Key  string `json:"key"`
	Name string `json:"name"`
}

type organizationBrief struct {
	ID              string  `json:"id"`
	Name            string  `json:"name"`
	Slug            string  `json:"slug"`
	Logo            *string `json:"logo_media_id"`
	Level           *int    `json:"membership_level"`
	PersonalKeys    bool    `json:"members_can_use_personal_api_keys"`
	IsActive        bool    `json:"is_active"`
	NotActiveReason *string `json:"is_not_active_reason"`
	PendingDeletion bool    `json:"is_pending_deletion"`
}

// projectsOf are the organisation's projects, by id.
func (w *world) projectsOf(org string) []*project {
	var out []*project
	for _, p := range w.projects {
		if p.Organization == org {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b *project) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// organizationsOf are those the user is a member of, by name.
func (w *world) organizationsOf(u *user) []*organization {
	var out []*organization
	for _, o := range w.organizations {
		if o.members[u.ID] > 0 {
			out = append(out, o)
		}
	}
	slices.SortFunc(out, func(a, b *organization) int { return strings.Compare(a.name, b.name) })
	return out
}

func (w *world) showOrganization(o *organization, u *user) *organizationView {
	v := &organizationView{
		ID: o.id, Name: o.name, Slug: o.slug, CreatedAt: moment("2024-01-08T14:30:00Z"), UpdatedAt: moment("2025-05-02T10:00:00Z"),
		PluginsLevel: 3, Teams: w.projectsOf(o.id), Features: []featureView{}, JoinEmail: true,
		Metadata: map[string]any{"instance_tag": "none"}, MembersInvite: true, PersonalKeys: w.keysAllowed(o),
		PublicSharing: o.id != orgHedgebox || w.switches.PublicSharing, MemberCount: len(o.members), AIConsent: w.consents(o),
		StatsMethod: "bayesian", IsActive: true,
	}
	for _, p := range v.Teams {
		v.Projects = append(v.Projects, projectBrief{p.ID, p.Name, o.id})
	}
	for _, key := range o.features {
		if key == "subscriptions" && w.switches.PaymentGate {
			continue
		}
		v.Features = append(v.Features, featureView{key, strings.ToUpper(key[:1]) + strings.ReplaceAll(key[1:], "_", " ")})
	}
	if level := o.members[u.ID]; level > 0 {
		v.Level = &level
	}
	return v
}

func (w *world) keysAllowed(o *organization) bool {
	return o.id != orgHedgebox || !w.switches.PersonalKeysForbidden
}

func (w *world) consents(o *organization) bool { return o.id == orgHedgebox && w.switches.AIConsent }

func (w *world) briefOrganization(o *organization, u *user) organizationBrief {
	b := organizationBrief{ID: o.id, Name: o.name, Slug: o.slug, PersonalKeys: w.keysAllowed(o), IsActive: true}
	if level := o.members[u.ID]; level > 0 {
		b.Level = &level
	}
	return b
}
