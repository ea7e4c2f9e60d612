package web

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"

	"posthog-mcp/schema"
	"posthog-mcp/tools"
	"posthog-mcp/transport/guard"
)

// The prefix of a caller's settings in headers.
const (
	headerPrefix    = "X-PostHog-MCP-"
	canonicalPrefix = "X-Posthog-Mcp-"
)

// The settings, as [plain] spells them.
var (
	readOnly = plain(tools.SettingReadOnly)
	toolsets = plain(tools.SettingToolsets)
	only     = plain(tools.SettingTools)
	exclude  = plain(tools.SettingExclude)
	known    = []string{readOnly, toolsets, only, exclude, "schema"}
)

// plain gives read_only, read-only and readOnly the same spelling.
func plain(name string) string {
	return strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(name))
}

// withSettings returns r's context with the caller's choice of tools, from the query
// (?read_only=true&toolsets=users) or from headers (X-PostHog-MCP-Read-Only: true). It
// can only leave out tools that the operator offers. check, which may be nil, knows the
// names of the tools. A wrong setting is refused: without it, tools that the caller
// wants to leave out could be offered.
func withSettings(r *http.Request, check func(tools.Selection) error) (context.Context, *guard.Refusal) {
	ctx, c := r.Context(), tools.CallerOf(r.Context())
	given, err := readGiven(r)
	if err == nil && len(given) == 0 {
		return ctx, nil
	}
	if err == nil {
		c.Selection, c.Dialect, err = readSettings(given)
	}
	if err == nil && check != nil {
		err = check(c.Selection)
	}
	if err != nil {
		return ctx, &guard.Refusal{Status: http.StatusBadRequest, Code: "invalid_settings", Message: strings.ReplaceAll(err.Error(), "\n", "; ")}
	}
	return tools.WithCaller(ctx, c), nil
}

func readSettings(given map[string][]string) (s tools.Selection, profile schema.Profile, err error) {
	value := func(name string) string {
		values := given[plain(name)]
		if len(values) > 1 {
			err = errors.Join(err, fmt.Errorf("%s is given more than once, in the query and the headers together", name))
		}
		if len(values) > 0 && len(names(values[0])) == 0 {
			err = errors.Join(err, fmt.Errorf("%s is given without a value", name))
		}
		return strings.Join(values, ",")
	}
	switch text := value(tools.SettingReadOnly); strings.ToLower(text) {
	case "", "false", "0":
	case "true", "1":
		s.ReadOnly = true
	default:
		err = errors.Join(err, fmt.Errorf("read_only is true or false, not %.20q", text))
	}
	s.Toolsets = names(value(tools.SettingToolsets))
	s.Tools = names(value(tools.SettingTools))
	s.Exclude = names(value(tools.SettingExclude))
	switch profile = schema.Profile(value("schema")); profile {
	case "", schema.Standard, schema.Portable:
	default:
		err = errors.Join(err, fmt.Errorf("schema is standard or portable, not %.20q", profile))
	}
	return s, profile, err
}

// readGiven returns the settings by their plain names, and refuses a misspelt one.
// Other names in the query belong to others; all headers with the prefix are settings.
func readGiven(r *http.Request) (given map[string][]string, err error) {
	given = map[string][]string{}
	if r.URL.RawQuery != "" {
		query, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil {
			return nil, errors.New("the query cannot be read: it is not encoded as a query")
		}
		for _, name := range slices.Sorted(maps.Keys(query)) {
			switch spelled := plain(name); {
			case slices.Contains(known, spelled):
				given[spelled] = append(given[spelled], query[name]...)
			case isSlip(spelled):
				return nil, fmt.Errorf("unknown setting %.40q; there are read_only, toolsets, tools, exclude_tools and schema", name)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		if rest, ours := strings.CutPrefix(name, canonicalPrefix); ours {
			if !slices.Contains(known, plain(rest)) {
				return nil, fmt.Errorf("unknown header %.60q; there are %sRead-Only, -Toolsets, -Tools, -Exclude-Tools and -Schema", name, headerPrefix)
			}
			given[plain(rest)] = append(given[plain(rest)], r.Header[name]...)
		}
	}
	return given, nil
}

// isSlip reports whether a name is a misspelt setting: one letter is missing, added or
// wrong, or two are swapped. Names near to tools and schema, such as tool and scheme,
// can mean something else.
func isSlip(name string) bool {
	if name == "exclude" || name == "schemas" {
		return true
	}
	return slices.ContainsFunc([]string{readOnly, toolsets, exclude}, func(setting string) bool {
		distance := levenshtein.ComputeDistance(name, setting)
		return distance == 1 || distance == 2 && sameLetters(name, setting)
	})
}

func sameLetters(a, b string) bool {
	return slices.Equal(slices.Sorted(slices.Values([]byte(a))), slices.Sorted(slices.Values([]byte(b))))
}

// names splits a list at its commas.
func names(list string) (all []string) {
	for name := range strings.SplitSeq(list, ",") {
		if name = strings.TrimSpace(name); name != "" {
			all = append(all, name)
		}
	}
	return all
}
