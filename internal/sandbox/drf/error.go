// Package drf imitates Django REST framework with PostHog's exception handler: its errors, and serializers whose
// fields are rows of a table.
package drf

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"time"
	"unicode/utf8"
)

// An Error is an exception in PostHog's envelope. Only one is ever reported, the first in serializer order.
type Error struct {
	Status int `json:"-"` // the HTTP status
	// Type is one of validation_error, authentication_error, invalid_request, throttled_error and server_error; a
	// crossed resource limit has its own.
	Type   string `json:"type"`
	Code   string `json:"code"`   // the reason for programs
	Detail string `json:"detail"` // the sentence for people
	// Attr is the field at fault; nested names are joined with two underscores. It is nil if the error is not about
	// one field.
	Attr       *string `json:"attr"`
	Extra      any     `json:"extra,omitempty"` // an addition of some exceptions; nil for none
	RetryAfter int     `json:"-"`               // in whole seconds; 0 for none
}

// Error returns the sentence with its code, for test output.
func (e *Error) Error() string { return fmt.Sprintf("%d %s: %s", e.Status, e.Code, e.Detail) }

// Rejected returns a 400 about one field; an empty attr means none.
func Rejected(attr, code, detail string) *Error {
	e := &Error{Status: http.StatusBadRequest, Type: "validation_error", Code: code, Detail: detail}
	if attr != "" {
		e.Attr = &attr
	}
	return e
}

// Invalid returns a 400 with PostHog's code of plain validation errors.
func Invalid(attr, detail string) *Error { return Rejected(attr, "invalid_input", detail) }

// Denied returns a 403.
func Denied(detail string) *Error {
	return &Error{Status: http.StatusForbidden, Type: "authentication_error", Code: "permission_denied", Detail: detail}
}

// Unauthenticated returns a 401.
func Unauthenticated(code, detail string) *Error {
	return &Error{Status: http.StatusUnauthorized, Type: "authentication_error", Code: code, Detail: detail}
}

// NotFound returns a 404 with the framework's own sentence.
func NotFound() *Error { return Missing("Not found.") }

// Missing returns a 404 with another sentence.
func Missing(detail string) *Error { return Bad(http.StatusNotFound, "not_found", detail) }

// Bad returns the error of a request that cannot be served: 400 before validation, 404, 405, 406, 413, 415.
func Bad(status int, code, detail string) *Error {
	return &Error{Status: status, Type: "invalid_request", Code: code, Detail: detail}
}

// Failed returns any other exception: payment, quota, conflict, 5xx.
func Failed(status int, code, detail string) *Error {
	return &Error{Status: status, Type: "server_error", Code: code, Detail: detail}
}

// Crashed returns the error of an unhandled exception.
func Crashed() *Error {
	return Failed(http.StatusInternalServerError, "error", "A server error occurred.")
}

// Throttled returns a 429. The wait is rounded up to whole seconds.
func Throttled(wait time.Duration) *Error {
	seconds := int(math.Ceil(wait.Seconds()))
	detail := fmt.Sprintf("Request was throttled. Expected available in %d seconds.", seconds)
	if seconds == 1 {
		detail = "Request was throttled. Expected available in 1 second."
	}
	return &Error{Status: http.StatusTooManyRequests, Type: "throttled_error", Code: "throttled", Detail: detail, RetryAfter: seconds}
}

// A Time is a time as the API writes it: in UTC with a Z, and with microseconds unless they are zero.
type Time struct{ time.Time }

// MarshalJSON writes the time in quotes.
func (t Time) MarshalJSON() ([]byte, error) {
	layout := `"2006-01-02T15:04:05Z"`
	if t.Nanosecond()/int(time.Microsecond) != 0 {
		layout = `"2006-01-02T15:04:05.000000Z"`
	}
	return t.UTC().AppendFormat(nil, layout), nil
}

// Encode writes v as the API's renderer does: compact, without escapes of HTML.
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
	// dec.More would take a closing bracket for the end.
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

// Object returns the body as an object, or a 400 for other JSON.
func Object(v any) (map[string]any, *Error) {
	if m, ok := v.(map[string]any); ok {
		return m, nil
	}
	return nil, Invalid("", "Invalid data. Expected a dictionary, but got "+TypeName(v)+".")
}
