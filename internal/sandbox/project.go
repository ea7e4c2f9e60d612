package sandbox

import (
	"fmt"
	"slices"
	"strings"
)

// projectView is a project in a list: as in a user, without its second id.
type projectView struct {
	ID                  int64           `json:"id"`
	UUID                string          `json:"uuid"`
	Organization        string          `json:"organization"`
	APIToken            string          `json:"api_token"`
	Name                string          `json:"name"`
	CompletedOnboarding bool            `json:"completed_snippet_onboarding"`
	OnboardingFor       map[string]bool `json:"has_completed_onboarding_for"`
	IngestedEvent       bool            `json:"ingested_event"`
	IsDemo              bool            `json:"is_demo"`
	Timezone            string          `json:"timezone"`
	AccessControl       bool            `json:"access_control"`
}

// projectDetail has settings, and tokens that nobody should hand on.
type projectDetail struct {
	projectView
	SecretToken       string   `json:"secret_api_token"`
	SecretTokenBackup *string  `json:"secret_api_token_backup"`
	LiveEventsToken   string   `json:"live_events_token"`
	AppURLs           []string `json:"app_urls"`
	AnonymizeIPs      bool     `json:"anonymize_ips"`
	SessionRecording  bool     `json:"session_recording_opt_in"`
	WeekStartDay      int      `json:"week_start_day"`
}

func (p *project) view() projectView {
	return projectView{
		p.ID, p.UUID, p.Organization, p.APIToken, p.Name, p.CompletedOnboarding, p.OnboardingFor, p.IngestedEvent,
		p.IsDemo, p.Timezone, p.AccessControlEnabled,
	}
}

// listProjects has the caller's of all organisations, or of the one in the
// path.
func listProjects(c *call) reply {
	views := []projectView{}
	for _, o := range c.organizationsOf(c.user) {
		if c.orgID != "" && o.id != c.orgID || len(c.cred.organizations) > 0 && !slices.Contains(c.cred.organizations, o.id) {
			continue
		}
		for _, p := range c.projectsOf(o.id) {
			if strings.Contains(strings.ToLower(p.Name), strings.ToLower(c.query.Get("search"))) {
				views = append(views, p.view())
			}
		}
	}
	return ok(paginate(c, views))
}

func getProject(c *call) reply {
	p := c.project
	return ok(projectDetail{
		projectView: p.view(), SecretToken: fmt.Sprintf("phs_sandbox_secret_%d", p.ID), LiveEventsToken: "sandbox-live-events-token",
		AppURLs: []string{"https://app.hedgebox.example"}, SessionRecording: true, WeekStartDay: 1,
	})
}
