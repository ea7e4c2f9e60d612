package drf

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"
)

// TypeName returns Python's name for the type of a decoded JSON value, as the framework's messages have it.
func TypeName(v any) string {
	switch v := v.(type) {
	case string:
		return "str"
	case bool:
		return "bool"
	case []any:
		return "list"
	case map[string]any:
		return "dict"
	case json.Number:
		if strings.ContainsAny(v.String(), ".eE") {
			return "float"
		}
		return "int"
	}
	return "NoneType"
}

// Text returns Python's str of a decoded JSON text, number, boolean or null; of others something like it.
func Text(v any) string {
	switch v {
	case true:
		return "True"
	case false:
		return "False"
	case nil:
		return "None"
	}
	return fmt.Sprint(v)
}

// pattern compiles an expression at its first use, since a server that calls the real PostHog never needs it.
func pattern(text string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}

// The parts of an address by Django's validator: a dotted or quoted name; a domain, localhost or a literal address.
var (
	mailUser   = pattern(`^([-!#$%&'*+/=?^_{}|~0-9A-Za-z` + "`" + `]+(\.[-!#$%&'*+/=?^_{}|~0-9A-Za-z` + "`" + `]+)*|"[ !#-\[\]-~]*")$`)
	mailDomain = pattern(`^(localhost|\[[0-9A-Fa-f:.]+\]|([0-9A-Za-z]([-0-9A-Za-z]{0,61}[0-9A-Za-z])?\.)+[-0-9A-Za-z]{1,62}[0-9A-Za-z])$`)
)

func isEmail(text string) bool {
	at := strings.LastIndexByte(text, '@')
	return at > 0 && mailUser().MatchString(text[:at]) && mailDomain().MatchString(text[at+1:])
}

// layouts are the part of ISO 8601 that tools send, of what Django's parser accepts.
var layouts = []string{
	"2006-1-2", "2006-1-2T15:4", "2006-1-2T15:4Z07:00", "2006-1-2T15:4:5", "2006-1-2T15:4:5Z07:00", "2006-1-2T15:4:5Z0700",
}

// parseTime returns the time in UTC, with microseconds.
func parseTime(text string) (time.Time, bool) {
	for _, layout := range layouts {
		t, err := time.Parse(layout, strings.Replace(text, " ", "T", 1))
		// Go accepts an offset of a whole day.
		if _, offset := t.Zone(); err == nil && max(offset, -offset) < int((24*time.Hour).Seconds()) {
			return t.UTC().Truncate(time.Microsecond), t.Year() > 0
		}
	}
	return time.Time{}, false
}
