package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mark3labs/mcp-go/mcp"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"posthog-mcp/transport/jsonrpc"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var form = mcp.ElicitationParams{Message: "Send it?", RequestedSchema: json.RawMessage(`{"type": "object"}`)}

// client keeps what it is sent.
type client struct {
	mu   sync.Mutex
	sent []string
}

func (c *client) send(message []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sent = append(c.sent, string(message))
}

// take returns what was sent since the last time.
func (c *client) take() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	sent := c.sent
	c.sent = nil
	return sent
}

// outcome is what Ask returned.
type outcome struct {
	Action  mcp.ElicitationResponseAction
	Content any
	Error   string
}

func ask(ctx context.Context, q *Session, params mcp.ElicitationParams) outcome {
	result, err := q.RequestElicitation(ctx, mcp.ElicitationRequest{Params: params})
	if err != nil {
		return outcome{Error: err.Error()}
	}
	return outcome{Action: result.Action, Content: result.Content}
}

// aside asks without waiting for the answer.
func aside(ctx context.Context, q *Session) <-chan outcome {
	done := make(chan outcome, 1)
	go func() { done <- ask(ctx, q, form) }()
	synctest.Wait()
	return done
}

func parsed(t interface{ Fatal(...any) }, raw string) jsonrpc.Message {
	m, problem := jsonrpc.Parse([]byte(raw))
	if problem != nil {
		t.Fatal(raw, problem.Error.Message)
	}
	return m
}

const (
	question = `{"jsonrpc":"2.0","id":"posthog-mcp-1","method":"elicitation/create","params":{"message":"Send it?","requestedSchema":{"type":"object"}}}`
	accepted = `{"jsonrpc":"2.0","id":"posthog-mcp-1","result":{"action":"accept","content":{"go":true}}}`
)

// What a client may answer, and what the caller gets.
func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		answer string // its members after the id
		want   outcome
	}{
		{`"result":{"action":"accept","content":{"go":true}}`, outcome{Action: "accept", Content: map[string]any{"go": true}}},
		{`"result":{"action":"accept","content":{}},"error":null`, outcome{Action: "accept", Content: map[string]any{}}},
		{`"result":{"action":"accept"}`, outcome{Action: "accept"}},
		{`"result":{"_meta":7,"resultType":"complete","action":"decline"}`, outcome{Action: "decline"}},
		{`"result":{"action":"cancel","content":null}`, outcome{Action: "cancel"}},
		{`"result":{"action":"maybe"}`, outcome{Error: "the client's answer to the question is not as MCP defines it"}},
		{`"result":{}`, outcome{Error: "the client's answer to the question is not as MCP defines it"}},
		{`"result":{"action":7}`, outcome{Error: "the client's answer to the question is not as MCP defines it"}},
		{`"result":null`, outcome{Error: "the client's answer to the question is not as MCP defines it"}},
		{`"result":[]`, outcome{Error: "the client's answer to the question is not as MCP defines it"}},
		{`"error":null`, outcome{Error: "the client's answer to the question is not as MCP defines it"}},
		{`"error":"no"`, outcome{Error: "the client's answer to the question is not as MCP defines it"}},
		{`"result":{"action":"accept"},"error":{"code":1,"message":"both"}`, outcome{Error: `the client could not ask the person: error 1, "both"`}},
		{`"error":{"code":-32601,"message":"Method not found"}`, outcome{Error: `the client could not ask the person: error -32601, "Method not found"`}},
		{`"error":{"code":-1,"message":"a\n\u202eb\""}`, outcome{Error: `the client could not ask the person: error -1, "a\n\u202eb\""`}},
		{`"error":{"code":-1,"message":"` + strings.Repeat("é", 1000) + `"}`, outcome{Error: `the client could not ask the person: error -1, "` + strings.Repeat("é", 200) + `"`}},
	} {
		synctest.Test(t, func(t *testing.T) {
			var seen client
			q := New("test", seen.send)
			done := aside(t.Context(), q)
			q.Answer(parsed(t, `{"jsonrpc":"2.0","id":"posthog-mcp-1",`+c.answer+`}`))
			if diff := cmp.Diff(c.want, <-done); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.answer, diff)
			}
			if diff := cmp.Diff([]string{question}, seen.take()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Only the response with the id of the question answers it, and only once.
func TestOtherResponses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := New("test", func([]byte) {})
		q.Answer(parsed(t, accepted)) // nothing was asked yet
		done := aside(t.Context(), q)
		for _, id := range []string{`1`, `"1"`, `"posthog-mcp-2"`, `"posthog-mcp-"`, `""`, `"posthog-mcp-01"`, `null`, `{}`} {
			q.Answer(parsed(t, `{"jsonrpc":"2.0","id":`+id+`,"result":{"action":"accept"}}`))
		}
		q.Answer(parsed(t, `{"jsonrpc":"2.0","result":{"action":"accept"}}`))
		synctest.Wait()
		if len(done) > 0 {
			t.Fatalf("a stray response answers the question: %+v", <-done)
		}
		q.Answer(parsed(t, `{"id":"posthog\u002dmcp-1","result":{"action":"decline"}}`))
		q.Answer(parsed(t, accepted)) // a second answer
		if diff := cmp.Diff(outcome{Action: "decline"}, <-done); diff != "" {
			t.Error(diff)
		}
	})
}

// What ends a question without an answer, and what the client is told.
func TestEndsWithoutAnswer(t *testing.T) {
	for _, c := range []struct {
		name  string
		end   func(q *Session, cancel func())
		after time.Duration
		want  string
	}{
		{"the call is cancelled", func(_ *Session, cancel func()) { cancel() }, 0, "the call ended before the person answered"},
		{"the connection ends", func(q *Session, _ func()) { q.End(); q.End() }, 0, "the connection is ending, so nobody can answer"},
		{"the person is away", func(*Session, func()) {}, 10 * time.Minute, "the person did not answer within 10 minutes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				var seen client
				q := New("test", seen.send)
				begin := time.Now()
				done := aside(ctx, q)
				c.end(q, cancel)
				if diff := cmp.Diff(outcome{Error: c.want}, <-done); diff != "" {
					t.Error(diff)
				}
				if took := time.Since(begin); took != c.after {
					t.Errorf("after %v, want %v", took, c.after)
				}
				q.Answer(parsed(t, accepted)) // too late
				want := []string{question, `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"posthog-mcp-1","reason":"` + c.want + `"}}`}
				if diff := cmp.Diff(want, seen.take()); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

// What cannot be asked is not sent.
func TestNotAsked(t *testing.T) {
	var seen client
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	q := New("test", seen.send)
	if got := ask(cancelled, q, form); got.Error != errCancelled.Error() {
		t.Errorf("under an ended call: %+v", got)
	}
	if got := ask(t.Context(), q, mcp.ElicitationParams{RequestedSchema: func() {}}); !strings.HasPrefix(got.Error, "encode the question: ") || !q.room.TryAcquire(mostOpen) {
		t.Errorf("what is no JSON: %+v; a question is open", got)
	}
	q.End()
	if got := ask(t.Context(), q, form); got.Error != errEnding.Error() {
		t.Errorf("after the end: %+v", got)
	}
	if sent := seen.take(); len(sent) > 0 {
		t.Errorf("sent %q", sent)
	}
}

// An answer counts that came before the end, whichever the caller sees first.
func TestAnsweredAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for n := range 100 {
			q := New("test", func([]byte) {})
			done := aside(t.Context(), q)
			q.Answer(parsed(t, accepted))
			q.End()
			if got := <-done; got.Action != "accept" {
				t.Fatalf("round %d: %+v", n, got)
			}
		}
	})
}

// A client has so many open questions and no more; one that is answered makes
// room.
func TestMostOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := New("test", func([]byte) {})
		first := aside(t.Context(), q)
		for range mostOpen - 1 {
			aside(t.Context(), q)
		}
		want := outcome{Error: "12 questions wait for the person already; call again when they are answered"}
		if diff := cmp.Diff(want, <-aside(t.Context(), q)); diff != "" {
			t.Error(diff)
		}
		q.Answer(parsed(t, accepted))
		<-first
		if done := aside(t.Context(), q); len(done) > 0 {
			t.Errorf("no room was made: %+v", <-done)
		}
		q.End()
	})
}

// However many are open and in whatever order answers come, each question gets
// its own.
func TestEachItsOwn(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, mostOpen).Draw(rt, "questions")
		order := rapid.Permutation(slices.Collect(func(yield func(int) bool) {
			for i := range n {
				yield(i)
			}
		})).Draw(rt, "order")
		ids := make(chan [2]string, n) // the message asked with, and its id
		q := New("test", func(raw []byte) {
			var sent struct {
				ID     string
				Params struct{ Message string }
			}
			if err := json.Unmarshal(raw, &sent); err != nil {
				panic(err)
			}
			ids <- [2]string{sent.Params.Message, sent.ID}
		})
		var asking sync.WaitGroup
		wrong := make(chan error, n)
		for i := range n {
			asking.Go(func() {
				name := fmt.Sprint("question ", i)
				got := ask(context.Background(), q, mcp.ElicitationParams{Message: name})
				if got.Action != "accept" || got.Content != name {
					wrong <- fmt.Errorf("%s got %+v", name, got)
				}
			})
		}
		asked := make([][2]string, n)
		for i := range n {
			asked[i] = <-ids
		}
		for _, i := range order {
			q.Answer(parsed(rt, fmt.Sprintf(`{"id":%q,"result":{"action":"accept","content":%q}}`, asked[i][1], asked[i][0])))
		}
		asking.Wait()
		close(wrong)
		var all error
		for err := range wrong {
			all = errors.Join(all, err)
		}
		if all != nil {
			rt.Fatal(all)
		}
	})
}
