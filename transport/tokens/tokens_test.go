package tokens_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"posthog-mcp/internal/reload"
	"posthog-mcp/tools/engine"
	"posthog-mcp/transport/tokens"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	adas = "fake-token-of-ada"
	bobs = "fake-token-of-bob"
)

func hash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// entry returns a token for the file; more has further members.
func entry(name, token, more string) string {
	return fmt.Sprintf(`{"name":%q,"sha256":%q%s}`, name, hash(token), more)
}

func file(entries ...string) string { return `{"tokens":[` + strings.Join(entries, ",\n") + `]}` }

// written returns the path of a file with that text.
func written(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tokens.json")
	write(t, path, text)
	return path
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// check knows one toolset.
func check(s engine.Selection) error {
	for _, name := range s.Toolsets {
		if name != "subscriptions" {
			return errors.New("toolsets: unknown toolset")
		}
	}
	return nil
}

func open(t *testing.T, text string) tokens.File {
	t.Helper()
	f, err := tokens.Open(t.Context(), written(t, text), check, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// A token gives its caller a name and limits.
func TestAccept(t *testing.T) {
	f := open(t, file(
		entry("ada", adas, ``),
		entry("bob@work.example", bobs, `,"project":18446744073709551615,"read_only":true,"toolsets":["subscriptions"],"tools":["users-list"],"exclude_tools":["x"]`),
		`{"name":"cyd","sha256":"`+strings.ToUpper(hash("cyds"))+`","project":null,"read_only":false}`,
	))
	const stranger, notOurs = "this is not a token of this server, or no longer: ask its operator", "this server accepts its own tokens, not PostHog keys: ask its operator for a token"
	for token, want := range map[string]struct {
		name, refused string
		limits        engine.Limits
	}{
		adas: {name: "ada"},
		bobs: {name: "bob@work.example", limits: engine.Limits{
			Project:   "18446744073709551615",
			Selection: engine.Selection{ReadOnly: true, Toolsets: []string{"subscriptions"}, Tools: []string{"users-list"}, Exclude: []string{"x"}},
		}},
		"cyds":           {name: "cyd"},
		adas + "x":       {refused: stranger},
		adas + "\n":      {refused: stranger},
		"":               {refused: stranger},
		hash(adas):       {refused: stranger},
		"phx_fake000000": {refused: notOurs},
		"pha_fake000000": {refused: notOurs},
	} {
		ctx, err := f.Accept(t.Context(), token)
		if want.refused != "" {
			if err == nil || err.Error() != want.refused {
				t.Errorf("%s: %v, want %s", token, err, want.refused)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", token, err)
			continue
		}
		if got := engine.CallerOf(ctx).Name; got != "token:"+want.name {
			t.Errorf("%s: %q", token, got)
		}
		if diff := cmp.Diff(want.limits, engine.CallerOf(ctx).Limits); diff != "" {
			t.Errorf("%s (-want +got):\n%s", token, diff)
		}
	}
}

func TestNobody(t *testing.T) {
	f := open(t, `{"tokens":[]}`)
	if _, err := f.Accept(t.Context(), adas); err == nil {
		t.Error("an empty list lets somebody in")
	}
}

// Two requests have the same caller if their token and its name are the same.
func TestSame(t *testing.T) {
	of := func(text, token string) context.Context {
		ctx, err := open(t, text).Accept(t.Context(), token)
		if err != nil {
			t.Fatal(err)
		}
		return ctx
	}
	ada := file(entry("ada", adas, ""))
	for _, c := range []struct {
		name string
		a, b context.Context
		want bool
	}{
		{"nobody and nobody", t.Context(), t.Context(), true},
		{"ada and nobody", of(ada, adas), t.Context(), false},
		{"nobody and ada", t.Context(), of(ada, adas), false},
		{"ada, before and after the file changed", of(ada, adas), of(file(entry("bob", bobs, ""), entry("ada", adas, `,"project":1`)), adas), true},
		{"ada and bob", of(ada, adas), of(file(entry("bob", bobs, "")), bobs), false},
		{"ada, and a token that has her name now", of(ada, adas), of(file(entry("ada", bobs, "")), bobs), false},
		{"ada, and who has her token now", of(ada, adas), of(file(entry("bob", adas, "")), adas), false},
	} {
		if got := engine.CallerOf(c.a).Same(engine.CallerOf(c.b)); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// The error of a file is in words and quotes nothing of the file.
func TestMistakes(t *testing.T) {
	const canary = "c4n4ryc4n4ryc4n4ryc4n4ryc4n4ryc4n4ry"
	for name, c := range map[string]struct{ text, want string }{
		"empty":              {"\n", `it is empty; expected {"tokens": […]}`},
		"no list":            {`{}`, `expected {"tokens": […]}; an empty list accepts nobody`},
		"null":               {`{"tokens":null}`, `expected {"tokens": […]}; an empty list accepts nobody`},
		"no JSON":            {"name: ada\n", `line 1: it is not valid JSON, or is incomplete`},
		"half":               {"{\"tokens\":[\n\n" + entry("ada", adas, "")[:80], `line 3: it is not valid JSON, or is incomplete`},
		"twice":              {file(entry("ada", adas, ""), entry("bob", bobs, `,"read_only":true,"read_only":false`)), `line 2: "read_only" is given twice`},
		"misspelt":           {file(entry("ada", adas, `,"readonly":true`)), `line 1: there is no setting "readonly"`},
		"capitals":           {file(entry("ada", adas, `,"Read_Only":true`)), `line 1: there is no setting "Read_Only"`},
		"token as a name":    {file(entry("ada", adas, `,"`+canary+`":true`)), `line 1: there is no such setting`},
		"token as a number":  {file(entry("ada", adas, `,"project":"`+canary+`"`)), `line 1: the value of "project" has the wrong type`},
		"negative":           {file(entry("ada", adas, `,"project":-1`)), `line 1: the value of "project" has the wrong type`},
		"text":               {file(entry("ada", adas, `,"read_only":"true"`)), `line 1: the value of "read_only" has the wrong type`},
		"no name":            {file(entry("", adas, "")), "token 1: the name must be 1 to 64 letters, digits or any of . _ @ -"},
		"name of two lines":  {file(entry("ada\nbob", adas, "")), "token 1: the name must be 1 to 64 letters, digits or any of . _ @ -"},
		"no hash":            {file(`{"name":"ada"}`), "token 1: sha256 must be the token's SHA-256, 64 hexadecimal digits; make a token and its hash with: " + tokens.HowTo},
		"token, no hash":     {file(`{"name":"ada","sha256":"` + canary + `"}`), "token 1: sha256 must be the token's SHA-256, 64 hexadecimal digits; make a token and its hash with: " + tokens.HowTo},
		"hash of nothing":    {file(entry("ada", "", "")), "token 1: sha256 is the hash of an empty text; make a token and its hash with: " + tokens.HowTo},
		"one name twice":     {file(entry("ada", adas, ""), entry("ada", bobs, "")), "token 2: another token has the same name"},
		"one token twice":    {file(entry("ada", adas, ""), entry("bob", adas, "")), "token 2: ada has the same token"},
		"unknown toolset":    {file(entry("ada", adas, `,"toolsets":["all"]`)), "token 1: ada: toolsets: unknown toolset"},
		"an empty limit":     {file(entry("ada", adas, `,"tools":[]`)), "token 1: ada: an empty list of toolsets or tools limits nothing; leave it out"},
		"two documents":      {file() + file(), "line 1: it is not valid JSON, or is incomplete"},
		"something too deep": {strings.Repeat("[", 100_000), `expected {"tokens": […]}`},
	} {
		_, err := tokens.Open(t.Context(), written(t, c.text), check, slog.New(slog.DiscardHandler))
		if err == nil {
			t.Errorf("%s: taken", name)
			continue
		}
		if diff := cmp.Diff(c.want, err.Error()); diff != "" || strings.Contains(err.Error(), canary) {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// A file that others could read or change is refused.
func TestOpenToOthers(t *testing.T) {
	path := written(t, file(entry("ada", adas, "")))
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := tokens.Open(t.Context(), path, check, nil); err == nil || !strings.Contains(err.Error(), "chmod") {
		t.Errorf("got %v", err)
	}
}

// A removed token is refused after the next poll. A broken file removes nobody, and
// the log says so.
func TestRemoval(t *testing.T) {
	path := written(t, file(entry("ada", adas, ""), entry("bob", bobs, "")))
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		f, err := tokens.Open(ctx, path, check, slog.New(slog.NewTextHandler(&log, nil)))
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range []struct {
			text  string
			known []bool // ada, bob
		}{
			{file(entry("ada", adas, "")), []bool{true, false}},
			{`{"tokens":[`, []bool{true, false}},
			{`{"tokens":[`, []bool{true, false}},
			{file(entry("bob", bobs, "")), []bool{false, true}},
			{file(), []bool{false, false}},
		} {
			write(t, path, step.text)
			time.Sleep(reload.Every)
			synctest.Wait()
			var known []bool
			for _, token := range []string{adas, bobs} {
				_, err := f.Accept(ctx, token)
				known = append(known, err == nil)
			}
			if diff := cmp.Diff(step.known, known); diff != "" {
				t.Errorf("after %s: ada and bob (-want +got):\n%s", step.text, diff)
			}
		}
		cancel()
		synctest.Wait()
		if n := strings.Count(log.String(), "level=ERROR"); n != 1 || !strings.Contains(log.String(), "is incomplete") {
			t.Errorf("%d errors in the log:\n%s", n, &log)
		}
	})
}
