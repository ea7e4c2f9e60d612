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
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"
	"github.com/zalando/go-keyring"

	"posthog-mcp/internal/private"
)

const (
	service = "posthog-mcp" // in the keyring
	// longestFile is more than a login takes.
	longestFile = 64 << 10
	// keyringTimeout leaves a person time to unlock the keyring.
	keyringTimeout = 20 * time.Second
)

// ErrNone means that there is no login for the host and the profile.
var ErrNone = errors.New("there is no login")

// path returns a file of this host. A colon, of a port, has no place in a name on
// Windows.
func (c *Client) path(name string) string {
	host := strings.NewReplacer(":", "_", "[", "", "]", "").Replace(c.Host.Host)
	return filepath.Join(c.Folder, host+"."+name)
}

func (c *Client) lockFile() string   { return c.path("login-" + c.Profile + ".lock") }
func (c *Client) clientFile() string { return c.path("client.json") }

// File is where the login is kept, without its token if the keyring has that.
func (c *Client) File() string { return c.path("login-" + c.Profile + ".json") }

// locked runs do while no other process and no other call changes the login.
func (c *Client) locked(ctx context.Context, do func() error) error {
	if err := os.MkdirAll(c.Folder, 0o700); err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() {
		unlock, err := lockedfile.MutexAt(c.lockFile()).Lock()
		if err == nil {
			defer unlock()
			if err = ctx.Err(); err == nil {
				err = do()
			}
		}
		done <- err
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Load returns the login. The error is [ErrNone] without one.
func (c *Client) Load() (*Login, error) { return c.load() }

// load reads the file of the login, and its token from the keyring if the file has
// none. So the keyring, which may ask a person, is left alone where nobody logged in.
func (c *Client) load() (*Login, error) {
	text, err := private.ReadOwn(c.File(), longestFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNone
	}
	if err != nil {
		return nil, err
	}
	login := &Login{}
	err = json.Unmarshal(text, login)
	if err == nil && login.Token == nil {
		login.InKeyring = true
		if text, err = within(func() ([]byte, error) { return get(c.account()) }); err != nil {
			return nil, fmt.Errorf("read the login from the system's keyring: %w", err)
		}
		err = json.Unmarshal(text, &login.Token)
	}
	if err != nil || login.Token == nil || login.Host != c.Host.String() {
		return nil, fmt.Errorf("%w that can be read: %s is damaged", ErrNone, c.File())
	}
	return login, nil
}

func get(account string) ([]byte, error) {
	secret, err := keyring.Get(service, account)
	return []byte(secret), err
}

func (c *Client) account() string { return c.Profile + "@" + c.Host.String() }

// save keeps the token in the keyring, or, where there is none, in the file of the
// login, which only its owner can read. A token that is refreshed stays where it was.
func (c *Client) save(login *Login) error {
	kept := *login
	if login.InKeyring {
		secret, err := json.Marshal(login.Token)
		if err == nil {
			_, err = within(func() ([]byte, error) { return nil, keyring.Set(service, c.account(), string(secret)) })
		}
		if login.InKeyring = err == nil; login.InKeyring {
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
func (c *Client) remove(login *Login) error {
	var err error
	if login.InKeyring {
		_, err = within(func() ([]byte, error) { return nil, keyring.Delete(service, c.account()) })
	}
	return errors.Join(err, removeFile(c.File()))
}

func removeFile(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// keptClient returns the id of the last registration at the host; empty for none.
func (c *Client) keptClient() string {
	var kept struct{ ID string }
	text, err := private.ReadOwn(c.clientFile(), longestFile)
	if err != nil || json.Unmarshal(text, &kept) != nil {
		return ""
	}
	return kept.ID
}

func (c *Client) keepClient(id string) error {
	text, _ := json.Marshal(struct{ ID string }{id})
	if err := os.MkdirAll(c.Folder, 0o700); err != nil {
		return err
	}
	return private.Write(c.clientFile(), text)
}

func (c *Client) forgetClient() { _ = removeFile(c.clientFile()) }

// within waits for the keyring, which may wait for a person.
func within(do func() ([]byte, error)) (secret []byte, err error) {
	done := make(chan struct{})
	var got []byte
	var failed error
	go func() {
		defer close(done)
		got, failed = do()
	}()
	select {
	case <-done:
		return got, failed
	case <-time.After(keyringTimeout):
		return nil, fmt.Errorf("no answer within %v", keyringTimeout)
	}
}
