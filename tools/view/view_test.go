package view_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"
	"pgregory.net/rapid"

	"posthog-mcp/tools/view"
)

func TestObject(t *testing.T) {
	answer := gjson.Parse(`{"id":9007199254740993,"title":"a\u00e9","none":null,"list":[1, 2]}`)
	o := view.NewObject([]byte("before "))
	o.Raw("id", answer.Get("id"))
	o.Raw("title", answer.Get("title"))
	o.Raw("none", answer.Get("none"))
	o.Raw("absent", answer.Get("absent"))
	o.Text("text", "a\"b\n")
	o.Text("empty", "")
	o.Texts("texts", []string{"x", "y"})
	o.Texts("no_texts", nil)
	o.Number("number", -1)
	o.Flag("on", true)
	o.Flag("off", false)
	o.JSON("json", []byte(`{"a":1}`))
	want := `before {"id":9007199254740993,"title":"a\u00e9","text":"a\"b\n","texts":["x","y"],"number":-1,"on":true,"json":{"a":1}}`
	if diff := cmp.Diff(want, string(o.Bytes())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSelect(t *testing.T) {
	const object = `{"id":1,"title":"x","created_by":{"id":7,"email":"a@x.example"},"tiles":[{"id":1,"n":{"a":1.50}},{"id":2}],"deep":{"a":{"b":{"c":1}}}}`
	for _, c := range []struct {
		paths []string
		want  string
	}{
		{[]string{"id"}, `{"id":1}`},
		{[]string{"title", "id"}, `{"id":1,"title":"x"}`}, // PostHog's order
		{[]string{"created_by.email"}, `{"created_by":{"email":"a@x.example"}}`},
		{[]string{"created_by.email", "created_by"}, `{"created_by":{"id":7,"email":"a@x.example"}}`},
		{[]string{"created_by", "created_by.email"}, `{"created_by":{"id":7,"email":"a@x.example"}}`},
		{[]string{"tiles.id"}, `{"tiles":[{"id":1},{"id":2}]}`},
		{[]string{"tiles.n.a"}, `{"tiles":[{"n":{"a":1.50}},{}]}`},
		{[]string{"id.x"}, `{"id":1}`},
		{[]string{"nothing"}, `{}`},
		{nil, `{}`},
	} {
		fields, err := view.ParseFields(c.paths)
		if err != nil {
			t.Fatalf("%q: %v", c.paths, err)
		}
		if diff := cmp.Diff(c.want, string(fields.Select(nil, gjson.Parse(object)))); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.paths, diff)
		}
	}
	if fields, err := view.ParseFields([]string{"id", "*"}); err != nil || string(fields.Select(nil, gjson.Parse(object))) != object {
		t.Errorf("*: %v, %v", fields, err)
	}
	for _, bad := range []string{"", ".", "a.", ".a", "a..b"} {
		if _, err := view.ParseFields([]string{bad}); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}

func read(t interface{ Fatal(...any) }, text string) gjson.Result {
	document, err := view.Read([]byte(text))
	if err != nil || !document.Get("results").IsArray() {
		t.Fatal("no list", err)
	}
	return document
}

// whole shows items as they are.
var whole = view.Rows{Item: func(to []byte, item gjson.Result) []byte { return append(to, item.Raw...) }}

func show(page view.Page, list gjson.Result) []byte {
	o := view.NewObject(nil)
	page.Items = list.Get("results")
	page.Add(o, list)
	return o.Bytes()
}

func TestPage(t *testing.T) {
	page := view.Page{
		Rows: whole, Link: "/x/{id}", NarrowHint: "search",
	}
	for _, c := range []struct{ name, list, want string }{
		{"all of it", `{"count":2,"next":null,"previous":null,"results":[{"id":1},{"id":2}]}`, `{"count":2,"link":"/x/{id}","results":[{"id":1},{"id":2}]}`},
		{"none", `{"count":0,"next":null,"results":[]}`, `{"count":0,"results":[]}`},
		{"more", `{"count":312,"next":"https://x/?offset=2","results":[{"id":1},{"id":2}]}`, `{"notice":"2 of 312; next offset 2, or narrow with search","count":312,"next_offset":2,"link":"/x/{id}","results":[{"id":1},{"id":2}]}`},
	} {
		if diff := cmp.Diff(c.want, string(show(page, read(t, c.list)))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// For items of any size the result is valid JSON below the limit, and the next
// page begins with the first item that was left out.
func TestPageStaysSmall(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sizes := rapid.SliceOfN(rapid.IntRange(0, 15_000), 0, 40).Draw(t, "sizes")
		offset := rapid.Int64Range(0, 100).Draw(t, "offset")
		items := make([]string, len(sizes))
		for i, n := range sizes {
			items[i] = fmt.Sprintf(`{"id":%d,"text":%q}`, i, strings.Repeat("x", n))
		}
		list := `{"count":500,"next":null,"results":[` + strings.Join(items, ",") + `]}`
		page := view.Page{Rows: whole, Offset: offset, NarrowHint: "search"}
		shown := show(page, read(t, list))
		var got struct {
			Notice     string
			NextOffset *int64 `json:"next_offset"`
			Results    []struct{ ID int }
		}
		if err := json.Unmarshal(shown, &got); err != nil || len(shown) > 40_000 {
			t.Fatalf("%d bytes, %v", len(shown), err)
		}
		for i, r := range got.Results {
			if r.ID != i {
				t.Fatalf("item %d is %d", i, r.ID)
			}
		}
		if left := len(got.Results) < len(sizes); left != (got.NextOffset != nil) || left && (*got.NextOffset != offset+int64(len(got.Results)) || !strings.Contains(got.Notice, "fit into 40 KB")) {
			t.Fatalf("%d of %d items, next %v: %s", len(got.Results), len(sizes), got.NextOffset, got.Notice)
		}
	})
}
