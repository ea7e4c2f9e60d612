package stdio

import (
	"context"
	"encoding/json"
	"sync/atomic"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"posthog-mcp/transport/payload"
	"posthog-mcp/transport/peer"
)

// session is what mcp-go knows of the one client of a pair of pipes.
type session struct {
	peer.Identity
	questions     *peer.Questions
	notifications chan mcp.JSONRPCNotification
	flushes       chan chan struct{}
	told          atomic.Bool
	initialized   atomic.Bool
}

var (
	_ server.SessionWithClientInfo  = (*session)(nil)
	_ server.SessionWithElicitation = (*session)(nil)
)

func newSession(out *lineWriter) *session {
	return &session{
		questions:     peer.NewQuestions(func(message []byte) { out.write(message, &payload.Slot{}) }),
		notifications: make(chan mcp.JSONRPCNotification, 100),
		flushes:       make(chan chan struct{}),
	}
}

// SessionID is the same for every client: a process has one.
func (s *session) SessionID() string { return "stdio" }

// NotificationChannel takes what the server wants to tell the client. mcp-go
// asks for it whenever it has something to tell.
func (s *session) NotificationChannel() chan<- mcp.JSONRPCNotification {
	s.told.Store(true)
	return s.notifications
}

// Initialize marks the handshake as done.
func (s *session) Initialize() { s.initialized.Store(true) }

// Initialized tells whether the handshake is done.
func (s *session) Initialized() bool { return s.initialized.Load() }

// RequestElicitation asks the person behind the client: see [peer.Questions.Ask].
func (s *session) RequestElicitation(ctx context.Context, request mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	return s.questions.Ask(ctx, request.Params)
}

// forward writes the server's notifications until ctx ends.
func (s *session) forward(ctx context.Context, out *lineWriter) {
	for {
		select {
		case n := <-s.notifications:
			tell(out, n)
		case done := <-s.flushes:
			s.drain(out)
			close(done)
		case <-ctx.Done():
			return
		}
	}
}

// flush returns once all that the server wanted to tell so far is written: an
// answer must not overtake the notifications that belong before it.
func (s *session) flush(ctx context.Context) {
	if !s.told.Load() {
		return
	}
	done := make(chan struct{})
	select {
	case s.flushes <- done:
		<-done
	case <-ctx.Done():
	}
}

func (s *session) drain(out *lineWriter) {
	for {
		select {
		case n := <-s.notifications:
			tell(out, n)
		default:
			return
		}
	}
}

// tell leaves out what is no JSON: nobody waits for a notification.
func tell(out *lineWriter, n mcp.JSONRPCNotification) {
	if data, err := json.Marshal(n); err == nil {
		out.write(data, &payload.Slot{})
	}
}
