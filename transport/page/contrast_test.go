package page

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// Every colour of text has enough contrast with its background.
// Source: WCAG 2.2, success criteria 1.4.3 (4.5) and 1.4.11 (3).
func TestContrast(t *testing.T) {
	for scheme, colours := range palettes(t) {
		for _, c := range []struct {
			text, ground string
			least        float64
		}{
			{"ink", "ground", 4.5}, {"ink", "card", 4.5}, {"ink", "code", 4.5}, {"soft", "ground", 4.5}, {"soft", "card", 4.5},
			{"accent", "ground", 4.5}, {"accent", "card", 4.5}, {"on-accent", "accent", 4.5},
			{"read", "read-on", 4.5}, {"write", "write-on", 4.5}, {"delete", "delete-on", 4.5}, {"send", "send-on", 4.5}, {"read", "card", 4.5},
			{"edge", "card", 3}, {"edge", "ground", 3}, {"edge", "code", 3},
		} {
			if got := contrast(colours[c.text], colours[c.ground]); got < c.least {
				t.Errorf("%s: %s on %s has a contrast of %.2f, less than %.1f", scheme, c.text, c.ground, got, c.least)
			}
		}
	}
}

var colour = regexp.MustCompile(`--([a-z-]+): #([0-9a-f]{6});`)

// palettes are the colours of the style, by name.
func palettes(t *testing.T) map[string]map[string]string {
	t.Helper()
	light, dark, found := strings.Cut(style, "prefers-color-scheme: dark")
	if !found {
		t.Fatal("there is no dark palette")
	}
	all := map[string]map[string]string{"light": {}, "dark": {}}
	for scheme, part := range map[string]string{"light": light, "dark": dark} {
		for _, c := range colour.FindAllStringSubmatch(part, -1) {
			all[scheme][c[1]] = c[2]
		}
	}
	if len(all["light"]) < 10 || len(all["light"]) != len(all["dark"]) {
		t.Fatalf("the palettes have %d and %d colours", len(all["light"]), len(all["dark"]))
	}
	return all
}

func contrast(a, b string) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// luminance is WCAG's relative luminance of an sRGB colour in hex.
func luminance(hex string) (sum float64) {
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		if err != nil {
			return -1
		}
		sum += weight * linear(float64(n)/255)
	}
	return sum
}

func linear(c float64) float64 {
	if c <= 0.04045 {
		return c / 12.92
	}
	return math.Pow((c+0.055)/1.055, 2.4)
}
