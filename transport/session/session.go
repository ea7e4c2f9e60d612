// Package session is the server's side of a lasting connection: what the client
// says of itself, and the questions that the person behind it has not answered yet.
package session

import (
	"context"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// Session is one connection to mcp-go.
type Session struct {
	// This is the session that mcp-go has for clients in the same process. As an
	// interface it shows no more than the transports can do.
	server.SessionWithClientInfo
	*Questions
	// Notifications are those that the server sends. The transport writes them.
	Notifications <-chan mcp.JSONRPCNotification
}

var _ server.SessionWithElicitation = (*Session)(nil)

// New returns a session. Its questions go to send: see [NewQuestions].
func New(id string, send func(message []byte)) *Session {
	client := server.NewInProcessSession(id, nil)
	return &Session{client, NewQuestions(send), client.ClientNotifications()}
}

// RequestElicitation asks the person behind the client: see [Questions.Ask].
func (s *Session) RequestElicitation(ctx context.Context, request mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	return s.Ask(ctx, request.Params)
}
