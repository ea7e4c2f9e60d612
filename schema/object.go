package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// member is one name and raw value of a JSON object.
type member struct {
	name  string
	value json.RawMessage
}

// readObject splits a JSON object into its members, in order, duplicates kept.
// The values are the input's own bytes, so no number loses a digit.
func readObject(raw json.RawMessage) ([]member, error) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || isNull(raw) {
		return nil, nil
	}
	if !utf8.Valid(raw) {
		return nil, errors.New("arguments: not valid UTF-8")
	}
	if raw[0] != '{' {
		return nil, fmt.Errorf("arguments: expected a JSON object, got %s", kind(raw))
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	if _, err := dec.Token(); err != nil {
		return nil, notJSON(err)
	}
	var members []member
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, notJSON(err)
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, notJSON(err)
		}
		members = append(members, member{name.(string), value})
	}
	if _, err := dec.Token(); err != nil {
		return nil, notJSON(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("arguments: more than one JSON value")
	}
	return members, nil
}

// kind names a JSON value without repeating it: arguments that were encoded
// twice are a string that may hold a password.
func kind(raw json.RawMessage) string {
	switch raw[0] {
	case '"':
		return "a string"
	case '[':
		return "an array"
	}
	return "a bare value"
}

func notJSON(err error) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("arguments: not valid JSON near byte %d", syntax.Offset)
	}
	return errors.New("arguments: not valid JSON, it ends too early")
}
