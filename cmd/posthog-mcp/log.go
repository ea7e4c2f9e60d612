package main

import (
	"bytes"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/lmittmann/tint"
	"github.com/mattn/go-isatty"

	"posthog-mcp/internal/logqueue"
)

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

// queue lets a server log to w without waiting: a client may never read stderr.
func (f logFlags) queue(w io.Writer) *logqueue.Queue {
	return logqueue.New(w, func(dropped int) []byte {
		var line bytes.Buffer
		f.logger(&line, takesColor(w), slog.LevelWarn).Warn("log lines were dropped: stderr took no more", "lines", dropped)
		return line.Bytes()
	})
}

// takesColor reports whether output to w may have colours; see https://no-color.org.
func takesColor(w io.Writer) bool {
	return movesCursor(w) && os.Getenv("NO_COLOR") == ""
}

// movesCursor reports whether w is a terminal with a cursor that can move.
func movesCursor(w io.Writer) bool {
	return isTerminal(w) && os.Getenv("TERM") != "dumb"
}

// isTerminal reports whether stream, a reader or a writer, is a terminal.
func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && isatty.IsTerminal(file.Fd())
}
