package posthog

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
)

// watcher sees what net/http does with a request, for two questions that its
// errors do not answer: may a byte have left, and is net/http about to send a
// write a second time by itself.
type watcher struct {
	ctx    context.Context // the call's
	cancel context.CancelFunc

	asked  atomic.Bool // the transport is known to report
	got    atomic.Bool // a connection has the request, or had it and may have sent it
	http2  atomic.Bool // that connection speaks HTTP/2
	wrote  atomic.Bool // the request's header was written
	halted atomic.Bool // a second sending was prevented
}

// watch returns the context for one exchange, to be ended with stop.
//
// Over HTTP/1.1 net/http repeats a write only when nothing of it was written.
// Over HTTP/2 it repeats any request, a POST too, after REFUSED_STREAM, after a
// GOAWAY and after a PROTOCOL_ERROR from the server. The first two promise that
// nothing was done, the third does not, and a client cannot tell them apart:
// so a write whose header has left ends there.
func (c *Client) watch(ctx context.Context, repeatable bool) (context.Context, *watcher) {
	inner, cancel := context.WithCancel(ctx)
	w := &watcher{ctx: ctx, cancel: cancel}
	_, reports := c.base.(*http.Transport)
	w.asked.Store(reports)
	return httptrace.WithClientTrace(inner, &httptrace.ClientTrace{
		GetConn: func(string) {
			w.asked.Store(true)
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

// stop ends what is left of the exchange: a body that was not read, a stream.
func (w *watcher) stop() { w.cancel() }

// sent reports whether PostHog may have received the request. A transport that
// never reports may have sent everything.
func (w *watcher) sent() bool { return w.got.Load() || !w.asked.Load() }

func speaksHTTP2(conn net.Conn) bool {
	secure, ok := conn.(*tls.Conn)
	return ok && secure.ConnectionState().NegotiatedProtocol == "h2"
}
