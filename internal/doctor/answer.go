package doctor

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/tidwall/gjson"
)

// http says whether PostHog itself answers.
func (e *exam) http(context.Context) Finding {
	p := &e.path
	const check = "check POSTHOG_HOST: it should be PostHog's own address"
	switch {
	case p.err != nil:
		return failed("connected, and then: "+reason(p.err), "try again in a minute; if it stays, look at what lies between, or give more --timeout")
	case p.status >= 300 && p.status <= 399:
		return failed(fmt.Sprintf("it redirects (%d) to %s, where the key is not sent", p.status, target(p)), check)
	case strings.HasPrefix(p.header.Get("Content-Type"), "text/html"):
		return failed(fmt.Sprintf("a web page answers (%d), which is not PostHog's API: a proxy's, or a login before it", p.status), check)
	case p.status >= 500:
		return failed(fmt.Sprintf("the server has a problem: it answers %d", p.status), later)
	case p.status == http.StatusTooManyRequests:
		return warning("PostHog holds back who asks too often (429)", "wait a minute")
	case p.status == http.StatusUnauthorized && gjson.GetBytes(p.body, "type").String() == "authentication_error":
		return ok("PostHog's API answers")
	}
	return failed(fmt.Sprintf("what answers (%d) does not speak as PostHog does", p.status), check)
}

var hostName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9._:\[\]-]{1,253}$`) })

// target is where a redirect leads, if that is a host.
func target(p *path) string {
	to, err := url.Parse(p.header.Get("Location"))
	switch {
	case err != nil:
		return "no place"
	case to.Host == "":
		return "another page of the same host"
	case !hostName().MatchString(strings.ToLower(to.Host)):
		return "no place"
	}
	return strings.ToLower(to.Host)
}

// mostSkew is how far clocks may be apart before schedules and certificates
// suffer.
const mostSkew = 30 * time.Second

// clock compares this machine's time with the answer's, which has whole
// seconds.
func (e *exam) clock(context.Context) Finding {
	at, err := http.ParseTime(e.path.header.Get("Date"))
	if err != nil {
		return skipped("because the answer has no date")
	}
	middle := e.path.from.Add(e.path.to.Sub(e.path.from) / 2)
	skew := middle.Sub(at).Round(time.Second)
	seconds := int64(skew / time.Second)
	e.report.ClockSkew = &seconds
	side := "ahead of"
	if skew < 0 {
		side = "behind"
	}
	switch {
	case skew.Abs() <= 2*time.Second:
		return ok("in step with PostHog's")
	case skew.Abs() > mostSkew:
		return warning(fmt.Sprintf("%s %s PostHog's", skew.Abs(), side), "set this machine's clock: start dates of subscriptions are taken from it")
	}
	return okf("%s %s PostHog's", skew.Abs(), side)
}
