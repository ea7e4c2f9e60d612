// Command posthog-mcp is an MCP server that gives AI agents PostHog's
// subscriptions, users and recording-sharing API.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
)

// cli is the whole command line: a field is a flag, its tags give the default,
// the help and, through the prefix POSTHOG_MCP_, the environment variable.
type cli struct {
	Log logFlags `embed:"" prefix:"log-"`

	Stdio   stdioCmd   `cmd:"" help:"Speak MCP on stdin and stdout, for a client that starts this program."`
	HTTP    httpCmd    `cmd:"" name:"http" help:"Serve MCP over HTTP: Streamable HTTP on /mcp, the older transport on /sse and /message."`
	Sandbox sandboxCmd `cmd:"" help:"Run the embedded PostHog double alone, over HTTP."`
	Demo    demoCmd    `cmd:"" help:"Show a scripted MCP conversation on the sandbox."`
	Call    callCmd    `cmd:"" help:"Make one call from a shell."`
	Tools   toolsCmd   `cmd:"" help:"List the tools."`
	Version versionCmd `cmd:"" help:"Print the version."`
}

const description = `An MCP server for PostHog's subscriptions, users and recording sharing.

Environment:
  POSTHOG_PERSONAL_API_KEY   the key to call PostHog with
  POSTHOG_HOST               us, eu or a URL (default: https://us.posthog.com)
  POSTHOG_PROJECT_ID         the project of calls that name none (default: @current)

Every flag can be set as POSTHOG_MCP_FLAG too, as in POSTHOG_MCP_LOG_LEVEL=debug; the flag wins.`

// The exit codes.
const (
	exitFailed = 1 // it ran, and did not succeed
	exitUsage  = 2 // it could not start as it was asked to
)

func main() {
	// A client's pipes may close at any time; writing then is an error to
	// handle, not a reason to die silently.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], console{os.Stdin, os.Stdout, os.Stderr}))
}

// console is what a command talks to.
type console struct {
	in       io.Reader
	out, err io.Writer
}

// usageError is a mistake in how the program was started.
type usageError struct{ error }

func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// run executes one command line and returns the exit code.
func run(ctx context.Context, args []string, tty console) int {
	var flags cli
	done := false
	parser, err := kong.New(&flags,
		kong.Name("posthog-mcp"), kong.Description(description),
		kong.DefaultEnvars("POSTHOG_MCP"), kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Writers(tty.out, tty.err), kong.Exit(func(int) { done = true }),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(tty),
	)
	if err != nil {
		return complain(tty, err, exitUsage)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if done {
		return 0 // help was asked for, and printed
	}
	if err != nil {
		return complain(tty, fmt.Errorf("%w; see posthog-mcp --help", err), exitUsage)
	}
	log, err := flags.Log.logger(tty.err)
	if err != nil {
		return complain(tty, err, exitUsage)
	}
	if err := command.Run(log); err != nil {
		var wrong usageError
		if errors.As(err, &wrong) {
			return complain(tty, err, exitUsage)
		}
		return complain(tty, err, exitFailed)
	}
	return 0
}

// complain prints one line.
func complain(tty console, err error, code int) int {
	if err.Error() != "" {
		fmt.Fprintln(tty.err, "posthog-mcp:", strings.ReplaceAll(err.Error(), "\n", " "))
	}
	return code
}
