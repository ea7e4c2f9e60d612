// Package schema turns a Go request struct into the JSON Schema that an MCP
// client sees, and checks the arguments of a call against that same schema.
//
// A request struct is never filled: it only carries tags. [Of] reads it once, at
// start-up. [Schema.JSON] returns the published schema. [Schema.Check] checks and
// normalises raw arguments, and leaves all other bytes as they are. The package
// does not depend on PostHog or on MCP.
//
// The tags of a field:
//
//	json                   the argument's name
//	jsonschema             required, enum=…, minimum=…, maxLength=…, format=date-time (see invopop/jsonschema)
//	jsonschema_description the description
//	arg                    a list of: secret, segment, numeric, filled, clears, quiet,
//	                       unlisted (of an embedded struct: all its fields), most=NUMBER, in=NAME
//	match                  a regular expression that is checked but not published
//	expect                 what a valid value is, in words, for the error
//
// A pointer makes the argument nullable. A field of type [JSON] accepts any JSON
// object or array and passes it through. [Field] explains the words of the arg
// tag; most= is checked but not published.
package schema

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"

	"github.com/invopop/jsonschema"
)

// Schema is the compiled form of one request struct. It is immutable.
type Schema struct {
	fields             []*Field
	byName             map[string]*Field
	standard, portable func() json.RawMessage
}

// Fields returns the arguments in the order of the request struct.
func (s *Schema) Fields() []*Field { return s.fields }

// Field returns the argument of that name, or nil.
func (s *Schema) Field(name string) *Field { return s.byName[name] }

// Field is one argument.
type Field struct {
	Name string
	// Type is string, integer, boolean, array or object.
	Type string
	// Description is the text that the client reads.
	Description string
	// Nullable accepts null, which clears the stored value.
	Nullable bool
	// Required refuses a call without the argument.
	Required bool
	// Secret keeps the value out of every error.
	Secret bool
	// Free accepts any JSON object or array and passes it through. Type is then
	// only published.
	Free bool
	// Filled means that the type's empty value counts as "not given".
	Filled bool
	// Clears marks the argument that lists the names of arguments to set to null.
	// Only the portable dialect publishes it, for clients that check a call
	// against a schema without null. [Schema.Check] replaces it with the nulls.
	Clears bool
	// Most limits a value: the characters of a string, the items of an array, the
	// values in an object. 0 sets no limit.
	Most int
	// Segment marks a value that goes into a path: see [IsSegment].
	Segment bool
	// Unlisted keeps the argument out of what is published: it is accepted, and no
	// call is better for it.
	Unlisted bool
	// Quiet keeps the bounds of the value out of what is published: they are checked
	// all the same, and few callers come near them.
	Quiet bool
	// Numeric accepts JSON numbers for a string.
	Numeric bool
	// In overrides where in the request the argument goes; the caller gives it a
	// meaning.
	In string
	// Enum lists the allowed strings of the value, or of an array's items.
	Enum []string
	// Default is the published default as JSON, or nil.
	Default json.RawMessage

	expect string
	match  *regexp.Regexp
	rules  *jsonschema.Schema
	items  *Field // what the items of an array are checked against
}

// IsTime reports whether the field takes a date-time.
func (f *Field) IsTime() bool { return f.rules.Format == "date-time" }

// JSON is a free-form value: any JSON object or array, passed through as the
// client wrote it. It is published as an object, since some clients drop a tool
// that has a property without a type.
type JSON struct{}

// JSONSchema implements the interface by which invopop/jsonschema asks a type for
// its schema.
func (JSON) JSONSchema() *jsonschema.Schema { return &jsonschema.Schema{Type: "object"} }

// A Profile is a dialect of the published schema.
type Profile string

const (
	// Standard is exact: a nullable integer is ["integer","null"].
	Standard Profile = "standard"
	// Portable has no type unions, for clients that refuse a whole tool list
	// because of one. A call may still give null.
	Portable Profile = "portable"
)

// JSON returns the schema in that profile, or else in the standard one, as one compact
// object.
func (s *Schema) JSON(p Profile) json.RawMessage {
	if p == Portable {
		return s.portable()
	}
	return s.standard()
}

func (s *Schema) publish(p Profile) json.RawMessage {
	properties := jsonschema.NewProperties()
	root := struct {
		Type                 string   `json:"type"`
		Properties           any      `json:"properties"`
		Required             []string `json:"required,omitempty"`
		AdditionalProperties bool     `json:"additionalProperties"`
	}{Type: "object", Properties: properties}
	for _, f := range s.fields {
		property := f.property(p)
		if property == nil {
			continue
		}
		properties.Set(f.Name, property)
		if f.Required {
			root.Required = append(root.Required, f.Name)
		}
	}
	published, err := json.Marshal(root)
	if err != nil {
		panic(fmt.Sprintf("schema: %v", err)) // what was read from struct tags can be written
	}
	return published
}

// property returns what is published of the field; nil for nothing. The standard
// profile needs no field that clears others, since its clients can send null.
//
// The portable one leaves the empty string out of an enum: Gemini's models refuse every
// prompt for it. Source: github.com/sbroenne/mcp-server-excel/issues/607.
func (f *Field) property(p Profile) *jsonschema.Schema {
	if f.Unlisted || f.Clears && (p == Standard || f.Enum == nil) {
		return nil
	}
	rules := *f.rules
	if f.Quiet {
		rules.Minimum, rules.Maximum, rules.MinLength, rules.MaxLength = "", "", nil, nil
	}
	switch {
	case p == Portable:
		rules.Enum = slices.DeleteFunc(slices.Clone(rules.Enum), func(v any) bool { return v == "" })
	case f.Nullable: // invopop cannot express a union of types
		rules.Type = ""
		rules.Extras = map[string]any{"type": []string{f.Type, "null"}}
		if len(rules.Enum) > 0 {
			rules.Enum = append(slices.Clone(rules.Enum), nil)
		}
	}
	return &rules
}
