package reload_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/internal/reload"
)

// files are texts that a test replaces. An empty one cannot be read.
type files struct {
	mu    sync.Mutex
	texts []string
}

func (f *files) replace(texts ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.texts = texts
}

func (f *files) read() ([][]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all [][]byte
	for _, text := range f.texts {
		if text == "" {
			return nil, errors.New("no such file")
		}
		all = append(all, []byte(text))
	}
	return all, nil
}

// parse joins the texts; "bad" is invalid.
func parse(texts [][]byte) (string, error) {
	joined := string(bytes.Join(texts, []byte("|")))
	if strings.Contains(joined, "bad") {
		return "", errors.New("not good")
	}
	return joined, nil
}

// logged is the output of the log.
type logged struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

// take returns the output since the last call.
func (l *logged) take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.buf.Reset()
	return l.buf.String()
}

func open(ctx context.Context, f *files, log *logged) (func() string, error) {
	logger := slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
	return reload.Open(ctx, "tokens", logger, func() (string, [][]byte, error) {
		texts, err := f.read()
		if err != nil {
			return "", nil, err
		}
		text, err := parse(texts)
		return text, texts, err
	})
}

const (
	again   = "level=INFO msg=\"read again, since it changed\" file=tokens\n"
	useless = "level=ERROR msg=\"cannot be used; what was read before stays in force\" file=tokens error=\"not good\"\n"
	missing = "level=ERROR msg=\"cannot be used; what was read before stays in force\" file=tokens error=\"no such file\"\n"
)

// Each poll has a current value and an output of the log.
func TestWatch(t *testing.T) {
	type look struct{ texts, current, log string }
	for name, looks := range map[string][]look{
		"nothing changes":       {{"a", "a", ""}, {"a", "a", ""}},
		"a change":              {{"b", "b", again}, {"b", "b", ""}, {"c", "c", again}},
		"a broken one":          {{"bad", "a", ""}, {"bad", "a", useless}, {"bad", "a", ""}, {"b", "b", again}},
		"half written":          {{"bad", "a", ""}, {"b", "b", again}},
		"broken, and as before": {{"bad", "a", ""}, {"bad", "a", useless}, {"a", "a", again}},
		"broken twice":          {{"bad", "a", ""}, {"bad", "a", useless}, {"bad2", "a", ""}, {"bad2", "a", useless}},
		"gone":                  {{"", "a", ""}, {"", "a", missing}, {"", "a", ""}, {"a", "a", again}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, log := &files{texts: []string{"a"}}, &logged{}
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				current, err := open(ctx, f, log)
				if err != nil || current() != "a" {
					t.Fatalf("%v", err)
				}
				synctest.Wait()
				for i, want := range looks {
					f.replace(want.texts)
					time.Sleep(reload.Every)
					synctest.Wait()
					if diff := cmp.Diff(want, look{want.texts, current(), log.take()}, cmp.AllowUnexported(look{})); diff != "" {
						t.Errorf("look %d (-want +got):\n%s", i, diff)
					}
				}
			})
		})
	}
}

// Text that moves from one file to the other is a change.
func TestTextsAreToldApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &files{texts: []string{"ab", "c"}}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		current, err := open(ctx, f, &logged{})
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		f.replace("a", "bc")
		time.Sleep(reload.Every)
		synctest.Wait()
		if got := current(); got != "a|bc" {
			t.Errorf("got %q", got)
		}
	})
}

func TestOpenFails(t *testing.T) {
	for text, want := range map[string]string{"bad": "not good", "": "no such file"} {
		_, err := open(t.Context(), &files{texts: []string{text}}, &logged{})
		if err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}
