package transport

import (
	"context"
	"net/http"
	"sync/atomic"

	"posthog-mcp/tools"
)

type outcomeKey struct{}

// Outcome is what a transport may want to know of the call it carried, beyond
// its answer.
type Outcome struct {
	unauthorized atomic.Bool
	scope        atomic.Value // a string
}

// Unauthorized tells whether PostHog did not accept the caller's key.
func (o *Outcome) Unauthorized() bool { return o.unauthorized.Load() }

// MissingScope is the scope for want of which PostHog refused; empty where that
// was not the reason.
func (o *Outcome) MissingScope() string {
	scope, _ := o.scope.Load().(string)
	return scope
}

// WithOutcome asks for the outcome of the calls made under ctx.
func WithOutcome(ctx context.Context, o *Outcome) context.Context {
	return context.WithValue(ctx, outcomeKey{}, o)
}

// report fills the outcome in. A 401 to an operation that takes no key at all
// says nothing about the key.
func report(ctx context.Context, tool *tools.Tool, result tools.Result) {
	o, ok := ctx.Value(outcomeKey{}).(*Outcome)
	switch {
	case !ok:
	case result.Status == http.StatusUnauthorized && tool.Scope != "":
		o.unauthorized.Store(true)
	case result.Status == http.StatusForbidden && result.Scope != "":
		o.scope.Store(result.Scope)
	}
}
