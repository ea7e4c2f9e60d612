package web

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

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
	query, given := map[string][]string{}, r.URL.Query()
	for _, name := range slices.Sorted(maps.Keys(given)) {
		query[plain(name)] = append(query[plain(name)], given[name]...)
	}
	value := func(name string) string {
		given := append(query[plain(name)], r.Header.Values(headerPrefix+name)...)
		if len(given) > 1 {
			err = errors.Join(err, fmt.Errorf("%s is given more than once, in the query and the headers together", name))
		}
		return strings.Join(given, ",")
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

// names splits a list at its commas.
func names(list string) (all []string) {
	for name := range strings.SplitSeq(list, ",") {
		if name = strings.TrimSpace(name); name != "" {
			all = append(all, name)
		}
	}
	return all
}
