package main

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"posthog-mcp/internal/clients"
)

// commands are the whole command line: a field is a flag, its tags give the default,
// the help and, through envPrefix, the environment variable.
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
	Registry   registryCmd   `cmd:"" name:"server-json" hidden:"" help:"Print server.json for the MCP registry."`
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

// newParser builds the parser of f.
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
	if name := refusedVariable(text, args); name != "" {
		text += " (from " + name + ")"
	}
	help := "posthog-mcp"
	var wrong *kong.ParseError
	if errors.As(err, &wrong) && wrong.Context.Selected() != nil {
		help += " " + wrong.Context.Selected().Path()
	}
	return fmt.Errorf("%s; see %s --help", text, help)
}

// refusedVariable is the variable with the refused value; empty if the value was on the
// command line. Kong's error does not say.
func refusedVariable(text string, args []string) string {
	flag, _, found := strings.Cut(text, " must be one of ")
	given := slices.ContainsFunc(args, func(arg string) bool { return arg == flag || strings.HasPrefix(arg, flag+"=") })
	name := envPrefix + strings.ToUpper(strings.ReplaceAll(strings.TrimPrefix(flag, "-"), "-", "_"))
	if _, set := os.LookupEnv(name); !found || given || !set {
		return ""
	}
	return name
}
