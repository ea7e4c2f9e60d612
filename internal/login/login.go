// Package login logs a person in to PostHog and keeps the tokens: the authorization
// code grant with PKCE (RFC 7636) for a native app (RFC 8252) that registers itself
// (RFC 7591). What PostHog does was read in its source, November 2026.
package login

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/tidwall/gjson"
	"golang.org/x/oauth2"

	"posthog-mcp/tools"
	"posthog-mcp/transport/posthog"
	"posthog-mcp/transport/scopes"
)

// patience is how long a login waits for its person.
const patience = 5 * time.Minute

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
}

// A Login is what PostHog granted. Its token is a pointer, so that fmt does not
// print it.
type Login struct {
	Host string `json:"host"`
	// Who is the person's name and address; empty if the login may not read them.
	Who string `json:"who,omitempty"`
	// Project is the number of the only project that the login is for; else empty.
	Project string `json:"project,omitempty"`
	// Scopes are the granted ones.
	Scopes   []string      `json:"scopes"`
	ClientID string        `json:"client_id"`
	Token    *oauth2.Token `json:"token,omitempty"`
	// InKeyring says that the system's keyring has the token, and not a file.
	InKeyring bool `json:"-"`
}

// Request is what a login asks for, and of whom.
type Request struct {
	Scopes []string
	// Project is the number of the only project to ask for; empty for the person's
	// choice.
	Project string
	// Show tells the person the address to open in a browser.
	Show func(address string)
	// Pasted are addresses at which the browser ended, on another machine. Nil for
	// none.
	Pasted <-chan string
	// Refused tells why a pasted address does not do.
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
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("nobody logged in within %v", patience))
	defer cancel()
	server, err := c.discover(ctx)
	if err != nil {
		return nil, err
	}
	door, err := openDoor(ctx, server.Issuer)
	if err != nil {
		return nil, err
	}
	defer door.close()
	config := oauth2.Config{Endpoint: server.endpoint(), RedirectURL: door.address, Scopes: r.Scopes}
	options := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(door.verifier)}
	if r.Project != "" {
		options = append(options, oauth2.SetAuthURLParam("required_access_level", "project"))
	}
	if config.ClientID, err = c.registered(ctx, server, func(id string) string {
		config.ClientID = id
		return config.AuthCodeURL(door.state, options...)
	}); err != nil {
		return nil, err
	}
	r.Show(config.AuthCodeURL(door.state, options...))
	answer, err := door.wait(ctx, r)
	if err != nil {
		return nil, err
	}
	login, err := c.finish(ctx, config, door, answer, r)
	answer.done <- err
	return login, err
}

// finish exchanges the code and keeps the login.
func (c *Client) finish(ctx context.Context, config oauth2.Config, d *door, a answer, r Request) (*Login, error) {
	if a.err != nil {
		return nil, a.err
	}
	token, err := config.Exchange(c.context(ctx), a.code, oauth2.VerifierOption(d.verifier))
	if err != nil {
		if codeOf(err) == "invalid_client" {
			c.forgetClient()
		}
		return nil, trouble("exchange the code", err)
	}
	login := &Login{Host: c.Host.String(), ClientID: config.ClientID, Token: token, Scopes: granted(token, r.Scopes), Project: r.Project, InKeyring: true}
	if len(login.Scopes) == 0 {
		return nil, errors.New("PostHog granted no scope, so no tool would work; log in again and allow some")
	}
	key, err := login.key()
	if err != nil {
		return nil, err
	}
	c.describe(ctx, login, key)
	return login, c.locked(ctx, func() error { return c.save(login) })
}

// describe asks PostHog whose the token is, and for which project. Neither is
// necessary.
func (c *Client) describe(ctx context.Context, login *Login, key posthog.Key) {
	api := posthog.New(posthog.Options{Host: c.Host, Key: key, Base: c.Base, UserAgent: c.UserAgent})
	defer api.CloseIdle()
	if _, response, err := scopes.Ask(ctx, api, key); err == nil {
		if only := gjson.GetBytes(response.Body, "scoped_teams").Array(); len(only) == 1 {
			login.Project = only[0].String()
		}
	}
	const me = "/api/users/@me/"
	if slices.Contains(login.Scopes, "user:read") || slices.Contains(login.Scopes, "user:write") {
		response, err := api.Do(ctx, &tools.Request{Method: http.MethodGet, Path: me, Route: me, Repeatable: true, Keep: []string{"first_name", "email"}})
		if err == nil && response.Status == http.StatusOK {
			login.Who = gjson.GetBytes(response.Body, "first_name").String() + " (" + gjson.GetBytes(response.Body, "email").String() + ")"
		}
	}
}

// key returns the access token as the key of calls.
func (l *Login) key() (posthog.Key, error) {
	key, err := posthog.ParseKey(l.Token.AccessToken)
	if err != nil || !strings.EqualFold(l.Token.Type(), "Bearer") {
		return "", errors.New("PostHog's token is of a form that this program does not know")
	}
	return key, nil
}

// granted returns the scopes of a token. Without a word on them they are those that
// were asked for (RFC 6749, section 5.1).
func granted(token *oauth2.Token, asked []string) []string {
	if told, ok := token.Extra("scope").(string); ok {
		return strings.Fields(told)
	}
	return asked
}

// Logout ends the login at PostHog and forgets it. It is forgotten even if PostHog
// could not be told, which is the error. The error is [ErrNone] without a login.
func (c *Client) Logout(ctx context.Context) error {
	if _, err := c.load(); err != nil {
		return err
	}
	return c.locked(ctx, func() error {
		login, err := c.load()
		if err != nil {
			return err
		}
		err = c.revoke(ctx, login)
		return errors.Join(c.remove(login), err)
	})
}

func (c *Client) revoke(ctx context.Context, login *Login) error {
	server, err := c.discover(ctx)
	if err != nil {
		return err
	}
	for _, token := range []string{login.Token.RefreshToken, login.Token.AccessToken} {
		if token == "" {
			continue
		}
		status, _, err := c.post(ctx, server.Revocation, "application/x-www-form-urlencoded", url.Values{"token": {token}, "client_id": {login.ClientID}}.Encode())
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("PostHog answered %d", status)
		}
		if err != nil {
			return fmt.Errorf("revoke the login: %w", err)
		}
	}
	return nil
}

// Name is how the program introduces itself to PostHog, which refuses names that
// begin with its own or claim to be approved.
func Name() string {
	const plain = "MCP server for PostHog"
	host, err := os.Hostname()
	claims := regexp.MustCompile(`(?i)official|verified|trusted`).MatchString(host)
	if err != nil || claims || !regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`).MatchString(host) {
		return plain
	}
	return plain + " (" + host + ")"
}
