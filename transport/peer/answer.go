package peer

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/mark3labs/mcp-go/mcp"

	"posthog-mcp/transport/jsonrpc"
)

var errNoAnswer = errors.New("the client's answer to the question is not as MCP defines it")

// read is what a response says. Some clients send a null error beside a result.
func read(m jsonrpc.Message) (*mcp.ElicitationResult, error) {
	if m.Error != nil && string(m.Error) != "null" {
		return nil, refusal(m.Error)
	}
	var result mcp.ElicitationResult
	if json.Unmarshal(m.Result, &result.ElicitationResponse) != nil {
		return nil, errNoAnswer // the JSON error would name Go types
	}
	switch result.Action {
	case mcp.ElicitationResponseActionAccept, mcp.ElicitationResponseActionDecline, mcp.ElicitationResponseActionCancel:
		return &result, nil
	}
	return nil, errNoAnswer
}

// refusal is the client's error. Its words are the client's own, so they are
// quoted and cut: 200 characters say what the matter is.
func refusal(raw json.RawMessage) error {
	var e struct {
		Code    json.Number
		Message string
	}
	if json.Unmarshal(raw, &e) != nil {
		return errNoAnswer
	}
	return fmt.Errorf("the client could not ask the person: error %s, %.200q", e.Code, e.Message)
}
