package view

import (
	"fmt"
	"strings"
	"time"

	"github.com/tidwall/gjson"
)

// What a list shows of texts that people write at length, in characters.
const (
	ShortText = 80
	LongName  = 200
)

// Cut is the beginning of a text that may be long.
func Cut(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return strings.TrimSpace(string(runes[:most])) + "…"
	}
	return text
}

// Brief is at most so many characters of a text of somebody else's, for a sentence
// of ours: without what nobody can see, and without the space around it.
func Brief(text string, most int) string {
	text = strings.TrimSpace(Text(strings.ToValidUTF8(text, "\uFFFD")))
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

// Instant is a time of PostHog's to the second.
func Instant(at gjson.Result) string {
	if t, err := time.Parse(time.RFC3339, at.String()); err == nil {
		return t.UTC().Format(time.RFC3339)
	}
	return at.String()
}

// Few joins the first of several names, and says how many there are besides.
func Few(names []string, most int) string {
	if more := len(names) - most; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), more)
	}
	return strings.Join(names, ", ")
}
