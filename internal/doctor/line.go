package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"posthog-mcp/tools"
	"posthog-mcp/transport/posthog"
)

// line calls one host with the key, as the server does, and notes how long the
// calls take.
type line struct {
	api  *posthog.Client
	now  func() time.Time
	took []time.Duration
}

func (e *exam) lineTo(host *url.URL) *line {
	return &line{now: e.Now, api: posthog.New(posthog.Options{
		Host: host, Key: e.Key, Timeout: e.Timeout, Base: e.Base, Logger: e.Logger, UserAgent: e.UserAgent,
	})}
}

func (l *line) close() { l.api.CloseIdle() }

// Do makes the call.
func (l *line) Do(ctx context.Context, r *tools.Request) (*tools.Response, error) {
	start := l.now()
	response, err := l.api.Do(ctx, r)
	if err == nil {
		l.took = append(l.took, l.now().Sub(start))
	}
	return response, err
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
	return answered(e.line.Do(ctx, &tools.Request{Method: http.MethodGet, Path: path, Route: path, Query: query, Keep: keep, Repeatable: true}))
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

// slowCall is a median that people notice in a conversation.
const slowCall = 2 * time.Second

// latency is the median of the calls, without the first, which opens the
// connection.
func (e *exam) latency(context.Context) Finding {
	took := e.line.took
	if len(took) > 1 {
		took = took[1:]
	}
	if len(took) == 0 {
		return skipped("because no call was answered")
	}
	took = slices.Sorted(slices.Values(took))
	median := took[len(took)/2]
	milliseconds := median.Milliseconds()
	e.report.Latency = &milliseconds
	detail := fmt.Sprintf("%d ms, the median of %s", milliseconds, plural(len(took), "call", "calls"))
	if median > slowCall {
		return warning(detail, "PostHog or the way there is slow; agents that read much will feel it")
	}
	return ok(detail)
}
