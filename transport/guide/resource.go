package guide

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"

	"posthog-mcp/tools"
)

const (
	// subscriptionResource is what the tool behind the resources declares.
	subscriptionResource = "subscriptions"

	subscriptionURI = "posthog://" + subscriptionResource + "/"
	idArgument      = "id"
	template        = subscriptionURI + "{" + idArgument + "}"
	jsonType        = "application/json"
)

var subscriptionID = regexp.MustCompile(`^[1-9][0-9]{0,17}$`)

func subscriptionTemplate() mcp.ResourceTemplate {
	return mcp.NewResourceTemplate(template, "subscription",
		mcp.WithTemplateTitle("Subscription"),
		mcp.WithTemplateDescription("One subscription: what it sends, to whom, when, and the next three deliveries."),
		mcp.WithTemplateMIMEType(jsonType),
	)
}

// read answers resources/read. What cannot be read is an error, which mcp-go
// reports as it is, with the code of an internal one; a refusal's text has
// PostHog's words in quotes.
func (g *Guide) read(ctx context.Context, request mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
	id := strings.TrimPrefix(request.Params.URI, subscriptionURI)
	if !subscriptionID.MatchString(id) {
		return nil, fmt.Errorf("no such resource: a subscription's URI is %s with its number as %s", template, idArgument)
	}
	result := g.call(ctx, g.reads, fmt.Appendf(nil, `{"id":%s}`, id))
	if result.IsError {
		return nil, errors.New(words(result))
	}
	return []mcp.ResourceContents{mcp.TextResourceContents{URI: request.Params.URI, MIMEType: jsonType, Text: string(result.Object)}}, nil
}

// words are the refusal's. The way out of a 404 is an argument that a URI does
// not have.
func words(refused tools.Result) string {
	if refused.Status != http.StatusNotFound {
		return refused.Text
	}
	answer, _, _ := strings.Cut(refused.Text, "\n")
	return "no such resource: " + answer
}

// narrow takes the template out of the list of a caller who cannot read it.
func (g *Guide) narrow(ctx context.Context, _ any, _ *mcp.ListResourceTemplatesRequest, result *mcp.ListResourceTemplatesResult) {
	if !g.offers(ctx, g.reads) {
		result.ResourceTemplates = []mcp.ResourceTemplate{}
	}
}
