package peer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"posthog-mcp/transport/jsonrpc"
)

const (
	// answerTimeout is how long a person may take to answer.
	answerTimeout = 10 * time.Minute
	// mostOpen bounds the open questions of one client. Each belongs to a call
	// that keeps its place among those in flight until it is answered; most of
	// the places have to stay free for calls that wait for nobody.
	mostOpen = 12
)

// ErrUnanswered is of a question that the client showed, as far as is known, and
// that got no answer in time.
var ErrUnanswered = fmt.Errorf("the person did not answer within %d minutes", answerTimeout/time.Minute)

// How else a question ends without an answer, as the caller and the client read
// it.
var (
	errCancelled = errors.New("the call ended before the person answered")
	errEnding    = errors.New("the connection is ending, so nobody can answer")
	errTooMany   = fmt.Errorf("%d questions wait for the person already; call again when they are answered", mostOpen)
)

// Questions are what the server asks the person behind one client: requests of
// its own to the client, each until its response comes.
//
// Source: the MCP specification up to 2025-11-25, Elicitation.
type Questions struct {
	send  func(message []byte)
	ended chan struct{}
	end   func()

	mu   sync.Mutex
	last int
	open map[string]chan jsonrpc.Message
}

// NewQuestions returns the questions to a client that gets each message given
// to send, whole. Several goroutines may call send at once.
func NewQuestions(send func(message []byte)) *Questions {
	ended := make(chan struct{})
	return &Questions{
		send:  send,
		ended: ended,
		end:   sync.OnceFunc(func() { close(ended) }),
		open:  map[string]chan jsonrpc.Message{},
	}
}

// Ask asks the person and returns their answer: accept with content, decline or
// cancel. The content is as the client sent it, checked against nothing.
//
// An error, in words for the caller, is a client that could not ask or answered
// nonsense, the end of ctx or of the connection, [ErrUnanswered], or too many
// questions that are open already. When Ask stops waiting for an answer, the
// client learns that the question is taken back; a late answer is ignored.
func (q *Questions) Ask(ctx context.Context, params mcp.ElicitationParams) (*mcp.ElicitationResult, error) {
	id, answer, err := q.begin(ctx)
	if err != nil {
		return nil, err
	}
	question, err := json.Marshal(message{JSONRPC: mcp.JSONRPC_VERSION, ID: id, Method: mcp.MethodElicitationCreate, Params: params})
	if err != nil {
		q.close(id)
		return nil, fmt.Errorf("encode the question: %w", err)
	}
	q.send(question)
	select {
	case m := <-answer:
		return read(m)
	case <-ctx.Done():
		err = errCancelled
	case <-q.ended:
		err = errEnding
	case <-time.After(answerTimeout):
		err = ErrUnanswered
	}
	if q.close(id) == nil {
		return read(<-answer) // it came at the same moment, which is in time
	}
	q.send(takeBack(id, err))
	return nil, err
}

// Answer takes a response of the client's. One that answers no open question is
// ignored.
func (q *Questions) Answer(m jsonrpc.Message) {
	var id string
	if json.Unmarshal(m.ID, &id) != nil {
		return // ours are strings
	}
	if answer := q.close(id); answer != nil {
		answer <- m
	}
}

// End ends the open questions and refuses new ones: nobody can answer them any
// longer.
func (q *Questions) End() { q.end() }

// begin opens a question, if it can be asked at all. Its id differs from any
// that a client would choose: some look up requests of both sides in one table.
func (q *Questions) begin(ctx context.Context) (id string, answer chan jsonrpc.Message, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	select {
	case <-q.ended:
		return "", nil, errEnding
	case <-ctx.Done():
		return "", nil, errCancelled
	default:
	}
	if len(q.open) >= mostOpen {
		return "", nil, errTooMany
	}
	q.last++
	id, answer = "posthog-mcp-"+strconv.Itoa(q.last), make(chan jsonrpc.Message, 1)
	q.open[id] = answer
	return id, answer, nil
}

// close returns where the answer goes, once; nil if the question is not open.
func (q *Questions) close(id string) chan jsonrpc.Message {
	q.mu.Lock()
	defer q.mu.Unlock()
	answer := q.open[id]
	delete(q.open, id)
	return answer
}

// message is a request, or without an id a notification.
type message struct {
	JSONRPC string        `json:"jsonrpc"`
	ID      string        `json:"id,omitempty"`
	Method  mcp.MCPMethod `json:"method"`
	Params  any           `json:"params"`
}

// takeBack tells the client that the answer is no longer waited for.
// Source: the MCP specification, Cancellation.
func takeBack(id string, reason error) []byte {
	notification, _ := json.Marshal(message{ // strings always encode
		JSONRPC: mcp.JSONRPC_VERSION,
		Method:  mcp.MethodNotificationCancelled,
		Params: struct {
			RequestID string `json:"requestId"`
			Reason    string `json:"reason"`
		}{id, reason.Error()},
	})
	return notification
}
