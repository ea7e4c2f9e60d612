package tools

import (
	"context"
	"fmt"
	"time"
)

// Upstream is the PostHog API as the tools see it. An implementation owns the
// connection, the key, deadlines and retries; it knows nothing of tools.
type Upstream interface {
	// Do returns a [Response] for every HTTP status, and a [*Failure] when there
	// is no answer that could be read whole.
	Do(ctx context.Context, r *Request) (*Response, error)
}

// Request is one call of the PostHog API: what an [Operation] and its checked
// arguments come to.
type Request struct {
	Method string // GET, POST, PATCH or DELETE
	// Path is rooted, escaped and ends in a slash:
	// /api/projects/@current/subscriptions/42/. Route is Path with names for its
	// arguments, as logs may have it: /api/projects/:project_id/subscriptions/:id/.
	Path, Route string
	Query       string // encoded, without the question mark
	Body        []byte // a JSON document; nil for none
	// Keep is what is wanted of the body of a success, as dot paths; of an array,
	// the same of each item. Nil is everything.
	Keep []string
	// Repeatable says that sending it again changes nothing and mails nobody,
	// so that it may be retried after any failure. A request that is not
	// repeatable is sent again only on 429 or when no byte of it left.
	Repeatable bool
}

// Response is PostHog's answer, whatever its status.
type Response struct {
	Status      int
	ContentType string // the header's value without parameters, in lower case
	Body        []byte // whole; nil when there was none
	// RetryAfter is how long PostHog asked to wait; zero when it did not say.
	RetryAfter time.Duration
	// ByLogin says that the key was that of a login, which can be repeated.
	ByLogin bool
}

// ok tells whether PostHog did what was asked.
func (r *Response) ok() bool { return r.Status >= 200 && r.Status <= 299 }

// A FailureKind says why there is no [Response].
type FailureKind int

// The kinds of [Failure].
const (
	Unreachable FailureKind = iota + 1 // no connection could be made
	TimedOut                           // the call's deadline passed
	Cancelled                          // the caller took the call back
	Broken                             // the connection ended before the answer was complete
	TooLarge                           // for the client
	Redirected                         // to a place that is not followed
	NoKey                              // nothing was sent
	Untrusted                          // the certificate of PostHog's address
	LoggedOut                          // the login that calls are made with is over; nothing was done
	Limited                            // by this server; nothing was sent
)

// Failure is a call without a usable answer.
type Failure struct {
	Kind FailureKind
	// Sent says that PostHog may have received the request: the outcome of a
	// write is then unknown.
	Sent   bool
	Status int    // of the answer where its header arrived, else 0
	Target string // the host that a refused redirect pointed to
	Limit  int64  // in bytes, that the answer exceeded
	// RetryAfter is when a Limited call can succeed; zero when nobody can tell.
	RetryAfter time.Duration
	// Err is the cause, for logs: it holds no key, no body and no query.
	Err error
}

// Error says what failed, for logs.
func (f *Failure) Error() string {
	if f.Err == nil {
		return failures[f.Kind].log
	}
	return fmt.Sprintf("%s: %v", failures[f.Kind].log, f.Err)
}

// Unwrap returns the cause.
func (f *Failure) Unwrap() error { return f.Err }
