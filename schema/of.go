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
	s.standard = sync.OnceValue(func() json.RawMessage { return s.render((*Field).listed) })
	s.whole = sync.OnceValue(func() json.RawMessage { return s.render((*Field).whole) })
	s.portable = sync.OnceValue(func() json.RawMessage { return s.render((*Field).portable) })
	return s, nil
}

// clearing returns a copy of f whose choices are the names of the nullable
// arguments. Other requests share f but have other arguments.
func (f *Field) clearing(fields []*Field) *Field {
	own, rules, items := &Field{
		Name: f.Name, Type: f.Type, Description: f.Description, In: f.In, Clears: true, Most: len(fields), expect: f.expect,
		published: f.published,
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
			if f.Tag.Get("arg") == "unlisted" {
				embedded = unlisted(embedded)
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

// unlisted returns copies of the fields that are not published. Other requests
// publish the same fields.
func unlisted(fields []*Field) []*Field {
	copies := make([]*Field, len(fields))
	for i, f := range fields {
		own := *f
		own.Unlisted, copies[i] = true, &own
	}
	return copies
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
	field.published = sync.OnceValue(field.standard)
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
	for word := range strings.SplitSeq(tag, ",") {
		place, in := strings.CutPrefix(word, "in=")
		number, most := strings.CutPrefix(word, "most=")
		switch {
		case word == "":
		case in:
			f.In = place
		case most:
			n, err := strconv.Atoi(number)
			if err != nil || n < 1 {
				return fmt.Errorf("most=%s is no bound", number)
			}
			f.Most = n
		case word == "filled":
			f.Filled = true
		case word == "clears":
			f.Clears = true
		case word == "unlisted":
			f.Unlisted = true
		case word == "quiet":
			f.Quiet = true
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
