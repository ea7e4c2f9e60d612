package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/alecthomas/kong"
)

// carried are the flags that stdio has too, given on the command line or in a variable,
// in the order of the help. A client starts programs in a folder of its own, so
// files become absolute.
func carried(parsed *kong.Context) (words []string, err error) {
	shared := map[string]bool{}
	for _, command := range parsed.Model.Children {
		for _, f := range command.Flags {
			shared[f.Name] = shared[f.Name] || command.Name == "stdio"
		}
	}
	for _, f := range parsed.Selected().Flags {
		word := written(f)
		if word == "" || !shared[f.Name] {
			continue
		}
		if f.PlaceHolder == "FILE" {
			path, err := filepath.Abs(f.Target.String())
			if err != nil {
				return nil, err
			}
			word = "--" + f.Name + "=" + path
		}
		words = append(words, word)
	}
	return words, nil
}

// written is a flag and its value as a word of a command line; empty for the default.
func written(f *kong.Flag) string {
	text := fmt.Sprint(f.Target.Interface())
	switch value := f.Target.Interface().(type) {
	case bool:
		if value {
			return "--" + f.Name
		}
		return ""
	case []string:
		list := make([]string, len(value))
		for i, item := range value {
			list[i] = strings.ReplaceAll(item, ",", `\,`)
		}
		text = strings.Join(list, ",")
	}
	if text == f.Default {
		return ""
	}
	return "--" + f.Name + "=" + text
}
