package view

import (
	"strings"

	"github.com/tidwall/gjson"
)

// Find searches the items for words in their names. PostHog searches first; it is
// done again here, since older servers ignore the search and send everything.
// Where no name has all the words, PostHog's own idea of what was meant stands in:
// match says then how it found an item, and is empty else.
func Find(items gjson.Result, words []string, name func(item gjson.Result) string) (wanted func(gjson.Result) bool, match func(gjson.Result) string) {
	named := func(item gjson.Result) bool { return HasWords(name(item), words) }
	if Any(items, named) {
		return named, func(gjson.Result) string { return "" }
	}
	return func(item gjson.Result) bool { return matchOf(item) != "" }, matchOf
}

// matchOf is empty where the server does not say how it found the item, and may
// have ignored the search.
func matchOf(item gjson.Result) string {
	switch item.Get("search_match_type").String() {
	case "similar":
		return "similar"
	case "exact":
		return "description or tag"
	}
	return ""
}

// Any tells whether one of an array's items is such.
func Any(items gjson.Result, is func(gjson.Result) bool) (yes bool) {
	if !items.IsArray() {
		return false
	}
	items.ForEach(func(_, item gjson.Result) bool {
		yes = is(item)
		return !yes
	})
	return yes
}

// Words are the words of a search, in lower case.
func Words(search string) []string { return strings.Fields(strings.ToLower(search)) }

// HasWords tells whether a name has all the words.
func HasWords(name string, words []string) bool {
	name = strings.ToLower(name)
	for _, w := range words {
		if !strings.Contains(name, w) {
			return false
		}
	}
	return true
}
