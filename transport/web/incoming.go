package web

import (
	"context"
	"io"
	"net"
	"net/http"
)

// seat is the place of a request's connection among the others.
type seat struct {
	all  *connections
	conn net.Conn
}

type seatKey struct{}

// withSeat is the server's ConnContext hook.
func (s *connections) withSeat(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, seatKey{}, seat{s, c})
}

// seated has a connection wait while the body of its request comes in: nothing
// was done for it yet. An HTTP/2 connection has other requests, too, so that it
// never waits while it has one.
func seated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if at, ok := r.Context().Value(seatKey{}).(seat); ok && r.ProtoMajor == 1 && r.ContentLength != 0 {
			r.Body = &incoming{ReadCloser: r.Body, seat: at}
		}
		if r.ProtoMajor == 1 && len(r.TransferEncoding) > 0 {
			// There may have been a Content-Length too, which net/http drops, and
			// by which a proxy in front saw another end of this request. Nothing
			// behind it is to be taken for one (RFC 9112, 6.1).
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

// incoming is a body whose first read begins to wait for it, and whose end is
// the end of that.
type incoming struct {
	io.ReadCloser
	seat  seat
	begun bool
}

// Read reads from the body.
func (b *incoming) Read(p []byte) (int, error) {
	if !b.begun {
		b.begun = true
		b.seat.all.sit(b.seat.conn)
	}
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.seat.all.note(b.seat.conn, http.StateActive)
	}
	return n, err
}
