package tools

import (
	"fmt"
	"strings"

	"github.com/tidwall/gjson"

	"posthog-mcp/schema"
	"posthog-mcp/tools/view"
)

const slackKind = "slack"

// showIntegrations filters by kind again: some servers pass over it.
func showIntegrations(o *view.Object, answer gjson.Result, args *schema.Arguments, c viewing) {
	kind, broken := argumentText(args, "kind"), false
	items := answer.Get("results")
	taken := view.Rows{
		Wanted: func(row gjson.Result) bool { return kind == "" || row.Get("kind").String() == kind },
		Item: func(to []byte, row gjson.Result) []byte {
			r := view.NewObject(to)
			r.Raw("id", row.Get("id"))
			r.Raw("kind", row.Get("kind"))
			r.Text("display_name", cut(row.Get("display_name").String(), longName))
			r.Raw("connected_by", row.Get("created_by.email"))
			fails := row.Get("errors").String() != ""
			r.Flag("broken", fails)
			broken = broken || fails
			return r.Bytes()
		},
	}.Take(items)
	settings := c.base + "/settings/environment-integrations"
	var notice string
	switch {
	case taken.Shown > 0:
	case kind == slackKind:
		notice = "This project has no Slack integration. A person connects Slack at " + settings + "; a key cannot."
	default:
		notice = "The project has no such integration that a key may see. A person connects one at " + settings + "."
	}
	if broken {
		notice = view.Join(notice, "a broken one delivers nothing until a person reconnects it at "+settings)
	}
	if taken.Left || answer.Get("next").Type == gjson.String {
		notice = view.Join(notice, fmt.Sprintf("looked at the first %d of %d", taken.Seen, answer.Get("count").Int()))
	}
	o.Text("notice", notice)
	o.JSON("results", taken.JSON)
}

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

func showChannels(o *view.Object, answer gjson.Result, args *schema.Arguments, _ viewing) {
	s := channels{
		items: answer.Get("channels"), every: !answer.Get("has_more").Exists(),
		words: strings.Fields(strings.ToLower(channelName(argumentText(args, "search")))),
	}
	offset := argumentNumber(args, "offset", 0)
	rows := view.Rows{Wanted: s.wanted(), Item: s.row, Most: argumentNumber(args, "limit", pageLength)}
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
		return hasWords(row.Get("name").String(), s.words) || strings.EqualFold(row.Get("id").String(), s.words[0])
	}
	named := len(s.words) > 0 && (s.every || anyOf(s.items, exact))
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
