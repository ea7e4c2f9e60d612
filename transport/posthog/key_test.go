package posthog

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

func TestParseKey(t *testing.T) {
	for _, tc := range []struct{ in, refusal string }{
		{"phx_fake0000", ""},
		{"pha_fake0000", ""},
		{"fakeOldKeyWithoutPrefix-_", ""},
		{"12345678", ""},
		{strings.Repeat("k", 256), ""},
		{"phc_fake0000", "project token"},
		{"phs_fake0000", "project secret"},
		{"phr_fake0000", "refresh token"},
		{"", "0 characters"},
		{"1234567", "7 characters"},
		{strings.Repeat("k", 257), "257 characters"},
		{"phx_fake0000\n", "newline"},
		{" phx_fake0000", "space"},
		{`"phx_fake0000"`, "quote"},
		{"phx_fäke0000", "only letters"},
		{"phx_fake\x0000", "only letters"},
		{"Bearer phx_fake0000", "only letters"},
	} {
		got, err := ParseKey(tc.in)
		if tc.refusal == "" {
			if err != nil || got.Reveal() != tc.in {
				t.Errorf("ParseKey(%q) = %q, %v", tc.in, got.Reveal(), err)
			}
			continue
		}
		if err == nil || got.Reveal() != "" || !strings.Contains(err.Error(), tc.refusal) {
			t.Errorf("ParseKey(%q) = %q, %v; want an error that says %q", tc.in, got.Reveal(), err, tc.refusal)
		}
	}
}

func TestParseKeyNeverEchoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.StringMatching(`(phc_|phs_|phr_|phx_)?[a-z0-9]{12}[ \n!é]?`).Draw(t, "key")
		if _, err := ParseKey(secret); err != nil && strings.Contains(err.Error(), strings.TrimSpace(secret)) {
			t.Fatalf("%v", err)
		}
	})
}

func TestOAuth(t *testing.T) {
	for key, want := range map[Key]bool{"pha_fake0000": true, "phx_fake0000": false, "fake_pha_0000": false} {
		if key.OAuth() != want {
			t.Errorf("%q: %v", key.Reveal(), !want)
		}
	}
}

// No way of printing shows a key, or one inside another value.
func TestKeyIsRedacted(t *testing.T) {
	var out bytes.Buffer
	ctx := WithKey(context.Background(), testKey)
	options := Options{Key: testKey}
	for _, v := range []any{testKey, ptr(testKey), []Key{testKey}, map[string]Key{"k": testKey}, options, &options, New(options), *New(options).key, ctx} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		slog.New(slog.NewTextHandler(&out, nil)).Info("m", "v", v)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "v", v)
	}
	for _, v := range []any{testKey, ptr(testKey), []Key{testKey}, map[string]Key{"k": testKey}} {
		encoded, err := json.Marshal(v)
		if err != nil || !strings.Contains(string(encoded), redacted) {
			t.Errorf("json of %T: %s, %v", v, encoded, err)
		}
		out.Write(encoded)
	}
	encoded, err := xml.Marshal(testKey)
	if err != nil {
		t.Error(err)
	}
	out.Write(encoded)
	fmt.Fprintln(&out, testKey.String())
	for _, secret := range []string{testKey.Reveal(), fmt.Sprintf("%x", testKey.Reveal()), fmt.Sprintf("%X", testKey.Reveal())} {
		if strings.Contains(out.String(), secret) {
			at := strings.Index(out.String(), secret)
			t.Errorf("%q was printed: %s", secret, out.String()[max(0, at-60):at])
		}
	}
}

func ptr[T any](v T) *T { return &v }

func TestWhoseKey(t *testing.T) {
	srv := httptest.NewServer(echoKey)
	defer srv.Close()
	for _, tc := range []struct {
		name string
		own  Key
		ctx  func(context.Context) context.Context
		want string
	}{
		{"the client's", testKey, nil, "Bearer " + testKey.Reveal()},
		{"the caller's wins", testKey, func(ctx context.Context) context.Context { return WithKey(ctx, "pha_fake1111") }, "Bearer pha_fake1111"},
		{"the caller's alone", "", func(ctx context.Context) context.Context { return WithKey(ctx, "pha_fake1111") }, "Bearer pha_fake1111"},
		{"an empty one does not borrow", testKey, func(ctx context.Context) context.Context { return WithKey(ctx, "") }, "no key"},
		{"none", "", nil, "no key"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, _ := client(t, srv.URL)
			c.key = &tc.own
			ctx := t.Context()
			if tc.ctx != nil {
				ctx = tc.ctx(ctx)
			}
			res, err := c.Do(ctx, read())
			got := fmt.Sprint(err)
			if err == nil {
				got = backwards(string(res.Body))
			}
			if !strings.HasPrefix(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// echoKey answers with the header reversed, since the client would redact the key
// itself.
var echoKey = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	fmt.Fprint(w, backwards(r.Header.Get("Authorization")))
})

func backwards(s string) string {
	runes := []rune(s)
	slices.Reverse(runes)
	return string(runes)
}

// Callers share connections and buffers, but never keys or answers.
func TestParallelCallers(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for range 50 { // long enough to be chunked
			fmt.Fprintln(w, backwards(r.Header.Get("Authorization")), strings.Repeat("x", 100))
		}
	}))
	defer srv.Close()
	c, _ := client(t, srv.URL)
	defer c.CloseIdle()
	var wg sync.WaitGroup
	for i := range 400 {
		wg.Go(func() {
			key := Key(fmt.Sprintf("phx_fake%04d", i))
			r := write()
			if i%2 == 0 {
				r = read()
			}
			res, err := c.Do(WithKey(t.Context(), key), r)
			if err != nil || strings.Count(string(res.Body), backwards("Bearer "+key.Reveal())+" ") != 50 || strings.Count(string(res.Body), backwards("Bearer ")) != 50 {
				t.Errorf("caller %d got %v", i, err)
			}
		})
	}
	wg.Wait()
}
