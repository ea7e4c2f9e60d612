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
	// headerTimeout is above PostHog's slowest ordinary answers, and leaves time to
	// report the timeout before the call's deadline.
	headerTimeout = 20 * time.Second
	// maxHeader is far above any answer's header; net/http's default is 10 MB.
	maxHeader = 128 << 10
	// mostIdle is for HTTP/1.1, where each call in flight needs a connection: with fewer,
	// hundreds of callers would dial again and again. Over HTTP/2, which PostHog's cloud
	// speaks, there are one or two.
	mostIdle = 256
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
		// These leave a third of the call's time for an answer, if the connection is slow.
		DialContext:            (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		TLSHandshakeTimeout:    10 * time.Second,
		ResponseHeaderTimeout:  headerTimeout,
		MaxResponseHeaderBytes: maxHeader,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		MaxIdleConns:           mostIdle,
		MaxIdleConnsPerHost:    mostIdle,
		// Load balancers close a kept connection after 60 seconds: few writes should meet
		// a connection about to close.
		IdleConnTimeout:   50 * time.Second,
		ForceAttemptHTTP2: true,
		// Finds a connection that a sleeping laptop or a NAT has silently dropped, before
		// every call on it times out.
		HTTP2: &http.HTTP2Config{SendPingTimeout: 10 * time.Second, PingTimeout: 5 * time.Second},
	}
}
