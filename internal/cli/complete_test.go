package cli

import (
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"posthog-mcp/tools"
	"posthog-mcp/tools/engine"
)

// commands is a command line with everything that is completed in its own way.
type commands struct {
	Level string `enum:"debug,info," default:"" help:"How much to say. Default: nothing."`

	Call struct {
		Arg       []string `short:"a" sep:"none" help:"One argument."`
		Toolsets  []string `help:"Groups of tools."`
		Tools     []string `placeholder:"TOOL" help:"Tools."`
		File      string   `placeholder:"FILE" help:"A file."`
		Count     int      `help:"A number."`
		Sandbox   bool     `help:"Without PostHog."`
		Tool      string   `arg:"" help:"The tool."`
		Arguments string   `arg:"" optional:"" help:"JSON."`
	} `cmd:"" help:"Make a call. From a shell."`
	Config struct {
		Client string `arg:"" enum:"cursor,zed" help:"The client."`
	} `cmd:"" help:"Configure."`
	Inner struct{} `cmd:"" hidden:"" help:"For scripts."`
}

func model(t *testing.T) (*kong.Kong, *engine.Catalogue) {
	t.Helper()
	parser, err := kong.New(new(commands))
	if err != nil {
		t.Fatal(err)
	}
	catalogue, err := tools.NewCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	return parser, catalogue
}

// TestCandidates reads a command line up to the cursor, words with a bar
// between, and what may stand there.
func TestCandidates(t *testing.T) {
	app, catalogue := model(t)
	for line, want := range map[string]string{
		"":            "call config",
		"c":           "call config",
		"con":         "config",
		"x":           "",
		"--l":         "--level",
		"--level|":    "debug info",
		"--level=d":   "--level=debug",
		"config|":     "cursor zed",
		"config|z":    "zed",
		"config|zed|": "--help --level",

		"call|subscriptions-re":                 "subscriptions-retrieve",
		"call|--sandbox|subscriptions-re":       "subscriptions-retrieve",
		"call|--count|5|subscriptions-re":       "subscriptions-retrieve",
		"call|--count=5|subscriptions-re":       "subscriptions-retrieve",
		"call|--unknown|subscriptions-re":       "subscriptions-retrieve",
		"call|--|subscriptions-re":              "subscriptions-retrieve",
		"call|--|--s":                           "",
		"call|users-list|-":                     "--arg --count --file --help --level --sandbox --tools --toolsets",
		"call|users-list|--sandbox|-a|x=1|--s":  "--sandbox",
		"call|users-list|-a|x=1|--ar":           "--arg",
		"call|users-list|{}|":                   "--arg --count --file --help --level --sandbox --tools --toolsets",
		"call|users-list|-|--sa":                "--sandbox",
		"call|--count|":                         "",
		"call|--sandbox=":                       "--sandbox=true --sandbox=false",
		"call|--unknown=":                       "",
		"call|--file|/e":                        Files,
		"call|--file=/e":                        Files,
		"call|--toolsets|su":                    "subscriptions",
		"call|--toolsets|users,l":               "users,lookup",
		"call|--tools=users-list,users-l":       "",
		"call|--tools=users-list,users-ret":     "--tools=users-list,users-retrieve",
		"call|users-list|--arg|":                "email= is_staff= limit= offset=",
		"call|users-list|-a|limit=1|-a|":        "email= is_staff= limit= offset=",
		"call|users-list|--arg=limit=1|--arg|e": "email=",
		"call|users-list|--arg=e":               "--arg=email=",
		"call|users-list|-a|email@":             Files,
		"call|users-list|-a|email=a@":           "",
		"call|users-list|-a|limit=":             "",
		"call|users-list|-a|nothing=":           "",
		"call|nothing|-a|":                      "",

		"call|subscriptions-create|-a|target":                     "target_type= target_value=",
		"call|subscriptions-create|-a|target_type=":               "target_type=email target_type=slack target_type=teams target_type=webhook",
		"call|subscriptions-create|--arg=target_type=e":           "--arg=target_type=email",
		"call|subscriptions-create|-a|enabled=":                   "enabled=true enabled=false",
		"call|subscriptions-create|-a|byweekday=monday,t":         "byweekday=monday,tuesday byweekday=monday,thursday",
		"call|subscriptions-create|-a|byweekday=monday|-a|byweek": "byweekday=",
	} {
		got := Candidates(app, catalogue, strings.Split(line, "|"))
		if line == "call|users-list|--arg|" || strings.HasSuffix(line, "|-a|") {
			got = before(got, "fields=")
		}
		if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s:\n%s", line, diff)
		}
	}
}

// before is what comes before the arguments that many tools share.
func before(words []string, end string) []string {
	for i, w := range words {
		if w == end {
			return words[:i]
		}
	}
	return words
}

// TestCandidatesContinue holds that what is offered begins with what is there,
// and is one word for the shells: whatever was typed.
func TestCandidatesContinue(t *testing.T) {
	app, catalogue := model(t)
	word := rapid.OneOf(
		rapid.SampledFrom([]string{"call", "users-list", "subscriptions-create", "--arg", "-a", "--arg=", "byweekday=", "--", "-", "--tools", "config", "="}),
		rapid.String(),
	)
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(word, 1, 6).Draw(t, "words")
		for _, c := range Candidates(app, catalogue, words) {
			if c != Files && !strings.HasPrefix(c, words[len(words)-1]) {
				t.Fatalf("%q does not continue %q", c, words)
			}
		}
	})
}

func TestScript(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		script, err := Script(shell)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{"__complete", Files} {
			if !strings.Contains(script, word) {
				t.Errorf("the script for %s has no %s", shell, word)
			}
		}
	}
	if _, err := Script("powershell"); err == nil {
		t.Error("a script for a shell that has none")
	}
}
