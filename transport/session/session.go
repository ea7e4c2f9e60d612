// Package session is the server's side of a lasting connection: what the client
// says of itself, and the questions that the person behind it has not answered yet.
package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"golang.org/x/sync/semaphore"

	"posthog-mcp/transport/jsonrpc"
)

const (
	answerTimeout = 10 * time.Minute // for a person to answer
	// mostOpen bounds the open questions of one client: most calls in flight must not wait
	// for a person.
	mostOpen = 12
)

// ErrUnanswered is the error of a question that got no answer in time.
var ErrUnanswered = fmt.Errorf("the person did not answer within %d minutes", answerTimeout/time.Minute)

// The other errors of a question. The caller reads them, and so does the client.
var (
	errCancelled = errors.New("the call ended before the person answered")
	errEnding    = errors.New("the connection is ending, so nobody can answer")
	errTooMany   = fmt.Errorf("%d questions wait for the person already; call again when they are answered", mostOpen)
	errNoAnswer  = errors.New("the client's answer to the question is not as MCP defines it")
)

// Session is one connection to mcp-go. A question to the person behind the client is a
// request to the client, and open until the response comes.
// Source: the MCP specification up to 2025-11-25, Elicitation.
type Session struct {
	server.SessionWithClientInfo        // it shows no more than the transports can do
	End                          func() // ends the open questions and refuses new ones

	send  func(message []byte)
	ended context.Context
	last  atomic.Int64
	room  *semaphore.Weighted
	open  sync.Map // a channel for the answer, by the question's id
}

var _ server.SessionWithElicitation = (*Session)(nil)

// New returns a session. Several goroutines may call send at once, each with one message.
func New(id string, send func(message []byte)) *Session {
	ended, end := context.WithCancel(context.Background())
	return &Session{
		SessionWithClientInfo: server.NewInProcessSession(id, nil), End: end,
		send: send, ended: ended, room: semaphore.NewWeighted(mostOpen),
	}
}

// RequestElicitation asks the person and returns their answer: accept with content, which
// nothing checks, decline or cancel. An error, such as [ErrUnanswered], is for the caller
// to read. When it stops waiting, it tells the client; a late answer is ignored.
func (s *Session) RequestElicitation(ctx context.Context, request mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	params, err := json.Marshal(request.Params)
	switch {
	case err != nil:
		return nil, fmt.Errorf("encode the question: %w", err)
	case s.ended.Err() != nil:
		return nil, errEnding
	case ctx.Err() != nil:
		return nil, errCancelled
	case !s.room.TryAcquire(1):
		return nil, errTooMany
	}
	defer s.room.Release(1)
	// No client would choose this id: some look up requests of both sides in one table.
	id, answer := "posthog-mcp-"+strconv.FormatInt(s.last.Add(1), 10), make(chan jsonrpc.Message, 1)
	s.open.Store(id, answer)
	s.send(fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%q,"method":%q,"params":%s}`, id, mcp.MethodElicitationCreate, params))
	select {
	case m := <-answer:
		return read(m)
	case <-ctx.Done():
		err = errCancelled
	case <-s.ended.Done():
		err = errEnding
	case <-time.After(answerTimeout):
		err = ErrUnanswered
	}
	if _, open := s.open.LoadAndDelete(id); !open {
		return read(<-answer) // it came at the same moment, which is in time
	}
	// Source: the MCP specification, Cancellation.
	s.send(fmt.Appendf(nil, `{"jsonrpc":"2.0","method":%q,"params":{"requestId":%q,"reason":%q}}`, mcp.MethodNotificationCancelled, id, err))
	return nil, err
}

// Answer takes a response from the client. One that answers no open question is
// ignored.
func (s *Session) Answer(m jsonrpc.Message) {
	var id string
	if json.Unmarshal(m.ID, &id) != nil {
		return // the ids of questions are strings
	}
	if answer, open := s.open.LoadAndDelete(id); open {
		answer.(chan jsonrpc.Message) <- m
	}
}

var actions = []mcp.ElicitationResponseAction{mcp.ElicitationResponseActionAccept, mcp.ElicitationResponseActionDecline, mcp.ElicitationResponseActionCancel}

// read returns the answer in a response. Some clients send a null error beside a
// result. An error's message is the client's own, so it is quoted and cut.
func read(m jsonrpc.Message) (*mcp.ElicitationResult, error) {
	var refused *struct {
		Code    json.Number
		Message string
	}
	var result mcp.ElicitationResult
	switch {
	case m.Error != nil && json.Unmarshal(m.Error, &refused) != nil:
		return nil, errNoAnswer // the JSON error would name Go types
	case refused != nil:
		return nil, fmt.Errorf("the client could not ask the person: error %s, %.200q", refused.Code, refused.Message)
	case json.Unmarshal(m.Result, &result.ElicitationResponse) != nil || !slices.Contains(actions, result.Action):
		return nil, errNoAnswer
	}
	return &result, nil
}
