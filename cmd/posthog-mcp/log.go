package main

import (
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/lmittmann/tint"
	"github.com/mattn/go-isatty"
)

// logFlags say what is logged, to stderr.
type logFlags struct {
	Level  string `enum:"debug,info,warn,error" default:"info" help:"Least level to log: debug, info, warn or error."`
	Format string `enum:"text,json" default:"text" help:"How to log: text (in colour on a terminal) or json."`
}

// logger writes to w. Arguments, bodies and keys are not logged at any level.
func (f logFlags) logger(w io.Writer) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(f.Level)); err != nil {
		return nil, usage("--log-level: %v", err)
	}
	if f.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level})), nil
	}
	return slog.New(tint.NewHandler(w, &tint.Options{
		Level: level, TimeFormat: time.TimeOnly, NoColor: !isTerminal(w),
	})), nil
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && os.Getenv("NO_COLOR") == "" && isatty.IsTerminal(file.Fd())
}
