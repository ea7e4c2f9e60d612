package once

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"time"

	"posthog-mcp/tools"
)

// A call that another replica makes is looked at again after the first pause, and
// then less and less often.
const (
	firstPause   = 20 * time.Millisecond
	longestPause = time.Second
)

// replicated makes the call, unless another replica makes it or did.
func (g *Guard) replicated(ctx context.Context, m *made, call func() tools.Result) (r tools.Result, ago time.Duration, repeated bool) {
	owner := rand.Text()
	elsewhere := false
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		found, err := g.replicas.Claim(ctx, m.key, owner)
		switch {
		case found.Mine, err != nil && !elsewhere:
			g.runFor(ctx, m, owner, call)
			return m.result, 0, false
		case found.Outcome != nil:
			return m.takeOver(found.Outcome), found.Age, true
		case err != nil && ctx.Err() == nil:
			// Nobody here will find out. That is remembered as an outcome, else the
			// next would make the call.
			return m.result, 0, false
		case found.Age >= g.longest || !sleep(ctx, pause):
			return m.undecided(), 0, false
		}
		elsewhere = true
	}
}

// runFor makes the call and leaves its outcome for the other replicas. When that
// fails, they find a call that does not end, and don't repeat it.
func (g *Guard) runFor(ctx context.Context, m *made, owner string, call func() tools.Result) {
	m.run(call)
	var outcome []byte
	if m.keep {
		outcome = encode(m.result)
	}
	// The caller may be gone; what came of the call stays true.
	_ = g.replicas.Settle(context.WithoutCancel(ctx), m.key, owner, outcome)
}

// takeOver is the outcome that another replica left. It remembers it, so this one
// does not have to.
func (m *made) takeOver(outcome []byte) tools.Result {
	m.keep, m.result = false, decode(outcome)
	return m.result
}

// undecided says that another replica makes the call, or ended while it did.
// Whoever asks next looks again.
func (m *made) undecided() tools.Result {
	m.keep, m.answered = false, false
	return m.result
}

// sleep reports whether ctx outlasted the pause.
func sleep(ctx context.Context, pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// outcome is a result as it is stored: what of it the next caller gets.
type outcome struct {
	Object  []byte // not as JSON, which would be written anew
	Text    string
	IsError bool
	Status  int
	Unsure  bool
}

func encode(r tools.Result) []byte {
	data, _ := json.Marshal(outcome{r.Object, r.Text, r.IsError, r.Status, r.Unsure})
	return data
}

// decode reads an outcome. One that it cannot read is one all the same: the call
// was made.
func decode(data []byte) tools.Result {
	var o outcome
	if err := json.Unmarshal(data, &o); err != nil || len(o.Object) == 0 {
		return tools.Unsettled()
	}
	return tools.Result{Object: o.Object, Text: o.Text, IsError: o.IsError, Status: o.Status, Unsure: o.Unsure}
}
