package session

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
	// mostOpen bounds the open questions of one client. Each belongs to a call in
	// flight, and most calls in flight must not wait for a person.
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

// Questions are the server's questions to the person behind one client. Each is a
// request to the client, and open until the response comes.
//
// Source: the MCP specification up to 2025-11-25, Elicitation.
type Questions struct {
	send  func(message []byte)
	ended context.Context
	// End ends the open questions and refuses new ones: nobody can answer them
	// any longer.
	End func()

	mu   sync.Mutex
	last int
	open map[string]chan jsonrpc.Message
}

// NewQuestions returns the questions to a client. send gets each message whole, and
// several goroutines may call it at once.
func NewQuestions(send func(message []byte)) *Questions {
	ended, end := context.WithCancel(context.Background())
	return &Questions{send: send, ended: ended, End: end, open: map[string]chan jsonrpc.Message{}}
}

// Ask asks the person and returns their answer: accept with content, decline or
// cancel. Nothing checks the content.
//
// An error is for the caller to read: the client could not ask or answered nonsense,
// ctx or the connection ended, too many questions are open, or [ErrUnanswered]. When
// Ask stops waiting, it tells the client; a late answer is ignored.
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
	case <-q.ended.Done():
		err = errEnding
	case <-time.After(answerTimeout):
		err = ErrUnanswered
	}
	if q.close(id) == nil {
		return read(<-answer) // it came at the same moment, which is in time
	}
	q.send(cancellation(id, err))
	return nil, err
}

// Answer takes a response from the client. One that answers no open question is
// ignored.
func (q *Questions) Answer(m jsonrpc.Message) {
	var id string
	if json.Unmarshal(m.ID, &id) != nil {
		return // the ids of questions are strings
	}
	if answer := q.close(id); answer != nil {
		answer <- m
	}
}

// begin opens a question, if it can be asked at all. Its id differs from any
// that a client would choose: some look up requests of both sides in one table.
func (q *Questions) begin(ctx context.Context) (id string, answer chan jsonrpc.Message, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.ended.Err() != nil:
		return "", nil, errEnding
	case ctx.Err() != nil:
		return "", nil, errCancelled
	case len(q.open) >= mostOpen:
		return "", nil, errTooMany
	}
	q.last++
	id, answer = "posthog-mcp-"+strconv.Itoa(q.last), make(chan jsonrpc.Message, 1)
	q.open[id] = answer
	return id, answer, nil
}

// close closes a question and returns the channel for its answer; nil if the
// question is not open.
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

// cancellation tells the client that the server no longer waits for the answer.
// Source: the MCP specification, Cancellation.
func cancellation(id string, reason error) []byte {
	params := struct {
		RequestID string `json:"requestId"`
		Reason    string `json:"reason"`
	}{id, reason.Error()}
	notification, _ := json.Marshal(message{ // strings always encode
		JSONRPC: mcp.JSONRPC_VERSION, Method: mcp.MethodNotificationCancelled, Params: params,
	})
	return notification
}

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
	case json.Unmarshal(m.Result, &result.ElicitationResponse) != nil:
		return nil, errNoAnswer
	}
	switch result.Action {
	case mcp.ElicitationResponseActionAccept, mcp.ElicitationResponseActionDecline, mcp.ElicitationResponseActionCancel:
		return &result, nil
	}
	return nil, errNoAnswer
}
