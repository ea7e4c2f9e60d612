package posthog

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"
)

const (
	// kept is the most idle connections to PostHog. Over HTTP/1.1 each call in
	// flight needs one, and with fewer, hundreds of callers would dial again and
	// again. Over HTTP/2, which PostHog's cloud speaks, there are one or two.
	kept = 256
	// dialTimeout and tlsTimeout leave a third of the call's time for an answer, if
	// the connection is slow.
	dialTimeout = 10 * time.Second
	tlsTimeout  = 10 * time.Second
	// headerTimeout is above PostHog's slowest ordinary answers, and leaves time to
	// report the timeout before the call's deadline.
	headerTimeout = 20 * time.Second
	// idleTimeout is below the 60 seconds after which load balancers close a
	// kept connection, so that few writes meet a connection about to close.
	idleTimeout = 50 * time.Second
	// pingAfter and pingTimeout find an HTTP/2 connection that a sleeping laptop or
	// a NAT has silently dropped, before every call on it times out.
	pingAfter   = 10 * time.Second
	pingTimeout = 5 * time.Second
	// maxHeader is far above any answer's header; net/http's default is 10 MB.
	maxHeader = 128 << 10
)

// errProxy replaces net/http's own error, which repeats the proxy's URL with its
// password.
var errProxy = errors.New("the proxy setting in the environment is not a URL")

// ProxyRefusal is the status with which a proxy refused to connect. It replaces
// net/http's own error, which quotes the proxy.
type ProxyRefusal int

// Error implements error.
func (p ProxyRefusal) Error() string { return fmt.Sprintf("the proxy answered %d", int(p)) }

// Transport returns a transport to the real network: the standard library's HTTP/2,
// gzip, proxy and CA handling, with limits. proxy returns the proxy of a request, or
// nil. Its errors may repeat a password and are not passed on.
func Transport(proxy func(*http.Request) (*url.URL, error)) *http.Transport {
	return &http.Transport{
		Proxy: func(r *http.Request) (*url.URL, error) {
			u, err := proxy(r)
			if err != nil {
				return nil, errProxy
			}
			return u, nil
		},
		OnProxyConnectResponse: func(_ context.Context, _ *url.URL, _ *http.Request, res *http.Response) error {
			if res.StatusCode != http.StatusOK {
				return ProxyRefusal(res.StatusCode)
			}
			return nil
		},
		DialContext:            (&net.Dialer{Timeout: dialTimeout}).DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    tlsTimeout,
		ResponseHeaderTimeout:  headerTimeout,
		MaxResponseHeaderBytes: maxHeader,
		MaxIdleConns:           kept,
		MaxIdleConnsPerHost:    kept,
		IdleConnTimeout:        idleTimeout,
		ForceAttemptHTTP2:      true,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingTimeout},
	}
}
