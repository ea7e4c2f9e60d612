package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// dialogue is a fixture that asks its client before it answers: a
// multi-round-trip request. Between the rounds the server remembers nothing;
// what it must know comes back in the request's state.
type dialogue struct {
	name string
	// rounds are what is asked, one map after the other.
	rounds []mcp.InputRequests
	// state is set when the client is to carry a sealed state from round to
	// round. Dialogues of several rounds need it.
	state bool
	// answer is the last word.
	answer string
}

// next returns what is still to be asked and the state to go with it, or no
// requests when the dialogue is over.
func (d dialogue) next(ctx context.Context, seal seal, given mcp.MultiRoundTripParams) (mcp.InputRequests, string, error) {
	round, err := seal.open(d.name, given.RequestState)
	if err != nil {
		return nil, "", err
	}
	for round < len(d.rounds) {
		asked := declared(ctx, d.rounds[round])
		if !answered(asked, given.InputResponses) {
			break
		}
		round++
		given.InputResponses = nil
	}
	if round == len(d.rounds) {
		return nil, "", nil
	}
	state := ""
	if d.state {
		state = seal.state(d.name, round)
	}
	return declared(ctx, d.rounds[round]), state, nil
}

// declared leaves out what the client cannot be asked. Clients before
// 2026-07-28 declare nothing with a request.
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

// answered tells whether each request has an answer of its kind. Other answers
// do not matter.
func answered(asked mcp.InputRequests, answers mcp.InputResponses) bool {
	for id, request := range asked {
		ok := false
		switch request.Method {
		case mcp.MethodElicitationCreate:
			r := server.ElicitationResponse(answers, id)
			ok = r != nil && r.Action != ""
		case mcp.MethodSamplingCreateMessage:
			r := server.SamplingResponse(answers, id)
			ok = r != nil && r.Role != ""
		case mcp.MethodListRoots:
			r := server.RootsResponse(answers, id)
			ok = r != nil && r.Roots != nil
		}
		if !ok {
			return false
		}
	}
	return true
}

func addDialogues(s *server.MCPServer) {
	seal := newSeal()
	for _, d := range dialogues() {
		tool := mcp.NewToolWithRawSchema(d.name, "Fixture "+d.name+".", json.RawMessage(noArguments))
		s.AddTool(tool, func(ctx context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			requests, state, err := d.next(ctx, seal, request.Params.MultiRoundTripParams)
			if err != nil || len(requests) == 0 {
				return mcp.NewToolResultText(d.answer), err
			}
			return &mcp.CallToolResult{
				Result:               mcp.Result{ResultType: mcp.ResultTypeInputRequired},
				MultiRoundTripResult: mcp.MultiRoundTripResult{InputRequests: requests, RequestState: state},
			}, nil
		})
	}
	p := promptDialogue()
	prompt := mcp.NewPrompt(p.name, mcp.WithPromptDescription("Fixture "+p.name+"."))
	s.AddPrompt(prompt, func(ctx context.Context, request mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
		requests, state, err := p.next(ctx, seal, request.Params.MultiRoundTripParams)
		if err != nil || len(requests) == 0 {
			return saying(mcp.NewTextContent(p.answer)), err
		}
		return &mcp.GetPromptResult{
			Result:               mcp.Result{ResultType: mcp.ResultTypeInputRequired},
			MultiRoundTripResult: mcp.MultiRoundTripResult{InputRequests: requests, RequestState: state},
		}, nil
	})
}

// elicit asks the user to fill in a form.
func elicit(message, schema string) mcp.InputRequest {
	return mcp.NewElicitationInputRequest(mcp.ElicitationParams{Message: message, RequestedSchema: json.RawMessage(schema)})
}

// form is the schema of a form with one required field.
func form(field, kind string) string {
	return fmt.Sprintf(`{"type":"object","properties":{%q:{"type":%q}},"required":[%q]}`, field, kind, field)
}

// sample asks the client's model.
func sample(text string) mcp.InputRequest {
	return mcp.NewSamplingInputRequest(mcp.CreateMessageParams{
		Messages:  []mcp.SamplingMessage{{Role: mcp.RoleUser, Content: mcp.NewTextContent(text)}},
		MaxTokens: 100,
	})
}
