package schema

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// member is one name and raw value of a JSON object.
type member struct {
	name string
	// literal is the name as the client wrote it, with its quotes.
	literal json.RawMessage
	value   json.RawMessage
}

// readObject splits a JSON object into its members, in order, with duplicates.
// The values share the input's bytes, so no number loses a digit. A string that
// holds the object is accepted: some clients encode all arguments twice.
func readObject(raw json.RawMessage) ([]member, error) {
	raw = trim(raw)
	switch {
	case len(raw) == 0 || isNull(raw):
		return nil, nil
	case len(raw) > mostBytes:
		return nil, fmt.Errorf("arguments: must have at most %d bytes, has %d", mostBytes, len(raw))
	case !utf8.Valid(raw):
		return nil, errors.New("arguments: not valid UTF-8")
	}
	if inside, ok := jsonInString(raw, "{"); ok {
		raw = inside
	}
	if raw[0] != '{' {
		return nil, fmt.Errorf("arguments: expected a JSON object, got %s", kind(raw))
	}
	return membersOf(raw)
}

func membersOf(object json.RawMessage) (members []member, err error) {
	dec := decoder(object)
	if _, err := dec.ReadToken(); err != nil {
		return nil, notJSON(err)
	}
	for dec.PeekKind() != '}' {
		name, err := dec.ReadValue()
		if err != nil {
			return nil, notJSON(err)
		}
		literal := lastRead(object, dec, name)
		value, err := dec.ReadValue()
		if err != nil {
			return nil, notJSON(err)
		}
		if len(members) == mostMembers {
			return nil, fmt.Errorf("arguments: must have at most %d members, has more", mostMembers)
		}
		members = append(members, member{text(literal), literal, lastRead(object, dec, value)})
	}
	if _, err := dec.ReadToken(); err != nil {
		return nil, notJSON(err)
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, errors.New("arguments: more than one JSON value")
	}
	return members, nil
}

// lastRead returns the value that dec has just read from input. It shares the
// input's bytes, which outlive the decoder's.
func lastRead(input json.RawMessage, dec *jsontext.Decoder, value jsontext.Value) json.RawMessage {
	end := dec.InputOffset()
	return input[end-int64(len(value)) : end : end]
}

// kind names the type of a JSON value. It does not repeat the value: a string may
// hold a password.
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
	var syntax *jsontext.SyntacticError
	if errors.As(err, &syntax) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("arguments: not valid JSON near byte %d", syntax.ByteOffset)
	}
	return errors.New("arguments: not valid JSON, it ends too early")
}
