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

	"posthog-mcp/internal/clients/jsonc"
	"posthog-mcp/schema"
)

// stdin is what stands for it in place of a file's name.
const stdin = "-"

// The forms of an argument on a command line: what is between its name and its
// value. No name has any of these signs in it, while values have them all: a
// user is @me.
const (
	asText   = "="
	fromFile = "@"
	asJSON   = ":="
)

var shellForm = regexp.MustCompile(`(?s)^([A-Za-z0-9_-]+)(:=|=|@)(.*)$`)

// shellArguments makes the JSON object of arguments in the forms of a command
// line. What the values must be is not judged here: the schema has words for
// that, and for names that it does not know.
func shellArguments(given []string, known *schema.Schema, read func(path string) ([]byte, error)) (json.RawMessage, error) {
	var (
		names  []string
		values = map[string][]json.RawMessage{}
	)
	for _, argument := range given {
		parts := shellForm.FindStringSubmatch(argument)
		if parts == nil {
			return nil, usage("--arg: expected NAME=VALUE, NAME@FILE or NAME:=JSON") // it may be a secret
		}
		value, err := shellValue(known.Field(parts[1]), parts[2], parts[3], read)
		if err != nil {
			return nil, usage("--arg %s: %v", parts[1], err)
		}
		if !slices.Contains(names, parts[1]) {
			names = append(names, parts[1])
		}
		values[parts[1]] = append(values[parts[1]], value)
	}
	var members [][]byte
	for _, name := range names {
		all := values[name]
		if f := known.Field(name); f != nil && f.Type == "array" {
			all = joined(all)
		}
		for _, value := range all { // the schema refuses what is given twice
			members = append(members, slices.Concat(quoted(name), []byte(":"), value))
		}
	}
	return slices.Concat([]byte("{"), bytes.Join(members, []byte(",")), []byte("}")), nil
}

// shellValue is one value as JSON; f is nil for an argument that there is none
// of.
func shellValue(f *schema.Field, form, value string, read func(path string) ([]byte, error)) (json.RawMessage, error) {
	if form == fromFile {
		content, err := read(value)
		if err != nil {
			return nil, err
		}
		value = string(content)
	}
	if !utf8.ValidString(value) {
		return nil, errors.New("not valid UTF-8")
	}
	whole := form == asJSON || f != nil && (f.Free || f.Type == "object")
	switch {
	case whole && !json.Valid([]byte(value)):
		return nil, errors.New(`expected JSON, such as null or {"a": 1}`)
	case whole:
		return json.RawMessage(strings.TrimSpace(value)), nil
	case f == nil || f.Type == "string":
		return quoted(value), nil
	case value == "null":
		return json.RawMessage(value), nil
	case f.Type == "array":
		return listed(value), nil
	}
	return quoted(value), nil // the schema reads "5" as 5, and "true" as true
}

// listed is a list of texts, which the schema reads as what its items are.
func listed(value string) json.RawMessage {
	if strings.HasPrefix(value, "[") && json.Valid([]byte(value)) {
		return json.RawMessage(value)
	}
	var items [][]byte
	for item := range strings.SplitSeq(value, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, quoted(item))
		}
	}
	return slices.Concat([]byte("["), bytes.Join(items, []byte(",")), []byte("]"))
}

// joined is one list of several; what is none among them is left to the schema.
func joined(lists []json.RawMessage) []json.RawMessage {
	all := []json.RawMessage{}
	for _, list := range lists {
		var items []json.RawMessage
		if string(list) == "null" || json.Unmarshal(list, &items) != nil {
			return lists
		}
		all = append(all, items...)
	}
	one, err := json.Marshal(all)
	if err != nil {
		return lists
	}
	return []json.RawMessage{one}
}

func quoted(text string) []byte { return []byte(jsonc.Text(text)) }

// readArgument reads a value from a file, without the byte order mark and the line's
// end that editors and shells put around it.
func readArgument(ctx context.Context, path string, in io.Reader) ([]byte, error) {
	content, err := readAll(ctx, func() ([]byte, error) {
		if path == stdin {
			return io.ReadAll(in)
		}
		return os.ReadFile(path)
	})
	if err != nil {
		return nil, err
	}
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	return bytes.TrimSuffix(bytes.TrimSuffix(content, []byte("\n")), []byte("\r")), nil
}
