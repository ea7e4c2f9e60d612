package doctor

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"posthog-mcp/internal/cli"
	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/view"
	"posthog-mcp/transport/posthog"
	"posthog-mcp/transport/scopes"
)

const (
	mostListed = 100 // values of a list in the report
	// longestMask is the length of PostHog's mask of a key: four characters, three
	// dots, four characters.
	longestMask = 11
)

// introspect asks a host about the key. usable is nil if the host does not tell the
// scopes.
func (e *exam) introspect(ctx context.Context, api *posthog.Client) (usable func(*engine.Tool) bool, a answer) {
	told, response, err := scopes.Ask(ctx, api, e.Key)
	return scopes.Usable(told), answered(response, err)
}

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

func list(array gjson.Result) (values []string) {
	all := array.Array()
	for _, v := range all[:min(len(all), mostListed)] {
		values = append(values, text(v))
	}
	return values
}

// may reports whether the key has the scope, or PostHog does not tell its scopes.
func (e *exam) may(scope string) bool {
	return e.usable == nil || e.usable(&engine.Tool{Operation: engine.Operation{Scope: scope}})
}

// region is the name of the region of the host, or empty.
func (e *exam) region() string {
	for name, host := range e.Regions {
		if e.Host != nil && host.String() == e.Host.String() {
			return name
		}
	}
	return ""
}

// expired are how PostHog's refusals of a token begin that the host knows: then no
// other region knows it.
var expired = []string{"Access token has expired.", "User associated with", "Access token is not associated with"}

// refusedKey says what to do about a key that the host refuses. Every region has keys
// of its own, and answers to those of another region as to unknown ones.
func (e *exam) refusedKey(ctx context.Context, a answer) Finding {
	why, next := "PostHog does not know the key", "make a new one at "+e.keyPage()
	if e.Key.OAuth() {
		why, next = "PostHog does not know the token, or it has expired", e.loginAgain()
	}
	if slices.ContainsFunc(expired, func(words string) bool { return strings.HasPrefix(a.detail(), words) }) {
		return failed("PostHog knows the token and refuses it: "+a.why(), next)
	}
	here := e.region()
	if here == "" || e.ByLogin { // a login knows its region
		return failed(why+": "+a.why(), next+"; a key of another PostHog does not work here")
	}
	why += " in " + strings.ToUpper(here)
	for _, other := range slices.Sorted(maps.Keys(e.Regions)) {
		if other == here {
			continue
		}
		api := e.client(e.Regions[other])
		usable, told := e.introspect(ctx, api)
		api.CloseIdle()
		switch {
		case told.ok() && usable != nil:
			e.report.Host.KeyRegion = other
			return failed("the key belongs to PostHog Cloud "+strings.ToUpper(other)+", not to "+strings.ToUpper(here), "set POSTHOG_HOST="+other)
		case e.unknown(told):
			why += ", nor in " + strings.ToUpper(other)
		default:
			why += ", and " + strings.ToUpper(other) + " could not be asked"
			next += ", or try POSTHOG_HOST=" + other
		}
	}
	return failed(why+": "+a.why(), next)
}

// loginAgain is how a new OAuth token comes about.
func (e *exam) loginAgain() string {
	if e.ByLogin {
		return "run posthog-mcp login"
	}
	return "log in again, in the client that the token is from"
}

// client calls a host with the key, as the server does.
func (e *exam) client(host *url.URL) *posthog.Client {
	return posthog.New(posthog.Options{Host: host, Key: e.Key, Timeout: e.Timeout, Base: e.Base, Logger: e.Logger, UserAgent: e.UserAgent})
}

// An answer is the result of a call. Its status is 0 if PostHog did not answer.
type answer struct {
	status int
	body   gjson.Result
	err    error
}

// read reads the members of an object that keep names.
func (e *exam) read(ctx context.Context, path, query string, keep ...string) answer {
	return answered(e.api.Do(ctx, &engine.Request{Method: http.MethodGet, Path: path, Route: path, Query: query, Keep: keep, Repeatable: true}))
}

func answered(response *engine.Response, err error) answer {
	if err != nil {
		return answer{err: err}
	}
	a := answer{status: response.Status}
	if gjson.ValidBytes(response.Body) {
		a.body = gjson.ParseBytes(response.Body)
	}
	return a
}

func (a answer) ok() bool { return a.status == http.StatusOK && a.body.IsObject() }

// lacksScope reports whether the key lacks the scope for the call.
func (a answer) lacksScope() bool {
	return a.status == http.StatusForbidden && strings.Contains(a.detail(), "missing required scope")
}

func (a answer) detail() string { return a.body.Get("detail").String() }

// why is the reason for a failure, in PostHog's words if it gave some.
func (a answer) why() string {
	f, failed := errors.AsType[*engine.Failure](a.err) // without secrets
	switch {
	case failed && f.Kind == engine.TimedOut:
		return "no answer in time"
	case a.err != nil:
		return a.err.Error()
	case a.detail() != "":
		return fmt.Sprintf("%q (%d)", a.detail(), a.status)
	}
	return fmt.Sprintf("an answer that is not PostHog's (%d)", a.status)
}

// The most columns of a detail with PostHog's words in it, and of a name.
const (
	longestText = 1000
	longestName = 80
)

// clean makes a text safe for a terminal and a ticket: one line, without invisible
// characters. The client has removed the key from PostHog's words.
func clean(text string) string {
	return cli.Cut(strings.Join(strings.Fields(view.Text(text)), " "), longestText)
}

// text is a value of PostHog.
func text(value gjson.Result) string { return cli.Cut(clean(value.String()), longestName) }
