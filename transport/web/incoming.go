package web

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

const (
	// largeBody is more than calls are, in bytes: those are a few KB.
	largeBody = 64 << 10
	// largeAtOnce bounds how many larger ones are in memory, each up to five
	// times while it is understood. Others wait for their turn; small ones pass.
	largeAtOnce = 8
	// largePatience is how long they wait at most: for no longer than the guard
	// gives a body to arrive.
	largePatience = 30 * time.Second
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

// moderately bounds what bodies cost. A connection waits, and may be closed for
// another, while the body of its request comes in: nothing was done for it yet.
func moderately(next http.Handler) http.Handler {
	large := make(chan struct{}, largeAtOnce)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 {
			body := &incoming{ReadCloser: r.Body, ended: r.Context().Done()}
			if r.ContentLength < 0 || r.ContentLength > largeBody {
				body.large = large
				defer body.leave()
			}
			if r.ProtoMajor == 1 { // another's requests are on one connection
				body.seat, _ = r.Context().Value(seatKey{}).(seat)
			}
			// net/http looks at its own request's body to close a connection
			// gently, so that a client that is still sending can read the refusal.
			r = r.WithContext(r.Context())
			r.Body = body
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
	seat  seat            // zero for one that cannot be closed for another
	large chan struct{}   // nil for a small body
	ended <-chan struct{} // once the client left
	begun bool
	holds bool // a place in large
}

// Read reads from the body.
func (b *incoming) Read(p []byte) (int, error) {
	if !b.begun {
		b.begun = true
		if b.seat.all != nil {
			b.seat.all.sit(b.seat.conn)
		}
		if err := b.enter(); err != nil {
			return 0, err
		}
	}
	n, err := b.ReadCloser.Read(p)
	if err != nil && b.seat.all != nil {
		b.seat.all.note(b.seat.conn, http.StateActive)
	}
	return n, err
}

// enter waits until a large body may be read.
func (b *incoming) enter() error {
	if b.large == nil {
		return nil
	}
	timeout := time.NewTimer(largePatience)
	defer timeout.Stop()
	select {
	case b.large <- struct{}{}:
		b.holds = true
		return nil
	case <-timeout.C:
		return os.ErrDeadlineExceeded
	case <-b.ended:
		return io.ErrUnexpectedEOF
	}
}

// leave makes room once the request was dealt with.
func (b *incoming) leave() {
	if b.holds {
		<-b.large
	}
}
