package telemetry

import (
	"context"
	"errors"
	"net"
	"net/http"

	"github.com/mark3labs/mcp-go/mcp"
)

// outcome is how a call of a tool ended.
type outcome int

// The outcomes.
const (
	succeeded outcome = iota
	// refused is a result that says what went wrong.
	refused
	// broken is no result: a panic, or an error of the protocol.
	broken
)

// outcomes is how many there are.
const outcomes = 3

// errorType is the conventions' error.type; empty for a success.
func (o outcome) errorType() string { return [outcomes]string{"", "tool_error", "_OTHER"}[o] }

func outcomeOf(result *mcp.CallToolResult, err error) outcome {
	switch {
	case err != nil || result == nil:
		return broken
	case result.IsError:
		return refused
	}
	return succeeded
}

// class is the hundred of an answer's status.
type class int

// noAnswer is the class of a request that got none.
const noAnswer class = 0

// classes is how many there are: 1xx to 5xx, and none.
const classes = 6

// String is the value of the attribute.
func (c class) String() string { return [classes]string{"none", "1xx", "2xx", "3xx", "4xx", "5xx"}[c] }

func classOf(status int) class {
	if c := class(status / 100); c > noAnswer && c < classes {
		return c
	}
	return noAnswer
}

// unhealthy tells whether a request with this end may be sent again by whoever
// sent it: the retry rule of package posthog, writes aside.
func unhealthy(status int, err error) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return err != nil
}

// networkError is the error.type of a request without an answer: a few words,
// since an error's own text may hold an address.
func networkError(err error) string {
	var slow net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &slow) && slow.Timeout():
		return "timeout"
	}
	return "connection_error"
}
