package cli

import (
	"strings"

	"github.com/tidwall/gjson"

	"posthog-mcp/tools"
)

// Example are arguments of a call of the tool that has no effect, as posthog-mcp
// call --arg takes them.
func Example(t *tools.Tool) (arguments []string) {
	gjson.Parse(t.Example).ForEach(func(name, value gjson.Result) bool {
		text := value.String()
		if value.IsArray() {
			var items []string
			for _, item := range value.Array() {
				items = append(items, item.String())
			}
			text = strings.Join(items, ",")
		}
		arguments = append(arguments, name.String()+"="+text)
		return true
	})
	if t.Effect != tools.Read {
		arguments = append(arguments, "dry_run=true")
	}
	return arguments
}
