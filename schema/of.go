package schema

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/invopop/jsonschema"
)

// Of compiles one request struct: see [Compiler.Of].
func Of(request any) (*Schema, error) { return new(Compiler).Of(request) }

// Compiler compiles request structs. It reads a struct that several of them
// embed only once, because reading tags takes most of the start-up. The zero
// value is ready for use by one goroutine.
type Compiler struct{ known map[reflect.Type][]*Field }

// Of compiles a request struct and appends the arguments of the further ones. It
// fails on a struct that cannot be published or checked, so that a bad
// declaration stops the start-up and not a conversation.
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
	for i, f := range fields {
		if s.byName[f.Name] != nil {
			return nil, fmt.Errorf("the argument %s is declared twice", f.Name)
		}
		if f.Clears {
			f = f.clearing(fields)
			fields[i] = f
		}
		s.byName[f.Name] = f
	}
	s.standard = sync.OnceValue(func() json.RawMessage { return s.render((*Field).standard) })
	s.portable = sync.OnceValue(func() json.RawMessage { return s.render((*Field).portable) })
	return s, nil
}

// clearing returns a copy of f whose choices are the names of the nullable
// arguments. Other requests share f but have other arguments.
func (f *Field) clearing(fields []*Field) *Field {
	own, rules, items := &Field{
		Name: f.Name, Type: f.Type, Description: f.Description, In: f.In, Clears: true, Most: len(fields), expect: f.expect,
	}, *f.rules, *f.rules.Items
	items.Enum = nil
	for _, other := range fields {
		if other.Nullable {
			own.Enum = append(own.Enum, other.Name)
			items.Enum = append(items.Enum, other.Name)
		}
	}
	rules.Items, own.rules = &items, &rules
	return own
}

// fields lists the fields of t. An embedded struct is replaced by its fields.
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

// rulesOf returns the schema of t's own fields, as invopop reads their tags.
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
	if err := errors.Join(field.readTag(f.Tag.Get("arg")), field.readMatch(f.Tag.Get("match"))); err != nil {
		return nil, err
	}
	if field.Clears && field.Type != "array" {
		return nil, fmt.Errorf("an argument that clears has to be a list of names")
	}
	field.Most = cmp.Or(field.Most, field.bound())
	return field, nil
}

// readMatch compiles the pattern that a string must match: the unpublished one,
// or else the published one.
func (f *Field) readMatch(unpublished string) (err error) {
	if pattern := cmp.Or(unpublished, f.rules.Pattern); pattern != "" {
		f.match, err = regexp.Compile(pattern)
	}
	return err
}

// plainName reports whether every client accepts name as an argument's name.
func plainName(name string) bool {
	return name != "" && strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

func (f *Field) readTag(tag string) error {
	flags := map[string]*bool{"filled": &f.Filled, "clears": &f.Clears, "secret": &f.Secret, "segment": &f.Segment, "numeric": &f.Numeric}
	for word := range strings.SplitSeq(tag, ",") {
		name, value, _ := strings.Cut(word, "=")
		switch flag := flags[word]; {
		case word == "":
		case flag != nil:
			*flag = true
		case name == "in":
			f.In = value
		case name == "most":
			n, err := strconv.Atoi(value)
			if err != nil || n < 1 {
				return fmt.Errorf("most=%s is no bound", value)
			}
			f.Most = n
		default:
			return fmt.Errorf("unknown word %q in the arg tag", word)
		}
	}
	return nil
}

// enumOf returns the allowed strings of a value, or of an array's items.
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

// render writes the schema in one dialect. It writes the root itself: the root is
// the same for every request, and invopop would need two more passes for it.
func (s *Schema) render(dialect func(*Field) []byte) json.RawMessage {
	var properties, required []string
	for _, f := range s.fields {
		property := dialect(f)
		if property == nil {
			continue
		}
		properties = append(properties, `"`+f.Name+`":`+string(property))
		if f.Required {
			required = append(required, f.Name)
		}
	}
	published := `{"type":"object","properties":{` + strings.Join(properties, ",") + "}"
	if required != nil {
		published += `,"required":` + string(mustJSON(required))
	}
	return json.RawMessage(published + `,"additionalProperties":false}`)
}

// mustJSON marshals a value that was read from struct tags, which cannot fail.
func mustJSON(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("schema: %v", err))
	}
	return data
}

// standard returns the field in the standard dialect, rendered once for all
// requests that have it. It adds the type union of a nullable field, which
// invopop cannot express. A field that clears others is left out: here the client
// can send null.
func (f *Field) standard() []byte {
	if f.Clears {
		return nil
	}
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

// portable returns the field in the portable dialect, which leaves out formats
// other than date-time and the empty string in an enum. Some clients refuse such
// formats; Gemini's models refuse every prompt for the empty string. Source:
// github.com/sbroenne/mcp-server-excel/issues/607.
func (f *Field) portable() []byte {
	if f.Clears && f.Enum == nil {
		return nil
	}
	rules := *f.rules
	if rules.Format != "date-time" {
		rules.Format = ""
	}
	rules.Enum = slices.DeleteFunc(slices.Clone(rules.Enum), func(v any) bool { return v == "" })
	return mustJSON(&rules)
}
