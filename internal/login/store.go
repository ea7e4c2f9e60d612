package login

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/lockedfile"
	"github.com/zalando/go-keyring"
	"golang.org/x/oauth2"

	"posthog-mcp/internal/private"
	"posthog-mcp/transport/posthog"
)

const (
	service     = "posthog-mcp" // in the keyring
	longestFile = 64 << 10      // more than a login takes
)

// ErrNone means that there is no login for the host and the profile.
var ErrNone = errors.New("there is no login")

// path returns a file of this host. The colon of a port has no place in a name on
// Windows.
func (c *Client) path(name string) string {
	host := strings.NewReplacer(":", "_", "[", "", "]", "").Replace(c.Host.Host)
	return filepath.Join(c.Folder, host+"."+name)
}

// File is where the login is kept, without its tokens if the keyring has them.
func (c *Client) File() string { return c.path("login-" + c.Profile + ".json") }

func (c *Client) account() string { return c.Profile + "@" + c.Host.String() }

// locked runs do while no other process and no other call changes the login.
func (c *Client) locked(ctx context.Context, do func() (*Login, error)) (*Login, error) {
	type result struct {
		login *Login
		err   error
	}
	if err := os.MkdirAll(c.Folder, 0o700); err != nil {
		return nil, err
	}
	done := make(chan result, 1)
	go func() { // the lock and the keyring know no deadline
		unlock, err := lockedfile.MutexAt(c.path("login-" + c.Profile + ".lock")).Lock()
		r := result{err: err}
		if err == nil {
			defer unlock()
			if r.err = ctx.Err(); r.err == nil {
				r.login, r.err = do()
			}
		}
		done <- r
	}()
	select {
	case r := <-done:
		return r.login, r.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// Load returns the login without its tokens; it does not ask the keyring, which may
// ask a person. The error is [ErrNone] without a login.
func (c *Client) Load() (*Login, error) {
	login, err := c.read()
	if err == nil {
		login.Token = nil
	}
	return login, err
}

func (c *Client) read() (*Login, error) {
	text, err := private.ReadOwn(c.File(), longestFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNone
	}
	if err != nil {
		return nil, err
	}
	login := &Login{}
	if json.Unmarshal(text, login) != nil || login.Host != c.Host.String() || !login.InKeyring && login.Token == nil {
		return nil, fmt.Errorf("%w that can be read: %s is damaged", ErrNone, c.File())
	}
	return login, nil
}

// open returns the login with its tokens.
func (c *Client) open() (*Login, error) {
	login, err := c.read()
	if err != nil {
		return nil, err
	}
	if login.InKeyring {
		secret, err := keyring.Get(service, c.account())
		if err != nil && !errors.Is(err, keyring.ErrNotFound) {
			return nil, fmt.Errorf("read the login from the system's keyring: %w", err)
		}
		login.Token = &oauth2.Token{}
		_ = json.Unmarshal([]byte(secret), login.Token) // it has no key then
	}
	if _, err := posthog.ParseKey(login.Token.AccessToken); err != nil {
		return nil, fmt.Errorf("%w that can be read: its token is gone or damaged", ErrNone)
	}
	return login, nil
}

// save keeps the tokens in the keyring, or, where there is none, in the file of the
// login, which only its owner can read. After a refresh they stay where they were.
func (c *Client) save(login *Login) error {
	kept := *login
	if login.InKeyring {
		secret, _ := json.Marshal(login.Token)
		login.InKeyring = keyring.Set(service, c.account(), string(secret)) == nil
		if kept.InKeyring = login.InKeyring; kept.InKeyring {
			kept.Token = nil
		}
	}
	text, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	return private.Write(c.File(), text)
}

// remove forgets the login.
func (c *Client) remove() error {
	var err error
	if login, unread := c.read(); unread != nil || login.InKeyring {
		err = keyring.Delete(service, c.account())
	}
	return errors.Join(err, os.Remove(c.File()))
}

// keptClient returns the id of the last registration at the host; empty for none.
func (c *Client) keptClient() string {
	text, _ := private.ReadOwn(c.path("client"), longestFile)
	return string(text)
}

func (c *Client) keepClient(id string) error {
	if err := os.MkdirAll(c.Folder, 0o700); err != nil {
		return err
	}
	return private.Write(c.path("client"), []byte(id))
}
