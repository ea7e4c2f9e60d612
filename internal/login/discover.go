package login

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/oauth2"

	"posthog-mcp/transport/posthog"
)

// server is what a PostHog says about its login (RFC 8414).
type server struct {
	Issuer        string   `json:"issuer"`
	Authorization string   `json:"authorization_endpoint"`
	Token         string   `json:"token_endpoint"`
	Registration  string   `json:"registration_endpoint"`
	Revocation    string   `json:"revocation_endpoint"`
	Challenges    []string `json:"code_challenge_methods_supported"`
}

func (s *server) config(clientID string) *oauth2.Config {
	return &oauth2.Config{ClientID: clientID, Endpoint: oauth2.Endpoint{AuthURL: s.Authorization, TokenURL: s.Token, AuthStyle: oauth2.AuthStyleInParams}}
}

// discover asks the host for its login, and refuses one that leads elsewhere: a
// mix-up would hand out the code, or a token.
func (c *Client) discover(ctx context.Context) (*server, error) {
	otherwise := "make a personal API key at " + c.Host.String() + "/settings/user-api-keys and set POSTHOG_PERSONAL_API_KEY"
	if posthog.InClear(c.Host) {
		return nil, fmt.Errorf("a login needs https; %s", otherwise)
	}
	status, body, err := c.send(ctx, c.Host.String()+"/.well-known/oauth-authorization-server", "", "")
	if err != nil {
		return nil, fmt.Errorf("reach %s: %w", c.Host, err)
	}
	var s server
	switch isJSON := json.Unmarshal(body, &s) == nil; {
	case status == http.StatusNotFound, status == http.StatusOK && (!isJSON || s.Registration == ""):
		return nil, fmt.Errorf("%s has no login for programs, as older versions of PostHog; %s", c.Host, otherwise)
	case status != http.StatusOK:
		return nil, fmt.Errorf("%s answered %d when asked for its login; try again in a minute, or check the host", c.Host, status)
	case strings.TrimSuffix(s.Issuer, "/") != c.Host.String():
		return nil, fmt.Errorf("%s says that its login belongs to another host, which is refused", c.Host)
	case !slices.Contains(s.Challenges, "S256"):
		return nil, fmt.Errorf("%s does not take PKCE with S256, without which a login is not safe", c.Host)
	}
	for _, endpoint := range []string{s.Authorization, s.Token, s.Registration, s.Revocation} {
		// The host is https, or http on loopback.
		if u, err := url.Parse(endpoint); err != nil || u.Scheme != c.Host.Scheme || u.Host != c.Host.Host || u.User != nil || u.Fragment != "" {
			return nil, fmt.Errorf("%s names an address of its login that is not its own, which is refused", c.Host)
		}
	}
	return &s, nil
}

// register returns the id under which the host knows this program: the one of the
// last time, unless the host does not know it any more. address is that of the page
// for an id. The name is one that PostHog takes: it does not begin with its own.
func (c *Client) register(ctx context.Context, s *server, address func(id string) string) (string, error) {
	if id := c.keptClient(); id != "" {
		// PostHog answers an unknown id with 400, and prompt=none with a redirect.
		if status, _, err := c.send(ctx, address(id)+"&prompt=none", "", ""); err != nil || status != http.StatusBadRequest {
			return id, err
		}
	}
	body, _ := json.Marshal(map[string]any{
		"client_name": "MCP server for PostHog", "redirect_uris": []string{"http://" + loopback + callback},
		"grant_types": []string{"authorization_code", "refresh_token"}, "response_types": []string{"code"}, "token_endpoint_auth_method": "none",
	})
	status, body, err := c.send(ctx, s.Registration, "application/json", string(body))
	var made struct {
		ID    string `json:"client_id"`
		Error string `json:"error"`
	}
	_ = json.Unmarshal(body, &made) // an id is missing then
	switch {
	case err != nil:
		return "", fmt.Errorf("register at %s: %w", c.Host, err)
	case status == http.StatusTooManyRequests:
		return "", errors.New("PostHog registers no more programs of this network for now: try again in an hour")
	case status != http.StatusCreated || made.ID == "":
		return "", fmt.Errorf("register at %s: PostHog answered %d%s", c.Host, status, word(made.Error))
	}
	return made.ID, c.keepClient(made.ID)
}
