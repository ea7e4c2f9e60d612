package login

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"

	"posthog-mcp/tools"
	"posthog-mcp/transport/posthog"
)

const (
	// early is how long before its end a token is refreshed, so that a passing fault
	// of PostHog does no harm.
	early = 5 * time.Minute
	// renewal limits a refresh with all that it waits for. It goes on when its call
	// is cancelled: an answer that nobody reads may hold the only valid token.
	renewal = 30 * time.Second
	// again is how soon one more token that PostHog refuses before its end is
	// refreshed.
	again = time.Minute
)

// Source gives calls the access token of a login. All processes of a machine that use
// the login share it. It is safe for concurrent use.
type Source struct {
	client  *Client
	current atomic.Pointer[Login]
	forced  atomic.Pointer[time.Time] // when a refused token was refreshed
	flight  singleflight.Group
}

// NewSource returns the source of the login's tokens.
func (c *Client) NewSource() *Source { return &Source{client: c} }

// Key implements [posthog.Source].
func (s *Source) Key(ctx context.Context, refused posthog.Key) (posthog.Key, error) {
	if login := s.current.Load(); login != nil && refused == "" && login.fresh() {
		return login.key(), nil
	}
	result := s.flight.DoChan(refused.Hash(), func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), renewal)
		defer cancel()
		return s.client.locked(ctx, func() (*Login, error) { return s.renew(ctx, refused) })
	})
	select {
	case r := <-result:
		if r.Err != nil {
			return "", failure(r.Err)
		}
		login := r.Val.(*Login)
		s.current.Store(login)
		return login.key(), nil
	case <-ctx.Done():
		return "", &tools.Failure{Kind: tools.TimedOut, Err: ctx.Err()}
	}
}

// failure tells a login that is over from one that cannot be read or refreshed now.
func failure(err error) error {
	kind := tools.Unreachable
	if errors.Is(err, ErrNone) {
		kind = tools.LoggedOut
	}
	return &tools.Failure{Kind: kind, Err: err}
}

// fresh reports whether the token needs no refresh. Without an end it lasts until
// PostHog refuses it.
func (l *Login) fresh() bool { return l.Until.IsZero() || time.Until(l.Until) > early }

// renew returns the login with a token that lasts. Another process may have refreshed
// it meanwhile, or somebody logged in anew.
func (s *Source) renew(ctx context.Context, refused posthog.Key) (*Login, error) {
	login, err := s.client.open()
	if err != nil {
		return nil, err
	}
	now, isRefused := time.Now(), login.key() == refused
	lasts := !isRefused && now.Before(login.Until)
	switch {
	case !isRefused && login.fresh(), lasts && !login.Renews:
		return login, nil
	case isRefused:
		if last := s.forced.Swap(&now); last != nil && now.Sub(*last) < again {
			return login, nil
		}
	}
	err = s.client.refresh(ctx, login)
	if lasts && !errors.Is(err, ErrNone) {
		return login, nil // a fault passes, and the token is still good
	}
	return login, err
}

// errOver means that PostHog ended the login.
var errOver = errors.Join(ErrNone, errors.New("PostHog ended it"))

// refresh gets a new access token and keeps it. A login that is over is forgotten.
func (c *Client) refresh(ctx context.Context, login *Login) error {
	if !login.Renews {
		return errOver
	}
	server, err := c.discover(ctx)
	if err != nil {
		return err
	}
	old := &oauth2.Token{RefreshToken: login.Token.RefreshToken}
	token, err := server.config(login.ClientID).TokenSource(c.context(ctx), old).Token()
	if refusal, ok := errors.AsType[*oauth2.RetrieveError](err); ok && (refusal.ErrorCode == "invalid_grant" || refusal.ErrorCode == "invalid_client") {
		return errors.Join(errOver, c.remove())
	}
	if err != nil {
		return trouble("refresh the login", err)
	}
	if err := login.take(token); err != nil {
		return err
	}
	return c.save(login)
}
