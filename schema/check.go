package schema

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Arguments are the checked arguments of one call.
type Arguments struct {
	// List holds what was given, in the caller's order, nulls that mean
	// "not given" left out.
	List []Argument
	// Ignored names the nullable arguments whose null was taken as "not given",
	// because another null in the call showed that the client pads every
	// optional argument. Empty when nothing that could have been meant is lost.
	Ignored []string
}

// Argument is one checked value.
type Argument struct {
	Field *Field
	// Raw is the value as JSON: the client's own bytes, unless the type asked
	// for normalising ("5" for an integer becomes 5).
	Raw json.RawMessage
}

// Get returns the raw value of an argument; nil when it was not given.
func (a *Arguments) Get(name string) json.RawMessage {
	for _, arg := range a.List {
		if arg.Field.Name == name {
			return arg.Raw
		}
	}
	return nil
}

// Text is the value without JSON's clothes, for a path or a query: a string's
// characters, any other value as it is written.
func (a Argument) Text() string {
	var s string
	if !bytes.HasPrefix(a.Raw, []byte(`"`)) || json.Unmarshal(a.Raw, &s) != nil {
		return string(a.Raw)
	}
	return s
}

// Check reads the raw arguments of a call: a JSON object, or nothing, or null.
// The error is a [Problems] with everything that is wrong, sorted.
func (s *Schema) Check(raw json.RawMessage) (*Arguments, error) {
	members, err := readObject(raw)
	if err != nil {
		return nil, Problems{{Text: err.Error()}}
	}
	var found Problems
	args := &Arguments{List: make([]Argument, 0, len(members))}
	padded := s.padded(members)
	seen := make(map[string]bool, len(members))
	for _, m := range members {
		field := s.byName[m.name]
		switch {
		case field == nil:
			found = append(found, s.unknown(m.name))
			continue
		case seen[m.name]:
			found = append(found, Problem{Field: m.name, Text: "given twice"})
			continue
		}
		seen[m.name] = true
		if isNull(m.value) {
			switch {
			case field.Required:
				delete(seen, m.name)
			case field.Nullable && padded:
				args.Ignored = append(args.Ignored, m.name)
			case field.Nullable:
				args.List = append(args.List, Argument{field, m.value})
			}
			continue
		}
		value, problem := field.check(m.value)
		if problem != "" {
			found = append(found, Problem{Field: m.name, Text: problem})
			continue
		}
		args.List = append(args.List, Argument{field, value})
	}
	for _, field := range s.fields {
		if field.Required && !seen[field.Name] {
			found = append(found, Problem{Field: field.Name, Text: field.missing()})
		}
	}
	if len(found) > 0 {
		return nil, found.sorted()
	}
	return args, nil
}

// padded tells whether the client fills every optional argument with null, as
// strict modes do: then some null stands where null has no meaning.
func (s *Schema) padded(members []member) bool {
	for _, m := range members {
		f := s.byName[m.name]
		if f != nil && !f.Nullable && !f.Required && isNull(m.value) {
			return true
		}
	}
	return false
}

func isNull(raw json.RawMessage) bool { return string(raw) == "null" }

// Notice says in one sentence which nulls were not taken as values; empty when
// there is nothing to say.
func (a *Arguments) Notice() string {
	if len(a.Ignored) == 0 {
		return ""
	}
	return `null was given for an argument that cannot be null, so every null in this call counted as "not given"; not cleared: ` +
		strings.Join(a.Ignored, ", ") + ". To clear one, send null for it alone."
}
