package guide

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/tidwall/gjson"

	"posthog-mcp/tools/engine"
)

const (
	// mostValues is how many values are offered; MCP allows 100, a person reads
	// fewer.
	mostValues = 20
	// longestName is the longest value offered, in characters. Nobody chooses by
	// a longer one.
	longestName = 100
	// page is how many rows are looked up at once.
	page = 100
	// opening is how many characters are searched for.
	opening = 3
)

// CompletePromptArgument offers values for an argument of a prompt. An unknown
// argument and a look-up that failed have none: an error would only disturb a person
// who types. An unknown prompt is an error, as MCP has it.
func (g *Guide) CompletePromptArgument(ctx context.Context, name string, a mcp.CompleteArgument, _ mcp.CompleteContext) (*mcp.Completion, error) {
	p := g.prompt(ctx, name)
	switch {
	case name == "":
		return nil, missing("ref.name")
	case p == nil:
		return nil, fmt.Errorf("%w: no prompt is called %q", mcp.ErrInvalidParams, cut(name))
	}
	return g.complete(ctx, p.Arguments, a)
}

// CompleteResourceArgument offers the ids of subscriptions, by title or by id.
func (g *Guide) CompleteResourceArgument(ctx context.Context, uri string, a mcp.CompleteArgument, _ mcp.CompleteContext) (*mcp.Completion, error) {
	switch {
	case uri == "":
		return nil, missing("ref.uri")
	case uri != template || !g.offers(ctx, g.reads):
		return nil, fmt.Errorf("%w: no resource template is %q", mcp.ErrInvalidParams, cut(uri))
	}
	return g.complete(ctx, []mcp.PromptArgument{{Name: idArgument}}, a)
}

// missing is the error for a completion without a member.
func missing(member string) error {
	return fmt.Errorf("%w: params.%s is missing", mcp.ErrInvalidParams, member)
}

// complete offers the values that contain what was typed, each once.
func (g *Guide) complete(ctx context.Context, known []mcp.PromptArgument, a mcp.CompleteArgument) (*mcp.Completion, error) {
	completion := &mcp.Completion{Values: []string{}}
	switch {
	case a.Name == "":
		return nil, missing("argument.name")
	case len(a.Value) > utf8.UTFMax*longestName || utf8.RuneCountInString(strings.TrimSpace(a.Value)) > longestName,
		!slices.ContainsFunc(known, func(k mcp.PromptArgument) bool { return k.Name == a.Name }):
		return completion, nil
	}
	typed := strings.ToLower(strings.TrimSpace(a.Value))
	found := g.find(ctx, a.Name, typed)
	for _, o := range found.options {
		switch a.Name {
		case "about": // a title, or else the name of the report; an id is neither
			o.text = ""
		case idArgument: // found by the title too
			o = option{o.text, o.value}
		}
		fits := strings.Contains(strings.ToLower(o.value), typed) || strings.Contains(strings.ToLower(o.text), typed)
		if fits && isName(o.value) && !slices.Contains(completion.Values, o.value) {
			completion.Values = append(completion.Values, o.value)
		}
	}
	if !found.partial {
		completion.Total = len(completion.Values)
	}
	completion.HasMore = found.partial || len(completion.Values) > mostValues
	completion.Values = completion.Values[:min(len(completion.Values), mostValues)]
	return completion, nil
}

// isName is true for a value of PostHog's that a person can choose by.
func isName(value string) bool {
	return value != "" && !strings.ContainsAny(value, "\n\t") && utf8.RuneCountInString(value) <= longestName
}

// list is the values to offer. It is partial when PostHog has more of them.
type list struct {
	options []option
	partial bool
}

// option is a value to offer, and a further text that it is found by.
type option struct{ value, text string }

func (l list) join(other list) list {
	return list{slices.Concat(l.options, other.options), l.partial || other.partial}
}

// schedules are examples of what a person can say.
var schedules = list{options: []option{
	{value: "every Monday at 9:00 Berlin time"},
	{value: "every second Monday at 9:00 Berlin time"},
	{value: "every weekday at 8:00 New York time"},
	{value: "every day at 7:30 UTC"},
	{value: "every three months on the 1st at 9:00 UTC"},
	{value: "the first Monday of each month at 10:00 London time"},
	{value: "the last Friday of each month at 16:00 UTC"},
}}

// find looks up what can be said in an argument. Arguments of one name mean the same in
// every prompt.
func (g *Guide) find(ctx context.Context, argument, typed string) list {
	switch argument {
	case "what":
		return g.search(ctx, "dashboards", nil, typed).join(g.search(ctx, "insights", nil, typed))
	case "about", idArgument:
		return g.search(ctx, "subscriptions", nil, typed)
	case "recipients":
		return g.recipients(ctx, typed)
	case "schedule":
		return schedules
	}
	return list{}
}

// recipients are the address of the key's owner, and the Slack channels where
// there is one workspace.
func (g *Guide) recipients(ctx context.Context, typed string) list {
	own, _ := g.look(ctx, "accounts", nil)
	workspaces, _ := g.look(ctx, "workspaces", nil)
	working := slices.DeleteFunc(slices.Clone(workspaces.options), func(w option) bool { return w.text == "true" || w.value == "" })
	if len(working) != 1 {
		return own
	}
	return own.join(g.search(ctx, "channels", map[string]any{"integration_id": json.Number(working[0].value)}, strings.TrimLeft(typed, "#")))
}

// search finds rows without a request for each key that is pressed: the first
// page serves any text, as long as it has all rows. Else PostHog searches for the
// first characters alone, so that a caller makes one request for each such
// opening; the rest of the text is compared here.
func (g *Guide) search(ctx context.Context, of string, within map[string]any, typed string) list {
	arguments := map[string]any{"limit": page}
	maps.Copy(arguments, within)
	found, ok := g.look(ctx, of, arguments)
	if letters := []rune(typed); ok && found.partial && len(letters) >= opening {
		arguments["search"] = string(letters[:opening])
		if closer, ok := g.look(ctx, of, arguments); ok {
			return closer
		}
	}
	return found
}

// look calls the tool whose answer is declared to be such values, unless the answer is
// known from a short while ago. ok is false if the call failed; there is nothing to offer
// then.
func (g *Guide) look(ctx context.Context, of string, further map[string]any) (found list, ok bool) {
	t := g.chooses[of]
	if t == nil {
		return list{}, false
	}
	all := map[string]any{}
	maps.Copy(all, t.Read.Choices.Arguments)
	maps.Copy(all, further)
	arguments, _ := json.Marshal(all) // strings and numbers
	c := engine.CallerOf(ctx)
	owned, _ := json.Marshal([]any{c.ID, c.Limits, c.Selection, t.Name, string(arguments)})
	return g.recent.Get(ctx, string(owned), func(ctx context.Context) (list, bool) {
		result := g.call(ctx, t, arguments)
		if result.IsError {
			g.config.Logger.LogAttrs(ctx, slog.LevelDebug, "nothing to offer", slog.String("tool", t.Name), slog.Int("status", result.Status))
			return list{}, false
		}
		return choices(t, gjson.ParseBytes(result.Object)), true
	})
}

// choices reads the rows of t's answer, or the one object that it is.
func choices(t *engine.Tool, answer gjson.Result) list {
	found := list{partial: answer.Get("next_offset").Exists()}
	rows := []gjson.Result{answer}
	if listed := answer.Get("results"); listed.IsArray() {
		rows = listed.Array()
	}
	for _, row := range rows {
		if o := (option{first(row, t.Read.Choices.Value), first(row, t.Read.Choices.Text)}); o != (option{}) {
			found.options = append(found.options, o)
		}
	}
	return found
}

// first is the first of the members that is not empty. It is a copy, so that the
// answer can be freed.
func first(row gjson.Result, members []string) string {
	for _, name := range members {
		if text := strings.TrimSpace(row.Get(name).String()); text != "" {
			return strings.Clone(text)
		}
	}
	return ""
}

func (g *Guide) call(ctx context.Context, t *engine.Tool, args json.RawMessage) engine.Result {
	result := g.config.Toolbox.Call(ctx, t, args)
	g.config.Called(ctx, t, result)
	return result
}
