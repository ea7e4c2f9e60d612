package login

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/oauth2"

	"posthog-mcp/internal/private"
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

// plainPath matches the path of an endpoint. It is shown on a terminal, so others are
// refused.
var plainPath = regexp.MustCompile(`^/[\w./~-]*$`)

// discover asks the host for its login, and refuses one that leads elsewhere: a
// mix-up would hand out the code, or a token.
func (c *Client) discover(ctx context.Context) (*server, error) {
	host := c.Host.String()
	otherwise := "make a personal API key at " + host + "/settings/user-api-keys and set POSTHOG_PERSONAL_API_KEY"
	if posthog.InClear(c.Host) {
		return nil, fmt.Errorf("a login needs https; %s", otherwise)
	}
	status, body, err := c.send(ctx, host+"/.well-known/oauth-authorization-server", "", "")
	if err != nil {
		return nil, fmt.Errorf("reach %s: %w", host, err)
	}
	var s server
	isJSON := json.Unmarshal(body, &s) == nil
	elsewhere := func(endpoint string) bool {
		path, own := strings.CutPrefix(endpoint, host)
		return !own || !plainPath.MatchString(path)
	}
	switch {
	case status == http.StatusNotFound, status == http.StatusOK && (!isJSON || s.Registration == ""):
		return nil, fmt.Errorf("%s has no login for programs, as older versions of PostHog; %s", host, otherwise)
	case status != http.StatusOK:
		return nil, fmt.Errorf("%s answered %d when asked for its login; try again in a minute, or check the host", host, status)
	case strings.TrimSuffix(s.Issuer, "/") != host:
		return nil, fmt.Errorf("%s says that its login belongs to another host, which is refused", host)
	case !slices.Contains(s.Challenges, "S256"):
		return nil, fmt.Errorf("%s does not take PKCE with S256, without which a login is not safe", host)
	case slices.ContainsFunc([]string{s.Authorization, s.Token, s.Registration, s.Revocation}, elsewhere):
		return nil, fmt.Errorf("%s names an address of its login that is not its own, which is refused", host)
	}
	return &s, nil
}

// registration is the file with the id under which the host knows this program.
func (c *Client) registration() string { return c.path("client") }

// register sets the id of config: that of the last time, unless the host does not know
// it any more, for the address of its page. The name is one that PostHog takes: it does
// not begin with its own.
func (c *Client) register(ctx context.Context, s *server, config *oauth2.Config, address func() string) error {
	if id, err := private.ReadOwn(c.registration(), longestFile); err == nil {
		config.ClientID = string(id)
		// PostHog answers an unknown id with 400, and prompt=none with a redirect.
		if status, _, err := c.send(ctx, address()+"&prompt=none", "", ""); err == nil && status != http.StatusBadRequest {
			return nil
		}
	}
	redirect, _ := url.Parse(config.RedirectURL) // it matches at any port
	redirect.Host = strings.TrimSuffix(redirect.Host, ":"+redirect.Port())
	program := fmt.Sprintf(`{"client_name":"MCP server for PostHog","redirect_uris":[%q],"grant_types":["authorization_code","refresh_token"],`+
		`"response_types":["code"],"token_endpoint_auth_method":"none"}`, redirect)
	status, body, err := c.send(ctx, s.Registration, "application/json", program)
	var made struct {
		ID    string `json:"client_id"`
		Error string `json:"error"`
	}
	_ = json.Unmarshal(body, &made) // an id is missing then
	const longest = 255
	switch {
	case err != nil:
		return fmt.Errorf("register at %s: %w", c.Host, err)
	case status == http.StatusTooManyRequests:
		return fmt.Errorf("register at %s: PostHog takes no more programs of this network for now; try again in an hour", c.Host)
	case status != http.StatusCreated || made.ID == "" || len(made.ID) > longest:
		return fmt.Errorf("register at %s: PostHog answered %d%s", c.Host, status, word(made.Error))
	}
	config.ClientID = made.ID
	return c.locked(func() error { return private.Write(c.registration(), []byte(made.ID), 0o600) })
}
