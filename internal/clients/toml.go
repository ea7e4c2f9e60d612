package clients

import (
	"strings"

	"posthog-mcp/internal/clients/jsonc"
)

// tables are s in TOML, as Codex reads it. Codex gives a program the variables
// that env_vars names.
func (c Client) tables(s Server) string {
	name := c.Servers + "." + s.Name
	if s.URL != "" {
		entry := jsonc.Object{{Name: c.URL, Value: s.URL}}
		if s.Key != "" {
			entry = append(entry, jsonc.Member{Name: "bearer_token_env_var", Value: s.Key})
		}
		return table(name, entry)
	}
	entry := jsonc.Object{{Name: "command", Value: s.Command}, {Name: "args", Value: s.Args}}
	env := s.Env
	if s.Key != "" {
		entry = append(entry, jsonc.Member{Name: "env_vars", Value: []string{s.Key}})
	} else {
		env = s.environment("")
	}
	text := table(name, entry)
	if len(env) > 0 {
		text += "\n" + table(name+".env", settings(env))
	}
	return text
}

// table writes one table. A TOML string is a JSON string, and so is a list of
// them; names are bare keys, which [Server.Check] sees to.
func table(name string, members jsonc.Object) string {
	var text strings.Builder
	text.WriteString("[" + name + "]\n")
	for _, m := range members {
		text.WriteString(m.Name + " = " + jsonc.Text(m.Value) + "\n")
	}
	return text.String()
}
