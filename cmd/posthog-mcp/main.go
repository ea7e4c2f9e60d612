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
	"sync"
	"syscall"
	"time"
	_ "time/tzdata" // the image has no time zones
	"unicode"

	"github.com/alecthomas/kong"
	"github.com/lmittmann/tint"
	"github.com/mattn/go-isatty"

	"posthog-mcp/tools"
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

type console struct {
	in       io.Reader
	out, err io.Writer
}

// usageError is a mistake in how the program was started.
type usageError struct{ error }

func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// blame makes an error one of that setting; nil stays nil.
func blame(setting string, err error) error {
	if err != nil {
		err = usage("%s%w", setting, err)
	}
	return err
}

// errSaid is a failure that is already on stderr.
var errSaid = errors.New("already said")

func run(ctx context.Context, args []string, tty console) int {
	// The catalogue is made while the command line is parsed: both take as long.
	catalogue := sync.OnceValues(tools.NewCatalogue)
	go func() { _, _ = catalogue() }()
	environment := os.Environ()
	unsetEmpty(environment)
	var flags commands
	done := false
	parser, err := newParser(&flags, tty,
		kong.Exit(func(int) { done = true }),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(tty), kong.BindToProvider(catalogue),
	)
	if err != nil {
		return complain(tty.err, err)
	}
	if len(args) == 0 && isTerminal(tty.out) {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if done {
		return 0 // help or the version was asked for, and printed
	}
	if err != nil {
		return complain(tty.err, explain(err, args))
	}
	if err := checkSettings(command, environment); err != nil {
		return complain(tty.err, err)
	}
	logs, usual := tty.err, slog.LevelWarn
	if command.Command() == "http" {
		usual = slog.LevelInfo
	}
	if name := command.Command(); name == "http" || name == "stdio" {
		queue := flags.Log.queue(tty.err)
		defer queue.close()
		logs = queue
	}
	err = command.Run(flags.Log.logger(logs, takesColor(tty.err), usual))
	return complain(logs, err) // behind the lines of the log
}

// complain prints an error as one line, unless the reader has closed the pipe, as head
// does. It returns the exit code.
func complain(w io.Writer, err error) int {
	if err == nil {
		return 0
	}
	if !errors.Is(err, errSaid) && !errors.Is(err, syscall.EPIPE) {
		fmt.Fprintln(w, "posthog-mcp:", oneLine(err.Error()))
	}
	if _, wrong := errors.AsType[usageError](err); wrong {
		return exitUsage
	}
	return exitFailed
}

// oneLine makes an error printable, on one line, without PostHog tokens, which may be in
// the wrong flag or variable.
func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, strings.ReplaceAll(text, "\n", " "))
	return regexp.MustCompile(`\b(ph[a-z]_)[A-Za-z0-9_-]{3,}`).ReplaceAllString(text, "${1}[redacted]")
}

// logFlags configure the log, on stderr.
type logFlags struct {
	Level  string `enum:"debug,info,warn,error," default:"" placeholder:"LEVEL" help:"Least level to log: debug, info, warn or error. Default: info for http, else warn."`
	Format string `enum:"text,json" default:"text" help:"How to log: text (in colour on a terminal) or json."`
}

// logger writes to w. Arguments, bodies and keys are not logged at any level. usual is
// the level without a flag: an operator wants to see calls, while an editor shows every
// line as an error.
func (f logFlags) logger(w io.Writer, color bool, usual slog.Level) *slog.Logger {
	level := usual
	_ = level.UnmarshalText([]byte(f.Level)) // the enum holds slog's own names
	if f.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level}))
	}
	return slog.New(tint.NewTextHandler(w, &tint.Options{
		Level: level, TimeFormat: time.TimeOnly, NoColor: !color,
	}))
}

// takesColor reports whether output to w may have colours; see https://no-color.org.
func takesColor(w io.Writer) bool {
	return movesCursor(w) && os.Getenv("NO_COLOR") == ""
}

// movesCursor reports whether w is a terminal with a cursor that can move.
func movesCursor(w io.Writer) bool {
	return isTerminal(w) && os.Getenv("TERM") != "dumb"
}

func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && isatty.IsTerminal(file.Fd())
}
