package tools

import (
	"context"
	"fmt"
)

// Caller is who makes a call, as far as a confirmation is bound to it, and how
// its person can be asked. The zero value is the one caller of a process, who
// cannot be asked.
type Caller struct {
	// ID tells callers apart; it is no secret.
	ID string
	// CanAsk says that the client puts questions to its person.
	CanAsk bool
	// Answer is what the person said to an earlier [Question]; nil for none.
	Answer *Answer
}

// Answer is a person's answer to a [Question].
type Answer struct {
	// State is the question's.
	State string
	Reply Reply
}

// Reply is what a person did with a [Question], in MCP's words.
type Reply string

// The replies.
const (
	Accept  Reply = "accept"
	Decline Reply = "decline"
	// Cancel closes the question without an answer. Clients without a person do
	// that to every question.
	Cancel Reply = "cancel"
)

type callerKey struct{}

// WithCaller says who makes the calls under ctx.
func WithCaller(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

func callerOf(ctx context.Context) Caller {
	c, _ := ctx.Value(callerKey{}).(Caller)
	return c
}

// Unasked is the result in the place of r, whose [Question] could not be asked.
func (r Result) Unasked(err error) Result {
	unasked := (&Refusal{
		Code:   "unasked",
		Detail: fmt.Sprintf("A person has to agree to this call, and could not be asked: %v.", err),
		Hint:   "Nothing was changed or sent.",
	}).result()
	unasked.Write = r.Write
	return unasked
}
