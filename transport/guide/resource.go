package guide

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
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

// read answers resources/read. An error that is no [mcp.ErrResourceNotFound] is
// reported as an internal one; a refusal's text has PostHog's words in quotes.
func (g *Guide) read(ctx context.Context, request mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
	id := strings.TrimPrefix(request.Params.URI, subscriptionURI)
	if !subscriptionID.MatchString(id) {
		return nil, fmt.Errorf("%w: a subscription's URI is %s with its number as %s", mcp.ErrResourceNotFound, template, idArgument)
	}
	result := g.call(ctx, g.reads, fmt.Appendf(nil, `{"id":%s}`, id))
	switch {
	case result.IsError && result.Status == http.StatusNotFound:
		// The way out of it, in the other lines, is an argument that a URI does not have.
		answer, _, _ := strings.Cut(result.Text, "\n")
		return nil, fmt.Errorf("%w: %s", mcp.ErrResourceNotFound, answer)
	case result.IsError && !g.offers(ctx, g.reads):
		return nil, fmt.Errorf("%w: %s", mcp.ErrResourceNotFound, result.Text)
	case result.IsError:
		return nil, errors.New(result.Text)
	}
	return []mcp.ResourceContents{mcp.TextResourceContents{URI: request.Params.URI, MIMEType: jsonType, Text: string(result.Object)}}, nil
}
