package main

import (
	"context"
	"fmt"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// prompt is a fixture: its arguments, all required, and what it says with them.
type prompt struct {
	name      string
	arguments []string
	says      func(arguments map[string]string) []mcp.Content
}

func prompts() []prompt {
	return []prompt{
		{"test_simple_prompt", nil, func(map[string]string) []mcp.Content {
			return []mcp.Content{mcp.NewTextContent("This is a simple prompt for testing.")}
		}},
		{"test_prompt_with_arguments", []string{"arg1", "arg2"}, func(a map[string]string) []mcp.Content {
			return []mcp.Content{mcp.NewTextContent(fmt.Sprintf("Prompt with arguments: arg1='%s', arg2='%s'", a["arg1"], a["arg2"]))}
		}},
		{"test_prompt_with_embedded_resource", []string{"resourceUri"}, func(a map[string]string) []mcp.Content {
			return []mcp.Content{
				embedded(a["resourceUri"], "text/plain", "Embedded resource content for testing."),
				mcp.NewTextContent("Please process the embedded resource above."),
			}
		}},
		{"test_prompt_with_image", nil, func(map[string]string) []mcp.Content {
			return []mcp.Content{mcp.NewImageContent(pixel, "image/png"), mcp.NewTextContent("Please analyze the image above.")}
		}},
	}
}

func addPrompts(s *server.MCPServer) {
	for _, p := range prompts() {
		options := []mcp.PromptOption{mcp.WithPromptDescription("Fixture " + p.name + ".")}
		for _, a := range p.arguments {
			options = append(options, mcp.WithArgument(a, mcp.RequiredArgument(), mcp.ArgumentDescription("Any text.")))
		}
		s.AddPrompt(mcp.NewPrompt(p.name, options...), func(_ context.Context, request mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
			return saying(p.says(request.Params.Arguments)...), nil
		})
	}
}

func saying(contents ...mcp.Content) *mcp.GetPromptResult {
	result := &mcp.GetPromptResult{}
	for _, c := range contents {
		result.Messages = append(result.Messages, mcp.NewPromptMessage(mcp.RoleUser, c))
	}
	return result
}
