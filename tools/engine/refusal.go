package engine

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"posthog-mcp/tools/view"
)

// Refusal is a call that did not succeed, in the facts an agent can act on.
// As a tool result it is both sentences and structured content.
type Refusal struct {
	// Code is PostHog's own code (not_found, permission_denied, throttled, …)
	// or one of ours: invalid_arguments, unreachable, untrusted, timeout, cancelled,
	// connection_lost, answer_too_large, redirected, bad_answer, no_key, logged_out,
	// rate_limited, denied, declined, unanswered, unasked, unsettled,
	// confirmation_required, confirmation_invalid, too_large_to_confirm.
	Code string `json:"code"`
	// Status is PostHog's HTTP status; 0 when there was no answer.
	Status int `json:"status,omitempty"`
	// Attr is the argument that PostHog objects to; nested ones are joined
	// with two underscores (byweekday__1).
	Attr string `json:"attr,omitempty"`
	// Detail is PostHog's own sentence, or ours where there was none.
	Detail string `json:"detail"`
	// Scope is the scope that the key lacks.
	Scope string `json:"scope,omitempty"`
	// RetryAfter is after how many seconds a repetition can succeed.
	RetryAfter int `json:"retry_after,omitempty"`
	// Hint is the way out.
	Hint string `json:"hint,omitempty"`

	// Unsure says that a write may have been made all the same.
	Unsure bool `json:"-"`
	// ByLogin is that of the [Response].
	ByLogin bool `json:"-"`
}

// result is the refusal as a tool result. The detail is quoted in the text
// when it is PostHog's: what comes from there is data, not our words.
func (e *Refusal) result() Result {
	var text strings.Builder
	if e.Status == 0 {
		text.WriteString(e.Detail)
	} else {
		fmt.Fprintf(&text, "PostHog answered %d: %q", e.Status, e.Detail)
	}
	if e.Attr != "" {
		fmt.Fprintf(&text, " (argument %q)", e.Attr)
	}
	if e.Hint != "" {
		text.WriteString("\n" + e.Hint)
	}
	data, _ := json.Marshal(e)
	return Result{Object: data, Text: text.String(), IsError: true, Status: e.Status, Scope: e.Scope, Unsure: e.Unsure}
}

// missingScope is how PostHog names the scope, in a 403's detail.
var missingScope = regexp.MustCompile(`missing required scope '([a-z_]+:[a-z]+)'`)

// refused reads an error answer. PostHog has four shapes of them (its
// envelope, {"error"}, {"detail"}, nothing); a proxy's HTML is a fifth.
func (t *Tool) refused(r *Response, project string) *Refusal {
	e := readRefusal(r)
	e.ByLogin = r.ByLogin
	if m := missingScope.FindStringSubmatch(e.Detail); m != nil {
		e.Scope = m[1]
	}
	e.RetryAfter = seconds(r.RetryAfter)
	e.Hint = t.hint(e, project)
	return e
}

// seconds rounds up: a caller that comes back too early is refused again.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

// inSeconds is a time in words: 1 second, 2 seconds.
func inSeconds(d time.Duration) string {
	if n := seconds(d); n != 1 {
		return fmt.Sprintf("%d seconds", n)
	}
	return "1 second"
}

// noCode stands for the code of any other status.
const noCode = "error"

// readRefusal takes what it can from an error's body.
func readRefusal(r *Response) *Refusal {
	e := &Refusal{Code: cmp.Or(codes[r.Status], noCode), Status: r.Status}
	if isHTML(r.ContentType, r.Body) {
		e.Detail = htmlPage
		return e
	}
	var body struct {
		Code, Detail, Attr, Error any
	}
	_ = json.Unmarshal(r.Body, &body) // what is no JSON is shown as it is
	if code, ok := body.Code.(string); ok && code != "" {
		e.Code = shorten(code)
	}
	e.Attr = textOf(body.Attr)
	e.Detail = cmp.Or(textOf(body.Detail), textOf(body.Error), shorten(string(r.Body)), http.StatusText(r.Status), "no explanation")
	return e
}

// redacted is a text of PostHog's without the secrets that the call sent.
func (c *Call) redacted(text string) string {
	for _, a := range c.Args.List {
		if value := a.Text(); value != "" && isPassword(a) || strings.Contains(value, "://") {
			text = strings.ReplaceAll(text, value, "[redacted]")
		}
	}
	return text
}

func textOf(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return shorten(v)
	}
	data, _ := json.Marshal(v)
	return shorten(string(data))
}

// longestDetail bounds what PostHog, or something in front of it, can put into
// an agent's context.
const longestDetail = 1000

func shorten(s string) string { return view.Brief(s, longestDetail) }

// codes name a status in PostHog's own words, for answers without a code.
var codes = map[int]string{
	http.StatusBadRequest:       "invalid_input",
	http.StatusUnauthorized:     "authentication_failed",
	http.StatusPaymentRequired:  "payment_required",
	http.StatusForbidden:        "permission_denied",
	http.StatusNotFound:         "not_found",
	http.StatusMethodNotAllowed: "method_not_allowed",
	http.StatusConflict:         "conflict",
	http.StatusTooManyRequests:  "throttled",
}

// hint is the way out of a refusal: what is particular to the operation, and
// what is true of the status whatever the operation.
func (t *Tool) hint(e *Refusal, project string) string {
	var parts []string
	if general := generalHint(e, t, project); general != "" {
		parts = append(parts, general)
	}
	if own := t.Hints[e.Status]; own != "" && e.Scope == "" {
		parts = append(parts, own)
	}
	if e.Status >= 500 && t.Effect != Read {
		parts = append(parts, "Whether it took effect is unknown: "+t.Write.Verify+".")
	}
	return strings.Join(parts, " ")
}

// lacksRoute tells a PostHog that does not know the route from one that lacks what
// was asked for.
func (e *Refusal) lacksRoute() bool {
	return e.Status == http.StatusNotFound && (e.Detail == NoRoute || e.Detail == htmlPage)
}

// NoRoute is PostHog's detail of a 404 for a route that it does not have. Source:
// posthog/urls.py, api_not_found.
const NoRoute = "Endpoint not found."

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
	case e.lacksRoute() && t.Read != nil:
		return strings.TrimSpace("This PostHog does not have " + t.Name + ": it is older, or POSTHOG_HOST leads elsewhere. " + t.Read.Instead)
	case e.Status == http.StatusNotFound && project == currentProject:
		return "Looked for in project @current, the one that the key's owner has open in PostHog. Check the id, or name the project with project_id; projects-list shows them."
	case e.Status == http.StatusNotFound && project != "":
		return fmt.Sprintf("Looked for in project %s. Check the id, or name another project with project_id; projects-list shows them.", project)
	case e.Status == http.StatusTooManyRequests && e.RetryAfter > 0:
		return fmt.Sprintf("Nothing was done. Call again after %s.", inSeconds(time.Duration(e.RetryAfter)*time.Second))
	case e.Status == http.StatusTooManyRequests:
		return "Nothing was done. Call again later, and less often."
	case e.Status >= 500 && t.Effect == Read:
		return "PostHog has a problem; try again in a minute."
	case e.Status >= 300 && e.Status < 400:
		return "Check POSTHOG_HOST: it should be PostHog's own address."
	}
	return ""
}

// failures are the words for a call without an answer, by what went wrong.
var failures = map[FailureKind]Refusal{
	NoKey: {Code: "no_key", Detail: "There is no PostHog key to make this call with.", Hint: "Set POSTHOG_PERSONAL_API_KEY for the server."},
	LoggedOut: {Code: "logged_out", Detail: "There is no login at PostHog any more: it was ended, or its time is over.",
		Hint: "A person has to run posthog-mcp login where this server runs; then call again."},
	Unreachable: {Code: "unreachable", Detail: "PostHog could not be reached.", Hint: "Check the network, a proxy and POSTHOG_HOST."},
	TimedOut:    {Code: "timeout", Detail: "PostHog did not answer in time.", Hint: "Try again; ask for less with limit where there is one."},
	Cancelled:   {Code: "cancelled", Detail: "The call was cancelled."},
	TooLarge:    {Code: "answer_too_large", Detail: "PostHog's answer is larger than %d bytes.", Hint: "Ask for less with limit or a filter."},
	Redirected: {Code: "redirected", Detail: "PostHog's address redirects to %q, which is not followed, since the key would go there.",
		Hint: "Check POSTHOG_HOST."},
	Untrusted: {Code: "untrusted", Detail: "The certificate that PostHog's address shows is not trusted here.",
		Hint: "Where a proxy inspects the traffic, name its CA in SSL_CERT_FILE; else check POSTHOG_HOST."},
	Limited: {Code: "rate_limited", Detail: "This server holds calls back, to stay under PostHog's limits.", Hint: "Call again later, and less often."},
	Broken:  {Code: "connection_lost", Detail: "The connection to PostHog ended before the answer was complete.", Hint: "Try again."},
}

// failed puts a call without an answer into words. What a write did is unknown
// once PostHog may have received it.
func (t *Tool) failed(f *Failure) *Refusal {
	e, known := failures[f.Kind] // without a status: the sentence is ours, not an answer of PostHog's
	switch f.Kind {
	case TooLarge:
		e.Detail = fmt.Sprintf(e.Detail, f.Limit)
	case Redirected:
		e.Detail = fmt.Sprintf(e.Detail, f.Target)
	case Limited:
		if e.RetryAfter = seconds(f.RetryAfter); e.RetryAfter > 0 {
			e.Hint = fmt.Sprintf("Call again after %s.", inSeconds(f.RetryAfter))
		}
	}
	if !known {
		e = failures[Broken]
	}
	if t.Effect != Read {
		e.Hint = t.outcome(f, e.Hint)
		e.Unsure = f.Sent
	}
	return &e
}

// outcome says of a write without an answer whether it can have happened.
func (t *Tool) outcome(f *Failure, hint string) string {
	if !f.Sent {
		return strings.TrimSpace("Nothing was sent to PostHog. " + hint)
	}
	unknown := "Outcome unknown, PostHog may have acted on it: " + t.Write.Verify + "."
	switch {
	case f.Kind == Redirected: // the server that answered may have acted first, as a 303 says
		return unknown + " " + hint
	case f.Status >= 200 && f.Status < 300:
		return "PostHog accepted the request, only its answer is lost: " + t.Write.Verify + "."
	}
	return unknown
}

// unusable is a success whose body cannot be passed on.
func (t *Tool) unusable(r *Response, what string) *Refusal {
	e := &Refusal{
		Code:   "bad_answer",
		Detail: fmt.Sprintf("PostHog's address answered %d with %s.", r.Status, what),
		Hint:   "Something between here and PostHog may have answered instead; check POSTHOG_HOST.",
	}
	if t.Effect != Read {
		e.Hint += " Outcome unknown: " + t.Write.Verify + "."
		e.Unsure = true
	}
	return e
}
