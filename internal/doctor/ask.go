package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/tidwall/gjson"

	"posthog-mcp/internal/cli"
	"posthog-mcp/tools"
	"posthog-mcp/tools/view"
	"posthog-mcp/transport/posthog"
)

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
	return answered(e.api.Do(ctx, &tools.Request{Method: http.MethodGet, Path: path, Route: path, Query: query, Keep: keep, Repeatable: true}))
}

func answered(response *tools.Response, err error) answer {
	if err != nil {
		return answer{err: err}
	}
	a := answer{status: response.Status}
	if gjson.ValidBytes(response.Body) {
		a.body = gjson.ParseBytes(response.Body)
	}
	return a
}

// none reports whether nothing was asked.
func (a answer) none() bool { return a.status == 0 && a.err == nil }

func (a answer) ok() bool { return a.status == http.StatusOK && a.body.IsObject() }

// lacksScope reports whether the key lacks the scope for the call.
func (a answer) lacksScope() bool {
	return a.status == http.StatusForbidden && strings.Contains(a.detail(), "missing required scope")
}

func (a answer) detail() string { return a.body.Get("detail").String() }

// why is the reason for a failure, in PostHog's words if it gave some.
func (a answer) why() string {
	f, failed := errors.AsType[*tools.Failure](a.err) // without secrets
	switch {
	case failed && f.Kind == tools.TimedOut:
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
