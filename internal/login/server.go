package login

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"
	"golang.org/x/oauth2"

	"posthog-mcp/internal/private"
	"posthog-mcp/transport/posthog"
)

const (
	mostRead       = 1 << 20          // of an answer
	requestTimeout = 20 * time.Second // of a request, with its repetitions
	// A request is repeated after 503, PostHog's passing fault, each time after the
	// wait that PostHog asks for, at most longestWait.
	repetitions = 3
	longestWait = 5 * time.Second
)

// wire sends the requests of a login.
type wire struct {
	base  http.RoundTripper
	agent string
}

// RoundTrip repeats a request after 503, and bounds its answer.
func (w wire) RoundTrip(r *http.Request) (*http.Response, error) {
	for n := 0; ; n++ {
		sent := r.Clone(r.Context())
		sent.Header.Set("User-Agent", w.agent)
		if r.GetBody != nil {
			sent.Body, _ = r.GetBody() // of a string
		}
		res, err := w.base.RoundTrip(sent)
		if err != nil {
			return nil, err
		}
		if res.StatusCode != http.StatusServiceUnavailable || n == repetitions {
			res.Body = http.MaxBytesReader(nil, res.Body, mostRead)
			return res, nil
		}
		_ = res.Body.Close()
		seconds, _ := strconv.Atoi(res.Header.Get("Retry-After"))
		select {
		case <-time.After(min(max(time.Duration(seconds)*time.Second, time.Second), longestWait)):
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
}

// http follows no redirect: a secret would go there too.
func (c *Client) http() *http.Client {
	network := posthog.Transport(http.ProxyFromEnvironment)
	network.DisableKeepAlives = true
	return &http.Client{
		Transport: wire{cmp.Or[http.RoundTripper](c.Base, network), c.UserAgent}, Timeout: requestTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// send posts a body of a media type, or gets without one. An error repeats nothing
// that was sent.
func (c *Client) send(ctx context.Context, address, media, body string) (status int, answer []byte, err error) {
	method := http.MethodGet
	if media != "" {
		method = http.MethodPost
	}
	request, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return 0, nil, errors.New("its address is not a URL")
	}
	request.Header.Set("Content-Type", media)
	res, err := c.http().Do(request)
	if err != nil {
		return 0, nil, posthog.Cause(err)
	}
	defer func() { _ = res.Body.Close() }()
	if answer, err = io.ReadAll(res.Body); err != nil {
		err = posthog.Cause(err)
	}
	return res.StatusCode, answer, err
}

// trouble says why PostHog gave no token. The error of oauth2 holds the whole answer,
// so it is not passed on.
func trouble(doing string, err error) error {
	if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		return fmt.Errorf("%s: PostHog answered %d%s", doing, refused.Response.StatusCode, word(refused.ErrorCode))
	}
	if _, ok := errors.AsType[*url.Error](err); ok {
		return fmt.Errorf("%s: %w", doing, posthog.Cause(err))
	}
	return fmt.Errorf("%s: PostHog's answer holds no token", doing)
}

// word returns an error code as an addition to a sentence; empty for what is none.
func word(code string) string {
	if !regexp.MustCompile(`^[a-z_]{1,40}$`).MatchString(code) {
		return ""
	}
	return " (" + code + ")"
}

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
	id := gjson.GetBytes(body, "client_id").String()
	const longest = 255
	switch {
	case err != nil:
		return fmt.Errorf("register at %s: %w", c.Host, err)
	case status == http.StatusTooManyRequests:
		return fmt.Errorf("register at %s: PostHog takes no more programs of this network for now; try again in an hour", c.Host)
	case status != http.StatusCreated || id == "" || len(id) > longest:
		return fmt.Errorf("register at %s: PostHog answered %d%s", c.Host, status, word(gjson.GetBytes(body, "error").String()))
	}
	config.ClientID = id
	return c.locked(func() error { return private.Write(c.registration(), []byte(id), 0o600) })
}
