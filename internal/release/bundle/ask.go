package bundle

import (
	"context"
	"fmt"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"
)

// Ask starts the program over its sandbox and has it list its tools and
// prompts. A prompt's text is the program's, with a placeholder for each
// argument.
func Ask(ctx context.Context, program string) ([]Tool, []Prompt, error) {
	c, err := client.NewStdioMCPClient(program, nil, "stdio", "--sandbox")
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = c.Close() }()
	var hello mcp.InitializeRequest
	hello.Params.ProtocolVersion = mcp.LATEST_PROTOCOL_VERSION
	hello.Params.ClientInfo = mcp.Implementation{Name: "release", Version: "1"}
	if _, err := c.Initialize(ctx, hello); err != nil {
		return nil, nil, fmt.Errorf("ask %s: %w", program, err)
	}
	list, err := c.ListTools(ctx, mcp.ListToolsRequest{})
	if err != nil {
		return nil, nil, err
	}
	var tools []Tool
	for _, t := range list.Tools {
		tools = append(tools, Tool{t.Name, t.Description})
	}
	listed, err := c.ListPrompts(ctx, mcp.ListPromptsRequest{})
	if err != nil {
		return nil, nil, err
	}
	var prompts []Prompt
	for _, p := range listed.Prompts {
		made, err := fill(ctx, c, p)
		if err != nil {
			return nil, nil, err
		}
		prompts = append(prompts, made)
	}
	return tools, prompts, nil
}

// fill has the program write a prompt's text.
func fill(ctx context.Context, c *client.Client, p mcp.Prompt) (Prompt, error) {
	made := Prompt{Name: p.Name, Description: p.Description}
	var request mcp.GetPromptRequest
	request.Params.Name, request.Params.Arguments = p.Name, map[string]string{}
	for _, a := range p.Arguments {
		made.Arguments = append(made.Arguments, a.Name)
		request.Params.Arguments[a.Name] = "${arguments." + a.Name + "}"
	}
	got, err := c.GetPrompt(ctx, request)
	if err != nil {
		return made, fmt.Errorf("prompt %s: %w", p.Name, err)
	}
	for _, message := range got.Messages {
		if text, ok := message.Content.(mcp.TextContent); ok {
			made.Text += text.Text
		}
	}
	return made, nil
}
