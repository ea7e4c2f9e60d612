package doctor

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync"
	"time"
)

const (
	// anyAnswer is a path that every PostHog answers to who sends no key, with
	// a 401 in words of its own.
	anyAnswer = "/api/users/@me/"
	// mostRead is of an answer without a key, which has a line.
	mostRead = 64 << 10
)

// path is what a request met on its way.
type path struct {
	proxy *url.URL
	// host is what the name was looked up of, the proxy's where there is one.
	host      string
	addresses int
	dialled   string
	connected bool
	// secured is set once a handshake began; its state counts when it did not
	// fail.
	secured bool
	tls     tls.ConnectionState
	tlsErr  error
	// proxyStatus is the proxy's answer to CONNECT.
	proxyStatus int
	carried     bool

	status   int
	header   http.Header
	body     []byte
	err      error
	from, to time.Time
}

// broke names the check of the step that failed; empty when there is an answer.
func (p *path) broke() string {
	_, unknown := errors.AsType[*net.DNSError](p.err)
	switch {
	case p.err == nil:
		return ""
	case unknown:
		return "dns"
	case errors.Is(p.err, errProxy), p.proxyStatus != 0 && p.proxyStatus != http.StatusOK:
		return "proxy"
	case !p.connected:
		return "tcp"
	case p.secured && p.tlsErr != nil:
		return "tls"
	case p.proxy != nil && !p.secured && !p.carried:
		return "proxy"
	}
	return "http"
}

// tracer notes the steps. net/http may go on dialling after the request has
// ended, so that they are taken out under its lock.
type tracer struct {
	mu   sync.Mutex
	path path
}

func (t *tracer) note(step func(*path)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	step(&t.path)
}

func (t *tracer) hooks() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		DNSStart: func(i httptrace.DNSStartInfo) { t.note(func(p *path) { p.host = i.Host }) },
		DNSDone:  func(i httptrace.DNSDoneInfo) { t.note(func(p *path) { p.addresses = len(i.Addrs) }) },
		ConnectStart: func(_, address string) {
			t.note(func(p *path) {
				if !p.connected {
					p.dialled = address
				}
			})
		},
		ConnectDone: func(_, address string, err error) {
			t.note(func(p *path) {
				if err == nil {
					p.connected, p.dialled = true, address
				}
			})
		},
		TLSHandshakeStart: func() { t.note(func(p *path) { p.secured = true }) },
		TLSHandshakeDone: func(s tls.ConnectionState, err error) {
			t.note(func(p *path) { p.tls, p.tlsErr = s, err })
		},
		GotConn: func(httptrace.GotConnInfo) { t.note(func(p *path) { p.carried = true }) },
	}
}

var errProxy = errors.New("the proxy in the environment cannot be used")

// travel makes one request without the key, so that what answers is known
// before the key is shown to it.
func (e *exam) travel(ctx context.Context) path {
	t := &tracer{}
	wire := e.Base
	if wire == nil {
		own := e.network(t)
		defer own.CloseIdleConnections()
		wire = own
	}
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, t.hooks()), http.MethodGet, e.Host.String()+anyAnswer, http.NoBody)
	if err != nil {
		return path{err: err}
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", e.UserAgent)

	from := e.Now()
	res, err := wire.RoundTrip(req)
	var body []byte
	if err == nil {
		body, err = io.ReadAll(io.LimitReader(res.Body, mostRead))
		_ = res.Body.Close()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.path
	p.err, p.body, p.from, p.to = err, body, from, e.Now()
	if res != nil {
		p.status, p.header = res.StatusCode, res.Header
	}
	return p
}

// network is as the server's own: the environment's proxy, the system's
// certificates, TLS 1.2 or better.
func (e *exam) network(t *tracer) *http.Transport {
	return &http.Transport{
		Proxy: func(r *http.Request) (*url.URL, error) {
			proxy, err := e.Proxy(r)
			if err != nil {
				return nil, errProxy // whose own words may repeat the URL with its password
			}
			t.note(func(p *path) { p.proxy = proxy })
			return proxy, nil
		},
		OnProxyConnectResponse: func(_ context.Context, _ *url.URL, _ *http.Request, res *http.Response) error {
			t.note(func(p *path) { p.proxyStatus = res.StatusCode })
			return nil
		},
		TLSClientConfig:   &tls.Config{MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2: true,
		DisableKeepAlives: true,
	}
}
