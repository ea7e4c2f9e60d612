package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/agnivade/levenshtein"
	"github.com/alecthomas/kong"

	"posthog-mcp/internal/clients"
	"posthog-mcp/transport/page"
)

// commands are the whole command line: a field is a flag, its tags give the default,
// the help, the least number (of nanoseconds for a duration) with why it is the least,
// and, through envPrefix, the environment variable.
type commands struct {
	Log         logFlags         `embed:"" prefix:"log-"`
	ShowVersion kong.VersionFlag `name:"version" env:"-" help:"Print the version."`

	Stdio   stdioCmd   `cmd:"" help:"Speak MCP on stdin and stdout, for a client that starts this program."`
	HTTP    httpCmd    `cmd:"" name:"http" help:"Serve MCP over HTTP: Streamable HTTP on /mcp, the older transport on /sse and /message."`
	Sandbox sandboxCmd `cmd:"" help:"Run the embedded PostHog double alone, over HTTP."`
	Demo    demoCmd    `cmd:"" help:"Show a scripted MCP conversation on the sandbox."`
	Call    callCmd    `cmd:"" help:"Make one call from a shell."`
	Tools   toolsCmd   `cmd:"" help:"List the tools."`
	Doctor  doctorCmd  `cmd:"" help:"Look at everything between an agent and PostHog, and say what to do about it."`
	Login   loginCmd   `cmd:"" help:"Log in to PostHog in the browser, instead of making a key."`
	Logout  logoutCmd  `cmd:"" help:"End that login."`
	Config  configCmd  `cmd:"" help:"Print what an MCP client has to be told, or write it into the client's file."`

	Completion completionCmd `cmd:"" help:"Print the script that completes command lines in a shell."`
	Complete   completeCmd   `cmd:"" name:"__complete" hidden:"" help:"Answer that script."`
	Version    versionCmd    `cmd:"" help:"Print the version."`
}

const envPrefix = "POSTHOG_MCP"

// environment is the help for settings without a flag. Kong keeps indented lines.
const environment = `Environment:
  POSTHOG_PERSONAL_API_KEY       the key to call PostHog with
  POSTHOG_PERSONAL_API_KEY_FILE  or a file that holds it, yours alone
  POSTHOG_HOST                   us (the default), eu or a URL
  POSTHOG_PROJECT_ID             the project of calls that name none;
                                 by default the one the key's owner is in
`

const description = `An MCP server for PostHog's subscriptions, users and recording sharing.

` + environment + `
Every flag can be set as ` + envPrefix + `_FLAG too, as in ` + envPrefix + `_LOG_LEVEL=debug; the flag wins.

First steps:
  posthog-mcp demo               see it work, without a key
  posthog-mcp stdio --sandbox    for an MCP client, without a key
  posthog-mcp login              use your own PostHog, without a key
`

func newParser(f *commands, tty console, options ...kong.Option) (*kong.Kong, error) {
	return kong.New(f, append(options,
		kong.Name("posthog-mcp"), kong.Description(description),
		kong.DefaultEnvars(envPrefix), kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.TypeMapper(reflect.TypeFor[time.Duration](), kong.MapperFunc(decodeDuration)),
		kong.TypeMapper(reflect.TypeFor[[]string](), kong.MapperFunc(decodeList)),
		kong.Vars{"version": versionLine(), "clients": strings.Join(clients.Names(), ", ")},
		kong.Writers(tty.out, tty.err),
	)...)
}

// decodeDuration reads a duration, with a plainer error than that of package time.
func decodeDuration(ctx *kong.DecodeContext, target reflect.Value) error {
	var value string
	if err := ctx.Scan.PopValueInto("duration", &value); err != nil {
		return err
	}
	d, err := time.ParseDuration(value)
	if err != nil || d < 0 {
		return fmt.Errorf("expected a duration like 30s or 2m, got %q", value)
	}
	target.SetInt(int64(d))
	return nil
}

// explain turns the parser's error into a sentence that refers to the help.
func explain(err error, args []string) error {
	text := strings.NewReplacer(
		` value but got "EOL" (<EOL>)`, "", // nothing followed the flag
		"(from envar ", "(from ",
	).Replace(err.Error())
	// Kong does not say that a variable has the value that is none of a list.
	flag, _, refused := strings.Cut(text, " must be one of ")
	variable := envPrefix + strings.ToUpper(strings.ReplaceAll(strings.TrimPrefix(flag, "-"), "-", "_"))
	given := slices.ContainsFunc(args, func(arg string) bool { return arg == flag || strings.HasPrefix(arg, flag+"=") })
	if _, set := os.LookupEnv(variable); set && refused && !given {
		text += " (from " + variable + ")"
	}
	help := "posthog-mcp"
	if wrong, ok := errors.AsType[*kong.ParseError](err); ok && wrong.Context.Selected() != nil {
		help += " " + wrong.Context.Selected().Path()
	}
	return usage("%s; see %s --help", text, help)
}

// unsetEmpty unsets our variables that are empty: compose files and configurations of
// clients pass on unset variables in this way. [checkSettings] refuses those of a rule or
// a limit.
func unsetEmpty(environment []string) {
	for _, variable := range environment {
		name, empty := strings.CutSuffix(variable, "=")
		if empty && strings.HasPrefix(name, envPrefix+"_") {
			_ = os.Unsetenv(name)
		}
	}
}

// noSettings are the commands that work with wrong settings too.
var noSettings = []string{"version", "completion", "__complete"}

// checkSettings refuses settings that would be ignored in silence: a server would start
// without a rule. environment is that of the start of the program.
func checkSettings(command *kong.Context, environment []string) error {
	if slices.Contains(noSettings, command.Selected().Name) {
		return nil
	}
	if err := checkVariables(command.Model.Node, environment); err != nil {
		return err
	}
	for _, flag := range command.Flags() {
		if err := checkEmpty(command, flag, environment); err != nil {
			return err
		}
		least, _ := strconv.ParseInt(flag.Tag.Get("least"), 10, 64) // 0 without the tag
		if flag.Target.CanInt() && flag.Target.Int() < least {
			return usage("--%s: %s", flag.Name, cmp.Or(flag.Tag.Get("why"), fmt.Sprintf("%d is less than none", flag.Target.Int())))
		}
	}
	return nil
}

// checkEmpty refuses a blank text, and an empty variable of a rule or a limit: an unset
// variable of the shell causes either. decodeList refuses empty lists.
func checkEmpty(command *kong.Context, flag *kong.Flag, environment []string) error {
	blank := flag.Target.Kind() == reflect.String && strings.TrimSpace(flag.Target.String()) == ""
	if slices.ContainsFunc(command.Path, func(p *kong.Path) bool { return p.Flag == flag }) {
		if blank {
			return usage("--%s: %w", flag.Name, errEmpty)
		}
		return nil // the flag wins
	}
	restricts := flag.Group != nil && (flag.Group.Key == "Rules" || flag.Group.Key == "Limits")
	for _, variable := range flag.Envs {
		value, set := os.LookupEnv(variable)
		switch {
		case set && blank:
			return usage("%s=%q: %w", variable, value, errEmpty)
		case restricts && slices.Contains(environment, variable+"="):
			return usage("%s is empty, so --%s would not hold: give it a value, or unset it", variable, flag.Name)
		}
	}
	return nil
}

var errEmpty = errors.New("the value is empty, perhaps from a shell variable that is not set: give one, or leave it out")

// decodeList reads a list as kong does, but refuses empty items: kong reads "a," as "a",
// and an empty text as no list.
func decodeList(ctx *kong.DecodeContext, target reflect.Value) error {
	if ctx.Value.Flag == nil { // of __complete
		for !ctx.Scan.Peek().IsEOL() {
			target.Set(reflect.Append(target, reflect.ValueOf(ctx.Scan.Pop().String())))
		}
		return nil
	}
	var text string
	if err := ctx.Scan.PopValueInto("list", &text); err != nil {
		return err
	}
	separator := ctx.Value.Tag.Sep
	items := kong.SplitEscaped(text, separator)
	if strings.HasSuffix(text, string(separator)) && !strings.HasSuffix(text, `\`+string(separator)) {
		items = append(items, "")
	}
	if len(items) == 0 || slices.ContainsFunc(items, func(item string) bool { return strings.TrimSpace(item) == "" }) {
		return errEmpty
	}
	target.Set(reflect.AppendSlice(target, reflect.ValueOf(items)))
	return nil
}

// ofKubernetes matches the variables, with their values, that Kubernetes adds to pods
// beside a service whose name begins with this program's.
// Source: the Kubernetes documentation, Service, Environment variables.
var ofKubernetes = regexp.MustCompile(`^` + envPrefix + `_(\w+_)?(SERVICE_HOST=.*|SERVICE_PORT(_\w+)?=\d+|PORT=(tcp|udp|sctp)://.*|PORT_\d+_(TCP|UDP|SCTP)(_PROTO|_PORT|_ADDR)?=.*)$`)

// checkVariables refuses a variable with our prefix that is none of the
// program's. Empty ones count too: they were meant to be set.
func checkVariables(program *kong.Node, environment []string) error {
	var known []string
	for _, node := range append(program.Children, program) {
		for _, flag := range node.Flags {
			known = append(known, flag.Envs...)
		}
	}
	for _, variable := range slices.Sorted(slices.Values(environment)) {
		name, _, _ := strings.Cut(variable, "=")
		switch {
		case !strings.HasPrefix(name, envPrefix+"_"), slices.Contains(known, name):
		case name == page.TokenVariable: // clients of this server hold their token in it
		case name == envPrefix+"_VERSION": // packagers set it for themselves
		case ofKubernetes.MatchString(variable):
		default:
			bare := strings.NewReplacer("_", "", "-", "").Replace
			distance := func(other string) int { return levenshtein.ComputeDistance(bare(strings.ToUpper(name)), bare(other)) }
			return usage("%.80s: there is no such setting; did you mean %s?", name, slices.MinFunc(known, func(a, b string) int { return distance(a) - distance(b) }))
		}
	}
	return nil
}
