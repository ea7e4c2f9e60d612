package schema

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/invopop/jsonschema"
)

// render writes the schema in one dialect. It writes the root itself: the root is
// the same for every request, and invopop would need two more passes for it.
func (s *Schema) render(dialect func(*Field) []byte) json.RawMessage {
	published := []byte(`{"type":"object","properties":{`)
	required := []string{}
	for _, f := range s.fields {
		property := dialect(f)
		if property == nil {
			continue
		}
		if published[len(published)-1] != '{' {
			published = append(published, ',')
		}
		published = append(append(append(published, '"'), f.Name...), `":`...)
		published = append(published, property...)
		if f.Required {
			required = append(required, f.Name)
		}
	}
	published = append(published, '}')
	if len(required) > 0 {
		published = append(append(published, `,"required":`...), mustJSON(required)...)
	}
	return append(published, `,"additionalProperties":false}`...)
}

// mustJSON marshals a value that was read from struct tags, which cannot fail.
func mustJSON(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("schema: %v", err))
	}
	return data
}

// standard returns the field in the standard dialect; it is rendered once for all
// requests that have it. It adds the type union of a nullable field, which
// invopop cannot express. A field that clears others is left out: here the client
// can send null.
func (f *Field) standard() []byte {
	if f.Clears {
		return nil
	}
	rules := f.shown()
	if f.Nullable {
		rules.Type = ""
		rules.Extras = map[string]any{"type": []string{f.Type, "null"}}
		if len(rules.Enum) > 0 {
			rules.Enum = append(slices.Clone(rules.Enum), nil)
		}
	}
	return mustJSON(rules)
}

// portable returns the field in the portable dialect, which leaves out formats
// other than date-time and the empty string in an enum. Some clients refuse such
// formats; Gemini's models refuse every prompt for the empty string. Source:
// github.com/sbroenne/mcp-server-excel/issues/607.
func (f *Field) portable() []byte {
	if f.Unlisted {
		return nil
	}
	return f.portably(f.shown())
}

// whole returns the field in the portable dialect with all that is checked.
func (f *Field) whole() []byte {
	rules := *f.rules
	return f.portably(&rules)
}

// listed returns the field in the standard dialect, if it is published.
func (f *Field) listed() []byte {
	if f.Unlisted {
		return nil
	}
	return f.published()
}

func (f *Field) portably(rules *jsonschema.Schema) []byte {
	if f.Clears && f.Enum == nil {
		return nil
	}
	if rules.Format != "date-time" {
		rules.Format = ""
	}
	rules.Enum = slices.DeleteFunc(slices.Clone(rules.Enum), func(v any) bool { return v == "" })
	return mustJSON(rules)
}

// shown returns a copy of the rules that are published.
func (f *Field) shown() *jsonschema.Schema {
	rules := *f.rules
	if f.Quiet {
		rules.Minimum, rules.Maximum, rules.MinLength, rules.MaxLength = "", "", nil, nil
	}
	return &rules
}
