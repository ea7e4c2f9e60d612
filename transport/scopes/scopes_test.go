package scopes_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/internal/sandbox"
	"posthog-mcp/tools"
	"posthog-mcp/tools/engine"
	"posthog-mcp/transport/posthog"
	"posthog-mcp/transport/scopes"
)

// Each kind of key can use some of four tools; "all" if PostHog does not tell.
func TestUsable(t *testing.T) {
	catalogue, err := tools.NewCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	some := []string{"subscriptions-list", "subscriptions-create", "users-retrieve", "users-destroy"}
	for name, c := range map[string]struct {
		key  posthog.Key
		want string
	}{
		"everything":        {sandbox.KeyAll, "subscriptions-list subscriptions-create users-retrieve"},
		"reads":             {sandbox.KeyReadOnly, "subscriptions-list users-retrieve"},
		"one object":        {sandbox.KeySubscriptionsOnly, "subscriptions-list subscriptions-create"},
		"other objects":     {sandbox.KeyForeign, ""},
		"OAuth":             {sandbox.OAuthLive, "subscriptions-list subscriptions-create users-retrieve"},
		"OAuth, reads":      {sandbox.OAuthReadOnly, "subscriptions-list users-retrieve"},
		"OAuth, expired":    {sandbox.OAuthExpired, "all"},
		"no key of PostHog": {"phx_not_a_key_of_the_sandbox", "all"},
	} {
		t.Run(name, func(t *testing.T) {
			world := sandbox.New()
			client := posthog.New(posthog.Options{Base: world.RoundTripper()})
			s := scopes.ForCallers(client, client.KeyFor)
			ctx := posthog.WithKey(context.Background(), c.key)
			got := usable(ctx, s, catalogue, some)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if again := usable(ctx, s, catalogue, some); again != got || len(world.Requests()) != 1 {
				t.Errorf("asked %d times: %q, then %q", len(world.Requests()), got, again)
			}
		})
	}
}

// No caller is told what another's key can do.
func TestCallersApart(t *testing.T) {
	catalogue, err := tools.NewCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	client := posthog.New(posthog.Options{Base: sandbox.New().RoundTripper(), Key: sandbox.KeyReadOnly})
	s := scopes.ForCallers(client, client.KeyFor)
	create := []string{"subscriptions-create"}
	if got := usable(posthog.WithKey(context.Background(), sandbox.KeyAll), s, catalogue, create); got != "subscriptions-create" {
		t.Errorf("all scopes: %q", got)
	}
	if got := usable(context.Background(), s, catalogue, create); got != "" {
		t.Errorf("the server's own key only reads: %q", got)
	}
}

func usable(ctx context.Context, s func(context.Context) func(*engine.Tool) bool, c *engine.Catalogue, names []string) string {
	can := s(ctx)
	if can == nil {
		return "all"
	}
	var found []string
	for _, name := range names {
		if can(c.Tool(name)) {
			found = append(found, name)
		}
	}
	return strings.Join(found, " ")
}

// hanging is a PostHog that never answers.
type hanging struct{ asked, gone atomic.Int32 }

func (h *hanging) Do(ctx context.Context, _ *engine.Request) (*engine.Response, error) {
	h.asked.Add(1)
	<-ctx.Done()
	h.gone.Add(1)
	return nil, &engine.Failure{Kind: engine.TimedOut, Err: ctx.Err()}
}

// A hanging PostHog delays tools/list by three seconds, once a minute; the list is
// then complete. A client that cancels returns at once, and the request ends with
// the last client.
func TestPostHogHangs(t *testing.T) {
	for name, c := range map[string]struct {
		leave []time.Duration // when each client leaves; 0 for never
		took  []time.Duration
		ended time.Duration // when the question does
		again time.Duration // what the next client waits
	}{
		"nobody leaves":        {[]time.Duration{0, 0}, []time.Duration{3 * time.Second, 3 * time.Second}, 3 * time.Second, 0},
		"all leave":            {[]time.Duration{time.Second, 2 * time.Second}, []time.Duration{time.Second, 2 * time.Second}, 2 * time.Second, 3 * time.Second},
		"the first leaves":     {[]time.Duration{time.Second, 0}, []time.Duration{time.Second, 3 * time.Second}, 3 * time.Second, 0},
		"gone before they ask": {[]time.Duration{-1}, []time.Duration{0}, 0, 3 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := &hanging{}
				s := scopes.ForCallers(h, posthog.New(posthog.Options{Key: "phx_fake0000canary"}).KeyFor)
				begin := time.Now()
				var clients sync.WaitGroup
				for i, after := range c.leave {
					clients.Go(func() {
						ctx, cancel := context.WithCancel(context.Background())
						defer cancel()
						if after < 0 {
							cancel()
						} else if after > 0 {
							time.AfterFunc(after, cancel)
						}
						if s(ctx) != nil || time.Since(begin) != c.took[i] {
							t.Errorf("client %d got a list after %v", i, time.Since(begin))
						}
					})
				}
				clients.Wait()
				synctest.Wait()
				if took := time.Since(begin); h.asked.Load() > 1 || h.gone.Load() != h.asked.Load() || took != c.ended {
					t.Errorf("after %v %d of %d questions have ended", took, h.gone.Load(), h.asked.Load())
				}
				begin = time.Now()
				if s(context.Background()); time.Since(begin) != c.again {
					t.Errorf("the next client waited %v", time.Since(begin))
				}
			})
		})
	}
}
