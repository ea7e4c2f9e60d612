package stdio

import (
	"context"
	"encoding/json"
	"sync"
	"sync/atomic"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"posthog-mcp/transport/payload"
)

// session is what mcp-go knows of the one client of a pair of pipes.
type session struct {
	notifications chan mcp.JSONRPCNotification
	flushes       chan chan struct{}
	told          atomic.Bool
	initialized   atomic.Bool

	mu           sync.Mutex
	client       mcp.Implementation
	capabilities mcp.ClientCapabilities
}

var _ server.SessionWithClientInfo = (*session)(nil)

func newSession() *session {
	return &session{
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

// GetClientInfo returns who the client says it is.
func (s *session) GetClientInfo() mcp.Implementation {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.client
}

// SetClientInfo keeps who the client says it is.
func (s *session) SetClientInfo(client mcp.Implementation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.client = client
}

// GetClientCapabilities returns what the client says it can do.
func (s *session) GetClientCapabilities() mcp.ClientCapabilities {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.capabilities
}

// SetClientCapabilities keeps what the client says it can do.
func (s *session) SetClientCapabilities(capabilities mcp.ClientCapabilities) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.capabilities = capabilities
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
