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
	"posthog-mcp/transport"
)

// headerPrefix stands before the names of a caller's settings in headers.
const (
	headerPrefix    = "X-PostHog-MCP-"
	canonicalPrefix = "X-Posthog-Mcp-"
)

// narrowing reads what a caller wants to be offered of the tools, from the
// query (?read_only=true&toolsets=users) or from headers
// (X-PostHog-MCP-Read-Only: true). It can only leave tools out of what the
// operator offers. check knows the names of the tools. Settings that cannot be
// followed are refused: to ignore them could offer what was to be left out.
func narrowing(check func(tools.Selection) error) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s, err := readSettings(r)
			if err == nil && s.selects() && check != nil {
				err = check(s.Selection)
			}
			if err != nil {
				answer(w, http.StatusBadRequest, "invalid_settings", strings.ReplaceAll(err.Error(), "\n", "; "))
				return
			}
			if ctx := s.in(r.Context()); ctx != r.Context() {
				r = r.WithContext(ctx)
			}
			next.ServeHTTP(w, r)
		})
	}
}

// settings are what a caller can set.
type settings struct {
	tools.Selection
	profile schema.Profile
}

func (s settings) selects() bool {
	return s.ReadOnly || len(s.Toolsets)+len(s.Tools)+len(s.Exclude) > 0
}

// in is ctx with what was set.
func (s settings) in(ctx context.Context) context.Context {
	if s.selects() {
		ctx = tools.WithSelection(ctx, s.Selection)
	}
	if s.profile != "" {
		ctx = transport.WithProfile(ctx, s.profile)
	}
	return ctx
}

// quick tells, without reading them, that there are no settings: most requests
// have none.
func quick(r *http.Request) bool {
	if r.URL.RawQuery != "" {
		return false
	}
	for name := range r.Header {
		if strings.HasPrefix(name, canonicalPrefix) {
			return false
		}
	}
	return true
}

func readSettings(r *http.Request) (s settings, err error) {
	if quick(r) {
		return s, nil
	}
	given, err := readGiven(r)
	if err != nil {
		return s, err
	}
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
	switch only := value(tools.SettingReadOnly); strings.ToLower(only) {
	case "", "false", "0":
	case "true", "1":
		s.ReadOnly = true
	default:
		err = errors.Join(err, fmt.Errorf("read_only is true or false, not %.20q", only))
	}
	s.Toolsets = names(value(tools.SettingToolsets))
	s.Tools = names(value(tools.SettingTools))
	s.Exclude = names(value(tools.SettingExclude))
	switch p := schema.Profile(value("schema")); p {
	case "", schema.Standard, schema.Portable:
		s.profile = p
	default:
		err = errors.Join(err, fmt.Errorf("schema is standard or portable, not %.20q", p))
	}
	return s, err
}

// plain is the same for read_only, read-only and readOnly: a setting that was
// meant must not be missed for its spelling.
func plain(name string) string {
	return strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(name))
}

// known are the settings, as [plain] spells them.
var known = []string{
	plain(tools.SettingReadOnly), plain(tools.SettingToolsets), plain(tools.SettingTools), plain(tools.SettingExclude), "schema",
}

// readGiven finds the settings, however they are spelled, and refuses what looks
// like one and is none. Other names in the query are other people's.
func readGiven(r *http.Request) (map[string][]string, error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, errors.New("the query cannot be read: it is not encoded as a query")
	}
	given := map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		switch spelled := plain(name); {
		case slices.Contains(known, spelled):
			given[spelled] = append(given[spelled], query[name]...)
		case resembles(spelled):
			return nil, fmt.Errorf("unknown setting %.40q; there are read_only, toolsets, tools, exclude_tools and schema", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		values := r.Header[name]
		if rest, ours := strings.CutPrefix(name, canonicalPrefix); ours {
			if !slices.Contains(known, plain(rest)) {
				return nil, fmt.Errorf("unknown header %.60q; there are %sRead-Only, -Toolsets, -Tools, -Exclude-Tools and -Schema", name, headerPrefix)
			}
			given[plain(rest)] = append(given[plain(rest)], values...)
		}
	}
	return given, nil
}

// resembles tells whether a name is a setting's but for a slip or an end.
func resembles(name string) bool {
	return slices.ContainsFunc(known, func(k string) bool {
		return levenshtein.ComputeDistance(name, k) <= 2 || len(name) > 3 && strings.HasPrefix(k, name)
	})
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
