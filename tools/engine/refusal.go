package engine

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"posthog-mcp/tools/view"
)

// Refusal is a call that did not succeed, in the facts an agent can act on.
type Refusal struct {
	// Code is PostHog's own code (not_found, permission_denied, throttled, …)
	// or one of ours, which docs/agents.md lists.
	Code   string `json:"code"`
	Status int    `json:"status,omitempty"` // PostHog's, of HTTP; 0 when there was no answer
	// Attr is the argument that PostHog objects to; nested ones are joined
	// with two underscores (byweekday__1).
	Attr       string `json:"attr,omitempty"`
	Detail     string `json:"detail"`                // PostHog's own sentence, or ours where there was none
	Scope      string `json:"scope,omitempty"`       // that the key lacks
	RetryAfter int    `json:"retry_after,omitempty"` // the seconds after which a repetition can succeed
	Hint       string `json:"hint,omitempty"`        // the way out

	Unsure  bool    `json:"-"` // a write may have been made all the same
	ByLogin bool    `json:"-"` // as in the [Response]
	Outcome Outcome `json:"-"` // set where nothing was sent
}

func refuse(code, detail, hint string, outcome Outcome) *Refusal {
	return &Refusal{Code: code, Detail: detail, Hint: hint, Outcome: outcome}
}

// result is the refusal as a tool result. The detail is quoted in the text
// when it is PostHog's: what comes from there is data, not our words.
func (e *Refusal) result() Result {
	text := e.Detail
	if e.Status != 0 {
		text = fmt.Sprintf("PostHog answered %d: %q", e.Status, e.Detail)
	}
	if e.Attr != "" {
		text += fmt.Sprintf(" (argument %q)", e.Attr)
	}
	if e.Hint != "" {
		text += "\n" + e.Hint
	}
	r := Result{Text: text, IsError: true, Status: e.Status, Scope: e.Scope, Unsure: e.Unsure}
	r.Object, _ = json.Marshal(e)
	if e.Outcome != "" {
		r.Write = &Write{Outcome: e.Outcome}
	}
	return r
}

// missingScope is how PostHog names the scope, in a 403's detail.
var missingScope = regexp.MustCompile(`missing required scope '([a-z_]+:[a-z]+)'`)

// codes name a status in PostHog's own words, for answers without a code; 0 is any other.
var codes = map[int]string{
	0:                           "error",
	http.StatusBadRequest:       "invalid_input",
	http.StatusUnauthorized:     "authentication_failed",
	http.StatusPaymentRequired:  "payment_required",
	http.StatusForbidden:        "permission_denied",
	http.StatusNotFound:         "not_found",
	http.StatusMethodNotAllowed: "method_not_allowed",
	http.StatusConflict:         "conflict",
	http.StatusTooManyRequests:  "throttled",
}

// refused reads an error answer. PostHog has four shapes of them (its
// envelope, {"error"}, {"detail"}, nothing); a proxy's HTML is a fifth.
func (t *Tool) refused(r *Response, project string) *Refusal {
	e := &Refusal{Code: cmp.Or(codes[r.Status], codes[0]), Status: r.Status, ByLogin: r.ByLogin, RetryAfter: seconds(r.RetryAfter)}
	if isHTML(r.ContentType, r.Body) {
		e.Detail = htmlPage
	} else {
		var body gjson.Result
		if gjson.ValidBytes(r.Body) {
			body = gjson.ParseBytes(r.Body)
		}
		if code := body.Get("code"); code.Type == gjson.String && code.Str != "" {
			e.Code = shorten(code.Str)
		}
		e.Attr = shorten(body.Get("attr").String())
		e.Detail = cmp.Or(shorten(body.Get("detail").String()), shorten(body.Get("error").String()), shorten(string(r.Body)), http.StatusText(r.Status), "no explanation")
	}
	if m := missingScope.FindStringSubmatch(e.Detail); m != nil {
		e.Scope = m[1]
	}
	e.Hint = t.hint(e, project)
	return e
}

// shorten bounds what a server can put into an agent's context.
func shorten(s string) string { return view.Brief(s, 1000) }

// redacted is a text of PostHog's without the secrets that the call sent.
func (c *Call) redacted(text string) string {
	for _, a := range c.Args.List {
		if value := a.Text(); value != "" && isPassword(a) || strings.Contains(value, "://") {
			text = strings.ReplaceAll(text, value, redacted)
		}
	}
	return text
}

// seconds rounds up: a caller that comes back too early is refused again.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

// inSeconds is a time in words: 1 second, 2 seconds.
func inSeconds(n int) string {
	if n != 1 {
		return fmt.Sprintf("%d seconds", n)
	}
	return "1 second"
}

// hint is what is true of the status, and what is particular to the operation.
func (t *Tool) hint(e *Refusal, project string) string {
	return view.Join(generalHint(e, t, project), view.When(e.Scope == "" && !e.lacksRoute(), t.Hints[e.Status]),
		view.When(e.Status >= 500 && t.Effect != Read, "Whether it took effect is unknown: "+t.Write.Verify+"."))
}

// lacksRoute tells a PostHog without the route from one without what was asked for.
func (e *Refusal) lacksRoute() bool {
	return e.Status == http.StatusNotFound && (e.Detail == NoRoute || e.Detail == htmlPage)
}

// NoRoute is PostHog's detail of a 404 for a route that it does not have. Source:
// posthog/urls.py, api_not_found.
const NoRoute = "Endpoint not found."

// otherProjects is in PostHog's detail of a 403 for a key that is limited to some
// projects, or to those of some organizations. Source: posthog/permissions.py.
const otherProjects = "does not have access to the requested"

const htmlPage = "an HTML page, not PostHog's API"

func generalHint(e *Refusal, t *Tool, project string) string {
	switch {
	case e.Status == http.StatusUnauthorized && t.Scope != "" && e.ByLogin:
		return "PostHog does not take the login any more. A person has to run posthog-mcp login where this server runs; then call again."
	case e.Scope != "" && e.ByLogin:
		return fmt.Sprintf("The login does not have the scope %s. A person can run posthog-mcp login where this server runs, and allow it; then call again.", e.Scope)
	case e.Status == http.StatusUnauthorized && t.Scope != "":
		return "The key is missing, wrong or expired, or it belongs to PostHog's other region: US and EU keys work on their own host only. Check POSTHOG_PERSONAL_API_KEY and POSTHOG_HOST."
	case e.Status == http.StatusPaymentRequired:
		return "This is a limit of the organization's plan, not of the call; a person changes it under Billing in PostHog."
	case e.Scope != "":
		return fmt.Sprintf("Add the scope %s to the key in PostHog (Settings, Personal API keys), or use a key that has it.", e.Scope)
	case e.Status == http.StatusForbidden && project != "" && strings.Contains(e.Detail, otherProjects):
		return "The key is limited to other projects: name one of them with project_id; projects-list shows them."
	case e.lacksRoute():
		return view.Join("This PostHog does not have "+t.Name+": it is older, or POSTHOG_HOST leads elsewhere.", t.Read.Instead)
	case e.Status == http.StatusNotFound && project == currentProject:
		return "Looked for in project @current, the one that the key's owner has open in PostHog. Check the id, or name the project with project_id; projects-list shows them."
	case e.Status == http.StatusNotFound && project != "":
		return fmt.Sprintf("Looked for in project %s. Check the id, or name another project with project_id; projects-list shows them.", project)
	case e.Status == http.StatusTooManyRequests && e.RetryAfter > 0:
		return fmt.Sprintf("Nothing was done. Call again after %s.", inSeconds(e.RetryAfter))
	case e.Status == http.StatusTooManyRequests:
		return "Nothing was done. Call again later, and less often."
	case e.Status >= 500 && t.Effect == Read:
		return "PostHog has a problem; try again in a minute."
	case e.Status >= 300 && e.Status < 400:
		return "Check POSTHOG_HOST: it should be PostHog's own address."
	}
	return ""
}

// failures are the words for a call without an answer: for logs, and for agents.
var failures = map[FailureKind]struct {
	log string
	Refusal
}{
	NoKey: {"no key", Refusal{Code: "no_key", Detail: "There is no PostHog key to make this call with.", Hint: "Set POSTHOG_PERSONAL_API_KEY for the server."}},
	LoggedOut: {"logged out", Refusal{Code: "logged_out", Detail: "There is no login at PostHog any more that works: it was ended, its time is over, or it cannot be read here.",
		Hint: "A person has to run posthog-mcp login where this server runs; then call again."}},
	Unreachable: {"PostHog is unreachable", Refusal{Code: "unreachable", Detail: "PostHog could not be reached.", Hint: "Check the network, a proxy and POSTHOG_HOST."}},
	TimedOut:    {"timed out", Refusal{Code: "timeout", Detail: "PostHog did not answer in time.", Hint: "Try again; ask for less with limit where there is one."}},
	Cancelled:   {"cancelled", Refusal{Code: "cancelled", Detail: "The call was cancelled."}},
	TooLarge:    {"answer too large", Refusal{Code: "answer_too_large", Detail: "PostHog's answer is larger than %d bytes.", Hint: "Ask for less with limit or a filter."}},
	Redirected: {"redirect refused", Refusal{Code: "redirected", Detail: "PostHog's address redirects to %q, which is not followed, since the key would go there.",
		Hint: "Check POSTHOG_HOST."}},
	Untrusted: {"certificate not trusted", Refusal{Code: "untrusted", Detail: "The certificate that PostHog's address shows is not trusted here.",
		Hint: "Where a proxy inspects the traffic, name its CA in SSL_CERT_FILE; else check POSTHOG_HOST."}},
	Limited: {"held back", Refusal{Code: "rate_limited", Detail: "This server holds calls back, to stay under PostHog's limits.", Hint: "Call again later, and less often."}},
	Broken:  {"connection broken", Refusal{Code: "connection_lost", Detail: "The connection to PostHog ended before the answer was complete.", Hint: "Try again."}},
}

// failed puts a call without an answer into words. What a write did is unknown
// once PostHog may have received it.
func (t *Tool) failed(err error) *Refusal {
	f, ok := errors.AsType[*Failure](err)
	if !ok {
		f = &Failure{Kind: Broken, Sent: true}
	}
	e := failures[f.Kind].Refusal // without a status: the sentence is ours, not an answer of PostHog's
	switch f.Kind {
	case TooLarge:
		e.Detail = fmt.Sprintf(e.Detail, f.Limit)
	case Redirected:
		e.Detail = fmt.Sprintf(e.Detail, f.Target)
	case Limited:
		if e.RetryAfter = seconds(f.RetryAfter); e.RetryAfter > 0 {
			e.Hint = fmt.Sprintf("Call again after %s.", inSeconds(e.RetryAfter))
		}
	}
	if t.Effect == Read {
		return &e
	}
	unknown := "Outcome unknown, PostHog may have acted on it: " + t.Write.Verify + "."
	switch {
	case !f.Sent:
		e.Hint = view.Join("Nothing was sent to PostHog.", e.Hint)
	case f.Kind == Redirected: // the server that answered may have acted first, as a 303 says
		e.Hint = view.Join(unknown, e.Hint)
	case f.Status >= 200 && f.Status < 300:
		e.Hint = "PostHog accepted the request, only its answer is lost: " + t.Write.Verify + "."
	default:
		e.Hint = unknown
	}
	e.Unsure = f.Sent
	return &e
}

// unusable is a success whose body cannot be passed on.
func (t *Tool) unusable(r *Response, what string) *Refusal {
	e := refuse("bad_answer", fmt.Sprintf("PostHog's address answered %d with %s.", r.Status, what),
		"Something between here and PostHog may have answered instead; check POSTHOG_HOST.", "")
	if t.Effect != Read {
		e.Hint += " Outcome unknown: " + t.Write.Verify + "."
		e.Unsure = true
	}
	return e
}
