// Package schema turns a Go request struct into the JSON Schema that an MCP
// client sees, and checks the arguments of a call against that same schema.
//
// A request struct is never filled: it only carries tags. [Of] reads it once,
// at start-up; [Schema.JSON] gives the published schema; [Schema.Check] takes
// raw arguments and gives them back checked, normalised and otherwise
// untouched, byte for byte. Nothing here knows of PostHog or of MCP.
//
// The tags of a field:
//
//	json                   the argument's name
//	jsonschema             required, enum=…, minimum=…, maxLength=…, format=… (see invopop/jsonschema)
//	jsonschema_description the description
//	arg                    a list of: secret, segment, numeric, filled, clears, most=NUMBER, in=NAME
//	match                  a regular expression that is checked but not published
//	expect                 what a valid value is, in words, for the error
//
// A pointer says that null is a value of its own; a field of type [JSON] takes
// any JSON object or array and passes it through. most= is a bound that is
// checked but not published, filled says that the empty value is never one, and clears marks the list of names to set to null: see [Field].
package schema

import (
	"encoding/json"
	"regexp"
	"sync"

	"github.com/invopop/jsonschema"
)

// Schema is the compiled form of one request struct. It is immutable.
type Schema struct {
	fields   []*Field
	byName   map[string]*Field
	standard func() json.RawMessage
	portable func() json.RawMessage
}

// Fields are the arguments in the order of the request struct.
func (s *Schema) Fields() []*Field { return s.fields }

// Field returns the argument of that name, or nil.
func (s *Schema) Field(name string) *Field { return s.byName[name] }

// Field is one argument.
type Field struct {
	// Name is the argument's name.
	Name string
	// Type is string, integer, boolean, array or object.
	Type string
	// Description is what the client reads about it.
	Description string
	// Nullable says that null is a value: it clears what is stored.
	Nullable bool
	// Required says that a call without it is refused.
	Required bool
	// Secret values are never repeated in an error.
	Secret bool
	// Free values are any JSON object or array and pass through untouched; the
	// type is then only what is published.
	Free bool
	// Filled says that the empty value of its type is never one: it means "not
	// given".
	Filled bool
	// Clears marks the argument that lists, by name, arguments to set to null.
	// The portable dialect publishes it alone, for clients that check a call
	// against a schema without null; [Schema.Check] puts the nulls in its place.
	Clears bool
	// Most bounds what is checked of a value: the characters of a string, the
	// items of an array, the values in an object. 0 is no bound of its own.
	Most int
	// Segment values go into a path: see [IsSegment].
	Segment bool
	// Numeric strings are accepted as JSON numbers too.
	Numeric bool
	// In overrides where the argument goes; empty for the rule of the caller.
	In string
	// Enum lists the allowed strings, of the value or of an array's items.
	Enum []string
	// Default is the published default as JSON, or nil.
	Default json.RawMessage

	expect    string
	match     *regexp.Regexp
	rules     *jsonschema.Schema
	once      sync.Once
	published []byte
}

// JSON is a free-form value: any JSON object or array, passed through as the
// client wrote it.
// It is published as an object, since a property without a type makes some
// clients drop the tool.
type JSON struct{}

// JSONSchema is what invopop/jsonschema asks for.
func (JSON) JSONSchema() *jsonschema.Schema { return &jsonschema.Schema{Type: "object"} }

// A Profile is a dialect of the published schema.
type Profile string

const (
	// Standard is exact: a nullable integer is ["integer","null"].
	Standard Profile = "standard"
	// Portable has no type unions, for clients that refuse a whole tool list
	// over one; null is accepted all the same when a tool is called.
	Portable Profile = "portable"
)

// JSON is the schema as published in that profile: one compact object.
func (s *Schema) JSON(p Profile) json.RawMessage {
	if p == Portable {
		return s.portable()
	}
	return s.standard()
}
