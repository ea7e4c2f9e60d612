package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"posthog-mcp/internal/build"
	"posthog-mcp/internal/doctor"
	"posthog-mcp/internal/sandbox"
)

type doctorCmd struct {
	ruleFlags
	profileFlag
	hostFlags
	JSON    bool          `name:"json" help:"Print one JSON object."`
	Sandbox bool          `help:"Look at the embedded PostHog double instead of PostHog: no key, no network."`
	Timeout time.Duration `default:"30s" help:"How long the whole look may take."`
}

// Help is what doctor's help says besides the flags.
func (doctorCmd) Help() string {
	return `It asks what the server would ask, reads only, and never shows the key. The exit
code is 1 when something that is needed does not work; a warning is none.

` + environment
}

// Run prints what was found. What is wrong with the settings is found too: it
// is what people start this for.
func (c *doctorCmd) Run(ctx context.Context, tty console, compiled compiling, command *kong.Context, log *slog.Logger) error {
	catalogue, err := compiled()
	if err != nil {
		return err
	}
	if c.Timeout <= 0 {
		return usage("--timeout: a look needs more time than none")
	}
	options := doctor.Options{
		Version: versionLine(), Catalogue: catalogue, Timeout: c.Timeout, Logger: log, UserAgent: build.UserAgent(),
		Rules: rulesGiven(command.Selected()),
	}
	rules, err := c.rules()
	options.Selection, options.RulesErr = rules.Selection, plainError(err)
	c.locate(ctx, &options, log)
	report := doctor.Examine(ctx, options)
	if err := c.print(tty.out, report); err != nil {
		return err
	}
	if !report.OK {
		return errSaid
	}
	return nil
}

// locate reads where PostHog is, and the key.
func (c *doctorCmd) locate(ctx context.Context, o *doctor.Options, log *slog.Logger) {
	var err error
	o.Project, err = projectFromEnv()
	o.ProjectSource = doctor.Source{From: origin(envProject, "@current"), Err: plainError(err)}
	if c.Sandbox {
		o.Base, o.Key = embedded(log), sandbox.KeyAll
		o.KeySource.From, o.HostSource.From = "--sandbox", "--sandbox"
		return
	}
	o.Host, err = c.hostFromEnv()
	o.HostSource = doctor.Source{From: origin(envHost, "the default"), Err: plainError(err)}
	if o.HostSource.Err == nil && !keyGiven() && c.useLogin(ctx, o) {
		return
	}
	o.Key, err = keyFromEnv()
	o.KeySource = doctor.Source{From: origin(envKey, envKeyFile), Err: plainError(err)}
	if o.HostSource.Err == nil && keyGiven() {
		if client, err := c.client(o.Host); err == nil {
			if _, err := client.Load(); err == nil {
				o.KeySource.From += ", which wins over the login"
			}
		}
	}
}

// useLogin takes the key, and the project, from the login; false without one.
func (c *doctorCmd) useLogin(ctx context.Context, o *doctor.Options) bool {
	client, kept, err := c.stored(o.Host)
	if kept == nil && err == nil {
		return false
	}
	o.ByLogin, o.KeySource.From = true, "posthog-mcp login"
	if err == nil {
		o.Key, err = client.NewSource().Key(ctx, "")
	}
	if o.KeySource.Err = plainError(err); err == nil && o.Project == "" && o.ProjectSource.Err == nil && kept.Project != "" {
		o.Project, o.ProjectSource.From = kept.Project, "the login's"
	}
	return true
}

// rulesGiven are the operator's limits that are set, as flags.
func rulesGiven(command *kong.Node) (rules []string) {
	for _, flag := range command.Flags {
		if value, set := written(flag); set && flag.Group != nil && flag.Group.Key == "Rules" {
			rules = append(rules, carriedFlag{flag.Name, value}.word())
		}
	}
	return rules
}

// origin is the variable, where it is set, else what holds without it.
func origin(variable, otherwise string) string {
	if strings.TrimSpace(os.Getenv(variable)) != "" {
		return variable
	}
	return otherwise
}

// plainError keeps tokens that ended up in the wrong variable out of sight.
func plainError(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s", oneLine(err.Error()))
}

func (c *doctorCmd) print(w io.Writer, report *doctor.Report) error {
	if !c.JSON {
		return report.Print(w, takesColor(w))
	}
	return writeJSON(w, report)
}
