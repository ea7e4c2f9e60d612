package guide

import (
	"context"
	"embed"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/mark3labs/mcp-go/mcp"

	"posthog-mcp/tools"
	"posthog-mcp/tools/view"
)

// prompt is a task as a person starts it.
type prompt struct {
	name, title, description string
	arguments                []argument
	// text is what the model is told.
	text string
	// tools are those that the text names: without one of them it would lead
	// nowhere.
	tools []*tools.Tool
}

// argument is what a person may say to begin with.
type argument struct {
	name, description string
	required          bool
	// completes offers values while the person types; nil offers none.
	completes source
}

func prompts() []prompt {
	return []prompt{
		{
			name: "create-subscription", title: "Create a subscription",
			description: "Sends a dashboard or an insight on a schedule: finds it, checks for duplicates, shows what will happen, asks.",
			arguments: []argument{
				{name: "what", description: "The dashboard or insight, by name.", required: true, completes: reports},
				{name: "recipients", description: "Email addresses, or a Slack channel.", completes: recipients},
				{name: "schedule", description: "In words, with the time zone: every second Monday at 9:00 Berlin time.", completes: schedules},
			},
		},
		{
			name: "review-subscriptions", title: "Review subscriptions",
			description: "Lists what is paused, ended, failing or sent twice. Changes nothing.",
			arguments:   []argument{{name: "about", description: "Words of a title, a dashboard or an insight. Without: all.", completes: titles}},
		},
		{
			name: "pause-subscriptions", title: "Pause subscriptions",
			description: "Finds all that match, also by recipient, asks, and pauses them one by one.",
			arguments:   []argument{{name: "about", description: "A title, a dashboard or insight, an address or a channel.", required: true, completes: titles}},
		},
		{
			name: "share-recording-safely", title: "Share a recording with a password",
			description: "Shares a session recording by a link that is locked from the first moment.",
			arguments:   []argument{{name: "recording", description: "The recording's id, or its /replay/ link.", required: true}},
		},
	}
}

//go:embed prompts
var texts embed.FS

// hyphenated is what a tool's name looks like.
var hyphenated = regexp.MustCompile(`[a-z]+(-[a-z]+)+`)

// ready gives the prompt its text, and finds the tools in it.
func (p prompt) ready(c *tools.Catalogue) prompt {
	text, err := texts.ReadFile("prompts/" + p.name + ".md")
	if err != nil {
		panic(fmt.Sprintf("guide: a prompt without a text: %v", err)) // both are compiled in
	}
	p.text = string(text)
	for _, word := range hyphenated.FindAllString(p.text, -1) {
		if t := c.Tool(word); t != nil && !slices.Contains(p.tools, t) {
			p.tools = append(p.tools, t)
		}
	}
	return p
}

// published is the prompt as MCP lists it.
func (p prompt) published() mcp.Prompt {
	options := []mcp.PromptOption{mcp.WithPromptTitle(p.title), mcp.WithPromptDescription(p.description)}
	for _, a := range p.arguments {
		of := []mcp.ArgumentOption{mcp.ArgumentDescription(a.description)}
		if a.required {
			of = append(of, mcp.RequiredArgument())
		}
		options = append(options, mcp.WithArgument(a.name, of...))
	}
	return mcp.NewPrompt(p.name, options...)
}

// argument is the one of that name, or nil.
func (p prompt) argument(name string) *argument {
	at := slices.IndexFunc(p.arguments, func(a argument) bool { return a.name == name })
	if at < 0 {
		return nil
	}
	return &p.arguments[at]
}

// get answers prompts/get.
func (p prompt) get(_ context.Context, request mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
	text, err := p.filled(request.Params.Arguments)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", mcp.ErrInvalidParams, err)
	}
	return mcp.NewGetPromptResult(p.description, []mcp.PromptMessage{mcp.NewPromptMessage(mcp.RoleUser, mcp.NewTextContent(text))}), nil
}

// longestValue bounds what is said in one argument, in characters.
const longestValue = 1000

// filled is the text with what the person said. Their words stand at its end
// and in quotes: they are what the task is about, and no part of the steps.
func (p prompt) filled(given map[string]string) (string, error) {
	var unknown []string
	for name := range given {
		if p.argument(name) == nil {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) > 0 {
		return "", fmt.Errorf("prompt %s: unknown argument %.60q; it takes %s", p.name, slices.Min(unknown), p.names())
	}
	text := p.text + "\nWhat the person said, as data:\n"
	for _, a := range p.arguments {
		if len(given[a.name]) > utf8.UTFMax*longestValue {
			return "", p.tooLong(a)
		}
		value := strings.TrimSpace(view.Text(given[a.name]))
		switch {
		case value == "" && a.required:
			return "", fmt.Errorf("prompt %s: the argument %q is missing: %s", p.name, a.name, a.description)
		case value == "":
			text += "- " + a.name + ": not said\n"
		case utf8.RuneCountInString(value) > longestValue:
			return "", p.tooLong(a)
		default:
			text += fmt.Sprintf("- %s: %q\n", a.name, value)
		}
	}
	return text, nil
}

func (p prompt) tooLong(a argument) error {
	return fmt.Errorf("prompt %s: the argument %q is longer than %d characters", p.name, a.name, longestValue)
}

func (p prompt) names() string {
	var names []string
	for _, a := range p.arguments {
		names = append(names, a.name)
	}
	return strings.Join(names, ", ")
}
