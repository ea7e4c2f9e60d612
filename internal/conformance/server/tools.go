package main

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

const (
	// pixel is a PNG of one pixel.
	pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
	// silence is a WAV without a sample.
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

func addTools(s *server.MCPServer) {
	add := func(name, schema string, handle server.ToolHandlerFunc) {
		s.AddTool(mcp.NewToolWithRawSchema(name, "Fixture "+name+".", json.RawMessage(schema)), handle)
	}
	for name, content := range contents() {
		add(name, noArguments, answering(&mcp.CallToolResult{Content: content}))
	}
	add("test_error_handling", noArguments, answering(mcp.NewToolResultError("This tool intentionally returns an error for testing")))
	add("test_missing_capability", noArguments, needSampling)
	add("test_tool_with_progress", noArguments, progressing)
	add("test_tool_with_logging", noArguments, logging("Tool execution started", "Tool processing data", "Tool execution completed"))
	add("test_logging_tool", noArguments, logging("logged"))
	add("test_header_argument", headerArgument, answering(mcp.NewToolResultText("The header and the argument agree.")))
	add("json_schema_2020_12_tool", everyKeyword, answering(mcp.NewToolResultText("The schema is what matters.")))
}

// contents are the tools that answer with fixed content.
func contents() map[string][]mcp.Content {
	image := mcp.NewImageContent(pixel, "image/png")
	return map[string][]mcp.Content{
		"test_simple_text":   {mcp.NewTextContent("This is a simple text response for testing.")},
		"test_image_content": {image},
		"test_audio_content": {mcp.NewAudioContent(silence, "audio/wav")},
		"test_embedded_resource": {
			embedded("test://embedded-resource", "text/plain", "This is an embedded resource content."),
		},
		"test_multiple_content_types": {
			mcp.NewTextContent("Multiple content types test:"),
			image,
			embedded("test://mixed-content-resource", "application/json", `{"test":"data","value":123}`),
		},
	}
}

func embedded(uri, mimeType, text string) mcp.Content {
	return mcp.NewEmbeddedResource(mcp.TextResourceContents{URI: uri, MIMEType: mimeType, Text: text})
}

func answering(result *mcp.CallToolResult) server.ToolHandlerFunc {
	return func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		own := *result // mcp-go adds to it what the protocol revision wants
		return &own, nil
	}
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
			if err := notify(ctx, "notifications/progress", map[string]any{
				"progressToken": meta.ProgressToken, "progress": done, "total": 100,
			}); err != nil {
				return nil, err
			}
		}
		time.Sleep(pause)
	}
	return mcp.NewToolResultText("Done."), nil
}

func notify(ctx context.Context, method string, params map[string]any) error {
	s := server.ServerFromContext(ctx)
	if s == nil {
		return errors.New("no server in the context")
	}
	return s.SendNotificationToClient(ctx, method, params)
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
