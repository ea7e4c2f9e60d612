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
	// at PostHog does no harm.
	early = 5 * time.Minute
	// renewal limits a refresh with all that it waits for. It goes on when its call
	// is cancelled: an answer that nobody reads may hold the only valid token.
	renewal = 30 * time.Second
	// again is how soon a token that PostHog refuses before its end is refreshed once
	// more.
	again = time.Minute
)

// Source gives calls the access token of a login. All processes of a machine that use
// the login share it. It is safe for concurrent use.
type Source struct {
	client  *Client
	current atomic.Pointer[Login]
	forced  atomic.Int64 // when a refused token was refreshed, in Unix seconds
	flight  singleflight.Group
}

// NewSource returns the source of the login's tokens.
func (c *Client) NewSource() *Source { return &Source{client: c} }

// Key implements [posthog.Source]. The error is a [*tools.Failure].
func (s *Source) Key(ctx context.Context, refused posthog.Key) (posthog.Key, error) {
	if login := s.current.Load(); login != nil && refused == "" && fresh(login) {
		return login.key()
	}
	result := s.flight.DoChan(refused.Hash(), func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), renewal)
		defer cancel()
		return s.renew(ctx, refused)
	})
	select {
	case r := <-result:
		if r.Err != nil {
			return "", failure(r.Err)
		}
		return r.Val.(*Login).key()
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

// fresh reports whether a token needs no refresh. Without an expiry it lasts until
// PostHog refuses it.
func fresh(l *Login) bool {
	return l.Token.Expiry.IsZero() || time.Until(l.Token.Expiry) > early
}

// renew returns the login with a token that lasts. Another process may have refreshed
// it meanwhile, or somebody logged in anew.
func (s *Source) renew(ctx context.Context, refused posthog.Key) (login *Login, err error) {
	err = s.client.locked(ctx, func() error {
		if login, err = s.client.load(); err != nil {
			return err
		}
		isRefused := refused != "" && login.Token.AccessToken == refused.Reveal()
		if !isRefused && fresh(login) {
			return nil
		}
		if now := time.Now(); isRefused {
			if now.Unix()-s.forced.Load() < int64(again/time.Second) {
				return nil
			}
			s.forced.Store(now.Unix())
		}
		usable := !isRefused && time.Now().Before(login.Token.Expiry)
		if err := s.client.refresh(ctx, login); err != nil && !(usable && !errors.Is(err, ErrNone)) {
			return err
		}
		return nil
	})
	if err == nil {
		s.current.Store(login)
	}
	return login, err
}

// errOver means that PostHog ended the login.
var errOver = errors.Join(ErrNone, errors.New("PostHog ended it"))

// refresh gets a new access token and keeps it. A login that is over is forgotten.
func (c *Client) refresh(ctx context.Context, login *Login) error {
	if login.Token.RefreshToken == "" {
		return errOver
	}
	server, err := c.discover(ctx)
	if err != nil {
		return err
	}
	config := oauth2.Config{ClientID: login.ClientID, Endpoint: server.endpoint()}
	token, err := config.TokenSource(c.context(ctx), &oauth2.Token{RefreshToken: login.Token.RefreshToken}).Token()
	switch code := codeOf(err); {
	case code == "invalid_client", code == "invalid_grant":
		return errors.Join(errOver, c.remove(login))
	case err != nil:
		return trouble("refresh the login", err)
	}
	login.Token, login.Scopes = token, granted(token, login.Scopes)
	return c.save(login)
}
