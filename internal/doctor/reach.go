package doctor

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"posthog-mcp/internal/cli"
	"posthog-mcp/transport/posthog"
)

const (
	// anyAnswer is a path that every PostHog answers without a key, with 401 and its own
	// words.
	anyAnswer = "/api/users/@me/"
	mostRead  = 64 << 10 // of that answer, which has one line
	// mostSkew is the difference between clocks above which schedules and certificates
	// may fail.
	mostSkew = 30 * time.Second

	checkHost    = "check POSTHOG_HOST: it should be PostHog's own address"
	checkBetween = "check the host, its port, and what lies between: a firewall, a proxy, a VPN"
	later        = "try again in a minute"
)

// A failure is a way in which a connection fails, and what to do. Without a detail it is
// told in the words of the error.
type failure struct {
	is           func(error) bool
	detail, next string
}

// failures are all ways; the first that fits is told.
var failures = []failure{
	{func(err error) bool { return errors.Is(err, posthog.ProxyRefusal(http.StatusProxyAuthRequired)) },
		"the proxy asks for a name and a password (407)", "put them into HTTPS_PROXY, or the host into NO_PROXY"},
	{is[posthog.ProxyRefusal], "", "have the proxy let the host pass, or put the host into NO_PROXY"},
	{is[*net.DNSError], "the name cannot be looked up", "check POSTHOG_HOST, and that this machine is online"},
	{is[*tls.CertificateVerificationError], "",
		"check POSTHOG_HOST and this machine's clock; if a proxy of your company signs certificates, trust its CA: SSL_CERT_FILE=/path/to/ca.pem on Linux, else the system's settings"},
	{func(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) },
		"the connection ended before the answer was complete", checkBetween},
	{func(error) bool { return true }, "", checkBetween},
}

func is[E error](err error) bool {
	_, found := errors.AsType[E](err)
	return found
}

// reach finds out whether PostHog answers. It asks without the key, so that only a
// PostHog ever sees the key.
func (e *exam) reach(ctx context.Context) Finding {
	request := (&http.Request{
		Method: http.MethodGet, URL: &url.URL{Scheme: e.Host.Scheme, Host: e.Host.Host, Path: anyAnswer}, Host: e.Host.Host,
		Header: http.Header{"Accept": {"application/json"}, "User-Agent": {e.UserAgent}},
	}).WithContext(ctx)
	by := ""
	proxy, err := e.Proxy(request)
	switch {
	case e.Base != nil:
	case err != nil:
		return failed("the proxy in the environment cannot be used", "correct HTTPS_PROXY and HTTP_PROXY")
	case proxy != nil:
		e.report.Host.Proxy = (&url.URL{Scheme: proxy.Scheme, Host: proxy.Host}).String() // without its password
		by = " by the proxy " + e.report.Host.Proxy
	}
	f := e.knock(request, by)
	if variable := ignored(proxy); variable != "" {
		f.Detail += "; " + variable + " names what cannot be used, and is passed over"
		f.Next = strings.TrimSuffix("correct "+variable+"; "+f.Next, "; ")
		if f.State == OK {
			f.State = Warning
		}
	}
	return f
}

// knock makes the request, and judges the answer.
func (e *exam) knock(request *http.Request, by string) Finding {
	from := e.Now()
	res, body, err := e.send(request) //nolint:bodyclose // send closes it
	if err != nil {
		reason := failures[slices.IndexFunc(failures, func(f failure) bool { return f.is(err) })]
		return failed(e.Host.Host+by+": "+cmp.Or(reason.detail, posthog.Cause(err).Error()), reason.next)
	}
	if f := notPostHog(res, body); f.State != OK {
		return f
	}
	detail := "PostHog's API answers" + by
	if res.TLS != nil && e.Base == nil {
		name := res.TLS.PeerCertificates[0].Issuer
		e.report.Host.TLS = tls.VersionName(res.TLS.Version)
		e.report.Host.Issuer = cli.Cut(clean(cmp.Or(name.CommonName, strings.Join(name.Organization, " "))), longestName)
		detail += fmt.Sprintf(" over %s, certificate signed by %s", e.report.Host.TLS, e.report.Host.Issuer)
	}
	at, err := http.ParseTime(res.Header.Get("Date"))
	if err != nil {
		return ok(detail)
	}
	// The difference at the middle of the request; the header has whole seconds.
	skew := from.Add(e.Now().Sub(from) / 2).Sub(at).Round(time.Second)
	seconds, side := int64(skew/time.Second), "ahead of"
	if e.report.ClockSkew = &seconds; skew < 0 {
		side = "behind"
	}
	if skew.Abs() <= mostSkew {
		return ok(detail)
	}
	return warning(fmt.Sprintf("%s; this machine's clock is %s %s PostHog's", detail, skew.Abs(), side), "set the clock: start dates of subscriptions are taken from it")
}

// send sends a request without the key, and closes the answer.
func (e *exam) send(request *http.Request) (*http.Response, []byte, error) {
	wire := e.Base
	if wire == nil {
		own := posthog.Transport(e.Proxy)
		defer own.CloseIdleConnections()
		wire = own
	}
	res, err := wire.RoundTrip(request)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode == http.StatusSwitchingProtocols {
		return res, nil, nil // the body would have no end, and no deadline
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, mostRead))
	return res, body, err
}

// notPostHog explains why the answer is not one of PostHog; OK if it is.
func notPostHog(res *http.Response, body []byte) Finding {
	status := res.StatusCode
	switch {
	case status >= 300 && status <= 399:
		place := "another page"
		if to, err := url.Parse(res.Header.Get("Location")); err == nil && to.Host != "" {
			place = cli.Cut(to.Host, longestName)
		}
		return failed(fmt.Sprintf("it redirects (%d) to %s, where the key is not sent", status, place), checkHost)
	case strings.HasPrefix(res.Header.Get("Content-Type"), "text/html"):
		return failed(fmt.Sprintf("a web page answers (%d), which is not PostHog's API: a proxy's, or a login before it", status), checkHost)
	case status >= 500:
		return failed(fmt.Sprintf("the server has a problem: it answers %d", status), later)
	case status == http.StatusTooManyRequests:
		return warning("PostHog holds back who asks too often (429)", "wait a minute")
	case status == http.StatusUnauthorized && gjson.GetBytes(body, "type").String() == "authentication_error":
		return ok("")
	}
	return failed(fmt.Sprintf("what answers (%d) does not speak as PostHog does", status), checkHost)
}

// ignored is a variable of the environment that Go ignores in silence: a proxy that is
// no URL, or certificates that do not exist.
func ignored(proxy *url.URL) string {
	value := cmp.Or(os.Getenv("HTTPS_PROXY"), os.Getenv("https_proxy"))
	_, err := url.Parse(value)
	if _, short := url.Parse("http://" + value); proxy == nil && err != nil && short != nil { // a host alone will do
		return "HTTPS_PROXY"
	}
	for _, name := range []string{"SSL_CERT_FILE", "SSL_CERT_DIR"} {
		place, _, _ := strings.Cut(os.Getenv(name), string(os.PathListSeparator))
		if _, err := os.Stat(place); place != "" && err != nil {
			return name
		}
	}
	return ""
}
