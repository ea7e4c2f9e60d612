package main

import "github.com/mark3labs/mcp-go/mcp"

// dialogues are the tools that ask. The suite knows more of them for revisions
// before 2026-07-28, in which a server asks by a request of its own. Without
// sessions the client's answer finds nobody, and the suite would wait half a
// minute for each: they are left out.
func dialogues() []dialogue {
	const prefix = "test_input_required_result_"
	one := func(id string, request mcp.InputRequest) []mcp.InputRequests {
		return []mcp.InputRequests{{id: request}}
	}
	var (
		name    = elicit("What is your name?", form("name", "string"))
		confirm = elicit("Please confirm", form("ok", "boolean"))
		capital = sample("What is the capital of France?")
		roots   = mcp.NewRootsInputRequest()
	)
	return []dialogue{
		{name: prefix + "elicitation", answer: "Hello!", rounds: one("user_name", name)},
		{name: prefix + "sampling", answer: "Sampled.", rounds: one("capital_question", capital)},
		{name: prefix + "list_roots", answer: "Roots received.", rounds: one("client_roots", roots)},
		{name: prefix + "request_state", answer: "state-ok", state: true, rounds: one("confirm", confirm)},
		{name: prefix + "tampered_state", answer: "state-ok", state: true, rounds: one("confirm", confirm)},
		{name: prefix + "multiple_inputs", answer: "All received.", state: true, rounds: []mcp.InputRequests{
			{"user_name": name, "greeting": sample("Generate a greeting"), "client_roots": roots},
		}},
		{name: prefix + "capabilities", answer: "All received.", rounds: []mcp.InputRequests{
			{"user_name": name, "capital_question": capital},
		}},
		{name: prefix + "multi_round", answer: "Both received.", state: true, rounds: []mcp.InputRequests{
			{"step1": elicit("Step 1: What is your name?", form("name", "string"))},
			{"step2": elicit("Step 2: What is your favorite color?", form("color", "string"))},
		}},
		{name: "test_streaming_elicitation", answer: "Hello!", rounds: one("user_name", name)},
	}
}

func promptDialogue() dialogue {
	return dialogue{
		name: "test_input_required_result_prompt", answer: "Prompt with context.",
		rounds: []mcp.InputRequests{{"user_context": elicit("What context should the prompt use?", form("context", "string"))}},
	}
}
