package engine

import (
	"context"
	"fmt"
)

// Caller says who makes a call, and everything that holds for them alone. It is
// the one value of this package in a context. The zero value is the one caller of
// a process, who has no limits and cannot be asked.
type Caller struct {
	// ID tells callers apart; it is no secret.
	ID string
	// Limits are what the operator allows the caller.
	Limits Limits
	// Selection is the caller's own choice beside these: it can leave tools out, and
	// never bring one back.
	Selection Selection
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

// WithCaller says who makes the calls under ctx. Limits and a selection that ctx
// has already stay, where c has none: nobody may do more for being named again.
func WithCaller(ctx context.Context, c Caller) context.Context {
	before := CallerOf(ctx)
	if c.Limits.isZero() {
		c.Limits = before.Limits
	}
	if c.Selection.isZero() {
		c.Selection = before.Selection
	}
	return withCaller(ctx, c)
}

// WithLimits sets the limits of the caller of ctx.
func WithLimits(ctx context.Context, l Limits) context.Context {
	c := CallerOf(ctx)
	c.Limits = l
	return withCaller(ctx, c)
}

// WithSelection sets the own choice of the caller of ctx.
func WithSelection(ctx context.Context, s Selection) context.Context {
	c := CallerOf(ctx)
	c.Selection = s
	return withCaller(ctx, c)
}

func withCaller(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, &c)
}

// CallerOf is who makes the calls under ctx.
func CallerOf(ctx context.Context) Caller {
	if c, ok := ctx.Value(callerKey{}).(*Caller); ok {
		return *c
	}
	return Caller{}
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
