package main

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// dialogue is a fixture that asks its client before it answers: a
// multi-round-trip request. Between the rounds the server remembers nothing;
// what it must know comes back in the request's state.
type dialogue struct {
	name   string
	answer string // at the end
	sealed bool   // the client carries a sealed state; several rounds need it
	rounds []mcp.InputRequests
}

// dialogues are the tools that ask, and last a prompt. The suite knows more of them
// for revisions before 2026-07-28, in which a server asks by a request of its own.
// Without sessions the client's answer finds nobody, and the suite would wait half
// a minute for each: they are left out.
func dialogues() []dialogue {
	const prefix = "test_input_required_result_"
	type round = mcp.InputRequests
	var (
		name    = elicit("What is your name?", "name", "string")
		confirm = elicit("Please confirm", "ok", "boolean")
		capital = sample("What is the capital of France?")
		roots   = mcp.NewRootsInputRequest()
	)
	return []dialogue{
		{prefix + "elicitation", "Hello!", false, []round{{"user_name": name}}},
		{prefix + "sampling", "Sampled.", false, []round{{"capital_question": capital}}},
		{prefix + "list_roots", "Roots received.", false, []round{{"client_roots": roots}}},
		{prefix + "request_state", "state-ok", true, []round{{"confirm": confirm}}},
		{prefix + "tampered_state", "state-ok", true, []round{{"confirm": confirm}}},
		{prefix + "multiple_inputs", "All received.", true, []round{{"user_name": name, "greeting": sample("Generate a greeting"), "client_roots": roots}}},
		{prefix + "capabilities", "All received.", false, []round{{"user_name": name, "capital_question": capital}}},
		{prefix + "multi_round", "Both received.", true, []round{{"step1": name}, {"step2": elicit("What is your favorite color?", "color", "string")}}},
		{"test_streaming_elicitation", "Hello!", false, []round{{"user_name": name}}},
		{prefix + "prompt", "Prompt with context.", false, []round{{"user_context": elicit("What context should the prompt use?", "context", "string")}}},
	}
}

// elicit asks the user to fill in a form of one field.
func elicit(message, field, kind string) mcp.InputRequest {
	schema := fmt.Sprintf(`{"type":"object","properties":{%q:{"type":%q}},"required":[%q]}`, field, kind, field)
	return mcp.NewElicitationInputRequest(mcp.ElicitationParams{Message: message, RequestedSchema: json.RawMessage(schema)})
}

// sample asks the client's model.
func sample(text string) mcp.InputRequest {
	return mcp.NewSamplingInputRequest(mcp.CreateMessageParams{
		Messages: []mcp.SamplingMessage{{Role: mcp.RoleUser, Content: say(text)}}, MaxTokens: 100,
	})
}

func addDialogues(s *server.MCPServer) {
	all := dialogues()
	last := len(all) - 1
	for _, d := range all[:last] {
		tool := mcp.NewToolWithRawSchema(d.name, "Fixture "+d.name+".", json.RawMessage(noArguments))
		s.AddTool(tool, func(ctx context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			more, err := d.next(ctx, request.Params.MultiRoundTripParams)
			if err != nil || more == nil {
				return mcp.NewToolResultText(d.answer), err
			}
			return &mcp.CallToolResult{Result: mcp.Result{ResultType: mcp.ResultTypeInputRequired}, MultiRoundTripResult: *more}, nil
		})
	}
	p := all[last]
	s.AddPrompt(mcp.NewPrompt(p.name, mcp.WithPromptDescription("Fixture "+p.name+".")), func(ctx context.Context, request mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
		more, err := p.next(ctx, request.Params.MultiRoundTripParams)
		if err != nil || more == nil {
			return saying(say(p.answer)), err
		}
		return &mcp.GetPromptResult{Result: mcp.Result{ResultType: mcp.ResultTypeInputRequired}, MultiRoundTripResult: *more}, nil
	})
}

// next is what is still to be asked, and the state to go with it; nil when the
// dialogue is over.
func (d dialogue) next(ctx context.Context, given mcp.MultiRoundTripParams) (*mcp.MultiRoundTripResult, error) {
	round := 0
	for given.RequestState != "" && given.RequestState != d.state(round) {
		if round++; round == len(d.rounds) {
			return nil, errors.New("requestState is not one of this dialogue's")
		}
	}
	if answered(declared(ctx, d.rounds[round]), given.InputResponses) {
		round++
	}
	if round == len(d.rounds) {
		return nil, nil
	}
	more := &mcp.MultiRoundTripResult{InputRequests: declared(ctx, d.rounds[round])}
	if d.sealed {
		more.RequestState = d.state(round)
	}
	return more, nil
}

var key = []byte(rand.Text())

// state is what the client carries when the dialogue stands at round.
func (d dialogue) state(round int) string {
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s\x00%d", d.name, round)
	return fmt.Sprintf("%x", mac.Sum(nil))
}

// declared leaves out what the client cannot be asked. Clients before 2026-07-28
// declare nothing with a request.
func declared(ctx context.Context, all mcp.InputRequests) mcp.InputRequests {
	info := server.RequestProtocolInfoFromContext(ctx)
	if info == nil || info.ClientCapabilities == nil {
		return all
	}
	able := map[mcp.MCPMethod]bool{
		mcp.MethodElicitationCreate:     info.ClientCapabilities.Elicitation != nil,
		mcp.MethodSamplingCreateMessage: info.ClientCapabilities.Sampling != nil,
		mcp.MethodListRoots:             info.ClientCapabilities.Roots != nil,
	}
	some := mcp.InputRequests{}
	for id, request := range all {
		if able[request.Method] {
			some[id] = request
		}
	}
	return some
}

// answered tells whether each request has an answer of its kind. Other answers do
// not matter.
func answered(asked mcp.InputRequests, answers mcp.InputResponses) bool {
	for id := range asked {
		form, text, roots := server.ElicitationResponse(answers, id), server.SamplingResponse(answers, id), server.RootsResponse(answers, id)
		if (form == nil || form.Action == "") && (text == nil || text.Role == "") && (roots == nil || roots.Roots == nil) {
			return false
		}
	}
	return true
}
