package jsonrpc

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// message is the shape in which mcp-go sends a result.
type message struct {
	ID     string `json:"id"`
	Result struct {
		Content []struct {
			Text string `json:"text"`
		} `json:"content"`
		StructuredContent json.RawMessage `json:"structuredContent"`
	} `json:"result"`
}

func send(ctx context.Context, t interface{ Fatal(...any) }, id, text string, object []byte) []byte {
	var m message
	m.ID = id
	m.Result.Content = make([]struct {
		Text string `json:"text"`
	}, 1)
	m.Result.Content[0].Text, m.Result.StructuredContent = Put(ctx, text, object)
	data, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// However a result looks, it arrives as if it had been encoded in place.
func TestFilledLikeEncoded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		id := rapid.String().Draw(t, "id")
		object, err := json.Marshal(map[string]string{rapid.String().Draw(t, "name"): rapid.String().Draw(t, "value")})
		if err != nil {
			t.Fatal(err)
		}
		ctx, slot := With(context.Background())
		filled := slot.fill(send(ctx, t, id, text, object))
		plain := send(context.Background(), t, id, text, object)
		var got, want any
		if err := json.Unmarshal(filled, &got); err != nil {
			t.Fatalf("%q: %v", filled, err)
		}
		if err := json.Unmarshal(plain, &want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-encoded +filled):\n%s", diff)
		}
	})
}

// A message without a result, an error for one, passes as it is.
func TestNothingToFill(t *testing.T) {
	ctx, slot := With(context.Background())
	plain := []byte(`{"error":"x"}`)
	if got := slot.fill(plain); string(got) != string(plain) {
		t.Errorf("%s", got)
	}
	Put(ctx, "text", []byte("{}"))
	if got := slot.fill(plain); string(got) != string(plain) {
		t.Errorf("%s", got)
	}
}

// A tool that first asks and then answers leaves results twice under one
// context: the last one is written. A message that says neither has none of
// them, to the byte.
func TestLastResultIsWritten(t *testing.T) {
	ctx, slot := With(context.Background())
	send(ctx, t, "1", "a draft", []byte(`{"draft":true}`))
	asking := []byte(`{"result":{"content":[],"inputRequests":{"confirm":{}},"requestState":"\u003c","resultType":"input_required"}}`)
	if got := slot.fill(asking); string(got) != string(asking) {
		t.Errorf("%s", got)
	}
	got := slot.fill(send(ctx, t, "1", "", []byte(`{"a":1}`)))
	if want := `{"id":"1","result":{"content":[{"text":"{\"a\":1}"}],"structuredContent":{"a":1}}}`; string(got) != want {
		t.Errorf("%s, want %s", got, want)
	}
}
