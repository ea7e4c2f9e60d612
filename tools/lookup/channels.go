package lookup

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/tidwall/gjson"

	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/view"
)

// channelsShown is how many channels a list has where the call does not say.
const channelsShown = 25

// Channels declares what can be done with the channels of a Slack workspace.
func Channels() []engine.Operation {
	return []engine.Operation{
		{
			Name: "slack-channels-list", Title: "Find Slack channels",
			Effect: engine.Read, Method: http.MethodGet, Route: integrationsRoute + ":integration_id/channels/",
			Scope:       "integration:read",
			Description: "Lists Slack channels with the target_value that a subscription takes.",
			Request: struct {
				IntegrationID int64  `json:"integration_id" arg:"quiet" jsonschema:"required,minimum=1" jsonschema_description:"From integrations-list."`
				Search        string `json:"search,omitempty" arg:"filled,most=1000"`
				Limit         int64  `json:"limit,omitempty" arg:"quiet" jsonschema:"minimum=1,maximum=200,default=25"`
				Offset        int64  `json:"offset,omitempty" arg:"quiet" jsonschema:"minimum=0"`
				engine.InProject
			}{},
			Has: []string{"channels.#"},
			Hints: map[int]string{
				http.StatusForbidden:  closedIntegrations,
				http.StatusNotFound:   "integrations-list has the ids.",
				http.StatusBadRequest: "integrations-list shows which integrations are of kind slack, and which of them are broken.",
			},
			Example: `{"integration_id":701,"search":"growth"}`,
			Read: &engine.Reading{
				Query: plainChannel, RenderPage: showChannels,
				Instead: "A person copies the channel's id in Slack, from the channel's details.",
				Choices: &engine.Choices{Of: "channels", Value: []string{"target_value"}, Text: []string{"name"}},
			},
		},
	}
}

// plainChannel takes the # off a channel's name: PostHog keeps names without.
func plainChannel(_ context.Context, c *engine.Call, query url.Values) *engine.Refusal {
	query.Del("search")
	if name := channelName(c.Args.Text("search")); name != "" {
		query.Set("search", name)
	}
	return nil
}

func channelName(search string) string { return strings.TrimLeft(strings.TrimSpace(search), "#") }

// channels is a page of Slack channels. Mid-age servers ignore the search and
// the page, and send every channel: they have no has_more.
type channels struct {
	items gjson.Result
	words []string
	// every says that the server did nothing but list them all.
	every bool
	// hidden counts private channels that only the person who connected Slack
	// may read the name of.
	hidden            int
	outside, external bool
}

func showChannels(o *view.Object, answer gjson.Result, r engine.Rendering) {
	s := channels{
		items: answer.Get("channels"), every: !answer.Get("has_more").Exists(),
		words: view.Words(channelName(r.Args.Text("search"))),
	}
	offset := r.Args.Number("offset", 0)
	rows := view.Rows{Filter: s.wanted(), Item: s.row, Most: r.Args.Number("limit", channelsShown)}
	if s.every {
		rows.Skip, offset = offset, 0
	}
	taken := rows.Take(s.items)
	next, more := offset+taken.Seen, taken.Left || answer.Get("has_more").Bool()
	notice := s.notice(taken)
	if more {
		notice = view.Join(notice, fmt.Sprintf("%d shown, there are more: next offset %d, or narrow with search", taken.Shown, next))
	}
	o.Text("notice", notice)
	if more {
		o.Number("next_offset", next)
	}
	o.JSON("results", taken.JSON)
}

// wanted takes the channels with all the words in their name, or with the id.
// Where there is none, what a server that searched has found stands in.
func (s *channels) wanted() func(gjson.Result) bool {
	exact := func(row gjson.Result) bool {
		return view.HasWords(row.Get("name").String(), s.words) || strings.EqualFold(row.Get("id").String(), s.words[0])
	}
	named := len(s.words) > 0 && (s.every || view.Any(s.items, exact))
	return func(row gjson.Result) bool {
		if row.Get("is_private_without_access").Bool() {
			s.hidden++
			return false
		}
		return !named || exact(row)
	}
}

func (s *channels) row(to []byte, row gjson.Result) []byte {
	name := row.Get("name").String()
	outside, external := row.Get("is_member").Type == gjson.False, row.Get("is_ext_shared").Bool()
	o := view.NewObject(to)
	o.Text("name", name)
	o.Text("target_value", row.Get("id").String()+"|#"+name)
	o.Flag("private", row.Get("is_private").Bool())
	o.Flag("not_member", outside)
	o.Flag("external", external)
	s.outside, s.external = s.outside || outside, s.external || external
	return o.Bytes()
}

func (s *channels) notice(taken view.Taken) (text string) {
	if taken.Shown == 0 {
		text = "No channel was found. One that was made or joined within the last hour may be missing."
	}
	if s.outside {
		text = view.Join(text, "not_member: a delivery fails until the PostHog app is invited to the channel")
	}
	if s.external {
		text = view.Join(text, "external: people of other companies read the channel")
	}
	if s.hidden > 0 {
		text = view.Join(text, fmt.Sprintf("private channels left out: %d; PostHog names them to the person who connected Slack alone", s.hidden))
	}
	return text
}
