// Package drf answers as Django REST framework does behind PostHog's exception
// handler: the error envelope, and serializers whose fields are rows of a table.
package drf

import (
	"fmt"
	"math"
	"net/http"
	"time"
)

// An Error is an exception in PostHog's envelope. Only one is ever reported,
// the first in serializer order.
type Error struct {
	// Status is the HTTP status.
	Status int `json:"-"`
	// Type is one of validation_error, authentication_error, invalid_request,
	// throttled_error and server_error; a crossed resource limit has its own.
	Type string `json:"type"`
	// Code is the machine-readable reason, Detail the sentence for people.
	Code   string `json:"code"`
	Detail string `json:"detail"`
	// Attr is the field at fault, nested names joined with two underscores;
	// nil when it is not about one field.
	Attr *string `json:"attr"`
	// Extra is what some exceptions add; nil for none.
	Extra any `json:"extra,omitempty"`
	// RetryAfter is in whole seconds; 0 for none.
	RetryAfter int `json:"-"`
}

// Error is the sentence with its code, for test output.
func (e *Error) Error() string { return fmt.Sprintf("%d %s: %s", e.Status, e.Code, e.Detail) }

// Rejected is a 400 about one field; an empty attr stands for none.
func Rejected(attr, code, detail string) *Error {
	e := &Error{Status: http.StatusBadRequest, Type: "validation_error", Code: code, Detail: detail}
	if attr != "" {
		e.Attr = &attr
	}
	return e
}

// Invalid is a 400 with the code that PostHog's handler gives plain
// validation errors.
func Invalid(attr, detail string) *Error { return Rejected(attr, "invalid_input", detail) }

// Denied is a 403.
func Denied(detail string) *Error {
	return &Error{Status: http.StatusForbidden, Type: "authentication_error", Code: "permission_denied", Detail: detail}
}

// Unauthenticated is a 401.
func Unauthenticated(code, detail string) *Error {
	return &Error{Status: http.StatusUnauthorized, Type: "authentication_error", Code: code, Detail: detail}
}

// NotFound is a 404 with the framework's own sentence, Missing one with another.
func NotFound() *Error { return Missing("Not found.") }

// Missing is a 404 with a sentence of its own.
func Missing(detail string) *Error { return Bad(http.StatusNotFound, "not_found", detail) }

// Bad is a request that cannot be served as it is: 400 before validation,
// 404, 405, 406, 413, 415.
func Bad(status int, code, detail string) *Error {
	return &Error{Status: status, Type: "invalid_request", Code: code, Detail: detail}
}

// Failed is every other exception: payment, quota, conflict, 5xx.
func Failed(status int, code, detail string) *Error {
	return &Error{Status: status, Type: "server_error", Code: code, Detail: detail}
}

// Crashed is the envelope of an exception that nobody handled.
func Crashed() *Error {
	return Failed(http.StatusInternalServerError, "error", "A server error occurred.")
}

// Throttled is a 429: how long to wait is rounded up to whole seconds.
func Throttled(wait time.Duration) *Error {
	seconds := int(math.Ceil(wait.Seconds()))
	detail := fmt.Sprintf("Request was throttled. Expected available in %d seconds.", seconds)
	if seconds == 1 {
		detail = "Request was throttled. Expected available in 1 second."
	}
	return &Error{Status: http.StatusTooManyRequests, Type: "throttled_error", Code: "throttled", Detail: detail, RetryAfter: seconds}
}
