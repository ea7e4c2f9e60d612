package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// field is a length-delimited field of that number; its parts are shorter than
// 128 bytes together.
func field(number byte, parts ...string) string {
	text := strings.Join(parts, "")
	return string([]byte{number<<3 | 2, byte(len(text))}) + text
}

func TestSpans(t *testing.T) {
	span := field(2, "anything")
	scope := field(1, "its name")
	resource := field(1, "attributes", field(2, "no span"))
	for _, c := range []struct {
		name, request string
		want          int
	}{
		{"nothing", "", 0},
		{"one", field(1, resource, field(2, scope, span)), 1},
		{"in every place", field(1, field(2, span, span, scope), field(2, span)) + field(1, field(2, span)), 4},
		{"no spans", field(1, resource, field(2, scope)), 0},
		{"an empty span", field(1, field(2, field(2))), 1},
		{"another field", field(3, field(2, span)), 0},
		{"broken off", field(1, field(2, span)) + field(1, field(2, span))[:9], 1},
		{"a length that is too long for an int", "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 0},
		{"no protobuf", "spans", 0},
	} {
		if got := spans([]byte(c.request)); got != c.want {
			t.Errorf("%s: %d spans, want %d", c.name, got, c.want)
		}
	}
}

func TestSinkCountsByPath(t *testing.T) {
	server := httptest.NewServer(&sink{spans: map[string]int{}})
	defer server.Close()
	two := field(1, field(2, field(2, "a"), field(2, "b")))
	for _, c := range []struct{ post, path, body, want string }{
		{http.MethodGet, "/all/v1/traces", "", "0"},
		{http.MethodPost, "/all/v1/traces", two, ""},
		{http.MethodPost, "/all/v1/traces", two, ""},
		{http.MethodPost, "/all/v1/metrics", "numbers", ""},
		{http.MethodGet, "/all/v1/traces", "", "4"},
		{http.MethodGet, "/tracing/v1/traces", "", "0"},
	} {
		req, err := http.NewRequest(c.post, server.URL+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := server.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK || string(got) != c.want {
			t.Errorf("%s %s: %d %q, %v, want %q", c.post, c.path, resp.StatusCode, got, err, c.want)
		}
	}
}
