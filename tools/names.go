package tools

import (
	"context"

	"posthog-mcp/tools/engine"
)

// These are the names of package engine that the rest of the program uses: nothing
// outside this folder imports that package.

//nolint:revive // each has its comment where it is declared
type (
	Operation   = engine.Operation
	Effect      = engine.Effect
	Catalogue   = engine.Catalogue
	Column      = engine.Column
	Tool        = engine.Tool
	Toolbox     = engine.Toolbox
	Upstream    = engine.Upstream
	Request     = engine.Request
	Response    = engine.Response
	Failure     = engine.Failure
	FailureKind = engine.FailureKind
	Result      = engine.Result
	Refusal     = engine.Refusal
	Write       = engine.Write
	Outcome     = engine.Outcome
	Once        = engine.Once
	Caller      = engine.Caller
	Key         = engine.Key
	Limits      = engine.Limits
	Selection   = engine.Selection
	Rules       = engine.Rules
	Confirm     = engine.Confirm
	Question    = engine.Question
	Answer      = engine.Answer
	Reply       = engine.Reply
)

// The values of these types.
const (
	Read   = engine.Read
	Create = engine.Create
	Update = engine.Update
	Delete = engine.Delete
	Send   = engine.Send

	Unreachable = engine.Unreachable
	TimedOut    = engine.TimedOut
	Cancelled   = engine.Cancelled
	Broken      = engine.Broken
	TooLarge    = engine.TooLarge
	Redirected  = engine.Redirected
	NoKey       = engine.NoKey
	LoggedOut   = engine.LoggedOut
	Untrusted   = engine.Untrusted
	Limited     = engine.Limited

	ConfirmOff         = engine.ConfirmOff
	ConfirmDestructive = engine.ConfirmDestructive
	ConfirmSends       = engine.ConfirmSends

	Accept  = engine.Accept
	Decline = engine.Decline
	Cancel  = engine.Cancel

	OutcomeDone    = engine.OutcomeDone
	OutcomeUnknown = engine.OutcomeUnknown

	SettingReadOnly = engine.SettingReadOnly
	SettingToolsets = engine.SettingToolsets
	SettingTools    = engine.SettingTools
	SettingExclude  = engine.SettingExclude
)

// Outcomes lists what can become of a write.
func Outcomes() []Outcome { return engine.Outcomes() }

// Unsettled is the result of a call that a [Once] does not make.
func Unsettled() Result { return engine.Unsettled() }

// CallerOf returns the caller of the calls under ctx.
func CallerOf(ctx context.Context) Caller { return engine.CallerOf(ctx) }

// WithCaller returns a context whose calls c makes.
func WithCaller(ctx context.Context, c Caller) context.Context { return engine.WithCaller(ctx, c) }
