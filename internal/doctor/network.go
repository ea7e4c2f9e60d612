package doctor

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"syscall"
)

// noNetwork is said of the steps that the embedded sandbox does not have.
const noNetwork = "because the sandbox is in this process"

// proxy makes the way, and says by what it leads.
func (e *exam) proxy(ctx context.Context) Finding {
	e.path = e.travel(ctx)
	if e.Base != nil {
		return skipped(noNetwork)
	}
	p := &e.path
	if errors.Is(p.err, errProxy) {
		return failed(errProxy.Error(), "correct HTTPS_PROXY and HTTP_PROXY")
	}
	by := "none"
	if p.proxy != nil {
		e.report.Host.Proxy = bare(p.proxy)
		by = e.report.Host.Proxy + ", from the environment"
	}
	if p.broke() == "proxy" {
		return e.refusedByProxy(by)
	}
	if p.proxy == nil && e.Host.Scheme == "https" && e.passedOver() {
		return warning("none: HTTPS_PROXY is not a URL, and is passed over", "correct HTTPS_PROXY, or unset it")
	}
	certificates, missing := e.certificates()
	if missing != "" {
		return warning(fmt.Sprintf("%s; %s cannot be read", by, missing), "correct SSL_CERT_FILE or SSL_CERT_DIR, or unset it")
	}
	return ok(by + "; " + certificates)
}

func (e *exam) refusedByProxy(by string) Finding {
	switch status := e.path.proxyStatus; status {
	case 0:
		return failed(by+": it was reached, and opened no way to the host", "ask who runs the proxy, or put the host into NO_PROXY")
	case http.StatusProxyAuthRequired:
		return failed(by+": it asks for a name and a password (407)", "put them into HTTPS_PROXY, or the host into NO_PROXY")
	default:
		return failed(fmt.Sprintf("%s: it refused to connect (%d)", by, status), "have the proxy let the host pass, or put the host into NO_PROXY")
	}
}

// passedOver tells that there is a proxy in the environment that nobody uses:
// net/http says nothing about one that it cannot read.
func (e *exam) passedOver() bool {
	value := cmp.Or(e.Getenv("HTTPS_PROXY"), e.Getenv("https_proxy"))
	_, err := url.Parse(value)
	_, short := url.Parse("http://" + value) // a host alone will do
	return err != nil && short != nil
}

// bare is a proxy's URL without its password.
func bare(u *url.URL) string { return (&url.URL{Scheme: u.Scheme, Host: u.Host}).String() }

// certificates says whose signatures are trusted, and which of the places that
// the environment names is missing: Go passes those over in silence.
func (e *exam) certificates() (what, missing string) {
	for _, name := range []string{"SSL_CERT_FILE", "SSL_CERT_DIR"} {
		value := e.Getenv(name)
		if value == "" {
			continue
		}
		e.report.Host.CA = append(e.report.Host.CA, value)
		if name == "SSL_CERT_DIR" {
			value, _, _ = strings.Cut(value, ":")
		}
		if _, err := os.Stat(value); err != nil {
			missing = name
		}
	}
	if len(e.report.Host.CA) == 0 {
		return "the system's certificates", ""
	}
	return "certificates in " + strings.Join(e.report.Host.CA, " and "), missing
}

func (e *exam) dns(context.Context) Finding {
	p := &e.path
	if e.Base != nil {
		return skipped(noNetwork)
	}
	name := e.Host.Hostname()
	if p.proxy != nil {
		name = p.proxy.Hostname()
	}
	if p.broke() == "dns" {
		reason := "there is no such name"
		if d, found := errors.AsType[*net.DNSError](p.err); found && !d.IsNotFound {
			reason = "the name could not be looked up"
		}
		return failed(fmt.Sprintf("%s: %s", name, reason), "check POSTHOG_HOST, and that this machine is online")
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return okf("%s is an address; there is no name to look up", name)
	}
	return okf("%s has %s", name, plural(p.addresses, "address", "addresses"))
}

func (e *exam) tcp(context.Context) Finding {
	p := &e.path
	if e.Base != nil {
		return skipped(noNetwork)
	}
	if p.broke() == "tcp" {
		to := p.dialled
		if p.proxy != nil {
			to += ", the proxy"
		}
		return failed(fmt.Sprintf("%s: %s", to, reason(p.err)), "check the host, its port, and what lies between: a firewall, a proxy, a VPN")
	}
	if p.proxy == nil {
		e.report.Host.Address = p.dialled
	}
	return ok("connected to " + p.dialled)
}

// reason is why a connection failed, in the system's words alone: other errors
// may quote what came.
func reason(err error) string {
	if errno, found := errors.AsType[syscall.Errno](err); found {
		return errno.Error()
	}
	if timeout, found := errors.AsType[net.Error](err); found && timeout.Timeout() {
		return "no answer in time"
	}
	return "the connection ended before the answer was complete"
}

func (e *exam) tls(context.Context) Finding {
	p := &e.path
	switch {
	case e.Base != nil:
		return skipped(noNetwork)
	case e.Host.Scheme != "https":
		return skipped("because the address begins with http://")
	case p.broke() == "tls":
		return distrusted(p.tlsErr)
	}
	e.report.Host.TLS = tls.VersionName(p.tls.Version)
	e.report.Host.Issuer = e.clean(issuer(p.tls.PeerCertificates))
	return okf("%s, certificate signed by %s", e.report.Host.TLS, e.report.Host.Issuer)
}

// distrusted says why there is no secure connection.
func distrusted(err error) Finding {
	cert, found := errors.AsType[*tls.CertificateVerificationError](err)
	if !found {
		return failed("no secure connection: "+handshake(err), "check the host and its port")
	}
	signed := "the certificate, signed by " + issuer(cert.UnverifiedCertificates) + ","
	if invalid, found := errors.AsType[x509.CertificateInvalidError](err); found && invalid.Reason == x509.Expired {
		return failed(signed+" is out of date, or not yet valid", "check this machine's clock, then the host's certificate")
	}
	if _, found := errors.AsType[x509.HostnameError](err); found {
		return failed(signed+" is for another host", "check POSTHOG_HOST")
	}
	return failed(signed+" is not trusted here",
		"if a proxy of your company signs it, trust its CA: SSL_CERT_FILE=/path/to/ca.pem on Linux, else the system's settings")
}

func handshake(err error) string {
	if record, found := errors.AsType[tls.RecordHeaderError](err); found {
		return record.Msg
	}
	return reason(err)
}

// issuer is who a certificate says has signed it; anybody can say anything.
func issuer(chain []*x509.Certificate) string {
	if len(chain) == 0 {
		return "nobody"
	}
	name := chain[0].Issuer
	return cut(cmp.Or(name.CommonName, strings.Join(name.Organization, " ")), longestName)
}
