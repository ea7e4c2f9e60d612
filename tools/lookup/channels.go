package lookup

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/tidwall/gjson"

	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/view"
)

// channelsShown is how many channels a list has where the call does not say.
const channelsShown = 25

// plainChannel takes the # off a channel's name: PostHog keeps names without.
func plainChannel(_ context.Context, c *engine.Call, query url.Values) *engine.Refusal {
	query.Del("search")
	if name := channelName(c.Args.Text("search")); name != "" {
		query.Set("search", name)
	}
	return nil
}

func channelName(search string) string { return strings.TrimLeft(strings.TrimSpace(search), "#") }

// showChannels shows a page of Slack channels. Mid-age servers ignore the search and
// the page, and send every channel: they have no has_more. Private channels that only
// the person who connected Slack may read the name of are counted.
func showChannels(o *view.Object, answer gjson.Result, r engine.Rendering) {
	hidden, outside, external := 0, false, false
	rows := view.Each(func(o *view.Object, row gjson.Result) {
		name, stranger, shared := nameOf(row), row.Get("is_member").Type == gjson.False, row.Get("is_ext_shared").Bool()
		outside, external = outside || stranger, external || shared
		o.Text("name", name)
		o.Text("target_value", row.Get("id").String()+"|#"+name)
		o.Flag("private", row.Get("is_private").Bool())
		o.Flag("not_member", stranger)
		o.Flag("external", shared)
	})
	items, every := answer.Get("channels"), !answer.Get("has_more").Exists()
	named := namedChannel(items, r.Args.Text("search"), every)
	rows.Filter = func(row gjson.Result) bool {
		if row.Get("is_private_without_access").Bool() {
			hidden++
			return false
		}
		return named(row)
	}
	rows.Most = r.Args.Number("limit", channelsShown)
	offset := r.Args.Number("offset", 0)
	if every {
		rows.Skip, offset = offset, 0
	}
	taken := rows.Take(items)
	next, more := offset+taken.Seen, taken.Left || answer.Get("has_more").Bool()
	notice := channelsNotice(taken, outside, external, hidden)
	if more {
		notice = view.Join(notice, fmt.Sprintf("%d shown, there are more: next offset %d, or narrow with search", taken.Shown, next))
	}
	o.Text("notice", notice)
	if more {
		o.Number("next_offset", next)
	}
	o.JSON("results", taken.JSON)
}

// namedChannel finds the channels with all the words in their name, or with the id.
// Where there is none, what a server that searched has found stands in.
func namedChannel(items gjson.Result, search string, every bool) func(row gjson.Result) bool {
	words := view.Words(channelName(search))
	is := func(row gjson.Result) bool {
		return view.HasWords(nameOf(row), words) || strings.EqualFold(row.Get("id").String(), words[0])
	}
	if len(words) > 0 && (every || view.Any(items, is)) {
		return is
	}
	return func(gjson.Result) bool { return true }
}

func channelsNotice(taken view.Taken, outside, external bool, hidden int) (text string) {
	if taken.Shown == 0 {
		text = "No channel was found. One that was made or joined within the last hour may be missing."
	}
	if outside {
		text = view.Join(text, "not_member: a delivery fails until the PostHog app is invited to the channel")
	}
	if external {
		text = view.Join(text, "external: people of other companies read the channel")
	}
	if hidden > 0 {
		text = view.Join(text, fmt.Sprintf("private channels left out: %d; PostHog names them to the person who connected Slack alone", hidden))
	}
	return text
}
