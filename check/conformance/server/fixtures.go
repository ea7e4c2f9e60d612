package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

const (
	// pixel is a PNG of one pixel, silence a WAV without a sample.
	pixel   = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
	silence = "UklGRiQAAABXQVZFZm10IBAAAAABAAEARKwAAIhYAQACABAAZGF0YQAAAAA="

	noArguments = `{"type":"object","properties":{}}`
	// headerArgument has its argument repeated in the header Mcp-Param-Region.
	headerArgument = `{"type":"object","properties":{"region":{"type":"string","x-mcp-header":"Region"}}}`
	// everyKeyword holds the JSON Schema keywords that must survive tools/list.
	everyKeyword = `{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object",
		"$defs":{"address":{"$anchor":"addressDef","type":"object","properties":{"street":{"type":"string"},"city":{"type":"string"}}}},
		"properties":{"name":{"type":"string"},"address":{"$ref":"#/$defs/address"},
			"contactMethod":{"type":"string","enum":["phone","email"]},"phone":{"type":"string"},"email":{"type":"string"}},
		"allOf":[{"anyOf":[{"required":["phone"]},{"required":["email"]}]}],
		"if":{"properties":{"contactMethod":{"const":"phone"}},"required":["contactMethod"]},
		"then":{"required":["phone"]},"else":{"required":["email"]},"additionalProperties":false}`
)

var (
	say   = mcp.NewTextContent
	image = mcp.NewImageContent(pixel, "image/png")
)

func embedded(uri, mimeType, text string) mcp.Content {
	return mcp.NewEmbeddedResource(mcp.TextResourceContents{URI: uri, MIMEType: mimeType, Text: text})
}

// contents are the tools that answer with fixed content.
var contents = map[string][]mcp.Content{
	"test_simple_text":       {say("This is a simple text response for testing.")},
	"test_image_content":     {image},
	"test_audio_content":     {mcp.NewAudioContent(silence, "audio/wav")},
	"test_embedded_resource": {embedded("test://embedded-resource", "text/plain", "This is an embedded resource content.")},
	"test_multiple_content_types": {
		say("Multiple content types test:"), image, embedded("test://mixed-content-resource", "application/json", `{"test":"data","value":123}`),
	},
	"test_header_argument":     {say("The header and the argument agree.")},
	"json_schema_2020_12_tool": {say("The schema is what matters.")},
}

func addTools(s *server.MCPServer) {
	schemas := map[string]string{"test_header_argument": headerArgument, "json_schema_2020_12_tool": everyKeyword}
	add := func(name string, handle server.ToolHandlerFunc) {
		schema := noArguments
		if own, ok := schemas[name]; ok {
			schema = own
		}
		s.AddTool(mcp.NewToolWithRawSchema(name, "Fixture "+name+".", json.RawMessage(schema)), handle)
	}
	for name, content := range contents {
		add(name, func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return &mcp.CallToolResult{Content: content}, nil
		})
	}
	add("test_error_handling", func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return mcp.NewToolResultError("This tool intentionally returns an error for testing"), nil
	})
	add("test_missing_capability", needSampling)
	add("test_tool_with_progress", progressing)
	add("test_tool_with_logging", logging("Tool execution started", "Tool processing data", "Tool execution completed"))
	add("test_logging_tool", logging("logged"))
}

// needSampling refuses a client without sampling.
func needSampling(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	if info := server.RequestProtocolInfoFromContext(ctx); info == nil || info.ClientCapabilities == nil || info.ClientCapabilities.Sampling == nil {
		return nil, mcp.MissingRequiredClientCapabilityError{Capability: "sampling"}
	}
	return mcp.NewToolResultText("The client has sampling."), nil
}

// pause lies between two notifications; the suite prescribes it.
const pause = 50 * time.Millisecond

// progressing reports 0, 50 and 100 of 100 to a client that asked for it.
func progressing(ctx context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	for _, done := range []int{0, 50, 100} {
		if meta := request.Params.Meta; meta != nil && meta.ProgressToken != nil {
			progress := map[string]any{"progressToken": meta.ProgressToken, "progress": done, "total": 100}
			if err := server.ServerFromContext(ctx).SendNotificationToClient(ctx, "notifications/progress", progress); err != nil {
				return nil, err
			}
		}
		time.Sleep(pause)
	}
	return mcp.NewToolResultText("Done."), nil
}

// logging sends messages to the client's log. None may arrive there unless the
// request asks for them, which it can since 2026-07-28.
func logging(messages ...string) server.ToolHandlerFunc {
	return func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		for _, m := range messages {
			_ = server.ServerFromContext(ctx).SendLogMessageToClient(ctx, mcp.NewLoggingMessageNotification(mcp.LoggingLevelInfo, "fixture", m))
			time.Sleep(pause)
		}
		return mcp.NewToolResultText("Done."), nil
	}
}

func addResources(s *server.MCPServer) {
	const scheme = "test://"
	add := func(name, mimeType string, content mcp.ResourceContents) {
		s.AddResource(mcp.NewResource(scheme+name, name, mcp.WithResourceDescription("A fixture."), mcp.WithMIMEType(mimeType)),
			func(context.Context, mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
				return []mcp.ResourceContents{content}, nil
			})
	}
	add("static-text", "text/plain", mcp.TextResourceContents{URI: scheme + "static-text", MIMEType: "text/plain", Text: "This is the content of the static text resource."})
	add("static-binary", "image/png", mcp.BlobResourceContents{URI: scheme + "static-binary", MIMEType: "image/png", Blob: pixel})
	const before, after, mimeType = scheme + "template/", "/data", "application/json"
	s.AddResourceTemplate(mcp.NewResourceTemplate(before+"{id}"+after, "data", mcp.WithTemplateDescription("A text with the id in it."), mcp.WithTemplateMIMEType(mimeType)),
		func(_ context.Context, request mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
			uri := request.Params.URI
			id := strings.TrimSuffix(strings.TrimPrefix(uri, before), after)
			text := fmt.Sprintf(`{"id":%q,"templateTest":true,"data":"Data for ID: %s"}`, id, id)
			return []mcp.ResourceContents{mcp.TextResourceContents{URI: uri, MIMEType: mimeType, Text: text}}, nil
		})
}

func addPrompts(s *server.MCPServer) {
	type arguments = map[string]string
	add := func(name string, says func(arguments) []mcp.Content, arguments ...string) {
		options := []mcp.PromptOption{mcp.WithPromptDescription("Fixture " + name + ".")}
		for _, a := range arguments {
			options = append(options, mcp.WithArgument(a, mcp.RequiredArgument(), mcp.ArgumentDescription("Any text.")))
		}
		s.AddPrompt(mcp.NewPrompt(name, options...), func(_ context.Context, request mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
			return saying(says(request.Params.Arguments)...), nil
		})
	}
	add("test_simple_prompt", func(arguments) []mcp.Content {
		return []mcp.Content{say("This is a simple prompt for testing.")}
	})
	add("test_prompt_with_arguments", func(a arguments) []mcp.Content {
		return []mcp.Content{say(fmt.Sprintf("Prompt with arguments: arg1='%s', arg2='%s'", a["arg1"], a["arg2"]))}
	}, "arg1", "arg2")
	add("test_prompt_with_embedded_resource", func(a arguments) []mcp.Content {
		return []mcp.Content{embedded(a["resourceUri"], "text/plain", "Embedded resource content for testing."), say("Please process the embedded resource above.")}
	}, "resourceUri")
	add("test_prompt_with_image", func(arguments) []mcp.Content {
		return []mcp.Content{image, say("Please analyze the image above.")}
	})
}

func saying(contents ...mcp.Content) *mcp.GetPromptResult {
	result := &mcp.GetPromptResult{}
	for _, c := range contents {
		result.Messages = append(result.Messages, mcp.NewPromptMessage(mcp.RoleUser, c))
	}
	return result
}
