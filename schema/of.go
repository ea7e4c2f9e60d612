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

// Of compiles a request struct by itself: see [Compiler.Of].
func Of(request any) (*Schema, error) { return new(Compiler).Of(request) }

// Compiler compiles request structs, and a struct that is embedded in several
// of them once: reading tags is most of what a start-up does. The zero value is
// ready for use, by one goroutine.
type Compiler struct{ known map[reflect.Type][]*Field }

// Of compiles a request struct; the arguments of further ones are added behind
// its own. It fails on a struct that could not be published or checked, so that
// a bad declaration ends the start-up and not a conversation.
func (c *Compiler) Of(request any, further ...any) (*Schema, error) {
	var fields []*Field
	for _, part := range append([]any{request}, further...) {
		t := reflect.TypeOf(part)
		if t == nil || t.Kind() != reflect.Struct {
			return nil, fmt.Errorf("a request is a struct, not %T", part)
		}
		own, err := c.fields(t)
		if err != nil {
			return nil, err
		}
		fields = slices.Concat(fields, own)
	}
	s := &Schema{fields: fields, byName: make(map[string]*Field, len(fields))}
	for _, f := range fields {
		s.byName[f.Name] = f
	}
	s.standard = sync.OnceValue(func() json.RawMessage { return s.render((*Field).standard) })
	s.portable = sync.OnceValue(func() json.RawMessage { return s.render((*Field).portable) })
	return s, nil
}

// fields lists the fields of t, those of embedded structs in their place.
func (c *Compiler) fields(t reflect.Type) ([]*Field, error) {
	if known, ok := c.known[t]; ok {
		return known, nil
	}
	rules := rulesOf(t)
	var fields []*Field
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			embedded, err := c.fields(f.Type)
			if err != nil {
				return nil, err
			}
			fields = append(fields, embedded...)
			continue
		}
		field, err := newField(f, rules)
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", t.Name(), f.Name, err)
		}
		fields = append(fields, field)
	}
	if c.known == nil {
		c.known = map[reflect.Type][]*Field{}
	}
	c.known[t] = fields
	return fields, nil
}

// rulesOf is the schema of t's own fields, as invopop reads their tags.
func rulesOf(t reflect.Type) *jsonschema.Schema {
	var own []reflect.StructField
	for i := range t.NumField() {
		if f := t.Field(i); !f.Anonymous && f.IsExported() {
			own = append(own, reflect.StructField{Name: f.Name, Type: f.Type, Tag: f.Tag})
		}
	}
	switch len(own) {
	case 0:
		return &jsonschema.Schema{Properties: jsonschema.NewProperties()}
	case t.NumField():
	default:
		t = reflect.StructOf(own)
	}
	reflector := jsonschema.Reflector{
		Anonymous:                  true,
		ExpandedStruct:             true,
		DoNotReference:             true,
		RequiredFromJSONSchemaTags: true,
	}
	return reflector.ReflectFromType(t)
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
func (s *Schema) render(dialect func(*Field) []byte) json.RawMessage {
	published := []byte(`{"type":"object","properties":{`)
	required := []string{}
	for i, f := range s.fields {
		if i > 0 {
			published = append(published, ',')
		}
		published = append(append(append(published, '"'), f.Name...), `":`...)
		published = append(published, dialect(f)...)
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

// standard is the field as published, rendered once for all requests that have
// it. It says what invopop has no word for: a type union for a nullable.
func (f *Field) standard() []byte {
	f.once.Do(func() {
		rules := f.rules
		if f.Nullable {
			union := *f.rules
			union.Type = ""
			union.Extras = map[string]any{"type": []string{f.Type, "null"}}
			if len(union.Enum) > 0 {
				union.Enum = append(slices.Clone(union.Enum), nil)
			}
			rules = &union
		}
		f.published = mustJSON(rules)
	})
	return f.published
}

// portable leaves out what some clients refuse: formats other than date-time.
func (f *Field) portable() []byte {
	rules := *f.rules
	if rules.Format != "date-time" {
		rules.Format = ""
	}
	return mustJSON(&rules)
}
