package schema

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/invopop/jsonschema"
)

// Of compiles a request struct. It fails on a struct that could not be
// published or checked, so that a bad declaration ends the start-up and not a
// conversation.
func Of(request any) (*Schema, error) {
	t := reflect.TypeOf(request)
	if t == nil || t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("a request is a struct, not %T", request)
	}
	reflector := jsonschema.Reflector{
		Anonymous:                  true,
		ExpandedStruct:             true,
		DoNotReference:             true,
		RequiredFromJSONSchemaTags: true,
	}
	root := reflector.ReflectFromType(t)
	s := &Schema{byName: map[string]*Field{}}
	for _, f := range structFields(t) {
		field, err := newField(f, root)
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", t.Name(), f.Name, err)
		}
		s.fields = append(s.fields, field)
		s.byName[field.Name] = field
	}
	s.standard = sync.OnceValue(func() json.RawMessage { return s.render((*Field).standard) })
	s.portable = sync.OnceValue(func() json.RawMessage { return s.render((*Field).portable) })
	return s, nil
}

// structFields lists the fields of t, those of embedded structs in their place.
func structFields(t reflect.Type) []reflect.StructField {
	var fields []reflect.StructField
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			fields = append(fields, structFields(f.Type)...)
			continue
		}
		fields = append(fields, f)
	}
	return fields
}

func newField(f reflect.StructField, root *jsonschema.Schema) (*Field, error) {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	rules, ok := root.Properties.Get(name)
	if !plainName(name) || !ok {
		return nil, fmt.Errorf("no json name of letters, digits and _")
	}
	field := &Field{
		Name:        name,
		Type:        rules.Type,
		Description: rules.Description,
		Nullable:    f.Type.Kind() == reflect.Pointer,
		Required:    slices.Contains(root.Required, name),
		Free:        f.Type == reflect.TypeFor[JSON]() || f.Type == reflect.TypeFor[*JSON](),
		Enum:        enumOf(rules),
		expect:      f.Tag.Get("expect"),
		rules:       rules,
	}
	if rules.Default != nil {
		field.Default, _ = json.Marshal(rules.Default)
	}
	if !slices.Contains([]string{"string", "integer", "boolean", "array", "object"}, field.Type) {
		return nil, fmt.Errorf("type %q is not supported", field.Type)
	}
	if field.Type == "array" && (rules.Items == nil || rules.Items.Type == "") {
		return nil, fmt.Errorf("an array needs typed items")
	}
	return field, errors.Join(field.readTag(f.Tag.Get("arg")), field.readMatch(f.Tag.Get("match")))
}

// readMatch compiles the pattern that a string must match, published or not.
func (f *Field) readMatch(unpublished string) (err error) {
	if pattern := cmp.Or(unpublished, f.rules.Pattern); pattern != "" {
		f.match, err = regexp.Compile(pattern)
	}
	return err
}

// plainName tells whether every client takes name for an argument.
func plainName(name string) bool {
	return name != "" && strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

func (f *Field) readTag(tag string) error {
	for word := range strings.SplitSeq(tag, ",") {
		place, in := strings.CutPrefix(word, "in=")
		switch {
		case word == "":
		case in:
			f.In = place
		case word == "secret":
			f.Secret = true
		case word == "segment":
			f.Segment = true
		case word == "numeric":
			f.Numeric = true
		default:
			return fmt.Errorf("unknown word %q in the arg tag", word)
		}
	}
	return nil
}

// enumOf reads the allowed strings of a value or of an array's items.
func enumOf(rules *jsonschema.Schema) []string {
	if rules.Items != nil {
		rules = rules.Items
	}
	var values []string
	for _, v := range rules.Enum {
		values = append(values, fmt.Sprint(v))
	}
	return values
}

// render publishes the schema in one dialect. The root is written here: it is
// the same for every request, and costs invopop two more passes over the whole.
func (s *Schema) render(dialect func(*Field) *jsonschema.Schema) json.RawMessage {
	published := []byte(`{"type":"object","properties":{`)
	required := []string{}
	for i, f := range s.fields {
		if i > 0 {
			published = append(published, ',')
		}
		published = append(append(append(published, '"'), f.Name...), `":`...)
		published = append(published, mustJSON(dialect(f))...)
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

// mustJSON marshals what came out of struct tags, which is always JSON.
func mustJSON(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("schema: %v", err))
	}
	return data
}

// standard says what invopop has no word for: a type union for a nullable.
func (f *Field) standard() *jsonschema.Schema {
	if !f.Nullable {
		return f.rules
	}
	rules := *f.rules
	rules.Type = ""
	rules.Extras = map[string]any{"type": []string{f.Type, "null"}}
	if len(rules.Enum) > 0 {
		rules.Enum = append(slices.Clone(rules.Enum), nil)
	}
	return &rules
}

// portable leaves out what some clients refuse: formats other than date-time.
func (f *Field) portable() *jsonschema.Schema {
	if f.rules.Format == "" || f.rules.Format == "date-time" {
		return f.rules
	}
	rules := *f.rules
	rules.Format = ""
	return &rules
}
