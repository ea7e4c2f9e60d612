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
	root.Version = "" // several clients drop a tool whose schema names a dialect

	s := &Schema{byName: map[string]*Field{}}
	for _, f := range structFields(t) {
		field, err := newField(f, root)
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", t.Name(), f.Name, err)
		}
		s.fields = append(s.fields, field)
		s.byName[field.Name] = field
	}
	return s, s.publish(root)
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
	if name == "" || !ok {
		return nil, fmt.Errorf("no json name")
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

// publish renders both profiles. invopop has no word for a type union, so the
// standard profile gets it from the fields' nullability here.
func (s *Schema) publish(root *jsonschema.Schema) (err error) {
	if s.portable, err = s.render(root, (*Field).portable); err != nil {
		return err
	}
	s.standard, err = s.render(root, (*Field).standard)
	return err
}

func (s *Schema) render(root *jsonschema.Schema, dialect func(*Field) *jsonschema.Schema) (json.RawMessage, error) {
	published := *root
	published.Properties = jsonschema.NewProperties()
	for _, f := range s.fields {
		published.Properties.Set(f.Name, dialect(f))
	}
	data, err := json.Marshal(&published)
	if err != nil {
		return nil, fmt.Errorf("render schema: %w", err)
	}
	return data, nil
}

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
