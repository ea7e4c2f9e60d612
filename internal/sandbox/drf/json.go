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
	err := enc.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// Decode reads a JSON body. Numbers stay exact as [json.Number].
func Decode(body []byte) (v any, _ *Error) {
	if !utf8.Valid(body) {
		at := bytes.IndexFunc(body, func(r rune) bool { return r == utf8.RuneError })
		return nil, unreadable("'utf-8' codec can't decode byte 0x%02x in position %d: invalid start byte", body[at], at)
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	err := dec.Decode(&v)
	at := dec.InputOffset()
	syntax, isSyntax := errors.AsType[*json.SyntaxError](err)
	switch {
	case isSyntax && syntax.Offset > 0:
		at = syntax.Offset - 1
	case errors.Is(err, io.ErrUnexpectedEOF):
		at = int64(len(body))
	}
	if err != nil {
		return nil, malformed("Expecting value", body, at)
	}
	// Not dec.More, which takes a closing bracket for an end.
	if rest := bytes.TrimLeft(body[at:], " \t\r\n"); len(rest) > 0 {
		return nil, malformed("Extra data", body, int64(len(body)-len(rest)))
	}
	return v, nil
}

func malformed(what string, body []byte, at int64) *Error {
	before := body[:min(at, int64(len(body)))]
	line, column := bytes.Count(before, []byte("\n"))+1, len(before)-bytes.LastIndexByte(before, '\n')
	return unreadable("%s: line %d column %d (char %d)", what, line, column, len(before))
}

func unreadable(format string, args ...any) *Error {
	return Bad(http.StatusBadRequest, "parse_error", fmt.Sprintf("JSON parse error - "+format, args...))
}

// Object is the body as an object, or the 400 for another kind of JSON.
func Object(v any) (map[string]any, *Error) {
	if m, ok := v.(map[string]any); ok {
		return m, nil
	}
	return nil, Invalid("", "Invalid data. Expected a dictionary, but got "+TypeName(v)+".")
}
