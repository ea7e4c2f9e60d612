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

// Of compiles the structs that a request consists of. It fails on one that cannot be
// published or checked, so that a bad declaration stops the start-up and not a
// conversation.
func Of(parts ...any) (*Schema, error) {
	s := &Schema{byName: map[string]*Field{}}
	for _, part := range parts {
		fields, err := fieldsOf(part)
		if err != nil {
			return nil, err
		}
		s.fields = append(s.fields, fields...)
	}
	for _, f := range s.fields {
		if s.byName[f.Name] != nil {
			return nil, fmt.Errorf("the argument %s is declared twice", f.Name)
		}
		if f.Clears {
			f.clear(s.fields)
		}
		s.byName[f.Name] = f
	}
	s.standard = sync.OnceValue(func() json.RawMessage { return s.publish(Standard) })
	s.portable = sync.OnceValue(func() json.RawMessage { return s.publish(Portable) })
	return s, nil
}

// clear makes the names of the nullable arguments the choices of f.
func (f *Field) clear(fields []*Field) {
	f.Most = len(fields)
	for _, other := range fields {
		if other.Nullable {
			f.Enum = append(f.Enum, other.Name)
			f.rules.Items.Enum = append(f.rules.Items.Enum, other.Name)
		}
	}
	f.items.Enum = f.Enum
}

// fieldsOf lists the fields of a struct. An embedded struct is replaced by its fields.
func fieldsOf(request any) (fields []*Field, err error) {
	t := reflect.TypeOf(request)
	if t == nil || t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("a request is a struct, not %T", request)
	}
	reflector := jsonschema.Reflector{Anonymous: true, ExpandedStruct: true, DoNotReference: true, RequiredFromJSONSchemaTags: true}
	root := reflector.ReflectFromType(t)
	for _, f := range reflect.VisibleFields(t) {
		if f.Anonymous {
			continue
		}
		field, err := newField(f, root)
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", t.Name(), f.Name, err)
		}
		for at := 1; at < len(f.Index); at++ { // the structs around it
			field.Unlisted = field.Unlisted || t.FieldByIndex(f.Index[:at]).Tag.Get("arg") == "unlisted"
		}
		fields = append(fields, field)
	}
	return fields, nil
}

func newField(f reflect.StructField, root *jsonschema.Schema) (*Field, error) {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	rules, ok := root.Properties.Get(name)
	if !ok || !consists(name, alphanumeric+"_") { // which every client accepts
		return nil, errors.New("no json name of letters, digits and _")
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
	if err := errors.Join(field.readTags(f.Tag), field.refusal()); err != nil {
		return nil, err
	}
	if items := rules.Items; items != nil {
		field.Enum = enumOf(items)
		field.items = &Field{Type: items.Type, Enum: field.Enum, Most: mostInItem, rules: items}
	}
	field.Most = cmp.Or(field.Most, field.bound())
	return field, nil
}

// refusal returns why the field cannot be published or checked.
func (f *Field) refusal() error {
	switch rules := f.rules; {
	case !slices.Contains([]string{"string", "integer", "boolean", "array", "object"}, f.Type):
		return fmt.Errorf("type %q is not supported", f.Type)
	case rules.Format != "" && !f.IsTime() || rules.Pattern != "" || rules.MinItems != nil || rules.MaxItems != nil:
		return errors.New("a call is not checked against such a format, a published pattern and a number of items")
	case f.Type == "array" && (rules.Items == nil || rules.Items.Type == ""):
		return errors.New("an array needs typed items")
	case f.Clears && f.Type != "array":
		return errors.New("an argument that clears has to be a list of names")
	}
	return nil
}

// bound returns the limit that follows from the published rules; 0 for none.
func (f *Field) bound() int {
	switch {
	case f.Type == "object":
		return mostValues
	case f.Type != "string":
		return 0
	case f.rules.MaxLength != nil:
		return int(*f.rules.MaxLength)
	case f.Segment:
		return longestSegment
	case f.IsTime():
		return longestTime
	case f.Enum != nil:
		return len(slices.MaxFunc(f.Enum, func(a, b string) int { return len(a) - len(b) }))
	}
	return 0
}

func (f *Field) readTags(tags reflect.StructTag) (err error) {
	if pattern := tags.Get("match"); pattern != "" {
		f.match, err = regexp.Compile(pattern)
	}
	tag := tags.Get("arg")
	if tag == "" || err != nil {
		return err
	}
	flags := map[string]*bool{"filled": &f.Filled, "clears": &f.Clears, "secret": &f.Secret, "segment": &f.Segment,
		"numeric": &f.Numeric, "quiet": &f.Quiet, "unlisted": &f.Unlisted}
	for word := range strings.SplitSeq(tag, ",") {
		name, value, _ := strings.Cut(word, "=")
		switch flag := flags[word]; {
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

func enumOf(rules *jsonschema.Schema) (values []string) {
	for _, v := range rules.Enum {
		values = append(values, fmt.Sprint(v))
	}
	return values
}
