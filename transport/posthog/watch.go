package posthog

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
)

// watcher traces a request through net/http, to answer two questions that its errors
// leave open: can a byte have been sent, and is net/http about to repeat a write by
// itself?
type watcher struct {
	ctx    context.Context // the call's
	cancel context.CancelFunc

	traced atomic.Bool // the transport reports to httptrace
	got    atomic.Bool // a connection has the request, or had it and may have sent it
	http2  atomic.Bool // that connection speaks HTTP/2
	wrote  atomic.Bool // the request's header was written
	halted atomic.Bool // a repetition was prevented
}

// watch returns the context for one exchange. End it with cancel.
//
// Over HTTP/1.1 net/http repeats a write only if nothing of it was written. Over
// HTTP/2 it repeats any request, even a POST, after REFUSED_STREAM, GOAWAY or
// PROTOCOL_ERROR from the server. The first two promise that nothing was done, the
// third does not, and the trace cannot tell them apart. So a write whose header was
// sent is cancelled.
func (c *Client) watch(ctx context.Context, repeatable bool) (context.Context, *watcher) {
	inner, cancel := context.WithCancel(ctx)
	w := &watcher{ctx: ctx, cancel: cancel}
	_, reports := c.base.(*http.Transport)
	w.traced.Store(reports)
	return httptrace.WithClientTrace(inner, &httptrace.ClientTrace{
		GetConn: func(string) {
			w.traced.Store(true)
			if !repeatable {
				w.got.Store(w.wrote.Load() && w.http2.Load())
			}
		},
		GotConn: func(info httptrace.GotConnInfo) {
			if !repeatable && w.wrote.Load() && w.http2.Load() {
				w.halted.Store(true)
				cancel()
			}
			w.http2.Store(speaksHTTP2(info.Conn))
			w.got.Store(true)
		},
		WroteHeaders: func() { w.wrote.Store(true) },
	}), w
}

// sent reports whether PostHog may have received the request. It is true for a
// transport that does not report.
func (w *watcher) sent() bool { return w.got.Load() || !w.traced.Load() }

func speaksHTTP2(conn net.Conn) bool {
	secure, ok := conn.(*tls.Conn)
	return ok && secure.ConnectionState().NegotiatedProtocol == "h2"
}
