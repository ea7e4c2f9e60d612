package posthog

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/view"
)

// eachOf writes every character of the key in another way.
func eachOf(key Key, format string) string {
	var b strings.Builder
	for _, c := range key.Reveal() {
		fmt.Fprintf(&b, format, c)
	}
	return b.String()
}

// echoes are the forms in which an answer can contain the key.
func echoes(key Key) map[string]string {
	k := key.Reveal()
	base := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	return map[string]string{
		"as it is":            k,
		"a header":            "Authorization: Bearer " + k,
		"in capitals":         strings.ToUpper(k),
		"in another case":     strings.ToUpper(k[:7]) + k[7:],
		"twice":               k + k,
		"JSON, first":         fmt.Sprintf(`\u%04x`, k[0]) + k[1:],
		"JSON, all":           eachOf(key, `\u%04x`),
		"JSON, in capitals":   eachOf(key, `\u%04X`),
		"JSON in JSON":        eachOf(key, `\\u%04x`),
		"JSON, six deep":      eachOf(key, `\\\\\\u%04x`),
		"hexadecimal escapes": eachOf(key, `\\x%02x`),
		"a URL":               url.QueryEscape("Bearer " + k),
		"a URL, all":          eachOf(key, `%%%02X`),
		"a URL, twice":        eachOf(key, `%%25%02x`),
		"HTML":                eachOf(key, `&#%d;`),
		"HTML, hexadecimal":   eachOf(key, `&#x%x;`),
		"base64":              base("Bearer " + k),
		"base64, basic":       base(k + ":"),
		"base64, shifted":     base(".." + k),
		"base64, by two":      base("." + k),
		"hexadecimal":         hex.EncodeToString([]byte(k)),
		"HEXADECIMAL":         strings.ToUpper(hex.EncodeToString([]byte(k))),
		"hidden in between":   strings.Join(strings.Split(k, ""), "\u200b"),
		"hidden, escaped":     strings.Join(strings.Split(k, ""), `\u200b`),
		"a tag in between":    strings.Join(strings.Split(k, ""), `\udb40\udc41`),
		"a backspace":         k[:5] + `\b` + k[5:],
	}
}

// shows reports whether a reader can recover the key, or most of it, from text.
func shows(text string, key Key) bool {
	text = view.Text(text)
	for range 3 {
		if decoded, err := url.PathUnescape(text); err == nil {
			text = decoded
		}
	}
	forms := []string{key.Reveal()[:len(key)-2], hex.EncodeToString([]byte(key.Reveal()))[2:]}
	for _, before := range []string{"", ".", ".."} {
		coded := base64.RawStdEncoding.EncodeToString([]byte(before + key.Reveal()))
		forms = append(forms, coded[4:len(coded)-4])
	}
	for _, form := range forms {
		if strings.Contains(strings.ToLower(text), strings.ToLower(form)) {
			return true
		}
	}
	return strings.Count(text, `\u0`)+strings.Count(text, `\x`)+strings.Count(text, "&#") > 2
}

// No result of an echoed request contains a key, the caller's or the client's, in
// any form, on refusals and on successes.
func TestEchoedKey(t *testing.T) {
	const callers = Key("pha_Fake2222canary-0Zq")
	for name, key := range map[string]Key{"the server's": testKey, "the caller's": callers} {
		for way, echo := range echoes(key) {
			for _, status := range []int{200, 400, 403, 500} {
				body := fmt.Sprintf(`{"detail":"before %s after","id":7}`, echo)
				s := serveWire(t, end(fmt.Sprintf("HTTP/1.1 %d X\r\nContent-Type: text/%s\r\nContent-Length: %d\r\n\r\n%s", status, key.Reveal(), len(body), body)))
				c, _ := client(t, s.url)
				ctx := t.Context()
				if key == callers {
					ctx = WithKey(ctx, key)
				}
				r := write()
				if status == 200 {
					r.Keep = []string{"detail", "id"}
				}
				res, err := c.Do(ctx, r)
				if err != nil {
					t.Fatal(err)
				}
				got := string(res.Body) + res.ContentType
				if shows(got, key) || !strings.HasPrefix(got, `{"detail":"before `) || !strings.Contains(got, ` after","id":7}`) || !strings.Contains(got, redacted) {
					t.Errorf("%s key, %s, %d: %s", name, way, status, got)
				}
			}
		}
	}
}

// A redirect's host and a certificate's names go into errors.
func TestKeyInRedirect(t *testing.T) {
	s := serveWire(t, status(302, "Location: https://"+testKey.Reveal()+".evil.example/"+testKey.Reveal()))
	c, _ := client(t, s.url)
	_, err := c.Do(t.Context(), read())
	f, ok := errors.AsType[*engine.Failure](err)
	if !ok || f.Target != "[redacted].evil.example" {
		t.Errorf("%+v", err)
	}
}

type failing struct{ error }

func (f failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.error }

func TestKeyInError(t *testing.T) {
	c, _ := client(t, "http://127.0.0.1")
	carry(c, failing{&net.DNSError{Err: "no such host " + testKey.Reveal(), Name: "x"}})
	if _, err := c.Do(t.Context(), write()); err == nil || strings.Contains(err.Error(), "canary") {
		t.Errorf("%v", err)
	}
}

// Text without a key is returned itself, not as a copy.
func TestNothingToRedact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SliceOf(rapid.Byte()).Draw(t, "text")
		got := newSecret(testKey).remove(text)
		if len(got) != len(text) || len(text) > 0 && &got[0] != &text[0] {
			t.Errorf("%q became %q", text, got)
		}
	})
}

// The key is found at every position, in any mixture of escapes.
func TestRedact(t *testing.T) {
	ways := []string{"%c", "%c", `\u%04x`, `\\u%04X`, "%%%02x", "&#%d;", "%c\u200b", `%c\u00ad`}
	rapid.Check(t, func(t *rapid.T) {
		var echo strings.Builder
		for _, c := range testKey.Reveal() {
			way := rapid.SampledFrom(ways).Draw(t, "way")
			fmt.Fprintf(&echo, way, c)
		}
		before, after := rapid.StringMatching(`[a-z"{}:, ]*`).Draw(t, "before"), rapid.StringMatching(`[A-Z"{}:, ]*`).Draw(t, "after")
		got := string(newSecret(testKey).remove([]byte(before + echo.String() + after)))
		if want := before + redacted; !strings.HasPrefix(got, want) || !strings.HasSuffix(got, after) || len(got) > len(want)+len(after)+len(`\u00ad`) {
			t.Errorf("%q became %q", echo.String(), got)
		}
	})
}

// Hostile text is not slow: every byte is read only a few times.
func TestRedactHostile(t *testing.T) {
	k := testKey.Reveal()
	for _, part := range []string{`\`, "%25", "%", "&#", k[:len(k)-1], `\u0070`, "p\u200b", "\u200b", "p", base64.StdEncoding.EncodeToString([]byte(k))[:9]} {
		newSecret(testKey).remove([]byte(strings.Repeat(part, maxAnswer/4/len(part))))
	}
}

func BenchmarkRedact(b *testing.B) {
	body := []byte(strings.Repeat(`{"id":1134,"title":"Weekly numbers","resource_name":"Dashboard","target_type":"email","byweekday":["monday"],"created_at":"2026-01-04T09:00:00Z","url":"https://us.posthog.com/project/2/dashboard/9"},`, 92))
	for name, text := range map[string][]byte{"plain": body, "peculiar": append([]byte(`\n`), body...)} {
		b.Run(name, func(b *testing.B) {
			s := newSecret("phx_0aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0uV1wX2yZ3aB4c")
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				s.remove(text)
			}
		})
	}
	b.Run("key", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			newSecret("phx_0aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0uV1wX2yZ3aB4c")
		}
	})
}
