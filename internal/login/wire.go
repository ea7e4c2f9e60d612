package login

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"posthog-mcp/transport/posthog"
)

const (
	mostRead       = 1 << 20          // of an answer
	requestTimeout = 20 * time.Second // of a request, with its repetitions
	// repetitions are after 503, PostHog's passing fault, each after the wait that it
	// asks for, at most longestWait.
	repetitions = 3
	longestWait = 5 * time.Second
)

// wire sends the requests of a login.
type wire Client

// RoundTrip repeats a request after 503, and bounds its answer.
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	base := w.Base
	if base == nil {
		network := posthog.Transport(http.ProxyFromEnvironment)
		network.DisableKeepAlives = true
		base = network
	}
	for n := 0; ; n++ {
		sent := r.Clone(r.Context())
		sent.Header.Set("User-Agent", w.UserAgent)
		if r.GetBody != nil {
			sent.Body, _ = r.GetBody() // of a string
		}
		res, err := base.RoundTrip(sent)
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
	return &http.Client{Transport: (*wire)(c), Timeout: requestTimeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// context makes oauth2 use that client.
func (c *Client) context(ctx context.Context) context.Context {
	return context.WithValue(ctx, oauth2.HTTPClient, c.http())
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
		return 0, nil, posthog.Cause(err)
	}
	return res.StatusCode, answer, nil
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
