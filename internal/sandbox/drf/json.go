package drf

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
	"unicode/utf8"
)

// A Time is a moment as the API writes it: UTC, a Z, microseconds only when
// there are any.
type Time struct{ time.Time }

// MarshalJSON writes the moment in quotes.
func (t Time) MarshalJSON() ([]byte, error) {
	layout := `"2006-01-02T15:04:05Z"`
	if t.Nanosecond()/int(time.Microsecond) != 0 {
		layout = `"2006-01-02T15:04:05.000000Z"`
	}
	return t.UTC().AppendFormat(nil, layout), nil
}

// Encode writes v as the API's renderer does: compact, HTML characters as
// they are.
func Encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// Decode reads a JSON body; an empty one is an empty object. Numbers stay
// exact as [json.Number].
func Decode(body []byte) (any, *Error) {
	if len(body) == 0 {
		return map[string]any{}, nil
	}
	if !utf8.Valid(body) {
		return nil, notUTF8(body)
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, parseError(body, dec.InputOffset(), err)
	}
	// Not dec.More, which takes a closing bracket for an end.
	read := dec.InputOffset()
	if rest := bytes.TrimLeft(body[read:], " \t\r\n"); len(rest) > 0 {
		return nil, malformed("Extra data", body, int64(len(body)-len(rest)))
	}
	return v, nil
}

// notUTF8 is Python's complaint about the first byte that is no UTF-8.
func notUTF8(body []byte) *Error {
	at := 0
	for {
		r, size := utf8.DecodeRune(body[at:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		at += size
	}
	return Bad(http.StatusBadRequest, "parse_error",
		fmt.Sprintf("JSON parse error - 'utf-8' codec can't decode byte 0x%02x in position %d: invalid start byte", body[at], at))
}

func parseError(body []byte, at int64, err error) *Error {
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok && syntax.Offset > 0 {
		at = syntax.Offset - 1
	} else if errors.Is(err, io.ErrUnexpectedEOF) {
		at = int64(len(body))
	}
	return malformed("Expecting value", body, at)
}

func malformed(what string, body []byte, at int64) *Error {
	at = min(at, int64(len(body)))
	before := body[:at]
	line := bytes.Count(before, []byte("\n")) + 1
	column := int(at) - bytes.LastIndexByte(before, '\n')
	return Bad(http.StatusBadRequest, "parse_error",
		fmt.Sprintf("JSON parse error - %s: line %d column %d (char %d)", what, line, column, at))
}

// Object is the body as an object, or the 400 for another kind of JSON.
func Object(v any) (map[string]any, *Error) {
	if m, ok := v.(map[string]any); ok {
		return m, nil
	}
	return nil, Invalid("", "Invalid data. Expected a dictionary, but got "+TypeName(v)+".")
}
