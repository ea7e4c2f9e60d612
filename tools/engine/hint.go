package engine

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

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

func generalHint(e *Refusal, t *Tool, project string) string {
	switch {
	case e.Status == http.StatusUnauthorized && t.Scope != "":
		return "The key is missing, wrong or expired, or it belongs to PostHog's other region: US and EU keys work on their own host only. Check POSTHOG_PERSONAL_API_KEY and POSTHOG_HOST."
	case e.Status == http.StatusPaymentRequired:
		return "This is a limit of the organization's plan, not of the call; a person changes it under Billing in PostHog."
	case e.Scope != "":
		return fmt.Sprintf("Add the scope %s to the key in PostHog (Settings, Personal API keys), or use a key that has it.", e.Scope)
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

// failed puts a call without an answer into words. What a write did is unknown
// once PostHog may have received it.
func (t *Tool) failed(f *Failure) *Refusal {
	e := &Refusal{} // without a status: the sentence is ours, not an answer of PostHog's
	switch f.Kind {
	case NoKey:
		e.Code, e.Detail = "no_key", "There is no PostHog key to make this call with."
		e.Hint = "Set POSTHOG_PERSONAL_API_KEY for the server."
	case Unreachable:
		e.Code, e.Detail = "unreachable", "PostHog could not be reached."
		e.Hint = "Check the network, a proxy and POSTHOG_HOST."
	case TimedOut:
		e.Code, e.Detail = "timeout", "PostHog did not answer in time."
		e.Hint = "Try again; ask for less with limit where there is one."
	case Cancelled:
		e.Code, e.Detail = "cancelled", "The call was cancelled."
	case TooLarge:
		e.Code, e.Detail = "answer_too_large", fmt.Sprintf("PostHog's answer is larger than %d bytes.", f.Limit)
		e.Hint = "Ask for less with limit or a filter."
	case Redirected:
		e.Code, e.Detail = "redirected", fmt.Sprintf("PostHog's address redirects to %q, which is not followed, since the key would go there.", f.Target)
		e.Hint = "Check POSTHOG_HOST."
	case Untrusted:
		e.Code, e.Detail = "untrusted", "The certificate that PostHog's address shows is not trusted here."
		e.Hint = "Where a proxy inspects the traffic, name its CA in SSL_CERT_FILE; else check POSTHOG_HOST."
	case Limited:
		e.Code, e.Detail = "rate_limited", "This server holds calls back, to stay under PostHog's limits."
		e.RetryAfter = seconds(f.RetryAfter)
		e.Hint = "Call again later, and less often."
		if e.RetryAfter > 0 {
			e.Hint = fmt.Sprintf("Call again after %s.", inSeconds(f.RetryAfter))
		}
	default:
		e.Code, e.Detail = "connection_lost", "The connection to PostHog ended before the answer was complete."
		e.Hint = "Try again."
	}
	if t.Effect != Read {
		e.Hint = t.outcome(f, e.Hint)
		e.Unsure = f.Sent
	}
	return e
}

// outcome says of a write without an answer whether it can have happened.
func (t *Tool) outcome(f *Failure, hint string) string {
	if !f.Sent {
		return strings.TrimSpace("Nothing was sent to PostHog. " + hint)
	}
	if f.Kind == Redirected { // what answered may have acted first, as a 303 says
		return "Outcome unknown, PostHog may have acted on it: " + t.Write.Verify + ". " + hint
	}
	if f.Status >= 200 && f.Status < 300 {
		return "PostHog accepted the request, only its answer is lost: " + t.Write.Verify + "."
	}
	return "Outcome unknown, PostHog may have acted on it: " + t.Write.Verify + "."
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
