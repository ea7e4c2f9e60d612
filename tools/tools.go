// Package tools is the ordered list of what an agent can do. Each operation is declared
// in the package of its resource: sharing, subscriptions, users, lookup. Package engine
// makes the calls.
//
// The words that the code uses:
//
//   - operation: one documented call of PostHog's API, as declared
//   - tool: an operation made ready, its schema compiled
//   - toolset: a group of tools that an operator switches on and off
//   - catalogue: all the tools, in order
//   - toolbox: what makes the calls: PostHog, the rules, the consents
//   - call: one call of a tool whose arguments are in order
//   - caller: who calls, with their limits, their selection and their person's answer
//   - selection: which tools are offered
//   - rule: what an operator forbids for everybody
//   - limits: what an operator allows one caller
//   - plan: what a write is about to do, before it is done
//   - doubt: why some versions of PostHog refuse a planned write
//   - preview: a plan as the agent reads it (dry_run)
//   - consent: a person's agreement to a plan; a question asks for it, or the
//     confirmation of a preview proves it
//   - to pin: to send saved fields along, so that what was judged is what is saved
//   - duplicate guard: keeps one call from being made twice by mistake ([engine.Once])
//   - refusal: a call that did not succeed, with the way out
//   - rendering: an answer of PostHog's in few words
//   - fallback: another request, where an older PostHog wants to be asked so
//   - outcome: what became of a write, for the operator's record
package tools

import (
	"slices"

	"posthog-mcp/tools/engine"
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

// Operation declares one operation of PostHog's API.
type Operation = engine.Operation

// all is the one ordered list: PostHog's page, top to bottom, then the
// look-ups that find the way there, then writes that the page lacks.
func all() []Operation {
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

func in(toolset string, operations []Operation) []Operation {
	for i := range operations {
		operations[i].Toolset = toolset
	}
	return operations
}

// NewCatalogue compiles the declarations. An error is a mistake in one of them.
func NewCatalogue() (*engine.Catalogue, error) { return engine.NewCatalogue(all(), false) }

// NewConfirmedCatalogue is a [NewCatalogue] whose writes take a confirmation,
// for a [engine.Toolbox] that asks for them.
func NewConfirmedCatalogue() (*engine.Catalogue, error) { return engine.NewCatalogue(all(), true) }
