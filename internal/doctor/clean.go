package doctor

import (
	"strings"

	"github.com/tidwall/gjson"

	"posthog-mcp/tools/view"
)

// longestText is enough for a sentence of PostHog's and ours around it.
const longestText = 1000

// longestName is enough for a name that somebody gave.
const longestName = 80

// clean makes a text fit for a terminal and for a ticket: on one line, without
// what nobody sees. The client has taken the key out of what PostHog said.
func (e *exam) clean(text string) string {
	text = strings.Join(strings.Fields(view.Text(text)), " ")
	return cut(text, longestText)
}

// text is a value of PostHog's.
func (e *exam) text(value gjson.Result) string { return cut(e.clean(value.String()), longestName) }

func cut(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}
