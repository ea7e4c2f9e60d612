package scopes_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/internal/sandbox"
	"posthog-mcp/tools"
	"posthog-mcp/transport/posthog"
	"posthog-mcp/transport/scopes"
)

// What each kind of key can use, of four tools; "all" where PostHog does not
// tell.
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
			s := scopes.New(posthog.New(posthog.Options{Base: world.RoundTripper()}), "")
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
	s := scopes.New(posthog.New(posthog.Options{Base: sandbox.New().RoundTripper(), Key: sandbox.KeyReadOnly}), sandbox.KeyReadOnly)
	create := []string{"subscriptions-create"}
	if got := usable(posthog.WithKey(context.Background(), sandbox.KeyAll), s, catalogue, create); got != "subscriptions-create" {
		t.Errorf("all scopes: %q", got)
	}
	if got := usable(context.Background(), s, catalogue, create); got != "" {
		t.Errorf("the server's own key only reads: %q", got)
	}
}

func usable(ctx context.Context, s *scopes.Scopes, c *tools.Catalogue, names []string) string {
	can := s.Usable(ctx)
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
