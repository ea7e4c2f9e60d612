package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/alecthomas/kong"
)

// A carriedFlag is one of stdio's that differs from its default.
type carriedFlag struct{ name, value string }

// word is the flag on a command line.
func (f carriedFlag) word() string {
	if f.value == "" {
		return "--" + f.name
	}
	return "--" + f.name + "=" + f.value
}

// carried are the flags that stdio has too, by whichever way they were given, in
// the order of the help. A client starts programs in a folder of its own, so
// files become absolute.
func carried(parsed *kong.Context) (flags []carriedFlag, err error) {
	shared := map[string]bool{}
	for _, command := range parsed.Model.Children {
		if command.Name == "stdio" {
			for _, f := range command.Flags {
				shared[f.Name] = true
			}
		}
	}
	for _, f := range parsed.Selected().Flags {
		value, set := written(f)
		if !set || !shared[f.Name] {
			continue
		}
		if f.PlaceHolder == "FILE" {
			if value, err = filepath.Abs(value); err != nil {
				return nil, err
			}
		}
		flags = append(flags, carriedFlag{f.Name, value})
	}
	return flags, nil
}

// written is a flag's value as a command line has it; false when it is the
// default. A switch has none.
func written(f *kong.Flag) (string, bool) {
	switch value := f.Target.Interface().(type) {
	case bool:
		return "", value
	case []string:
		list := make([]string, len(value))
		for i, item := range value {
			list[i] = strings.ReplaceAll(item, ",", `\,`)
		}
		return strings.Join(list, ","), len(value) > 0
	default:
		text := fmt.Sprint(value)
		return text, text != f.Default
	}
}
