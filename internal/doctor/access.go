package doctor

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"posthog-mcp/tools"
	"posthog-mcp/transport/posthog"
	"posthog-mcp/transport/scopes"
)

const (
	// mostListed limits the lists in the report.
	mostListed = 100
	// longestMask is the length of PostHog's mask of a key: four characters, three
	// dots, four characters.
	longestMask = 11
)

// introspect asks a host about the key. usable is nil if the host does not tell the
// scopes.
func (e *exam) introspect(ctx context.Context, api *posthog.Client) (usable func(*tools.Tool) bool, a answer) {
	told, response, err := scopes.Ask(ctx, api, e.Key)
	return scopes.Usable(told), answered(response, err)
}

// access finds out whether PostHog accepts the key.
func (e *exam) access(ctx context.Context) Finding {
	usable, a := e.introspect(ctx, e.api)
	switch {
	case e.unknown(a):
		return e.refusedKey(ctx, a)
	case a.ok() && usable != nil:
		e.usable = usable
		return e.described(a.body)
	case a.status == http.StatusForbidden || a.status == http.StatusNotFound:
		// The oldest servers lack this route, or require a scope for it.
		if me := e.whoami(ctx); me.status == http.StatusUnauthorized {
			return e.refusedKey(ctx, me)
		}
		return warning("this PostHog does not tell about keys: "+a.why(), "what the key may do shows in the calls themselves")
	case a.status == http.StatusTooManyRequests:
		return failed("PostHog holds the key back: "+a.why(), "wait that long, and look at what else uses the key")
	}
	return failed("PostHog could not be asked about the key: "+a.why(), later)
}

// unknown reports whether the host does not know the key. For an OAuth token the status
// may be 200 (RFC 7662, section 2.2).
func (e *exam) unknown(a answer) bool {
	return a.status == http.StatusUnauthorized ||
		e.Key.OAuth() && a.ok() && !a.body.Get("active").Bool()
}

// described reports what PostHog says about the key.
func (e *exam) described(body gjson.Result) Finding {
	k, what := e.report.Key, "the key"
	k.Label, k.Scopes = text(body.Get("label")), list(body.Get("scopes"))
	if e.Key.OAuth() {
		what = "the token"
		k.Label, k.Scopes = text(body.Get("client_name")), strings.Fields(clean(body.Get("scope").String()))
	}
	if mask := text(body.Get("mask_value")); mask != "" && len(mask) <= longestMask {
		k.Shown = mask
	}
	k.Projects, k.Organizations = list(body.Get("scoped_teams")), list(body.Get("scoped_organizations"))
	detail := fmt.Sprintf("PostHog takes %s %q, %s", what, k.Label, k.Shown)
	if len(k.Projects) > 0 {
		detail += ", for project " + strings.Join(k.Projects, ", ") + " alone"
	}
	if len(k.Organizations) > 0 {
		detail += ", for organization " + strings.Join(k.Organizations, ", ") + " alone"
	}
	if expires := body.Get("exp").Int(); e.Key.OAuth() && expires > 0 {
		detail += ", until " + time.Unix(expires, 0).UTC().Format("2006-01-02 15:04 MST")
	}
	return ok(detail)
}

// list are the values of an array.
func list(array gjson.Result) (values []string) {
	all := array.Array()
	for _, v := range all[:min(len(all), mostListed)] {
		values = append(values, text(v))
	}
	return values
}

// may reports whether the key has the scope, or PostHog does not tell its scopes.
func (e *exam) may(scope string) bool {
	return e.usable == nil || e.usable(&tools.Tool{Operation: tools.Operation{Scope: scope}})
}
