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
	"unicode"

	"github.com/alecthomas/kong"
)

// The exit codes.
const (
	exitFailed = 1 // it ran, and did not succeed
	exitUsage  = 2 // it could not start as it was asked to
)

func main() {
	collectAt(growthForOne)
	// net/http writes bytes of answers that nobody asked for to the global
	// logger; they may hold anything.
	log.SetOutput(io.Discard)
	// A client's pipes may close at any time; writing then is an error to
	// handle, not a reason to die silently.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), endings()...)
	// The first signal asks to end, a second one ends at once.
	context.AfterFunc(ctx, stop)
	code := run(ctx, os.Args[1:], console{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

// endings are the signals that ask the program to end. SIGHUP, which a terminal
// sends when it closes, is one of them unless nohup has switched it off.
func endings() []os.Signal {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	return signals
}

// console is what a command talks to.
type console struct {
	in       io.Reader
	out, err io.Writer
}

// usageError is a mistake in how the program was started.
type usageError struct{ error }

func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// errSaid is a failure of which stderr already has the words.
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

// complain prints one line. A reader that went away, as head does, is not told.
func complain(tty console, err error, code int) int {
	if !errors.Is(err, errSaid) && !errors.Is(err, syscall.EPIPE) {
		fmt.Fprintln(tty.err, "posthog-mcp:", oneLine(err.Error()))
	}
	return code
}

// oneLine keeps an error printable, on one line, and free of PostHog tokens,
// which end up in the wrong flag or variable easily.
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
