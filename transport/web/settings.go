package web

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/agnivade/levenshtein"

	"posthog-mcp/schema"
	"posthog-mcp/tools/engine"
	"posthog-mcp/transport/guard"
)

// headerPrefix begins the names of settings in headers.
const headerPrefix = "X-PostHog-MCP-"

// The settings, as [plain] spells them. The names near to the short ones, such as tool and
// scheme, can mean something else.
var (
	long  = []string{plain(engine.SettingReadOnly), plain(engine.SettingToolsets), plain(engine.SettingExclude)}
	known = append([]string{plain(engine.SettingTools), "schema"}, long...)
)

// plain gives read_only, read-only and readOnly the same spelling.
func plain(name string) string {
	return strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(name))
}

// withSettings returns r's context with the caller's choice of tools, from the query
// (?read_only=true&toolsets=users) or from headers (X-PostHog-MCP-Read-Only: true). A
// wrong setting is refused: without it, tools that the caller wants to leave out could be
// offered. check, which may be nil, knows the names of the tools.
func withSettings(r *http.Request, check func(engine.Selection) error) (context.Context, *guard.Refusal) {
	ctx, c := r.Context(), engine.CallerOf(r.Context())
	given, err := readGiven(r)
	if len(given) > 0 {
		c.Selection, c.Dialect, err = readSettings(given)
		if err == nil && check != nil {
			err = check(c.Selection)
		}
	}
	if err != nil {
		return nil, guard.Refuse(http.StatusBadRequest, "invalid_settings", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	return engine.WithCaller(ctx, c), nil
}

func readSettings(given map[string][]string) (s engine.Selection, profile schema.Profile, err error) {
	value := func(name string) string {
		values := given[plain(name)]
		switch {
		case len(values) > 1:
			err = errors.Join(err, fmt.Errorf("%s is given more than once, in the query and the headers together", name))
		case len(values) == 1 && len(names(values[0])) == 0:
			err = errors.Join(err, fmt.Errorf("%s is given without a value", name))
		}
		return strings.Join(values, ",")
	}
	if text := value(engine.SettingReadOnly); text != "" {
		var wrong error
		if s.ReadOnly, wrong = strconv.ParseBool(strings.ToLower(text)); wrong != nil {
			err = errors.Join(err, fmt.Errorf("read_only is true or false, not %.20q", text))
		}
	}
	s.Toolsets = names(value(engine.SettingToolsets))
	s.Tools = names(value(engine.SettingTools))
	s.Exclude = names(value(engine.SettingExclude))
	profile = schema.Profile(value("schema"))
	if !slices.Contains([]schema.Profile{"", schema.Standard, schema.Portable}, profile) {
		err = errors.Join(err, fmt.Errorf("schema is standard or portable, not %.20q", profile))
	}
	return s, profile, err
}

// readGiven returns the settings by their plain names, and refuses a misspelt one.
// Other names in the query belong to others; all headers with the prefix are settings.
func readGiven(r *http.Request) (given map[string][]string, err error) {
	given = map[string][]string{}
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
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		if rest, ours := strings.CutPrefix(name, http.CanonicalHeaderKey(headerPrefix)); ours {
			if !slices.Contains(known, plain(rest)) {
				return nil, fmt.Errorf("unknown header %.60q; there are %sRead-Only, -Toolsets, -Tools, -Exclude-Tools and -Schema", name, headerPrefix)
			}
			given[plain(rest)] = append(given[plain(rest)], r.Header[name]...)
		}
	}
	return given, nil
}

// isSlip reports whether a name is a misspelt setting: one letter is missing, added or
// wrong, or two are swapped.
func isSlip(name string) bool {
	letters := func(s string) []byte { return slices.Sorted(slices.Values([]byte(s))) }
	return name == "exclude" || name == "schemas" || slices.ContainsFunc(long, func(setting string) bool {
		distance := levenshtein.ComputeDistance(name, setting)
		return distance == 1 || distance == 2 && slices.Equal(letters(name), letters(setting))
	})
}

// names splits a list at its commas and blanks.
func names(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || unicode.IsSpace(r) })
}
