package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"posthog-mcp/schema"
)

// stdin stands for it in place of the name of a file.
const stdin = "-"

// The signs between the name and the value of an argument. A name has none of them; a
// value may have any.
const (
	fromFile = "@"
	asJSON   = ":="
)

var shellForm = regexp.MustCompile(`(?s)^([A-Za-z0-9_-]+)(:=|=|@)(.*)$`)

// shellArguments makes a JSON object of arguments from a command line. It leaves
// unknown names and wrong values to the schema, which has words for them.
func shellArguments(given []string, known *schema.Schema, read func(path string) ([]byte, error)) (json.RawMessage, error) {
	var names []string
	var values [][]byte
	for _, argument := range given {
		parts := shellForm.FindStringSubmatch(argument)
		if parts == nil {
			return nil, usage("--arg: expected NAME=VALUE, NAME@FILE or NAME:=JSON") // it may be a secret
		}
		f := known.Field(parts[1])
		value, err := shellValue(f, parts[2], parts[3], read)
		if err != nil {
			return nil, usage("--arg %s: %v", parts[1], err)
		}
		i := slices.Index(names, parts[1])
		if i >= 0 && f != nil && f.Type == "array" && values[i][0] == '[' && value[0] == '[' {
			values[i] = joined("[", append(elements(values[i]), elements(value)...), "]")
			continue
		}
		names, values = append(names, parts[1]), append(values, value) // the schema refuses a name that is there twice
	}
	for i, name := range names {
		values[i] = slices.Concat(quoted(name), []byte(":"), values[i])
	}
	return joined("{", values, "}"), nil
}

// shellValue is one value as JSON. f is nil for an unknown argument.
func shellValue(f *schema.Field, form, value string, read func(path string) ([]byte, error)) ([]byte, error) {
	if form == fromFile {
		content, err := read(value)
		if err != nil {
			return nil, err
		}
		value = string(content)
	}
	whole := form == asJSON || f != nil && (f.Free || f.Type == "object")
	switch {
	case !utf8.ValidString(value):
		return nil, errors.New("not valid UTF-8")
	case whole && !json.Valid([]byte(value)):
		return nil, errors.New(`expected JSON, such as null or {"a": 1}`)
	case whole:
		return bytes.TrimSpace([]byte(value)), nil
	case f == nil || f.Type == "string":
		return quoted(value), nil
	case value == "null", f.Type == "array" && strings.HasPrefix(value, "[") && json.Valid([]byte(value)):
		return []byte(value), nil
	case f.Type != "array":
		return quoted(value), nil // the schema reads "5" as 5, and "true" as true
	}
	var items [][]byte
	for item := range strings.SplitSeq(value, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, quoted(item))
		}
	}
	return joined("[", items, "]"), nil
}

// elements are those of a list, which is valid JSON.
func elements(list []byte) (all [][]byte) {
	var items []json.RawMessage
	_ = json.Unmarshal(list, &items)
	for _, item := range items {
		all = append(all, item)
	}
	return all
}

func joined(open string, items [][]byte, end string) []byte {
	return slices.Concat([]byte(open), bytes.Join(items, []byte(",")), []byte(end))
}

func quoted(text string) []byte {
	quoted, _ := jsontext.AppendQuote(nil, text) // fails for invalid UTF-8 only
	return quoted
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
