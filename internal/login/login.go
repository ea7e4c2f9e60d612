// Package login logs a person in to PostHog and keeps the tokens: the authorization
// code grant with PKCE (RFC 7636) for a native app (RFC 8252) that registers itself
// (RFC 7591). What PostHog does was read in its source, November 2026.
package login

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/tidwall/gjson"
	"golang.org/x/oauth2"

	"posthog-mcp/tools/engine"
	"posthog-mcp/transport/posthog"
	"posthog-mcp/transport/scopes"
)

// patience is how long a login waits for its person.
const patience = 5 * time.Minute

var errNobody = errors.New("nobody logged in within five minutes")

// Client logs in at one PostHog, for one profile.
type Client struct {
	Host *url.URL
	// Profile tells several logins at one host apart; see [CheckProfile].
	Profile string
	// Folder is where files are kept; it is created if needed.
	Folder string
	// Base sends the requests; nil is the real network.
	Base http.RoundTripper
	// UserAgent is sent with each request.
	UserAgent string
	// Listen opens the address for the browser's answer; nil is that of package net.
	Listen func(ctx context.Context, network, address string) (net.Listener, error)
}

// A Login is what PostHog granted.
type Login struct {
	Host string `json:"host"`
	// Who is the person's name and address; empty if the login may not read them.
	Who string `json:"who,omitempty"`
	// Project is the number of the only project that the login is for; else empty.
	Project string `json:"project,omitempty"`
	// Scopes are the granted ones.
	Scopes []string `json:"scopes"`
	// Until is when the access token ends; zero if PostHog did not say. Renews says
	// that it is then refreshed.
	Until  time.Time `json:"until,omitzero"`
	Renews bool      `json:"renews"`
	// InKeyring says that the system's keyring has the tokens, and not a file.
	InKeyring bool `json:"in_keyring"`

	ClientID string `json:"client_id"`
	// Token is a pointer, which fmt does not follow. [Client.Load] leaves it out.
	Token *oauth2.Token `json:"token,omitempty"`
}

// Request is what a login asks for, and of whom.
type Request struct {
	Scopes []string
	// Project is the number of the only project to ask for; empty for the person's
	// choice.
	Project string
	// Show tells the person the address to open in a browser.
	Show func(address string)
	// Pasted are addresses at which a browser on another machine ended; nil for none.
	// Refused tells the person why one does not do.
	Pasted  <-chan string
	Refused func(error)
}

var profileShape = regexp.MustCompile(`^[A-Za-z0-9_-]{1,32}$`)

// CheckProfile refuses a name that cannot be a part of a file's name.
func CheckProfile(name string) error {
	if !profileShape.MatchString(name) {
		return errors.New("a profile's name has up to 32 letters, digits, - and _")
	}
	return nil
}

// Login lets the person log in within five minutes, and keeps what was granted in
// the place of an earlier login.
func (c *Client) Login(ctx context.Context, r Request) (*Login, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errNobody)
	defer cancel()
	if err := os.MkdirAll(c.Folder, 0o700); err != nil {
		return nil, err
	}
	server, err := c.discover(ctx)
	if err != nil {
		return nil, err
	}
	config, verifier := server.config(""), oauth2.GenerateVerifier()
	door, err := c.openDoor(ctx, server.Issuer, func(code string) (*Login, error) { return c.finish(ctx, config, verifier, code) })
	if err != nil {
		return nil, err
	}
	defer door.close()
	config.RedirectURL, config.Scopes = door.address, r.Scopes
	options := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(verifier)}
	if r.Project != "" {
		options = append(options, oauth2.SetAuthURLParam("required_access_level", "project"))
	}
	address := func() string { return config.AuthCodeURL(door.state, options...) }
	if err := c.register(ctx, server, config, address); err != nil {
		return nil, err
	}
	r.Show(address())
	login, err := door.wait(ctx, r)
	if ctx.Err() != nil {
		_ = os.Remove(c.registration()) // PostHog's page may not have known it
	}
	return login, err
}

func (c *Client) finish(ctx context.Context, config *oauth2.Config, verifier, code string) (*Login, error) {
	token, err := config.Exchange(context.WithValue(ctx, oauth2.HTTPClient, c.http()), code, oauth2.VerifierOption(verifier))
	if err != nil {
		return nil, trouble("exchange the code", err)
	}
	login, err := Login{Host: c.Host.String(), Scopes: config.Scopes, ClientID: config.ClientID, InKeyring: true}.with(token)
	if err != nil {
		return nil, err
	}
	c.describe(ctx, login)
	return login, c.locked(func() error { return c.save(login) })
}

// with returns the login with a token. Without a word on scopes they stay those that
// were asked for (RFC 6749, section 5.1).
func (l Login) with(token *oauth2.Token) (*Login, error) {
	if told, ok := token.Extra("scope").(string); ok {
		l.Scopes = strings.Fields(told)
	}
	// Round takes the monotonic clock away, which stands still while a machine sleeps.
	l.Token, l.Until, l.Renews = token, token.Expiry.Round(0), token.RefreshToken != ""
	if _, err := posthog.ParseKey(token.AccessToken); err != nil || !strings.EqualFold(token.Type(), "Bearer") {
		return nil, errors.New("PostHog's token is of a form that this program does not know")
	}
	if len(l.Scopes) == 0 {
		return nil, errors.New("PostHog granted no scope, so no tool would work; log in again and allow some")
	}
	return &l, nil
}

func (l *Login) key() posthog.Key { return posthog.Key(l.Token.AccessToken) }

// describe asks PostHog whose the token is, and for which project. The login works
// without an answer, too.
func (c *Client) describe(ctx context.Context, login *Login) {
	api := posthog.New(posthog.Options{Host: c.Host, Key: login.key(), Base: c.Base, UserAgent: c.UserAgent})
	defer api.CloseIdle()
	if _, response, err := scopes.Ask(ctx, api, login.key()); err == nil {
		if only := gjson.GetBytes(response.Body, "scoped_teams").Array(); len(only) == 1 {
			login.Project = only[0].String()
		}
	}
	if !slices.Contains(login.Scopes, "user:read") && !slices.Contains(login.Scopes, "user:write") {
		return
	}
	const me = "/api/users/@me/"
	response, err := api.Do(ctx, &engine.Request{Method: http.MethodGet, Path: me, Route: me, Repeatable: true, Keep: []string{"first_name", "email"}})
	if err == nil && response.Status == http.StatusOK {
		person := gjson.GetManyBytes(response.Body, "first_name", "email")
		login.Who = fmt.Sprintf("%s (%s)", person[0], person[1])
	}
}

// Logout ends the login at PostHog and forgets it. It is forgotten even if PostHog
// could not be told, which is the error. The error is [ErrNone] without a login.
func (c *Client) Logout(ctx context.Context) error {
	if _, err := c.read(); errors.Is(err, ErrNone) {
		return err
	}
	return c.locked(func() error {
		login, told := c.open()
		if told == nil {
			told = c.revoke(ctx, login)
		}
		if err := c.remove(); err != nil {
			return fmt.Errorf("forget the login: %w", err)
		}
		if told != nil {
			return fmt.Errorf("the login is forgotten here, but PostHog may not know: %w", told)
		}
		return nil
	})
}

func (c *Client) revoke(ctx context.Context, login *Login) error {
	server, err := c.discover(ctx)
	if err != nil {
		return err
	}
	for _, token := range []string{login.Token.AccessToken, login.Token.RefreshToken} {
		if token == "" {
			continue
		}
		form := url.Values{"token": {token}, "client_id": {login.ClientID}}
		status, _, err := c.send(ctx, server.Revocation, "application/x-www-form-urlencoded", form.Encode())
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("PostHog answered %d", status)
		}
		if err != nil {
			return fmt.Errorf("revoke the login: %w", err)
		}
	}
	return nil
}
