package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"time"

	"posthog-mcp/schema"
	"posthog-mcp/tools/view"
)

// Once keeps a caller from making the same call twice within a while, by
// mistake. Its implementation knows how long that is.
type Once interface {
	// Do makes the call of that key, unless it was made before: then it returns
	// what came of it, and how long ago. A call that is still being made is waited
	// for, as long as ctx allows; what comes of it is then the answer to both.
	Do(ctx context.Context, key string, call func() Result) (r Result, ago time.Duration, repeated bool)
}

// guarded tells whether the duplicate guard watches the call: it sends what
// would reach people twice if it were repeated, a new subscription or a test
// delivery.
func (c *Call) guarded() bool {
	return c.Box.Once != nil && c.Tool.MayNotify() && c.Tool.Method == http.MethodPost
}

// once sends the call, unless the duplicate guard has its result already.
func (c *Call) once(ctx context.Context, target string) Result {
	if !c.guarded() {
		result := c.send(ctx)
		return result.written(c.Tool, result.outcome(), target)
	}
	hash := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %s", CallerOf(ctx).ID, c.Tool.Name, c.Request.Path, c.meant()))
	result, ago, repeated := c.Box.Once.Do(ctx, hex.EncodeToString(hash[:]), func() Result { return c.send(ctx) })
	if repeated {
		return result.repeated(ago).written(c.Tool, OutcomeRepeated, target)
	}
	return result.written(c.Tool, result.outcome(), target)
}

// meant is the same for calls that come to the same: a value that PostHog would
// take anyway is as good as none.
func (c *Call) meant() []byte {
	var members []schema.Argument
	for _, m := range InUTC(c.Body()) {
		if usual := c.Tool.Write.Defaults.Get(m.Field.Name).Raw; !slices.Contains([]string{"null", `""`, "[]", usual}, string(m.Raw)) {
			members = append(members, m)
		}
	}
	return spelt(members)
}

// Unsettled is the result of a call that a [Once] does not make: the same call
// was made or is being made, and nobody can tell what comes of it.
func Unsettled() Result {
	return (&Refusal{
		Code:   "unsettled",
		Detail: "The same call was made or is being made, and what comes of it is not known.",
		Hint:   "This one was not sent to PostHog. Find out what became of the first before you repeat it.",
		Unsure: true,
	}).result()
}

// repeated says of a result that it is an earlier call's.
func (r Result) repeated(ago time.Duration) Result {
	words := fmt.Sprintf("Not made again: the same call was made %s ago, and this is what came of it.", inSeconds(ago))
	r.Object = view.Noticed(r.Object, words)
	if r.Text != "" {
		r.Text = words + "\n" + r.Text
	}
	return r
}
