package guide

import (
	"context"
	"strings"
)

// reports are the names of dashboards and insights.
func reports(ctx context.Context, g *Guide, typed string) list {
	return g.search(ctx, dashboards(), typed).join(g.search(ctx, insights(), typed))
}

// titles are those of subscriptions, as people see them.
func titles(ctx context.Context, g *Guide, typed string) list {
	return g.search(ctx, subscriptions(), typed).each(func(o option) option { return option{value: o.value} })
}

// ids are those of subscriptions, found by title too.
func ids(ctx context.Context, g *Guide, typed string) list {
	return g.search(ctx, subscriptions(), typed).each(func(o option) option { return option{value: o.text, text: o.value} })
}

// recipients are the address of the key's owner, and the Slack channels where
// there is no doubt of which workspace.
func recipients(ctx context.Context, g *Guide, typed string) list {
	own, _ := g.look(ctx, owner())
	workspaces, _ := g.look(ctx, slack())
	if len(workspaces.options) != 1 {
		return own
	}
	return own.join(g.search(ctx, channels(workspaces.options[0].value), strings.TrimLeft(typed, "#")))
}

// schedules are examples of what can be said.
func schedules(_ context.Context, _ *Guide, typed string) list {
	var l list
	for _, s := range []string{
		"every Monday at 9:00 Berlin time",
		"every second Monday at 9:00 Berlin time",
		"every weekday at 8:00 New York time",
		"every day at 7:30 UTC",
		"every three months on the 1st at 9:00 UTC",
		"the first Monday of each month at 10:00 London time",
		"the last Friday of each month at 16:00 UTC",
	} {
		if rankOf(s, typed) == begins {
			l.options = append(l.options, option{value: s})
		}
	}
	return l
}
