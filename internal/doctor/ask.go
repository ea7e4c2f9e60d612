package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/tidwall/gjson"

	"posthog-mcp/tools"
	"posthog-mcp/tools/view"
	"posthog-mcp/transport/posthog"
)

// client calls a host with the key, as the server does.
func (e *exam) client(host *url.URL) *posthog.Client {
	return posthog.New(posthog.Options{Host: host, Key: e.Key, Timeout: e.Timeout, Base: e.Base, Logger: e.Logger, UserAgent: e.UserAgent})
}

// An answer is what a call came to.
type answer struct {
	// status is 0 where there was no answer.
	status int
	body   gjson.Result
	err    error
}

// read asks for what keep names of an object.
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

func (a answer) ok() bool { return a.status == http.StatusOK && a.body.IsObject() }

// lacksScope tells that the key may not ask this.
func (a answer) lacksScope() bool {
	return a.status == http.StatusForbidden && strings.Contains(a.detail(), "missing required scope")
}

func (a answer) detail() string { return a.body.Get("detail").String() }

// why is what went wrong, in PostHog's own words where there are some.
func (a answer) why() string {
	if a.err != nil {
		if f, found := errors.AsType[*tools.Failure](a.err); found && f.Kind == tools.TimedOut {
			return "no answer in time"
		}
		return a.err.Error() // a tools.Failure, which holds no secret
	}
	if detail := a.detail(); detail != "" {
		return fmt.Sprintf("%q (%d)", detail, a.status)
	}
	return fmt.Sprintf("an answer that is not PostHog's (%d)", a.status)
}

// longestText is enough for a sentence of PostHog's and ours around it,
// longestName for a name that somebody gave; in characters.
const (
	longestText = 1000
	longestName = 80
)

// clean makes a text fit for a terminal and for a ticket: on one line, without
// invisible characters. The client has taken the key out of PostHog's words.
func clean(text string) string {
	return cut(strings.Join(strings.Fields(view.Text(text)), " "), longestText)
}

// text is a value of PostHog's.
func text(value gjson.Result) string { return cut(clean(value.String()), longestName) }

func cut(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}

func plural(n int, one, many string) string {
	if n != 1 {
		one = many
	}
	return fmt.Sprintf("%d %s", n, one)
}

// and joins words as a sentence does.
func and(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}
