package sandbox

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"posthog-mcp/internal/sandbox/drf"
)

type integrationView struct {
	ID          int64          `json:"id"`
	Kind        string         `json:"kind"`
	Config      map[string]any `json:"config"`
	CreatedAt   drf.Time       `json:"created_at"`
	CreatedBy   *personRef     `json:"created_by"`
	Errors      string         `json:"errors"`
	DisplayName string         `json:"display_name"`
}

// integrationKinds are those that newer servers filter by.
var integrationKinds = []string{"slack", "slack-posthog-code", "github", "salesforce", "hubspot", "google-ads", "linear", "email"}

// midKinds are all that mid-age servers show to keys.
var midKinds = []string{"github", "slack", "slack-posthog-code"}

// integrationsClosed is the oldest generation: it has no scope for keys.
func integrationsClosed(s *Switches) bool { return s.Integrations == "old" }

// listIntegrations differs by generation: mid-age servers show some kinds and
// pass over the filter.
func listIntegrations(c *call) reply {
	kind, mid := c.query.Get("kind"), c.switches.Integrations == "mid"
	if mid {
		kind = ""
	}
	if kind != "" && !slices.Contains(integrationKinds, kind) {
		return failed(drf.Rejected("kind", "invalid_choice", "Select a valid choice. "+kind+" is not one of the available choices."))
	}
	views := []integrationView{}
	for _, i := range c.integrations {
		if i.project == c.project.ID && (kind == "" || kind == i.Kind) && (!mid || slices.Contains(midKinds, i.Kind)) {
			views = append(views, c.showIntegration(i))
		}
	}
	return ok(paginate(c, views))
}

func (w *world) showIntegration(i *integration) integrationView {
	config := map[string]any{}
	if i.Kind == "slack" {
		config = map[string]any{"team": map[string]any{"id": "T0SANDBOX1", "name": i.name}, "authed_user": map[string]any{"id": "U0SANDBOX1"}}
	}
	return integrationView{i.ID, i.Kind, config, i.created, w.personRef(i.author), i.Errors, i.name}
}

type channelPage struct {
	Channels      []channel `json:"channels"`
	LastRefreshed drf.Time  `json:"lastRefreshedAt"`
	HasMore       *bool     `json:"has_more,omitempty"`
}

func listChannels(c *call) reply {
	id, err := strconv.ParseInt(c.values["id"], 10, 64)
	i := c.findIntegration(c.project.ID, id)
	switch {
	case err != nil || i == nil:
		return failed(drf.NotFound())
	case i.Kind != "slack":
		return failed(drf.Invalid("", "channels endpoint is only supported for Slack integrations"))
	case i.Errors != "":
		return failed(drf.Rejected("", "slack_integration_inactive",
			"Your Slack connection is no longer active. Reconnect Slack to load channels and pick a destination."))
	}
	page := channelPage{LastRefreshed: drf.Time{Time: c.now.Truncate(time.Hour)}}
	channels := c.visibleChannels(i)
	if c.switches.Integrations == "mid" {
		page.Channels = channels
		return ok(page)
	}
	if wanted := c.query.Get("channel_id"); wanted != "" {
		return c.oneChannel(i, channels, wanted, page)
	}
	return c.channelSlice(channels, page)
}

// visibleChannels masks private ones for everybody but who connected Slack.
func (c *call) visibleChannels(i *integration) []channel {
	out := slices.Clone(i.channels)
	for n := range out {
		if out[n].IsPrivate && i.author != c.user.ID {
			out[n].Name, out[n].WithoutAccess = "private channel", true
		}
	}
	return out
}

// oneChannel finds no channel that the app was not invited to.
func (c *call) oneChannel(i *integration, channels []channel, wanted string, page channelPage) reply {
	if c.count(channelLookups, strconv.FormatInt(i.ID, 10)) > 0 {
		e := drf.Throttled(time.Minute)
		e.Detail = "Too many Slack channel lookups. Try again in a minute."
		return failed(e)
	}
	page.Channels, page.HasMore = []channel{}, new(false)
	for _, ch := range channels {
		if ch.ID == wanted && ch.IsMember {
			page.Channels = append(page.Channels, ch)
		}
	}
	return ok(page)
}

func (c *call) channelSlice(channels []channel, page channelPage) reply {
	given, err := drf.Read([]drf.Field{{Name: "limit", Kind: drf.Integer, Min: 1}, {Name: "offset", Kind: drf.Integer}}, c.queryObject(), true, checkChannelRange)
	if err != nil {
		return failed(err)
	}
	limit, offset := 50, 0
	if n, ok := given["limit"].(int64); ok {
		limit = int(n)
	}
	if n, ok := given["offset"].(int64); ok {
		offset = int(n)
	}
	if text := strings.ToLower(c.query.Get("search")); text != "" {
		channels = slices.DeleteFunc(channels, func(ch channel) bool {
			return ch.WithoutAccess || match(text, ch.Name) == "" && !strings.Contains(strings.ToLower(ch.ID), text)
		})
	}
	total := len(channels)
	page.Channels = list(channels[min(offset, total):min(offset+limit, total)])
	page.HasMore = new(offset+limit < total)
	return ok(page)
}

// mostChannels is how many a page may have.
const mostChannels = 200

func checkChannelRange(name string, value any) *drf.Error {
	n := value.(int64)
	switch {
	case name == "limit" && n > mostChannels:
		return drf.AtMost(name, mostChannels)
	case name == "offset" && n < 0:
		return drf.AtLeast(name, 0)
	}
	return nil
}

// queryObject is the query as a serializer reads it.
func (c *call) queryObject() map[string]any {
	out := map[string]any{}
	for name, values := range c.query {
		out[name] = values[len(values)-1]
	}
	return out
}
