package manual

import (
	"fmt"
	"strings"

	"github.com/tidwall/gjson"

	"posthog-mcp/schema"
	"posthog-mcp/tools"
)

// field is an argument as it is described.
type field struct {
	name, kind string
	required   bool
	about      string
	// rules are what holds for the value, a sentence each.
	rules []string
}

// text is all there is to say, the required ones first.
func (f field) text() string {
	var words []string
	if f.required {
		words = append(words, "Required.")
	}
	if f.about != "" {
		words = append(words, f.about)
	}
	return strings.Join(append(words, f.rules...), " ")
}

func describe(t *tools.Tool) (fields []field) {
	published := gjson.ParseBytes(t.Schema.JSON(schema.Standard)).Get("properties")
	for _, f := range t.Schema.Fields() {
		fields = append(fields, field{
			name: f.Name, kind: kind(f), required: f.Required, about: f.Description,
			rules: rules(f, published.Get(f.Name)),
		})
	}
	return fields
}

// kind is the type. That null clears a field is a value of its own.
func kind(f *schema.Field) string {
	if f.Nullable {
		return f.Type + ", null"
	}
	return f.Type
}

// rules reads what is published besides the type.
func rules(f *schema.Field, published gjson.Result) (all []string) {
	var enum []string
	for _, value := range f.Enum {
		if value == "" {
			value = `""`
		}
		enum = append(enum, value)
	}
	switch {
	case enum != nil && f.Type == "array":
		all = append(all, "Of: "+strings.Join(enum, ", ")+".")
	case enum != nil:
		all = append(all, "One of: "+strings.Join(enum, ", ")+".")
	}
	low, high := published.Get("minimum"), published.Get("maximum")
	switch {
	case low.Exists() && high.Exists() && high.Int() < 1<<31-1:
		all = append(all, fmt.Sprintf("%s to %s.", low.Raw, high.Raw))
	case low.Exists():
		all = append(all, low.Raw+" or more.")
	}
	if n := published.Get("minLength"); n.Int() > 1 {
		all = append(all, "At least "+n.Raw+" characters.")
	}
	if n := published.Get("maxLength"); n.Exists() {
		all = append(all, "At most "+n.Raw+" characters.")
	}
	if published.Get("format").String() == "date-time" {
		all = append(all, "Like 2027-01-04T09:00:00Z.")
	}
	if f.Default != nil {
		all = append(all, "Default: "+gjson.ParseBytes(f.Default).String()+".")
	}
	return all
}
