package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

func addResources(s *server.MCPServer) {
	text := mcp.TextResourceContents{
		URI: "test://static-text", MIMEType: "text/plain", Text: "This is the content of the static text resource.",
	}
	binary := mcp.BlobResourceContents{URI: "test://static-binary", MIMEType: "image/png", Blob: pixel}
	s.AddResource(mcp.NewResource(text.URI, "text", mcp.WithResourceDescription("A text."), mcp.WithMIMEType(text.MIMEType)), holding(text))
	s.AddResource(mcp.NewResource(binary.URI, "image", mcp.WithResourceDescription("An image."), mcp.WithMIMEType(binary.MIMEType)), holding(binary))
	s.AddResourceTemplate(mcp.NewResourceTemplate(templatePrefix+"{id}"+templateSuffix, "data",
		mcp.WithTemplateDescription("A text with the id in it."), mcp.WithTemplateMIMEType("application/json")), fill)
}

func holding(content mcp.ResourceContents) server.ResourceHandlerFunc {
	return func(context.Context, mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
		return []mcp.ResourceContents{content}, nil
	}
}

const (
	templatePrefix = "test://template/"
	templateSuffix = "/data"
)

func fill(_ context.Context, request mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
	uri := request.Params.URI
	id := strings.TrimSuffix(strings.TrimPrefix(uri, templatePrefix), templateSuffix)
	return []mcp.ResourceContents{mcp.TextResourceContents{
		URI: uri, MIMEType: "application/json",
		Text: fmt.Sprintf(`{"id":%q,"templateTest":true,"data":"Data for ID: %s"}`, id, id),
	}}, nil
}
