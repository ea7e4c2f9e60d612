// Command posthog-mcp is an MCP server that gives AI agents PostHog's
// subscriptions, users and recording-sharing API.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"syscall"
	_ "time/tzdata" // the image has no time zones
	"unicode"

	"github.com/alecthomas/kong"
)

// The exit codes.
const (
	exitFailed = 1 // it ran, and did not succeed
	exitUsage  = 2 // it could not start as it was asked to
)

func main() {
	// net/http logs bytes of unexpected answers, which may hold anything.
	log.SetOutput(io.Discard)
	// A client may close a pipe at any time; a write to it then returns an error.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), endings()...)
	// The first signal asks to end, a second one ends at once.
	context.AfterFunc(ctx, stop)
	code := run(ctx, os.Args[1:], console{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

// endings are the signals that ask the program to end. SIGHUP, which a closing terminal
// sends, is one of them unless nohup ignores it.
func endings() []os.Signal {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	return signals
}

// console has the streams of a command.
type console struct {
	in       io.Reader
	out, err io.Writer
}

// usageError is a mistake in how the program was started.
type usageError struct{ error }

func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// errSaid is a failure that is already on stderr.
var errSaid = errors.New("already said")

// run executes one command line and returns the exit code.
func run(ctx context.Context, args []string, tty console) int {
	catalogue := compile()
	environment := os.Environ()
	unsetEmpty(environment)
	var flags commands
	done := false
	parser, err := newParser(&flags, tty,
		kong.Exit(func(int) { done = true }),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(tty), kong.BindToProvider(catalogue),
	)
	if err != nil {
		return complain(tty, err, exitFailed)
	}
	if len(args) == 0 && isTerminal(tty.out) {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if done {
		return 0 // help or the version was asked for, and printed
	}
	if err != nil {
		return complain(tty, explain(err, args), exitUsage)
	}
	if err := checkSettings(command, environment); err != nil {
		return complain(tty, err, exitUsage)
	}
	usual := slog.LevelWarn
	if command.Command() == "http" {
		usual = slog.LevelInfo
	}
	logs := tty.err
	if name := command.Command(); name == "http" || name == "stdio" {
		queue := flags.Log.queue(tty.err)
		defer queue.Close()
		logs = queue
	}
	if err := command.Run(flags.Log.logger(logs, takesColor(tty.err), usual)); err != nil {
		tty.err = logs // behind the lines of the log
		var wrong usageError
		if errors.As(err, &wrong) {
			return complain(tty, err, exitUsage)
		}
		return complain(tty, err, exitFailed)
	}
	return 0
}

// complain prints one line, unless the reader has closed the pipe, as head does.
func complain(tty console, err error, code int) int {
	if !errors.Is(err, errSaid) && !errors.Is(err, syscall.EPIPE) {
		fmt.Fprintln(tty.err, "posthog-mcp:", oneLine(err.Error()))
	}
	return code
}

// oneLine makes an error printable, on one line, without PostHog tokens, which may be in
// the wrong flag or variable.
func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return ' '
		case !unicode.IsPrint(r):
			return '?'
		}
		return r
	}, text)
	return regexp.MustCompile(`\b(ph[a-z]_)[A-Za-z0-9_-]{3,}`).ReplaceAllString(text, "${1}[redacted]")
}
