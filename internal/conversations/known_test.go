package conversations

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"
)

// A wholeReference is a value of its own, a reference a part of a text.
var (
	wholeReference = regexp.MustCompile(`"\$(\d+)\.([^"]+)"`)
	reference      = regexp.MustCompile(`\$\{(\d+)\.([^}]+)\}|\$(\d+)\.(\S+)`)
)

// filled puts what answers hold in the place of the references to it.
func (c *conversation) filled(text string) string {
	text = wholeReference.ReplaceAllStringFunc(text, func(r string) string {
		parts := wholeReference.FindStringSubmatch(r)
		return c.answer(parts[1], parts[2]).Raw
	})
	return reference.ReplaceAllStringFunc(text, func(r string) string {
		parts := reference.FindStringSubmatch(r)
		return c.answer(parts[1]+parts[3], parts[2]+parts[4]).String()
	})
}

func (c *conversation) answer(number, path string) gjson.Result {
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > len(c.agent.answers) {
		c.t.Fatalf("$%s.%s: there is no such answer", number, path)
	}
	value := gjson.GetBytes(c.agent.answers[n-1], path)
	if !value.Exists() || value.Raw == "[]" {
		c.t.Fatalf("$%s.%s: the answer has nothing there: %s", number, path, c.agent.answers[n-1])
	}
	return value
}

// namesSomething are the arguments whose values nobody can make up.
var namesSomething = []string{
	"id", "dashboard", "insight", "dashboard_export_insights", "integration_id", "project_id", "recording_id", "password_id",
	"short_id", "target_value", "delivery", "confirmation", "cursor", "offset",
}

// checkKnown holds that the agent can know the arguments.
func (c *conversation) checkKnown(arguments []byte) {
	c.t.Helper()
	var given map[string]any
	exact := json.NewDecoder(strings.NewReader(string(arguments)))
	exact.UseNumber()
	c.must(exact.Decode(&given))
	for name, value := range given {
		if !slices.Contains(namesSomething, name) {
			continue
		}
		list, ok := value.([]any)
		if !ok {
			list = []any{value}
		}
		for _, v := range list {
			c.checkSaid(name, fmt.Sprint(v))
		}
	}
}

// checkSaid looks for each part of a list in what the person said.
func (c *conversation) checkSaid(name, value string) {
	c.t.Helper()
	if wholeReference.MatchString(strconv.Quote(value)) {
		return
	}
	for part := range strings.SplitSeq(reference.ReplaceAllString(value, ""), ",") {
		if !strings.Contains(c.said, part) {
			c.t.Errorf("%s %q: neither the person nor an answer says so", name, part)
		}
	}
}

// masked hides what is another in each run.
func masked(text string) string { return sealed.ReplaceAllString(text, "${1}SEALED") }

var sealed = regexp.MustCompile(`("confirmation": ?")[A-Za-z0-9_-]{48}`)

// laidOut has a line for each member of an object, and for each item of a list
// of objects, so that a reader finds them and a change is seen.
func laidOut(object string) string { return members(gjson.Parse(object), "") }

func members(object gjson.Result, indent string) string {
	var lines []string
	object.ForEach(func(name, value gjson.Result) bool {
		lines = append(lines, fmt.Sprintf("%s  %s: %s", indent, name.Raw, spread(value, indent+"  ")))
		return true
	})
	if lines == nil {
		return "{}"
	}
	return "{\n" + strings.Join(lines, ",\n") + "\n" + indent + "}"
}

func spread(value gjson.Result, indent string) string {
	switch {
	case value.IsObject() && indent == "  " && len(value.Raw) > 80:
		return members(value, indent)
	case value.IsArray() && value.Get("0").IsObject():
		var items []string
		for _, item := range value.Array() {
			items = append(items, indent+"  "+item.Raw)
		}
		return "[\n" + strings.Join(items, ",\n") + "\n" + indent + "]"
	}
	return value.Raw
}
