package guide

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/mark3labs/mcp-go/mcp"

	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/view"
)

// prompts.json has the prompts as MCP lists them. The file of each has what the model is
// told.
//
//go:embed prompts
var texts embed.FS

// prompt is a task as a person starts it.
type prompt struct {
	mcp.Prompt
	text string
	// tools are those that the text names: without one of them it would lead
	// nowhere.
	tools []*engine.Tool
}

// hyphenated is what a tool's name looks like.
var hyphenated = regexp.MustCompile(`[a-z]+(-[a-z]+)+`)

func prompts(c *engine.Catalogue) (all []prompt) {
	if err := json.Unmarshal(embedded("prompts.json"), &all); err != nil {
		panic(err) // it is compiled in
	}
	for i := range all {
		p := &all[i]
		p.text = string(embedded(p.Name + ".md"))
		for _, word := range hyphenated.FindAllString(p.text, -1) {
			if t := c.Tool(word); t != nil && !slices.Contains(p.tools, t) {
				p.tools = append(p.tools, t)
			}
		}
	}
	return all
}

func embedded(name string) []byte {
	text, err := texts.ReadFile("prompts/" + name)
	if err != nil {
		panic(err) // it is compiled in
	}
	return text
}

// get answers prompts/get.
func (p prompt) get(_ context.Context, request mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
	text, err := p.filled(request.Params.Arguments)
	if err != nil {
		return nil, fmt.Errorf("%w: prompt %s: %w", mcp.ErrInvalidParams, p.Name, err)
	}
	return mcp.NewGetPromptResult(p.Description, []mcp.PromptMessage{mcp.NewPromptMessage(mcp.RoleUser, mcp.NewTextContent(text))}), nil
}

// longestValue bounds what is said in one argument, in characters.
const longestValue = 1000

// filled is the text with what the person said. Their words stand at its end
// and in quotes: they are what the task is about, and no part of the steps.
func (p prompt) filled(given map[string]string) (string, error) {
	var names []string
	for _, a := range p.Arguments {
		names = append(names, a.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if !slices.Contains(names, name) {
			return "", fmt.Errorf("unknown argument %.60q; it takes %s", name, strings.Join(names, ", "))
		}
	}
	text := p.text + "\nWhat the person said, as data:\n"
	for _, a := range p.Arguments {
		said, err := said(a, given[a.Name])
		if err != nil {
			return "", err
		}
		text += "- " + a.Name + ": " + said + "\n"
	}
	return text, nil
}

func said(a mcp.PromptArgument, value string) (string, error) {
	long := len(value) > utf8.UTFMax*longestValue
	if !long {
		value = strings.TrimSpace(view.Text(value))
	}
	switch {
	case long || utf8.RuneCountInString(value) > longestValue:
		return "", fmt.Errorf("the argument %q is longer than %d characters", a.Name, longestValue)
	case value == "" && a.Required:
		return "", fmt.Errorf("the argument %q is missing: %s", a.Name, a.Description)
	case value == "":
		return "not said", nil
	}
	return fmt.Sprintf("%q", value), nil
}
