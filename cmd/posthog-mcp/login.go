package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"

	"posthog-mcp/internal/build"
	"posthog-mcp/internal/login"
	"posthog-mcp/tools/engine"
	"posthog-mcp/transport/posthog"
	"posthog-mcp/transport/scopes"
)

// profileFlag chooses a login, for the commands that use one.
type profileFlag struct {
	Profile string `default:"default" help:"Which login to use, where there are several at the host; see posthog-mcp login."`
}

// client logs in at a host.
func (f profileFlag) client(host *url.URL) (*login.Client, error) {
	key, err := system().KeyFile()
	if err != nil {
		err = usage("there is no home directory to keep a login in: set HOME")
	}
	err = cmp.Or(blame("--profile: ", login.CheckProfile(f.Profile)), err)
	return &login.Client{Host: host, Profile: f.Profile, Folder: filepath.Dir(key), UserAgent: build.UserAgent()}, err
}

// stored is the login at a host; nil without one, or where a key is set, which wins.
func (f profileFlag) stored(host *url.URL) (*login.Client, *login.Login, error) {
	if _, homeless := system().KeyFile(); homeless != nil || keyGiven() {
		return nil, nil, nil
	}
	client, err := f.client(host)
	if err != nil {
		return nil, nil, err
	}
	kept, err := client.Load()
	if errors.Is(err, login.ErrNone) {
		return nil, nil, nil
	}
	return client, kept, err
}

type loginFlags struct {
	profileFlag
	Host string `placeholder:"HOST" help:"us, eu or the URL of another PostHog; POSTHOG_HOST by default."`
}

// ProvideClient gives kong the client for the commands' Run.
func (f loginFlags) ProvideClient() (*login.Client, error) {
	host, err := parseHost("--host", cmp.Or(f.Host, os.Getenv(envHost)), false)
	if err != nil {
		return nil, err
	}
	return f.client(host)
}

type loginCmd struct {
	loginFlags
	selectionFlags
	Project   string `placeholder:"ID" help:"Ask for this project alone."`
	NoBrowser bool   `help:"For a machine without a browser: open the address elsewhere, and paste the one where you end."`
	Status    bool   `help:"Say who is logged in, where, until when and with which scopes."`
}

func (loginCmd) Help() string {
	return `PostHog asks you in the browser to agree. What is asked for are the scopes of the
tools that the flags leave. stdio, call and doctor use the login if no key is set.

The tokens are kept in the system's keyring or, where there is none, in a file that
only you can read. posthog-mcp logout ends the login.
`
}

func (c *loginCmd) Run(ctx context.Context, tty console, client *login.Client, catalogue *engine.Catalogue) error {
	selected, errSelection := c.selection(catalogue)
	if err := cmp.Or(errSelection, checkProject("--project", c.Project, "")); err != nil {
		return err
	}
	box := &engine.Toolbox{Rules: engine.Rules{Selection: selected}}
	asked := box.Scopes(catalogue)
	var l *login.Login
	var err error
	if !c.Status {
		l, err = client.Login(ctx, c.request(tty, asked))
	} else if l, err = client.Load(); err == nil {
		asked = l.Scopes
	}
	switch {
	case errors.Is(err, login.ErrNone):
		return fmt.Errorf("%w; posthog-mcp login makes one", err)
	case err != nil:
		return err
	}
	if keyGiven() {
		fmt.Fprintf(tty.err, "The environment has a key, which wins over this login: unset %s and %[1]s_FILE.\n", envKey)
	}
	if used, err := posthog.ParseHost(os.Getenv(envHost), true); err != nil || used.Host != client.Host.Host {
		fmt.Fprintf(tty.err, "Set %s=%s where the server runs.\n", envHost, c.Host)
	}
	if l.Project != c.Project && c.Project != "" {
		fmt.Fprintf(tty.err, "The login is not for project %s alone: log in again, or set %s.\n", c.Project, envProject)
	}
	return describe(tty.out, client.File(), l, asked, box, catalogue)
}

// request asks a person at the console for scopes. The reader of what they paste ends
// with the process.
func (c *loginCmd) request(tty console, scopes []string) login.Request {
	r := login.Request{
		Scopes: scopes, Project: c.Project,
		Show:    func(address string) { c.show(tty, address) },
		Refused: func(err error) { fmt.Fprintf(tty.err, "That does not do: %v. Paste the whole address:\n", err) },
	}
	if c.NoBrowser {
		lines := make(chan string)
		r.Pasted = lines
		go func() {
			for scanner := bufio.NewScanner(tty.in); scanner.Scan(); {
				lines <- scanner.Text()
			}
		}()
	}
	return r
}

func (c *loginCmd) show(tty console, address string) {
	if c.NoBrowser {
		fmt.Fprintf(tty.err, `Open this address in a browser, on any machine, and agree:

%s

The browser then ends at an address that begins with http://127.0.0.1 or http://[::1],
where it may find nothing. Paste that address here:
`, address)
		return
	}
	fmt.Fprintf(tty.err, "Your browser opens this address; agree there:\n\n%s\n\n", address)
	words := strings.Fields(cmp.Or(map[string]string{"darwin": "open", "windows": "rundll32 url.dll,FileProtocolHandler"}[runtime.GOOS], "xdg-open"))
	command := exec.Command(words[0], append(words[1:], address)...) //nolint:noctx // a browser outlives this program
	// It gets none of our settings.
	command.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "POSTHOG_") })
	go func() { // some of them last as long as the browser
		if command.Run() != nil {
			fmt.Fprintln(tty.err, "It could not be opened: open it yourself, or use --no-browser.")
		}
	}()
}

// describe prints a login, and which of the tools it is good for.
func describe(w io.Writer, file string, l *login.Login, asked []string, box *engine.Toolbox, catalogue *engine.Catalogue) error {
	place, until := "the system's keyring", "PostHog ends it"
	if !l.InKeyring {
		place = "a file that only you can read, since no keyring answered: " + file
	}
	if !l.Until.IsZero() {
		until = l.Until.UTC().Format("2006-01-02 15:04 MST")
	}
	if l.Renews {
		until += ", then renewed by itself"
	}
	page := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(page, "Logged in at\t%s\nas\t%s\nproject\t%s\nuntil\t%s\nkept in\t%s\n\nscope\tgranted\ttools\n",
		l.Host, oneLine(cmp.Or(l.Who, "somebody, whose name needs user:read")), cmp.Or(l.Project, "all that you chose"), until, place)
	usable := scopes.Usable(l.Scopes)
	for _, scope := range asked {
		granted, names := "yes", []string(nil)
		for _, t := range catalogue.Tools() {
			if t.Scope != scope || !box.Offers(context.Background(), t) {
				continue
			}
			if names = append(names, t.Name); !usable(t) {
				granted = "no"
			}
		}
		fmt.Fprintf(page, "%s\t%s\t%s\n", oneLine(scope), granted, strings.Join(names, ", "))
	}
	return page.Flush()
}

type logoutCmd struct{ loginFlags }

func (c *logoutCmd) Run(ctx context.Context, tty console, client *login.Client) error {
	if err := client.Logout(ctx); err != nil {
		return err
	}
	_, err := fmt.Fprintf(tty.out, "Logged out at %s.\n", client.Host)
	return err
}
