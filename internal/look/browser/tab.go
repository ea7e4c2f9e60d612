package browser

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
)

// Settings are how a page is shown.
type Settings struct {
	Width, Height int
	Phone, Dark   bool
	// NoScript switches the page's script off.
	NoScript bool
	// AnyScript switches its content security policy off, for a checker that is
	// brought along.
	AnyScript bool
}

// Tab is an open page.
type Tab struct {
	browser         *Browser
	target, session string
}

// Open shows the page at url, loaded.
func (b *Browser) Open(url string, s Settings) (*Tab, error) {
	t := &Tab{browser: b}
	var made struct{ TargetID string }
	if err := b.do("", "Target.createTarget", map[string]any{"url": "about:blank"}, &made); err != nil {
		return nil, err
	}
	t.target = made.TargetID
	var attached struct{ SessionID string }
	if err := b.do("", "Target.attachToTarget", map[string]any{"targetId": t.target, "flatten": true}, &attached); err != nil {
		return nil, err
	}
	t.session = attached.SessionID
	scheme := "light"
	if s.Dark {
		scheme = "dark"
	}
	return t, errors.Join(
		t.do("Page.enable", nil, nil),
		t.do("Log.enable", nil, nil),
		t.do("Runtime.enable", nil, nil),
		t.do("Emulation.setDeviceMetricsOverride", map[string]any{"width": s.Width, "height": s.Height, "deviceScaleFactor": 1, "mobile": s.Phone}, nil),
		t.do("Emulation.setEmulatedMedia", map[string]any{"features": []any{
			map[string]any{"name": "prefers-color-scheme", "value": scheme},
			map[string]any{"name": "prefers-reduced-motion", "value": "reduce"},
		}}, nil),
		t.do("Emulation.setScriptExecutionDisabled", map[string]any{"value": s.NoScript}, nil),
		t.do("Page.setBypassCSP", map[string]any{"enabled": s.AnyScript}, nil),
		t.do("Page.navigate", map[string]any{"url": url}, nil),
		b.await(t.session, "Page.loadEventFired"),
	)
}

func (t *Tab) do(method string, params, result any) error {
	return t.browser.do(t.session, method, params, result)
}

// Close closes the tab.
func (t *Tab) Close() error {
	return t.browser.do("", "Target.closeTarget", map[string]any{"targetId": t.target}, nil)
}

// Value is what a JavaScript expression comes to, as JSON into result; a
// promise is waited for. It counts as done by a person's hand.
func (t *Tab) Value(expression string, result any) error {
	var answer struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails *struct {
			Text      string
			Exception struct{ Description string }
		}
	}
	err := t.do("Runtime.evaluate", map[string]any{
		"expression": expression, "awaitPromise": true, "returnByValue": true, "userGesture": true,
	}, &answer)
	if err != nil {
		return err
	}
	if e := answer.ExceptionDetails; e != nil {
		return fmt.Errorf("%s %s", e.Text, e.Exception.Description)
	}
	if result == nil || answer.Result.Value == nil {
		return nil
	}
	return json.Unmarshal(answer.Result.Value, result)
}

// Press presses and releases a key, as KeyboardEvent.key names it and with its
// Windows virtual key code; text is what it types.
func (t *Tab) Press(key string, code int, text string) error {
	params := map[string]any{"type": "keyDown", "key": key, "windowsVirtualKeyCode": code, "text": text}
	down := t.do("Input.dispatchKeyEvent", params, nil)
	params["type"], params["text"] = "keyUp", ""
	return errors.Join(down, t.do("Input.dispatchKeyEvent", params, nil))
}

// Type puts text where the focus is, as a keyboard on a screen does.
func (t *Tab) Type(text string) error {
	return t.do("Input.insertText", map[string]any{"text": text}, nil)
}

// Picture is the page as PNG; whole is all of it, not what fits in the window
// alone.
func (t *Tab) Picture(whole bool) ([]byte, error) {
	var shot struct{ Data string }
	if err := t.do("Page.captureScreenshot", map[string]any{"format": "png", "captureBeyondViewport": whole}, &shot); err != nil {
		return nil, err
	}
	return base64.StdEncoding.DecodeString(shot.Data)
}

// Complaints are what the browser wrote to the page's console: violations of
// its policy, failed loads, errors of its script.
func (t *Tab) Complaints() (said []string) {
	// What happened before this answer was told before it.
	if err := t.Value("0", nil); err != nil {
		return []string{err.Error()}
	}
	for _, e := range t.browser.seen {
		if e.SessionID != t.session {
			continue
		}
		switch e.Method {
		case "Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled":
			said = append(said, e.Method+" "+string(e.Params))
		}
	}
	return said
}
