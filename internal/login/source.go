package login

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"

	"posthog-mcp/tools/engine"
	"posthog-mcp/transport/posthog"
)

const (
	// early is how long before its end a token is refreshed, so that a passing fault
	// of PostHog does no harm.
	early = 5 * time.Minute
	// renewal limits a refresh with all that it waits for. It goes on when its call
	// is cancelled: an answer that nobody reads may hold the only valid token.
	renewal = 30 * time.Second
	// again is how soon after a refresh the next one may follow: PostHog may refuse
	// each token, or give tokens that are over at once.
	again = time.Minute
)

// Source gives calls the access token of a login. All processes of a machine that use
// the login share it. It is safe for concurrent use.
type Source struct {
	client  *Client
	current atomic.Pointer[Login]
	renewed atomic.Pointer[time.Time] // when this source refreshed the login
	flight  singleflight.Group
}

// NewSource returns the source of the login's tokens.
func (c *Client) NewSource() *Source { return &Source{client: c} }

// Key implements [posthog.Source]. A login that is over, or that cannot be read, is
// the failure [engine.LoggedOut].
func (s *Source) Key(ctx context.Context, refused posthog.Key) (posthog.Key, error) {
	if login := s.current.Load(); login != nil && refused == "" && login.fresh() {
		return login.key(), nil
	}
	result := s.flight.DoChan(refused.Hash(), func() (any, error) { return s.renew(context.WithoutCancel(ctx), refused) })
	select {
	case r := <-result:
		if failure, ok := errors.AsType[*engine.Failure](r.Err); ok {
			return "", failure
		}
		if r.Err != nil {
			return "", &engine.Failure{Kind: engine.LoggedOut, Err: r.Err}
		}
		login := r.Val.(*Login)
		s.current.Store(login)
		return login.key(), nil
	case <-ctx.Done(): // the lock and the keyring know no deadline
		return "", &engine.Failure{Kind: engine.TimedOut, Err: ctx.Err()}
	}
}

// fresh reports whether the token needs no refresh. Without an end it lasts until
// PostHog refuses it.
func (l *Login) fresh() bool { return l.Until.IsZero() || time.Until(l.Until) > early }

// due reports whether the login must be refreshed. Without a refresh token it lasts
// as long as it can.
func (s *Source) due(login *Login, refused posthog.Key) bool {
	if last := s.renewed.Load(); last != nil && time.Since(*last) < again {
		return false
	}
	return login.key() == refused || !login.fresh() && (login.Renews || !time.Now().Before(login.Until))
}

// renew returns the login with a token that lasts. Another process may have refreshed
// it meanwhile, or somebody logged in anew.
func (s *Source) renew(ctx context.Context, refused posthog.Key) (*Login, error) {
	login, err := s.client.open()
	if err != nil || !s.due(login, refused) {
		return login, err
	}
	err = s.client.locked(func() error {
		kept, err := s.client.open()
		if err != nil {
			return err
		}
		if login = kept; !s.due(login, refused) {
			return nil
		}
		ctx, cancel := context.WithTimeout(ctx, renewal)
		defer cancel()
		renewed, err := s.client.refresh(ctx, login)
		switch now := time.Now(); {
		case renewed != nil: // it serves even if it could not be kept
			login = renewed
			s.renewed.Store(&now)
			return nil
		case errors.Is(err, ErrNone):
			return err
		}
		return &engine.Failure{Kind: engine.Unreachable, Err: err}
	})
	if login.key() != refused && time.Now().Before(login.Until) && !errors.Is(err, ErrNone) {
		return login, nil // a fault passes, and the token is still good
	}
	return login, err
}

// errOver means that PostHog ended the login.
var errOver = fmt.Errorf("%w any more: PostHog ended it, or its time is over", ErrNone)

// refresh returns the login with a new access token; an error beside it is that it
// could not be kept. A login that is over is forgotten.
func (c *Client) refresh(ctx context.Context, login *Login) (*Login, error) {
	if !login.Renews {
		return nil, errOver
	}
	server, err := c.discover(ctx)
	if err != nil {
		return nil, err
	}
	old := &oauth2.Token{RefreshToken: login.Token.RefreshToken}
	token, err := server.config(login.ClientID).TokenSource(context.WithValue(ctx, oauth2.HTTPClient, c.http()), old).Token()
	if refusal, ok := errors.AsType[*oauth2.RetrieveError](err); ok && (refusal.ErrorCode == "invalid_grant" || refusal.ErrorCode == "invalid_client") {
		return nil, errors.Join(errOver, c.remove())
	}
	if err != nil {
		return nil, trouble("refresh the login", err)
	}
	renewed, err := login.with(token)
	if err != nil {
		return nil, err
	}
	return renewed, c.save(renewed)
}
