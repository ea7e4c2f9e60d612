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
	// connection_lost, answer_too_large, redirected, bad_answer, no_key,
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
		e.Detail = "an HTML page, not PostHog's API"
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
