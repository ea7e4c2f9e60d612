// Package operations has the ordered list of what an agent can do. Each operation is
// declared in the package of its resource: sharing, subscriptions, users, lookup.
package operations

import (
	"slices"

	"posthog-mcp/tools"
	"posthog-mcp/tools/lookup"
	"posthog-mcp/tools/sharing"
	"posthog-mcp/tools/subscriptions"
	"posthog-mcp/tools/users"
)

// The toolsets.
const (
	SharingTools      = "sharing"
	SubscriptionTools = "subscriptions"
	UserTools         = "users"
	// LookupTools find what the others are about: ids by name, destinations,
	// what became of a delivery. They only read, and are not on the page.
	LookupTools = "lookup"
)

// Toolsets lists the groups of tools.
func Toolsets() []string { return []string{SharingTools, SubscriptionTools, UserTools, LookupTools} }

// all is the one ordered list: PostHog's page, top to bottom, then the
// look-ups that find the way there, then writes that the page lacks.
func all() []tools.Operation {
	return slices.Concat(
		in(SharingTools, sharing.Operations()),
		in(SubscriptionTools, subscriptions.Operations()),
		in(UserTools, users.Operations()),
		in(LookupTools, lookup.Operations()),
		in(LookupTools, sharing.Lookups()),
		in(LookupTools, subscriptions.Deliveries()),
		in(LookupTools, lookup.Projects()),
		in(SharingTools, sharing.Further()),
	)
}

func in(toolset string, operations []tools.Operation) []tools.Operation {
	for i := range operations {
		operations[i].Toolset = toolset
	}
	return operations
}

// NewCatalogue compiles the declarations. An error is a mistake in one of them.
func NewCatalogue() (*tools.Catalogue, error) { return tools.NewCatalogue(all(), false) }

// NewConfirmedCatalogue is a [NewCatalogue] whose writes take a confirmation,
// for a [tools.Toolbox] that asks for them.
func NewConfirmedCatalogue() (*tools.Catalogue, error) { return tools.NewCatalogue(all(), true) }
