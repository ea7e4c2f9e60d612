package doctor

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
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
	// mostRead limits that answer, which has one line.
	mostRead = 64 << 10
	// mostSkew is the difference between clocks above which schedules and certificates
	// may fail.
	mostSkew = 30 * time.Second

	checkHost = "check POSTHOG_HOST: it should be PostHog's own address"
	later     = "try again in a minute"
)

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
		proxy = nil
	case err != nil:
		return failed("the proxy in the environment cannot be used", "correct HTTPS_PROXY and HTTP_PROXY")
	case proxy != nil:
		e.report.Host.Proxy = (&url.URL{Scheme: proxy.Scheme, Host: proxy.Host}).String() // without its password
		by = " by the proxy " + e.report.Host.Proxy
	}
	from := e.Now()
	res, body, err := e.knock(request) //nolint:bodyclose // knock closes it
	variable, ignored := e.ignored(proxy), ""
	if variable != "" {
		ignored = "; " + variable + " names what cannot be used, and is passed over"
	}
	if err != nil {
		f := e.unreached(err, by)
		if f.Detail += ignored; ignored != "" {
			f.Next = "correct " + variable + "; " + f.Next
		}
		return f
	}
	if f := notPostHog(res, body); f.State != OK {
		return f
	}
	detail := "PostHog's API answers" + by
	if res.TLS != nil && e.Base == nil {
		e.report.Host.TLS, e.report.Host.Issuer = tls.VersionName(res.TLS.Version), clean(issuer(res.TLS.PeerCertificates))
		detail += fmt.Sprintf(" over %s, certificate signed by %s", e.report.Host.TLS, e.report.Host.Issuer)
	}
	if ignored != "" {
		return warning(detail+ignored, "correct "+variable+", or unset it")
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

// knock sends a request without the key, and closes the answer.
func (e *exam) knock(request *http.Request) (*http.Response, []byte, error) {
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

// unreached explains an error of the connection.
func (e *exam) unreached(err error, by string) Finding {
	const online, between = "check POSTHOG_HOST, and that this machine is online", "check the host, its port, and what lies between: a firewall, a proxy, a VPN"
	host, reason := e.Host.Host+by+": ", posthog.Cause(err)
	refusal, refused := errors.AsType[posthog.ProxyRefusal](err)
	dns, nameless := errors.AsType[*net.DNSError](err)
	cert, distrusts := errors.AsType[*tls.CertificateVerificationError](err)
	switch {
	case refusal == http.StatusProxyAuthRequired:
		return failed(host+"the proxy asks for a name and a password (407)", "put them into HTTPS_PROXY, or the host into NO_PROXY")
	case refused:
		return failed(fmt.Sprintf("%sthe proxy refused to connect (%d)", host, int(refusal)), "have the proxy let the host pass, or put the host into NO_PROXY")
	case nameless && dns.IsNotFound:
		return failed(host+"there is no such name", online)
	case nameless:
		return failed(host+"the name could not be looked up", online)
	case distrusts:
		return distrusted(cert)
	case errors.Is(reason, io.EOF), errors.Is(reason, io.ErrUnexpectedEOF):
		return failed(host+"the connection ended before the answer was complete", between)
	}
	return failed(host+reason.Error(), between)
}

// distrusted explains why the certificate is refused.
func distrusted(cert *tls.CertificateVerificationError) Finding {
	signed := "the certificate, signed by " + issuer(cert.UnverifiedCertificates) + ","
	if invalid, found := errors.AsType[x509.CertificateInvalidError](cert); found && invalid.Reason == x509.Expired {
		return failed(signed+" is out of date, or not yet valid", "check this machine's clock, then the host's certificate")
	}
	if _, found := errors.AsType[x509.HostnameError](cert); found {
		return failed(signed+" is for another host", "check POSTHOG_HOST")
	}
	return failed(signed+" is not trusted here",
		"if a proxy of your company signs it, trust its CA: SSL_CERT_FILE=/path/to/ca.pem on Linux, else the system's settings")
}

// issuer is the issuer that a certificate names; the name may be false.
func issuer(chain []*x509.Certificate) string {
	if len(chain) == 0 {
		return "nobody"
	}
	name := chain[0].Issuer
	return cli.Cut(cmp.Or(name.CommonName, strings.Join(name.Organization, " ")), longestName)
}

// notPostHog explains why the answer is not one of PostHog; OK if it is.
func notPostHog(res *http.Response, body []byte) Finding {
	status := res.StatusCode
	switch {
	case status >= 300 && status <= 399:
		return failed(fmt.Sprintf("it redirects (%d) to %s, where the key is not sent", status, target(res)), checkHost)
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

var hostName = regexp.MustCompile(`^[a-z0-9._:\[\]-]+$`)

// target is the host to which a redirect leads.
func target(res *http.Response) string {
	to, err := url.Parse(res.Header.Get("Location"))
	switch {
	case err != nil || to.Host != "" && (len(to.Host) > 253 || !hostName.MatchString(strings.ToLower(to.Host))):
		return "no place"
	case to.Host == "":
		return "another page of the same host"
	}
	return strings.ToLower(to.Host)
}

// ignored is a variable of the environment that Go ignores in silence: a proxy that is
// no URL, or certificates that do not exist.
func (e *exam) ignored(proxy *url.URL) string {
	value := cmp.Or(e.Getenv("HTTPS_PROXY"), e.Getenv("https_proxy"))
	_, err := url.Parse(value)
	if _, short := url.Parse("http://" + value); proxy == nil && err != nil && short != nil { // a host alone will do
		return "HTTPS_PROXY"
	}
	for _, name := range []string{"SSL_CERT_FILE", "SSL_CERT_DIR"} {
		place, _, _ := strings.Cut(e.Getenv(name), string(os.PathListSeparator))
		if _, err := os.Stat(place); place != "" && err != nil {
			return name
		}
	}
	return ""
}
