package tools

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"time"

	"posthog-mcp/schema"
)

// Toolbox calls the tools of a catalogue. It is safe for concurrent use.
type Toolbox struct {
	// API is where the calls go.
	API Upstream
	// Project is the project of calls that name none: digits or @current.
	// Empty means @current.
	Project string
	// Host is where PostHog shows things to people, for links:
	// https://us.posthog.com. Empty for links without a host.
	Host string
	// Now is the clock that schedules are read by; nil for the machine's.
	Now func() time.Time
}

// Result is what a call gives the agent.
type Result struct {
	// Object is one compact JSON object without a line break.
	Object json.RawMessage
	// Text is for a client that shows text only: sentences on failure. Empty on
	// success, where the object is the text.
	Text string
	// IsError says that the call did not do what was asked.
	IsError bool
	// Status is PostHog's HTTP status; 0 when nothing was answered.
	Status int
}

// Call checks the arguments, sends the request and puts the answer into words.
// Whatever goes wrong is a Result that says what, and the way out: nothing is
// sent when the arguments are not in order.
func (b *Toolbox) Call(ctx context.Context, t *Tool, arguments json.RawMessage) Result {
	args, err := t.Schema.Check(arguments)
	if err != nil {
		return invalid(err)
	}
	chosen, err := choiceOf(args)
	if err != nil {
		return invalid(err)
	}
	if t.Check != nil {
		if found := t.Check(args); len(found) > 0 {
			return invalid(found)
		}
	}
	project := t.projectOf(args, b.Project)
	request, err := t.request(args, project)
	if err != nil {
		return invalid(err)
	}
	response, err := b.API.Do(ctx, request)
	if err == nil && t.Again != nil && response.Status >= 400 {
		if other := t.Again(response, request); other != nil {
			response, err = b.API.Do(ctx, other)
		}
	}
	if err != nil {
		var failure *Failure
		if !errors.As(err, &failure) {
			failure = &Failure{Kind: Broken, Sent: true, Err: err}
		}
		return t.failed(failure).result()
	}
	if response.Status < 200 || response.Status > 299 {
		return t.refused(response, project).result()
	}
	c := viewing{
		now: b.now(), base: b.Host + projectPath(project), single: !t.List,
		start: argumentText(args, "start_date"), choice: chosen,
	}
	return t.answered(args, response, c)
}

// projectOf is the project that the call is about: the one it names, else the
// configured one, else the current one. Empty where the operation belongs to
// none.
func (t *Tool) projectOf(args *schema.Arguments, configured string) string {
	if t.Schema.Field("project_id") == nil {
		return ""
	}
	return cmp.Or(t.argument(args, "project_id"), configured, currentProject)
}

func (b *Toolbox) now() time.Time {
	if b.Now != nil {
		return b.Now()
	}
	return time.Now()
}

func invalid(err error) Result {
	return (&Refusal{
		Code:   "invalid_arguments",
		Detail: err.Error(),
		Hint:   "Nothing was sent to PostHog. Correct the arguments and call again.",
	}).result()
}
