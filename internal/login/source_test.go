package login_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zalando/go-keyring"

	"posthog-mcp/internal/login"
	"posthog-mcp/internal/sandbox"
	"posthog-mcp/internal/sandbox/oauth"
	"posthog-mcp/tools/engine"
	"posthog-mcp/transport/posthog"
)

// A way is one to the sandbox, without a network, on which something happens.
type way func(r *http.Request, next http.RoundTripper) (*http.Response, error)

type onWay struct {
	way  way
	next http.RoundTripper
}

func (w onWay) RoundTrip(r *http.Request) (*http.Response, error) { return w.way(r, w.next) }

func straight(r *http.Request, next http.RoundTripper) (*http.Response, error) {
	return next.RoundTrip(r)
}

const tokenPath = "/oauth/token/"

// editToken changes the members of the token endpoint's answers.
func editToken(change func(map[string]any)) way {
	return func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
		res, err := next.RoundTrip(r)
		if r.URL.Path != tokenPath || err != nil || res.StatusCode != http.StatusOK {
			return res, err
		}
		var body map[string]any
		_ = json.NewDecoder(res.Body).Decode(&body)
		change(body)
		text, _ := json.Marshal(body)
		res.Body = io.NopCloser(bytes.NewReader(text))
		return res, nil
	}
}

// later is a world whose time is that of a synctest bubble, with a login in it.
type later struct {
	*sandbox.Sandbox
	client *login.Client
}

// inBubble logs in, and lets time be moved by sleeping.
func inBubble(t *testing.T, on way, test func(*testing.T, *later)) {
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		// The file: the keyring's mock is not safe for several processes at once.
		keyring.MockInitWithError(errors.New("no keyring"))
		t.Cleanup(keyring.MockInit)
		box := sandbox.New()
		host, _ := url.Parse("https://us.posthog.com")
		w := &later{Sandbox: box, client: &login.Client{Host: host, Profile: "default", Folder: folder, Base: onWay{on, box.RoundTripper()}}}
		w.login(t)
		test(t, w)
	})
}

// login logs the person in by pasting, since there is no network.
func (w *later) login(t *testing.T) {
	t.Helper()
	pasted := make(chan string, 1)
	_, err := w.client.Login(t.Context(), login.Request{Scopes: someScopes, Pasted: pasted, Show: func(address string) {
		u, _ := url.Parse(address)
		form := u.Query()
		form["allowed"], form["person"], form["answer"] = someScopes, []string{"501"}, []string{"allow"}
		u.RawQuery = ""
		r, _ := http.NewRequest(http.MethodPost, u.String(), strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res, err := w.RoundTripper().RoundTrip(r)
		if err != nil {
			t.Error(err)
		}
		pasted <- res.Header.Get("Location")
	}})
	if err != nil {
		t.Fatal(err)
	}
}

// api calls PostHog as another process would: with a source of its own.
func (w *later) api() *posthog.Client {
	return posthog.New(posthog.Options{Host: w.client.Host, Base: w.client.Base, Source: w.client.NewSource().Key})
}

func call(api *posthog.Client, method, path string) (int, error) {
	res, err := api.Do(context.Background(), &engine.Request{Method: method, Path: path, Route: path, Repeatable: method == http.MethodGet})
	if err != nil {
		return 0, err
	}
	return res.Status, nil
}

func (w *later) refreshes() (n int) {
	for _, r := range w.Requests() {
		if r.Path == tokenPath && bytes.Contains(r.Body, []byte("grant_type=refresh_token")) {
			n++
		}
	}
	return n
}

const me = "/api/users/@me/"

// check calls PostHog and compares the status, or the kind of failure, and how often
// the login was refreshed until then.
func (w *later) check(t *testing.T, api *posthog.Client, status int, kind engine.FailureKind, refreshes int) {
	t.Helper()
	got, err := call(api, http.MethodGet, me)
	failure, _ := errors.AsType[*engine.Failure](err)
	if got != status || (failure == nil) != (kind == 0) || failure != nil && failure.Kind != kind || w.refreshes() != refreshes {
		t.Errorf("status %d, error %v, %d refreshes", got, err, w.refreshes())
	}
}

func TestRefreshBeforeTheEnd(t *testing.T) {
	inBubble(t, straight, func(t *testing.T, w *later) {
		api := w.api()
		w.check(t, api, 200, 0, 0)
		time.Sleep(7*24*time.Hour - 6*time.Minute)
		w.check(t, api, 200, 0, 0)
		time.Sleep(2 * time.Minute)
		w.check(t, api, 200, 0, 1)
		w.check(t, w.api(), 200, 0, 1) // another process takes what is kept
		for i := range 3 {
			time.Sleep(8 * 24 * time.Hour)
			w.check(t, api, 200, 0, 2+i)
		}
	})
}

// PostHog's clock may be ahead, and a token may be revoked: a 401 leads to one refresh
// and one repetition, of a write too, since PostHog did nothing.
func TestRefreshAfterRefusal(t *testing.T) {
	inBubble(t, straight, func(t *testing.T, w *later) {
		api := w.api()
		w.Advance(8 * 24 * time.Hour)
		if status, err := call(api, http.MethodPatch, me+"hedgehog_config/"); status != 403 || err != nil || w.refreshes() != 1 {
			t.Errorf("a write: %d, %v, %d refreshes", status, err, w.refreshes())
		}
		w.Advance(8 * 24 * time.Hour)
		w.check(t, api, 401, 0, 1) // within a minute: it might never help
		time.Sleep(time.Minute)
		w.check(t, api, 200, 0, 2)
		if status, err := call(api, http.MethodDelete, me); status != 401 || err != nil || w.refreshes() != 2 { // takes no key at all
			t.Errorf("%d, %v, %d refreshes", status, err, w.refreshes())
		}
	})
}

// Many calls in many processes refresh once.
func TestRefreshOnce(t *testing.T) {
	for name, pass := range map[string]func(*later){
		"by our clock": func(*later) { time.Sleep(8 * 24 * time.Hour) },
		"by PostHog's": func(w *later) { w.Advance(8 * 24 * time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, straight, func(t *testing.T, w *later) {
				processes := []*posthog.Client{w.api(), w.api(), w.api()}
				for _, api := range processes {
					w.check(t, api, 200, 0, 0)
				}
				pass(w)
				var all sync.WaitGroup
				for range 5 {
					for _, api := range processes {
						all.Go(func() {
							if status, err := call(api, http.MethodGet, me); status != 200 || err != nil {
								t.Errorf("%d, %v", status, err)
							}
						})
					}
				}
				all.Wait()
				if w.refreshes() != 1 {
					t.Errorf("%d refreshes", w.refreshes())
				}
			})
		})
	}
}

// A login that PostHog ended is told, is not asked for again, and a new one is used
// without a restart.
func TestLoginIsOver(t *testing.T) {
	inBubble(t, straight, func(t *testing.T, w *later) {
		api := w.api()
		w.check(t, api, 200, 0, 0)
		w.Logins(func(s *oauth.Server) { s.Forget() })
		w.check(t, api, 0, engine.LoggedOut, 1)
		w.check(t, api, 0, engine.LoggedOut, 1)
		if _, err := w.client.Load(); !errors.Is(err, login.ErrNone) {
			t.Errorf("kept: %v", err)
		}
		w.login(t)
		w.check(t, api, 200, 0, 1)
	})
}

func TestFewerScopesAfterRefresh(t *testing.T) {
	inBubble(t, straight, func(t *testing.T, w *later) {
		w.Logins(func(s *oauth.Server) { s.Narrow("subscription:write") })
		time.Sleep(7 * 24 * time.Hour)
		w.check(t, w.api(), 200, 0, 1)
		kept, err := w.client.Load()
		if err != nil || strings.Join(kept.Scopes, " ") != "subscription:read user:read" {
			t.Errorf("%v, %v", kept, err)
		}
	})
}

// TestRefusedRefresh has the token endpoint answer a refresh with no usable token. The
// login is forgotten only if PostHog says that it is over, and no call uses what came
// instead of a token.
func TestRefusedRefresh(t *testing.T) {
	for body, want := range map[string]engine.FailureKind{
		`400{"error":"invalid_grant"}`:  engine.LoggedOut,
		`401{"error":"invalid_client"}`: engine.LoggedOut,
		`400{"error":"invalid_scope"}`:  engine.Unreachable,
		`500{"error":"server_error"}`:   engine.Unreachable,
		`400invalid_grant`:              engine.Unreachable,
		`200<html>`:                     engine.Unreachable,
		`200{"access_token":"pha_CANARY\r\nX: y","token_type":"Bearer","expires_in":604800}`: engine.Unreachable,
		`200{"access_token":"pha_CANARY000","token_type":"Bearer","scope":""}`:               engine.Unreachable,
	} {
		t.Run(body, func(t *testing.T) {
			logged := false
			inBubble(t, func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
				if r.URL.Path != tokenPath || !logged {
					return next.RoundTrip(r)
				}
				status, _ := strconv.Atoi(body[:3])
				return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body[3:]))}, nil
			}, func(t *testing.T, w *later) {
				logged = true
				api := w.api()
				time.Sleep(7*24*time.Hour - time.Minute)
				if want == engine.Unreachable {
					w.check(t, api, 200, 0, 0) // with the token of before
				}
				time.Sleep(time.Minute)
				w.check(t, api, 0, want, 0)
				if _, err := w.client.Load(); (want == engine.LoggedOut) != errors.Is(err, login.ErrNone) {
					t.Errorf("kept: %v", err)
				}
			})
		})
	}
}

// However PostHog dates its tokens, a login is refreshed at most once a minute.
func TestAbsurdExpiry(t *testing.T) {
	for _, lifetime := range []any{-5, 1, 299, "1", 1e12, nil} {
		t.Run(fmt.Sprint(lifetime), func(t *testing.T) {
			inBubble(t, editToken(func(body map[string]any) { body["expires_in"] = lifetime }), func(t *testing.T, w *later) {
				api := w.api()
				for range 5 {
					if status, err := call(api, http.MethodGet, me); status != 200 || err != nil {
						t.Fatal(status, err)
					}
				}
				if w.refreshes() > 1 {
					t.Errorf("%d refreshes", w.refreshes())
				}
			})
		})
	}
}

// Where nothing can be written and no file be locked, a login serves as long as its
// token lasts.
func TestUnwritableFolder(t *testing.T) {
	inBubble(t, straight, func(t *testing.T, w *later) {
		lock := filepath.Join(w.client.Folder, "us.posthog.com.lock")
		if err := errors.Join(os.Remove(lock), os.Mkdir(lock, 0o700)); err != nil {
			t.Fatal(err)
		}
		api := w.api()
		w.check(t, api, 200, 0, 0)
		time.Sleep(7*24*time.Hour - time.Minute)
		w.check(t, w.api(), 200, 0, 0)
		time.Sleep(time.Minute)
		w.check(t, api, 0, engine.LoggedOut, 0)
	})
}

// A new token that cannot be kept serves its process.
func TestFullDisk(t *testing.T) {
	inBubble(t, straight, func(t *testing.T, w *later) {
		if err := os.MkdirAll(filepath.Join(w.client.File()+".posthog-mcp-new", "x"), 0o700); err != nil {
			t.Fatal(err)
		}
		time.Sleep(8 * 24 * time.Hour)
		api := w.api()
		w.check(t, api, 200, 0, 1)
		w.check(t, api, 200, 0, 1)
	})
}

// Nobody comes within five minutes, or somebody ends the command: the address is free
// again, and the next login does not rely on a registration that may have been the
// reason.
func TestNobody(t *testing.T) {
	for want, end := range map[string]time.Duration{"nobody logged in within five minutes": time.Hour, "enough": time.Minute} {
		t.Run(want, func(t *testing.T) {
			inBubble(t, straight, func(t *testing.T, w *later) {
				ctx, stop := context.WithCancelCause(t.Context())
				time.AfterFunc(end, func() { stop(errors.New("enough")) })
				started, listener := time.Now(), make(idle)
				w.client.Listen = func(context.Context, string, string) (net.Listener, error) { return listener, nil }
				_, err := w.client.Login(ctx, login.Request{Scopes: someScopes, Show: func(string) {}})
				if err == nil || err.Error() != want || time.Since(started) != min(end, 5*time.Minute) {
					t.Errorf("%v after %v", err, time.Since(started))
				}
				<-listener // closed
				if _, err := os.Stat(filepath.Join(w.client.Folder, "us.posthog.com.client")); !errors.Is(err, fs.ErrNotExist) {
					t.Error(err)
				}
			})
		})
	}
}

// idle is a listener to which nobody comes. In a bubble, time goes on meanwhile.
type idle chan bool

func (i idle) Accept() (net.Conn, error) { <-i; return nil, net.ErrClosed }
func (i idle) Close() error              { close(i); return nil }
func (i idle) Addr() net.Addr            { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }

func TestNoRefreshToken(t *testing.T) {
	inBubble(t, editToken(func(body map[string]any) { delete(body, "refresh_token") }), func(t *testing.T, w *later) {
		api := w.api()
		time.Sleep(7*24*time.Hour - time.Minute)
		w.check(t, api, 200, 0, 0)
		time.Sleep(time.Minute)
		w.check(t, api, 0, engine.LoggedOut, 0)
	})
}

// PostHog's passing fault is repeated. While the token lasts, no call fails for it.
func TestFaultAtRefresh(t *testing.T) {
	faults := 0
	down := func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
		if r.URL.Path == tokenPath && faults > 0 {
			faults--
			return &http.Response{StatusCode: http.StatusServiceUnavailable, Header: http.Header{"Retry-After": {"1"}}, Body: http.NoBody}, nil
		}
		return next.RoundTrip(r)
	}
	inBubble(t, down, func(t *testing.T, w *later) {
		api := w.api()
		time.Sleep(7*24*time.Hour - time.Minute)
		faults = 3
		w.check(t, api, 200, 0, 1)
		time.Sleep(7*24*time.Hour - time.Minute)
		faults = 4
		w.check(t, api, 200, 0, 1) // with the token of before
		time.Sleep(time.Minute)
		faults = 4
		w.check(t, api, 0, engine.Unreachable, 1)
		w.check(t, api, 200, 0, 2)
	})
}

// A call that is taken back does not end the refresh, which may hold the only token.
func TestCancelledCall(t *testing.T) {
	slow := false // while the login listens, a bubble's time stands still
	inBubble(t, func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
		if r.URL.Path == tokenPath && slow {
			time.Sleep(2 * time.Second)
		}
		return next.RoundTrip(r)
	}, func(t *testing.T, w *later) {
		api := w.api()
		time.Sleep(8 * 24 * time.Hour)
		slow = true
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := api.KeyFor(ctx); err == nil {
			t.Error("the call did not end")
		}
		time.Sleep(2 * time.Second)
		w.check(t, api, 200, 0, 1)
	})
}
