package stdio

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// calls are n calls of PostHog, with the ids from 1.
func calls(n int) []string {
	lines := make([]string, n)
	for i := range lines {
		lines[i] = fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"users-retrieve"}}`, i+1)
	}
	return lines
}

// An ending is when Serve returns, and what becomes of one call in flight.
func TestEnds(t *testing.T) {
	const never = time.Hour
	for _, c := range []struct {
		name string
		// The call takes so long; the input ends, and the process is told to
		// end, after so long.
		call, input, told time.Duration
		want              time.Duration
		answered          string
	}{
		{"the call has the time it needs", 5 * time.Second, time.Second, never, 5 * time.Second, least},
		{"the call takes too long", never, time.Second, never, time.Second + patient, "cancelled"},
		{"nothing is in flight", time.Second, 3 * time.Second, never, 3 * time.Second, least},
		{"told to end, and the call is done soon", 3 * time.Second, never, 2 * time.Second, 3 * time.Second, least},
		{"told to end, and the call is not", never, never, 2 * time.Second, 3500 * time.Millisecond, "cancelled"},
		{"told to end after the input ended", never, time.Second, 2 * time.Second, 3500 * time.Millisecond, "cancelled"},
		{"told to end when nothing is in flight", time.Second, never, 2 * time.Second, 2 * time.Second, least},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, stop := context.WithTimeout(context.Background(), c.told)
				defer stop()
				begin := time.Now()
				client := connect(ctx, t, serverOf(t, empty(c.call)), patient)
				client.send(calls(1)...)
				time.AfterFunc(c.input, func() { _ = client.in.Close() })
				if err := <-client.ended; err != nil {
					t.Error(err)
				}
				if took := time.Since(begin); took != c.want {
					t.Errorf("ended after %v, want %v", took, c.want)
				}
				synctest.Wait()
				if lines := client.take(); len(lines) != 1 || !strings.Contains(lines[0], c.answered) {
					t.Errorf("want one answer with %q, got %q", c.answered, lines)
				}
			})
		})
	}
}

// The end comes within two seconds also when the client does not read what the
// calls answer.
func TestEndsUnread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithTimeout(context.Background(), time.Minute)
		defer stop()
		begin := time.Now()
		client := connectMute(ctx, t, serverOf(t, empty(0)), patient)
		client.send(calls(1)...)
		if err := <-client.ended; err != nil {
			t.Error(err)
		}
		if took := time.Since(begin) - time.Minute; took > 2*time.Second {
			t.Errorf("ended %v after it was told to", took)
		}
	})
}

// A client that closed its end of the pipe ends the conversation, and with it
// what was asked of PostHog.
func TestEndsWhenNobodyReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up := &upstream{answers: empty(0)}
		client := connectMute(context.Background(), t, serverOf(t, up), patient)
		up.hold()
		client.send(calls(2)...)
		synctest.Wait()
		_ = client.out.Close()
		begin := time.Now()
		client.send(`{"jsonrpc":"2.0","id":"p","method":"ping"}`)
		if err := <-client.ended; !errors.Is(err, io.ErrClosedPipe) || time.Since(begin) != 0 {
			t.Errorf("ended with %v after %v", err, time.Since(begin))
		}
		want := []string{"GET /api/users/@me/ cancelled", "GET /api/users/@me/ cancelled"}
		seen, _ := up.requests()
		if diff := cmp.Diff(want, seen); diff != "" {
			t.Error(diff)
		}
	})
}

// A failure to read ends the conversation as the end of the input does.
func TestEndsWhenReadingFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := connect(context.Background(), t, serverOf(t, empty(time.Second)), patient)
		client.send(calls(3)...)
		torn := errors.New("torn")
		_ = client.in.CloseWithError(torn)
		if err := <-client.ended; !errors.Is(err, torn) {
			t.Errorf("ended with %v", err)
		}
		synctest.Wait()
		if lines := client.take(); len(lines) != 3 {
			t.Errorf("want three answers, got %q", lines)
		}
	})
}

// As many calls as it says are made at once, and the others wait their turn
// without keeping a ping waiting; all are answered, also after the end of the
// input.
func TestCallsInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const asked = 3*callsInFlight + 8
		up := &upstream{answers: empty(time.Second)}
		client := connect(context.Background(), t, serverOf(t, up), patient)
		begin := time.Now()
		client.send(calls(asked)...)
		synctest.Wait()
		if _, busy := up.requests(); busy != callsInFlight {
			t.Errorf("%d calls in flight, want %d", busy, callsInFlight)
		}
		client.send(`{"jsonrpc":"2.0","method":"notifications/initialized"}`, `{"jsonrpc":"2.0","id":"p","method":"ping"}`)
		synctest.Wait()
		if diff := cmp.Diff([]string{`{"jsonrpc":"2.0","id":"p","result":{}}`}, client.take()); diff != "" {
			t.Error(diff)
		}
		if err := client.hangUp(); err != nil {
			t.Error(err)
		}
		if took := time.Since(begin); took != 4*time.Second {
			t.Errorf("four rounds of calls took %v", took)
		}
		synctest.Wait()
		if got := len(client.take()); got != asked {
			t.Errorf("%d answers to %d calls", got, asked)
		}
	})
}

// A call that is taken back while it waits its turn is not made.
func TestCancelBeforeItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up := &upstream{answers: empty(0)}
		up.hold()
		client := connect(context.Background(), t, serverOf(t, up), patient)
		client.send(calls(callsInFlight)...)
		synctest.Wait()
		client.send(
			`{"jsonrpc":"2.0","id":"late","method":"tools/call","params":{"name":"users-list"}}`,
			`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"late"}}`,
		)
		synctest.Wait()
		up.release()
		if err := client.hangUp(); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if seen, _ := up.requests(); len(seen) != callsInFlight || len(client.take()) != callsInFlight {
			t.Errorf("%d calls were made, want %d", len(seen), callsInFlight)
		}
	})
}

// What is read after the end was announced is refused, with an id.
func TestTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(context.Background())
		client := connect(ctx, t, serverOf(t, empty(time.Second)), patient)
		client.send(calls(1)...)
		synctest.Wait()
		stop()
		synctest.Wait()
		client.send(`{"jsonrpc":"2.0","id":"late","method":"tools/call","params":{"name":"users-list"}}`)
		synctest.Wait()
		want := []string{`{"jsonrpc":"2.0","id":"late","error":{"code":-32603,"message":"posthog-mcp is ending; nothing was sent to PostHog"}}`}
		if diff := cmp.Diff(want, client.take()); diff != "" {
			t.Error(diff)
		}
		if err := client.hangUp(); err != nil {
			t.Error(err)
		}
	})
}

// When the end leaves no time for them, the calls that were being made are
// cancelled and those that waited their turn are not made; each is answered.
func TestEndsWithCallsWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up := &upstream{answers: empty(0)}
		up.hold()
		client := connect(context.Background(), t, serverOf(t, up), patient)
		client.send(calls(2 * callsInFlight)...)
		if err := client.hangUp(); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		answers := map[string]int{}
		for _, line := range client.take() {
			for _, word := range []string{"cancelled", "is ending"} {
				if strings.Contains(line, word) {
					answers[word]++
				}
			}
		}
		if diff := cmp.Diff(map[string]int{"cancelled": callsInFlight, "is ending": callsInFlight}, answers); diff != "" {
			t.Error(diff)
		}
		if seen, _ := up.requests(); len(seen) != callsInFlight {
			t.Errorf("%d calls were made, want %d", len(seen), callsInFlight)
		}
	})
}
