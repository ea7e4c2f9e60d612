// Package drf imitates Django REST framework with PostHog's exception handler: errors, and serializers as tables of fields.
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
	// Type is a kind of errors, such as validation_error.
	Type   string `json:"type"`
	Code   string `json:"code"`   // the reason for programs
	Detail string `json:"detail"` // the sentence for people
	// Attr is the field at fault, or nil; nested names are joined with two underscores.
	Attr       *string `json:"attr"`
	Extra      any     `json:"extra,omitempty"` // an addition of some exceptions; nil for none
	RetryAfter int     `json:"-"`               // in whole seconds; 0 for none
}

// Error returns the sentence with its code, for test output.
func (e *Error) Error() string { return fmt.Sprintf("%d %s: %s", e.Status, e.Code, e.Detail) }

var types = map[int]string{
	http.StatusBadRequest: "validation_error", http.StatusUnauthorized: "authentication_error", http.StatusForbidden: "authentication_error",
	http.StatusTooManyRequests: "throttled_error", http.StatusPaymentRequired: "server_error",
}

// New returns an error. Its type follows from the status.
func New(status int, code, detail string) *Error {
	kind := types[status]
	switch {
	case status >= http.StatusInternalServerError:
		kind = "server_error"
	case kind == "":
		kind = "invalid_request"
	}
	return &Error{Status: status, Type: kind, Code: code, Detail: detail}
}

// Rejected returns a 400 about one field; an empty attr means none.
func Rejected(attr, code, detail string) *Error {
	e := New(http.StatusBadRequest, code, detail)
	if attr != "" {
		e.Attr = &attr
	}
	return e
}

// Invalid returns a 400 with PostHog's code of plain validation errors.
func Invalid(attr, detail string) *Error { return Rejected(attr, "invalid_input", detail) }

// Denied returns a 403.
func Denied(detail string) *Error { return New(http.StatusForbidden, "permission_denied", detail) }

// Missing returns a 404. The framework's own sentence is "Not found.".
func Missing(detail string) *Error { return New(http.StatusNotFound, "not_found", detail) }

// Crashed returns the error of an unhandled exception.
func Crashed() *Error {
	return New(http.StatusInternalServerError, "error", "A server error occurred.")
}

// Throttled returns a 429. The wait is rounded up to whole seconds.
func Throttled(wait time.Duration) *Error {
	seconds := int(math.Ceil(wait.Seconds()))
	unit := "seconds"
	if seconds == 1 {
		unit = "second"
	}
	e := New(http.StatusTooManyRequests, "throttled", fmt.Sprintf("Request was throttled. Expected available in %d %s.", seconds, unit))
	e.RetryAfter = seconds
	return e
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

// Decode reads a JSON body. Numbers stay exact as [json.Number]. The reason in an error is Go's, not Python's.
func Decode(body []byte) (v any, _ *Error) {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	err := dec.Decode(&v)
	if err == nil {
		// dec.More would take a closing bracket for the end.
		if _, end := dec.Token(); !errors.Is(end, io.EOF) {
			err = errors.New("extra data")
		}
	}
	if !utf8.Valid(body) {
		err = errors.New("invalid UTF-8")
	}
	if err == nil {
		return v, nil
	}
	e := New(http.StatusBadRequest, "parse_error", "JSON parse error - "+err.Error())
	e.Type = "invalid_request"
	return nil, e
}

// Object returns the body as an object, or a 400 for other JSON.
func Object(v any) (map[string]any, *Error) {
	if m, ok := v.(map[string]any); ok {
		return m, nil
	}
	return nil, Invalid("", "Invalid data. Expected a dictionary, but got "+TypeName(v)+".")
}
