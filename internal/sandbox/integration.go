package sandbox

import (
	"fmt"

	"posthog-mcp/internal/sandbox/drf"
)

// An integration is a connection of a project to another service.
type integration struct {
	ID       int64
	project  int64
	Kind     string
	Errors   string
	name     string
	author   int64
	created  drf.Time
	channels []channel
}

// A channel of Slack; its name has no #.
type channel struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	IsPrivate bool   `json:"is_private"`
	// IsMember says whether the PostHog app was invited: without, nothing is
	// delivered.
	IsMember    bool `json:"is_member"`
	IsExtShared bool `json:"is_ext_shared"`
	// WithoutAccess marks a private channel whose name only the person who
	// connected Slack may read.
	WithoutAccess bool `json:"is_private_without_access"`
}

// channel is the one that Slack finds for what a message is addressed to: an
// id, or the name of a public channel with its #.
func (i *integration) channel(to string) *channel {
	for n := range i.channels {
		if c := &i.channels[n]; c.ID == to || !c.IsPrivate && "#"+c.Name == to {
			return &i.channels[n]
		}
	}
	return nil
}

func (w *world) findIntegration(project, id int64) *integration {
	for _, i := range w.integrations {
		if i.ID == id && i.project == project {
			return i
		}
	}
	return nil
}

// The main project's integrations.
const (
	IntegrationSlack       int64 = 701
	IntegrationSlackBroken int64 = 702
	IntegrationGitHub      int64 = 703
)

func (w *world) seedIntegrations() {
	named := []channel{
		{ID: "C0GROWTH001", Name: "growth", IsMember: true},
		{ID: "C0BOARD0002", Name: "board-metrics", IsMember: true},
		{ID: "C0GENERAL03", Name: "general", IsMember: false},
		{ID: "C0PARTNER04", Name: "ext-spikeworks", IsMember: true, IsExtShared: true},
		{ID: "C0RELIAB005", Name: "reliability", IsMember: true},
		{ID: "G0LEADERS06", Name: "leadership", IsMember: true, IsPrivate: true},
		{ID: "C0GROWTHEX7", Name: "growth-experiments", IsMember: false},
	}
	for i := range 210 {
		named = append(named, channel{ID: fmt.Sprintf("C0TEAM%05d", i+1), Name: fmt.Sprintf("team-%03d", i+1), IsMember: i%3 == 0})
	}
	w.integrations = []*integration{
		{ID: IntegrationSlack, project: ProjectMain, Kind: "slack", name: "Hedgebox", author: userPriya,
			created: moment("2024-02-01T12:00:00Z"), channels: named},
		{ID: IntegrationSlackBroken, project: ProjectMain, Kind: "slack", name: "Hedgebox (old)", author: userElena,
			created: moment("2024-03-01T12:00:00Z"), Errors: "TOKEN_REFRESH_FAILED"},
		{ID: IntegrationGitHub, project: ProjectMain, Kind: "github", name: "hedgebox", author: userTomasz,
			created: moment("2024-05-14T12:00:00Z")},
		{ID: 705, project: ProjectMain, Kind: "slack-posthog-code", name: "Hedgebox", author: userTomasz,
			created: moment("2024-06-02T12:00:00Z")},
		{ID: 706, project: ProjectMain, Kind: "linear", name: "Hedgebox", author: userTomasz,
			created: moment("2024-07-09T12:00:00Z")},
		{ID: 704, project: ProjectMarketing, Kind: "slack", name: "Hedgebox", author: userDiego,
			created: moment("2024-06-01T12:00:00Z"), channels: named[:3]},
	}
}
