package stdio

import (
	"context"
	"encoding/json"
	"sync/atomic"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"posthog-mcp/transport/peer"
)

// session is what mcp-go knows of the one client of a pair of pipes.
type session struct {
	peer.Identity
	questions     *peer.Questions
	notifications chan mcp.JSONRPCNotification
	initialized   atomic.Bool
}

var (
	_ server.SessionWithClientInfo  = (*session)(nil)
	_ server.SessionWithElicitation = (*session)(nil)
)

func newSession(out *lineWriter) *session {
	return &session{
		questions:     peer.NewQuestions(out.write),
		notifications: make(chan mcp.JSONRPCNotification, 100),
	}
}

// SessionID is the same for every client: a process has one.
func (s *session) SessionID() string { return "stdio" }

// NotificationChannel takes the server's notifications. They are written
// before the next answer.
func (s *session) NotificationChannel() chan<- mcp.JSONRPCNotification { return s.notifications }

// Initialize marks the handshake as done.
func (s *session) Initialize() { s.initialized.Store(true) }

// Initialized tells whether the handshake is done.
func (s *session) Initialized() bool { return s.initialized.Load() }

// RequestElicitation asks the person behind the client: see [peer.Questions.Ask].
func (s *session) RequestElicitation(ctx context.Context, request mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	return s.questions.Ask(ctx, request.Params)
}

// queued are the notifications that wait, each as JSON: an answer must not
// overtake the ones that belong before it.
func (s *session) queued() (messages [][]byte) {
	for {
		select {
		case n := <-s.notifications:
			if data, err := json.Marshal(n); err == nil { // nobody waits for one that is no JSON
				messages = append(messages, data)
			}
		default:
			return messages
		}
	}
}
