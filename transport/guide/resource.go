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

// read answers resources/read. An error that is no [mcp.ErrResourceNotFound] is
// reported as an internal one; a refusal's text has PostHog's words in quotes.
func (g *Guide) read(ctx context.Context, request mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
	id := strings.TrimPrefix(request.Params.URI, subscriptionURI)
	if !subscriptionID.MatchString(id) {
		return nil, fmt.Errorf("%w: a subscription's URI is %s with its number as %s", mcp.ErrResourceNotFound, template, idArgument)
	}
	result := g.call(ctx, g.reads, fmt.Appendf(nil, `{"id":%s}`, id))
	if result.IsError {
		return nil, g.refusal(ctx, result)
	}
	return []mcp.ResourceContents{mcp.TextResourceContents{URI: request.Params.URI, MIMEType: jsonType, Text: string(result.Object)}}, nil
}

// refusal is why a subscription could not be read. The way out of a 404 is an
// argument that a URI does not have.
func (g *Guide) refusal(ctx context.Context, refused tools.Result) error {
	switch answer, _, _ := strings.Cut(refused.Text, "\n"); {
	case refused.Status == http.StatusNotFound:
		return fmt.Errorf("%w: %s", mcp.ErrResourceNotFound, answer)
	case !g.offers(ctx, g.reads):
		return fmt.Errorf("%w: %s", mcp.ErrResourceNotFound, refused.Text)
	}
	return errors.New(refused.Text)
}

// narrow takes the template out of the list of a caller who cannot read it: mcp-go has
// no filter for templates.
func (g *Guide) narrow(ctx context.Context, _ any, _ *mcp.ListResourceTemplatesRequest, result *mcp.ListResourceTemplatesResult) {
	if !g.offers(ctx, g.reads) {
		result.ResourceTemplates = []mcp.ResourceTemplate{}
	}
}
