package limit

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/google/go-cmp/cmp"

	"posthog-mcp/tools/engine"
)

// What a replica finds at the key of a call, one row after the other: a call can
// take a minute, and its outcome is kept for ten seconds.
func TestOutcomes(t *testing.T) {
	server := miniredis.RunT(t)
	clock := newClock(server)
	one := NewOnce(10*time.Second, time.Minute, connect(t, server, RedisOptions{}))
	other := NewOnce(10*time.Second, time.Minute, connect(t, server, RedisOptions{}))
	running := func(age time.Duration) *ending { return &ending{engine.Unsettled(), age, forCaller} }
	made := func(text string) engine.Result { return engine.Result{Object: json.RawMessage("{}"), Text: text} }
	settle := func(key, owner, outcome string) func() {
		return func() {
			c := &onceCall{key: key, ending: ending{counts: forCaller}}
			if outcome != "" {
				c.ending = ending{result: made(outcome), counts: forWindow}
			}
			if err := one.publish(t.Context(), c, owner); err != nil {
				t.Error(err)
			}
		}
	}
	for i, c := range []struct {
		after time.Duration
		do    func()
		by    *Once
		key   string
		want  *ending
	}{
		{0, nil, one, "a", nil},
		{0, nil, other, "a", running(0)},
		{0, nil, other, "b", nil},
		{5 * time.Second, nil, other, "a", running(5 * time.Second)},
		{0, settle("a", "somebody else", "wrong"), other, "a", running(5 * time.Second)},
		{0, settle("a", "somebody else", ""), other, "a", running(5 * time.Second)},
		{0, settle("a", "me", "made"), other, "a", &ending{made("made"), 0, forWaiting}},
		{3 * time.Second, nil, one, "a", &ending{made("made"), 3 * time.Second, forWaiting}},
		{7 * time.Second, nil, other, "a", nil},
		// It never left: the next may make it.
		{0, settle("a", "me", ""), other, "a", nil},
		// The mark did not arrive, the outcome does.
		{0, settle("c", "me", "made"), other, "c", &ending{made("made"), 0, forWaiting}},
		// A replica ended in the middle.
		{0, nil, one, "d", nil},
		{69 * time.Second, nil, other, "d", running(69 * time.Second)},
		{time.Second, nil, other, "d", nil},
	} {
		clock.pass(c.after)
		if c.do != nil {
			c.do()
		}
		got, err := c.by.look(t.Context(), c.key, "me")
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(c.want, got, cmp.AllowUnexported(ending{})); d != "" {
			t.Errorf("row %d (-want +got):\n%s", i, d)
		}
	}
}

// What stands there and cannot be read is an outcome all the same.
func TestUnreadableOutcomes(t *testing.T) {
	server := miniredis.RunT(t)
	o := NewOnce(10*time.Second, time.Minute, connect(t, server, RedisOptions{}))
	made := &onceCall{key: "a", ending: ending{result: engine.Result{Object: json.RawMessage("{}")}, counts: forWindow}}
	if err := o.publish(t.Context(), made, "me"); err != nil {
		t.Fatal(err)
	}
	name := server.Keys()[0]
	sealed, err := server.Get(name)
	if err != nil {
		t.Fatal(err)
	}
	for what, value := range map[string]string{
		"changed": sealed[:len(sealed)-1] + "\x00\x01", "cut": sealed[:5], "bare": "=", "other": "made", "odd": "\xff", "empty": "",
	} {
		if err := server.Set(name, value); err != nil {
			t.Fatal(err)
		}
		server.SetTTL(name, 10*time.Second)
		got, err := o.look(t.Context(), "a", "me")
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(&ending{engine.Unsettled(), 0, forWaiting}, got, cmp.AllowUnexported(ending{})); d != "" {
			t.Errorf("%s (-want +got):\n%s", what, d)
		}
	}
}
