package tools

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"posthog-mcp/schema"
	"posthog-mcp/tools/view"
)

// searched is how a look-up shows a page of PostHog's. A search is done again
// here: older servers ignore it and send everything.
type searched struct {
	// name is what a row is known by; it may be empty.
	name func(row gjson.Result) string
	// row writes a row.
	row func(o *view.Object, row gjson.Result)
	// link is a template for the rows' links.
	link string
	// narrow says how to ask for less.
	narrow string
	// none is said when nothing was found on the last page.
	none string
}

// inName is a search by name.
type inName struct {
	Search string `json:"search,omitempty" arg:"filled,most=1000" jsonschema_description:"Words of the name."`
}

const (
	// pageLength is how many rows a list has where the call does not say.
	pageLength = 25
	// lookedAt is how many rows are looked at for a search. It is PostHog's own
	// page: rows that are not shown cost the agent nothing.
	lookedAt = 100
)

// lookFurther asks for enough rows to find some among them.
func lookFurther(query url.Values, args *schema.Arguments) {
	if searchedWords(args) != nil {
		query.Set("limit", strconv.Itoa(lookedAt))
	}
}

// show writes {notice, count, next_offset, link, results}. The offset counts
// PostHog's rows, those that were left out included.
func (s searched) show(o *view.Object, answer gjson.Result, args *schema.Arguments) {
	items, words := answer.Get("results"), searchedWords(args)
	found := s.find(items, words)
	taken := view.Rows{Item: found.item, Wanted: found.wanted, Most: argumentNumber(args, "limit", pageLength)}.Take(items)
	next := argumentNumber(args, "offset", 0) + taken.Seen
	count := answer.Get("count")
	more := taken.Left || answer.Get("next").Type == gjson.String
	o.Text("notice", s.notice(taken, count.Int(), next, more, words != nil))
	if words == nil {
		o.Raw("count", count)
	}
	if more {
		o.Number("next_offset", next)
	}
	if taken.Shown > 0 {
		o.Text("link", s.link)
	}
	o.JSON("results", taken.JSON)
}

func (s searched) notice(taken view.Taken, count, next int64, more, searching bool) (text string) {
	switch {
	case taken.Shown == 0 && more:
		text = "none found so far"
	case taken.Shown == 0:
		return s.none
	case taken.Full:
		text = "what follows does not fit into the answer"
	}
	switch {
	case !more:
		return text
	case searching && !taken.Left:
		return view.Join(text, fmt.Sprintf("looked at %d of %d; next offset %d", next, count, next))
	case searching:
		return view.Join(text, fmt.Sprintf("these are the first %d that were found; next offset %d", taken.Shown, next))
	}
	return view.Join(text, fmt.Sprintf("%d of %d; next offset %d, or narrow with %s", taken.Shown, count, next, s.narrow))
}

// found is what of a page answers a search.
type found struct {
	wanted func(row gjson.Result) bool
	item   func(to []byte, row gjson.Result) []byte
}

// find takes the rows with all the words in their name. Where there is none,
// PostHog's own idea of what was meant stands in, and each row says so.
func (s searched) find(items gjson.Result, words []string) found {
	write := func(to []byte, row gjson.Result, match string) []byte {
		o := view.NewObject(to)
		s.row(o, row)
		o.Text("match", match)
		return o.Bytes()
	}
	plain := func(to []byte, row gjson.Result) []byte { return write(to, row, "") }
	if words == nil {
		return found{item: plain}
	}
	named := func(row gjson.Result) bool { return hasWords(s.name(row), words) }
	if anyOf(items, named) {
		return found{wanted: named, item: plain}
	}
	return found{
		wanted: func(row gjson.Result) bool { return matchOf(row) != "" },
		item:   func(to []byte, row gjson.Result) []byte { return write(to, row, matchOf(row)) },
	}
}

// matchOf says how PostHog found a row whose name has not all the words; empty
// where the server does not say, and may have ignored the search.
func matchOf(row gjson.Result) string {
	switch row.Get("search_match_type").String() {
	case "similar":
		return "similar"
	case "exact":
		return "description or tag"
	}
	return ""
}

func anyOf(items gjson.Result, is func(gjson.Result) bool) (yes bool) {
	if !items.IsArray() {
		return false
	}
	items.ForEach(func(_, item gjson.Result) bool {
		yes = is(item)
		return !yes
	})
	return yes
}

// searchedWords are the words that a call searches for, in lower case.
func searchedWords(args *schema.Arguments) []string {
	words := strings.Fields(strings.ToLower(argumentText(args, "search")))
	if len(words) == 0 {
		return nil
	}
	return words
}

func hasWords(name string, words []string) bool {
	name = strings.ToLower(name)
	for _, w := range words {
		if !strings.Contains(name, w) {
			return false
		}
	}
	return true
}

// argumentNumber is a given integer, else otherwise.
func argumentNumber(args *schema.Arguments, name string, otherwise int64) int64 {
	n, err := strconv.ParseInt(argumentText(args, name), 10, 64)
	if err != nil {
		return otherwise
	}
	return n
}

// cut is the beginning of a text that may be long.
func cut(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return strings.TrimSpace(string(runes[:most])) + "…"
	}
	return text
}

// instant is a time of PostHog's to the second.
func instant(at gjson.Result) string {
	if t, err := time.Parse(time.RFC3339, at.String()); err == nil {
		return t.UTC().Format(time.RFC3339)
	}
	return at.String()
}
