package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// browser opens the address of a login and agrees, as its environment says: PERSON,
// PROJECT, DECLINE (a scope). It notes the settings that it was started with, and the
// page on which it ends, in the file of NOTES.
func browser() {
	if os.Getenv("BROKEN") != "" {
		os.Exit(3)
	}
	note := func(text string) {
		file, err := os.OpenFile(os.Getenv("NOTES"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err == nil {
			fmt.Fprintln(file, text)
			_ = file.Close()
		}
	}
	for _, variable := range os.Environ() {
		if strings.Contains(variable, "POSTHOG") || strings.Contains(variable, "ph") && strings.Contains(variable, "_sandbox_") {
			note("started with " + variable)
		}
	}
	ends, err := agree(os.Args[1], os.Getenv)
	if err == nil && os.Getenv("COPY") == "" {
		err = look(ends, note)
	}
	if err != nil {
		note(err.Error())
	}
}

// look notes a page.
func look(address string, note func(string)) error {
	res, err := http.Get(address)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	note(string(text))
	return err
}

// agree answers PostHog's page, and returns where the browser ends.
func agree(address string, say func(string) string) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", err
	}
	form := u.Query()
	for _, scope := range strings.Fields(form.Get("scope")) {
		if !slices.Contains(strings.Fields(say("DECLINE")), scope) {
			form.Add("allowed", scope)
		}
	}
	form.Set("answer", "allow")
	form.Set("person", "501")
	if say("PERSON") != "" {
		form.Set("person", say("PERSON"))
	}
	form.Set("project", say("PROJECT"))
	u.RawQuery = ""
	stay := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := stay.PostForm(u.String(), form)
	if err != nil {
		return "", err
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusFound {
		return "", fmt.Errorf("PostHog's page: %s", res.Status)
	}
	return res.Header.Get("Location"), nil
}

// A browser that is missing, or fails, is told. Ctrl-C then ends the login: nothing
// listens any more, and nothing is kept.
func TestNoBrowser(t *testing.T) {
	posthog, err := start(nil, "sandbox", "--addr", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(posthog.kill)
	program, err := exec.LookPath("posthog-mcp")
	if err != nil {
		t.Fatal(err)
	}
	for name, setting := range map[string]string{"missing": "PATH=", "failing": "BROKEN=yes"} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			command := exec.CommandContext(t.Context(), program, "login", "--host", posthog.url)
			command.Env = append(cleanEnvironment(), "XDG_CONFIG_HOME="+folder, setting)
			screen, err := command.StderrPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			said := readUntil(t, screen, "It could not be opened: open it yourself, or use --no-browser.\n")
			redirect := regexp.MustCompile(`redirect_uri=http%3A%2F%2F127\.0\.0\.1%3A(\d+)%2F`).FindStringSubmatch(said)
			if redirect == nil {
				t.Fatal(said)
			}
			_ = command.Process.Signal(os.Interrupt)
			_, _ = io.ReadAll(screen)
			if err := command.Wait(); err == nil || command.ProcessState.ExitCode() != exitFailed {
				t.Error(err)
			}
			if conn, err := net.Dial("tcp", "127.0.0.1:"+redirect[1]); err == nil {
				conn.Close()
				t.Error("something still listens")
			}
			if kept, _ := filepath.Glob(filepath.Join(folder, "posthog-mcp", "*")); slices.ContainsFunc(kept, func(f string) bool { return !strings.HasSuffix(f, ".lock") }) {
				t.Errorf("kept: %v", kept)
			}
		})
	}
}

// TestPastedLogin is a login without a browser: wrong pastes are told, and the right
// one does.
func TestPastedLogin(t *testing.T) {
	posthog, err := start(nil, "sandbox", "--addr", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(posthog.kill)
	folder := t.TempDir()
	command := exec.CommandContext(t.Context(), "posthog-mcp", "login", "--no-browser", "--read-only", "--host", posthog.url)
	command.Env = append(cleanEnvironment(), "XDG_CONFIG_HOME="+folder, "PATH="+os.Getenv("PATH"))
	keyboard, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	screen, err := command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	command.Stdout = &out
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	address := readUntil(t, screen, "Paste that address here:\n")
	address = address[strings.Index(address, "\nhttp")+1:]
	address, _, _ = strings.Cut(address, "\n")
	ends, err := agree(address, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []string{"hello", "http://127.0.0.1/callback?code=x&state=y", strings.Replace(ends, "state=", "state=x", 1)} {
		fmt.Fprintln(keyboard, wrong)
		readUntil(t, screen, "Paste the whole address:\n")
	}
	fmt.Fprintln(keyboard, " "+ends+" ")
	if _, err := io.ReadAll(screen); err != nil {
		t.Fatal(err)
	}
	if err := command.Wait(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "Maya (maya.lindqvist@hedgebox.example)") || strings.Contains(out.String(), ":write") {
		t.Error(out.String())
	}
	checkNoTokens(t, folder, out.String())
}

// checkNoTokens looks for the tokens of the stored login in what was printed.
func checkNoTokens(t *testing.T, folder, printed string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "posthog-mcp", "*.login-*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no login is kept: %v", err)
	}
	if strings.Contains(printed, "pha_") || strings.Contains(printed, "phr_") {
		t.Errorf("a token is printed: %s", printed)
	}
}

// readUntil reads what a program prints up to a line.
func readUntil(t *testing.T, r io.Reader, end string) string {
	t.Helper()
	var read strings.Builder
	for one := make([]byte, 1); !strings.HasSuffix(read.String(), end); {
		if _, err := r.Read(one); err != nil {
			t.Fatalf("%v after %q", err, read.String())
		}
		read.Write(one)
	}
	return read.String()
}
