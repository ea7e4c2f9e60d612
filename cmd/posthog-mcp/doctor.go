package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"posthog-mcp/internal/build"
	"posthog-mcp/internal/doctor"
	"posthog-mcp/internal/login"
	"posthog-mcp/internal/sandbox"
	"posthog-mcp/tools/engine"
)

type doctorCmd struct {
	ruleFlags
	profileFlag
	hostFlags
	JSON    bool          `name:"json" help:"Print one JSON object."`
	Sandbox bool          `help:"Look at the embedded PostHog double instead of PostHog: no key, no network."`
	Timeout time.Duration `default:"30s" least:"1" why:"a look needs more time than none" help:"How long the whole look may take."`
}

func (doctorCmd) Help() string {
	return `It asks what the server would ask, reads only, and never shows the key. The exit
code is 1 when something that is needed does not work; a warning is none.

` + environment
}

// Run prints what was found, with mistakes in the settings too.
func (c *doctorCmd) Run(ctx context.Context, tty console, catalogue *engine.Catalogue, command *kong.Context, log *slog.Logger) error {
	o := doctor.Options{
		Version: versionLine(), Catalogue: catalogue, Timeout: c.Timeout, Proxy: http.ProxyFromEnvironment, Now: time.Now,
		Logger: log, UserAgent: build.UserAgent(),
	}
	for _, flag := range command.Selected().Flags {
		if word := written(flag); word != "" && flag.Group != nil && flag.Group.Key == "Rules" {
			o.Rules = append(o.Rules, word)
		}
	}
	rules, err := c.rules(catalogue)
	o.Selection, o.RulesErr = rules.Selection, plainError(err)
	o.Project, err = projectFromEnv()
	o.ProjectSource = source(envProject, "@current", err)
	if c.Sandbox {
		o.Base, o.Key = embedded(log), sandbox.KeyAll
		o.KeySource.From, o.HostSource.From = "--sandbox", "--sandbox"
	} else {
		o.Host, err = c.hostFromEnv()
		o.HostSource = source(envHost, "the default", err)
		o.Key, err = keyFromEnv()
		o.KeySource = source(envKey, envKeyFile, err)
		c.useLogin(ctx, &o)
	}
	report := doctor.Examine(ctx, o)
	if c.JSON {
		err = writeJSON(tty.out, report)
	} else {
		err = report.Print(tty.out, takesColor(tty.out))
	}
	if err == nil && !report.OK {
		return errSaid
	}
	return err
}

// useLogin takes the key, and the project, from the login, if there is one and no key.
func (c *doctorCmd) useLogin(ctx context.Context, o *doctor.Options) {
	client, err := c.client(o.Host)
	if err != nil || o.HostSource.Err != nil {
		return
	}
	kept, err := client.Load()
	switch none := errors.Is(err, login.ErrNone); {
	case none && !keyGiven():
		o.KeySource.Err = orLogin(o.KeySource.Err)
	case none:
	case keyGiven():
		o.KeySource.From += ", which wins over the login"
	default:
		if err == nil {
			ctx, cancel := context.WithTimeout(ctx, c.Timeout)
			defer cancel()
			o.Key, err = client.NewSource().Key(ctx, "")
		}
		o.ByLogin, o.KeySource = true, doctor.Source{From: "posthog-mcp login", Err: plainError(err)}
		if err == nil && o.Project == "" && o.ProjectSource.Err == nil && kept.Project != "" {
			o.Project, o.ProjectSource.From = kept.Project, "the login's"
		}
	}
}

// source is the variable, if it is set, else what applies without it.
func source(variable, otherwise string, err error) doctor.Source {
	if strings.TrimSpace(os.Getenv(variable)) != "" {
		otherwise = variable
	}
	return doctor.Source{From: otherwise, Err: plainError(err)}
}

// plainError hides tokens that are in the wrong variable.
func plainError(err error) error {
	if err == nil {
		return nil
	}
	return errors.New(oneLine(err.Error()))
}
