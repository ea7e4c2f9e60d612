package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/tidwall/gjson"

	"posthog-mcp/internal/cli"
	"posthog-mcp/schema"
	"posthog-mcp/tools/engine"
)

type callCmd struct {
	upstreamFlags
	profileFlag
	Arg       []string `short:"a" sep:"none" placeholder:"NAME=VALUE" help:"One argument; may be repeated."`
	JSON      bool     `name:"json" help:"Print JSON on a terminal too."`
	Tool      string   `arg:"" help:"The tool's name, as posthog-mcp tools lists it."`
	Arguments string   `arg:"" optional:"" help:"Its arguments as a JSON object, instead of --arg; - reads them from stdin."`
}

func (callCmd) Help() string {
	return `Examples:
  posthog-mcp call subscriptions-list --arg limit=5 --sandbox
  posthog-mcp call subscriptions-list '{"limit": 5}' --sandbox
  echo '{"id": 1134}' | posthog-mcp call subscriptions-retrieve - --sandbox

An argument can be given in three ways:
  --arg limit=5            a text, number, true, false or null; a list with
                           commas, or by repeating the argument
  --arg raw_password@FILE  the same, from a file; - is stdin
  --arg title:=null        JSON, as where a text is to be null

posthog-mcp tools TOOL shows what a tool takes. A result is a table on a
terminal, and one line of JSON in a pipe. The exit code is 1 when the call does
not succeed; stderr says why then.

` + environment
}

// Run makes the call and prints the result to stdout, or the refusal to stderr. A
// program gets the result as JSON on one line.
func (c *callCmd) Run(ctx context.Context, tty console, catalogue *engine.Catalogue, log *slog.Logger) error {
	tool, err := toolNamed(catalogue, c.Tool)
	if err != nil {
		return err
	}
	c.login = &c.profileFlag
	box, _, err := c.toolbox(catalogue, log, true, nil)
	if err != nil {
		return err
	}
	arguments, err := c.arguments(ctx, tool, tty.in)
	if err != nil {
		return err
	}
	stop := func() {}
	if movesCursor(tty.err) {
		stop = cli.Wait(tty.err, "Waiting for PostHog")
	}
	result := box.Call(ctx, tool, arguments)
	stop()
	switch {
	case result.IsError:
		fmt.Fprintln(tty.err, result.Text+c.nextStep(result))
		return errSaid
	case !isTerminal(tty.out):
		_, err = fmt.Fprintf(tty.out, "%s\n", result.Object)
		return err
	case c.JSON:
		return writeJSON(tty.out, result.Object)
	}
	return screenOf(tty.out).PrintResult(result.Object, tool.Read.Columns)
}

// toolNamed finds a tool. Its error names the nearest tool.
func toolNamed(catalogue *engine.Catalogue, name string) (*engine.Tool, error) {
	if tool := catalogue.Tool(name); tool != nil {
		return tool, nil
	}
	err := catalogue.CheckSelection(engine.Selection{Tools: []string{name}})
	return nil, usage("%s posthog-mcp tools lists them all", strings.TrimPrefix(err.Error(), engine.SettingTools+": "))
}

func (c *callCmd) arguments(ctx context.Context, tool *engine.Tool, in io.Reader) (json.RawMessage, error) {
	text := []byte(c.Arguments)
	switch {
	case len(c.Arg) > 0 && c.Arguments != "":
		return nil, usage("arguments come as JSON or with --arg, not both; see posthog-mcp call --help")
	case len(c.Arg) > 0:
		return shellArguments(c.Arg, tool.Schema, func(path string) ([]byte, error) { return readArgument(ctx, path, in) })
	case c.Arguments == stdin:
		var err error
		if text, err = readArgument(ctx, stdin, in); err != nil {
			return nil, fmt.Errorf("read stdin: %w", err)
		}
	}
	return bytes.TrimSpace(text), nil
}

// nextStep is advice for a person at a shell, besides the text for agents.
func (c *callCmd) nextStep(result engine.Result) string {
	switch code := gjson.GetBytes(result.Object, "code").String(); {
	case code == "invalid_arguments":
		return "\nposthog-mcp tools " + c.Tool + " shows what it takes."
	case !c.Sandbox && (result.Status == http.StatusUnauthorized || code == "unreachable"):
		return "\nposthog-mcp doctor looks for the reason."
	}
	return ""
}

// screenOf returns the terminal behind w, or a page of the usual width.
func screenOf(w io.Writer) *cli.Screen {
	return &cli.Screen{Out: w, Columns: cli.Columns(w), Color: takesColor(w)}
}

// stdin stands for it in place of the name of a file.
const stdin = "-"

// shellForm matches the name, the sign and the value of an argument. A name has no sign
// in it; a value may have any.
var shellForm = regexp.MustCompile(`(?s)^([A-Za-z0-9_-]+)(:=|=|@)(.*)$`)

// shellArguments makes a JSON object of arguments from a command line. It leaves
// unknown names and wrong values to the schema, which has words for them.
func shellArguments(given []string, known *schema.Schema, read func(path string) ([]byte, error)) (json.RawMessage, error) {
	var names, values []string
	for _, argument := range given {
		parts := shellForm.FindStringSubmatch(argument)
		if parts == nil {
			return nil, usage("--arg: expected NAME=VALUE, NAME@FILE or NAME:=JSON") // it may be a secret
		}
		name, f := parts[1], known.Field(parts[1])
		value, err := shellValue(f, parts[2], parts[3], read)
		if err != nil {
			return nil, usage("--arg %s: %v", name, err)
		}
		i := slices.Index(names, name)
		if i >= 0 && f != nil && f.Type == "array" && values[i][0] == '[' && value[0] == '[' {
			values[i] = list(append(elements(values[i]), elements(value)...))
			continue
		}
		names, values = append(names, name), append(values, value) // the schema refuses a name that is there twice
	}
	for i, name := range names {
		values[i] = quoted(name) + ":" + values[i]
	}
	return json.RawMessage("{" + strings.Join(values, ",") + "}"), nil
}

// shellValue is one value as JSON. f is nil for an unknown argument.
func shellValue(f *schema.Field, form, value string, read func(path string) ([]byte, error)) (string, error) {
	if form == "@" {
		content, err := read(value)
		if err != nil {
			return "", err
		}
		value = string(content)
	}
	whole := form == ":=" || f != nil && (f.Free || f.Type == "object")
	switch {
	case !utf8.ValidString(value):
		return "", errors.New("not valid UTF-8")
	case whole && !gjson.Valid(value):
		return "", errors.New(`expected JSON, such as null or {"a": 1}`)
	case whole:
		return strings.TrimSpace(value), nil
	case f == nil || f.Type == "string":
		return quoted(value), nil
	case value == "null", f.Type == "array" && strings.HasPrefix(value, "[") && gjson.Valid(value):
		return value, nil
	case f.Type != "array":
		return quoted(value), nil // the schema reads "5" as 5, and "true" as true
	}
	var items []string
	for item := range strings.SplitSeq(value, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, quoted(item))
		}
	}
	return list(items), nil
}

func list(items []string) string { return "[" + strings.Join(items, ",") + "]" }

// elements are those of a list, which is valid JSON.
func elements(list string) (all []string) {
	for _, item := range gjson.Parse(list).Array() {
		all = append(all, item.Raw)
	}
	return all
}

func quoted(text string) string {
	quoted, _ := jsontext.AppendQuote(nil, text) // fails for invalid UTF-8 only
	return string(quoted)
}

// readArgument reads a value from a file or from in, without the byte order mark and
// the end of line that editors and shells add. It returns when ctx ends, since a
// terminal or a pipe may have no end; the reader is then left behind.
func readArgument(ctx context.Context, path string, in io.Reader) ([]byte, error) {
	var content []byte
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		if path == stdin {
			content, err = io.ReadAll(in)
		} else {
			content, err = os.ReadFile(path)
		}
	}()
	select {
	case <-done:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	return bytes.TrimSuffix(bytes.TrimSuffix(content, []byte("\n")), []byte("\r")), err
}
