package login

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
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

// locked runs do while no other process and no other call changes what is kept of the
// host.
func (c *Client) locked(do func() error) error {
	unlock, err := lockedfile.MutexAt(c.path("lock")).Lock()
	if err != nil {
		return fmt.Errorf("lock the login: %w", err)
	}
	defer unlock()
	return do()
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
	login := &Login{}
	text, err := private.ReadOwn(c.File(), longestFile)
	if errors.Is(err, fs.ErrNotExist) {
		return login, fmt.Errorf("%w at %s for the profile %s", ErrNone, c.Host, c.Profile)
	}
	if err == nil && (json.Unmarshal(text, login) != nil || login.Host != c.Host.String() || !login.InKeyring && login.Token == nil) {
		err = fmt.Errorf("the login in %s is damaged; posthog-mcp login makes a new one", c.File())
	}
	return login, err
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
		return nil, errors.New("the token of the login is gone or damaged; posthog-mcp login makes a new one")
	}
	return login, nil
}

// save keeps the tokens in the keyring, or, where there is none, in the file of the
// login, which only its owner can read. After a refresh they stay where they were.
func (c *Client) save(login *Login) error {
	if login.InKeyring {
		secret, _ := json.Marshal(login.Token)
		login.InKeyring = keyring.Set(service, c.account(), string(secret)) == nil
	}
	kept := *login
	if kept.InKeyring {
		kept.Token = nil
	}
	text, err := json.Marshal(kept)
	if err == nil && len(text) > longestFile {
		err = errors.New("PostHog's answer is longer than a login")
	}
	if err != nil {
		return err
	}
	return private.Write(c.File(), text, 0o600)
}

// remove forgets the login, also one that cannot be read.
func (c *Client) remove() error {
	login, _ := c.read()
	err := keyring.Delete(service, c.account())
	if !login.InKeyring || errors.Is(err, keyring.ErrNotFound) {
		err = nil // an earlier login may have been there
	}
	return errors.Join(err, private.Remove(c.File()))
}
