package clients

import "slices"

// A Client is a program that people talk to and that calls tools.
type Client struct {
	Name  string // as on the command line
	Title string // as people call it
	// Files are where its configuration is, by operating system (GOOS); "" is
	// every other one. ~ is the home directory, a leading $NAME the directory
	// that this variable, or its usual value, names.
	Files map[string]string
	// Servers is the member of the file that holds the servers by name.
	Servers string
	// TOML says that the file is no JSON: it is printed, never changed.
	TOML bool
	// Reference is how the file refers to a variable of the client's
	// environment: VARIABLE and SERVER stand for names. Empty: it cannot.
	Reference string
	// Asks says that Reference is to a question that the client asks.
	Asks bool
	// Typed says that an entry names its transport.
	Typed bool
	// URL is the member that holds a server's URL. Empty: the client starts
	// programs only, and a bridge leads to the URL.
	URL string
	// Dialect is the schema that the client's models take, where it tells a
	// server nothing to know that by. Empty: the server's choice.
	Dialect string
	// Headers are the names that lead to the headers sent there.
	Headers []string
	// Absolute says that the command must be an absolute path.
	Absolute bool
	// CommandReference is Reference for the variables that the client's own
	// command sets for a program.
	CommandReference string

	command func(Client, Server) []string // the client's own command; nil: it has none
	link    func(Client, Server) string
}

// All are the clients, in the order of the documentation.
func All() []Client { return slices.Clone(all) }

// Names are those of [All].
func Names() []string {
	names := make([]string, len(all))
	for i, c := range all {
		names[i] = c.Name
	}
	return names
}

// Named is the client called name.
func Named(name string) (Client, bool) {
	for _, c := range all {
		if c.Name == name {
			return c, true
		}
	}
	return Client{}, false
}

var headers = []string{"headers"}

// The shapes are those of the clients' own documentation.
var all = []Client{
	{
		Name: "claude-code", Title: "Claude Code",
		Files:   map[string]string{"": ".mcp.json"},
		Servers: "mcpServers", Typed: true, URL: "url", Headers: headers,
		// Expanded in ~/.claude.json, which its own command writes, too.
		Reference: "${VARIABLE}", CommandReference: "${VARIABLE}",
		command: claudeCommand,
	},
	{
		Name: "claude-desktop", Title: "Claude Desktop",
		Files: map[string]string{
			"":        "$XDG_CONFIG_HOME/Claude/claude_desktop_config.json",
			"darwin":  "~/Library/Application Support/Claude/claude_desktop_config.json",
			"windows": "$APPDATA/Claude/claude_desktop_config.json",
		},
		Servers: "mcpServers", Absolute: true,
	},
	{
		Name: "cursor", Title: "Cursor",
		Files:   map[string]string{"": "~/.cursor/mcp.json"},
		Servers: "mcpServers", URL: "url", Headers: headers,
		Reference: "${env:VARIABLE}",
		link:      cursorLink,
	},
	{
		Name: "vscode", Title: "VS Code",
		Files: map[string]string{
			"":        "$XDG_CONFIG_HOME/Code/User/mcp.json",
			"darwin":  "~/Library/Application Support/Code/User/mcp.json",
			"windows": "$APPDATA/Code/User/mcp.json",
		},
		Servers: "servers", Typed: true, URL: "url", Headers: headers,
		Reference: "${input:SERVER-key}", Asks: true,
		link: vscodeLink,
	},
	{
		Name: "windsurf", Title: "Windsurf",
		Files:   map[string]string{"": "~/.codeium/windsurf/mcp_config.json"},
		Servers: "mcpServers", URL: "serverUrl", Headers: headers,
		Reference: "${env:VARIABLE}",
	},
	{
		Name: "zed", Title: "Zed",
		Files: map[string]string{
			"":        "$XDG_CONFIG_HOME/zed/settings.json",
			"darwin":  "~/.config/zed/settings.json",
			"windows": "$APPDATA/Zed/settings.json",
		},
		// Zed sends a reference in a header as it is, and expands none in env.
		Servers: "context_servers", URL: "url", Headers: headers,
	},
	{
		Name: "codex", Title: "Codex",
		Files:   map[string]string{"": "$CODEX_HOME/config.toml"},
		Servers: "mcp_servers", TOML: true, URL: "url",
		Reference: "VARIABLE", // it names the variable, and says so by the member
		command:   codexCommand,
	},
	{
		Name: "gemini", Title: "Gemini CLI",
		Files:   map[string]string{"": "~/.gemini/settings.json"},
		Servers: "mcpServers", URL: "httpUrl", Headers: headers,
		// Over HTTP its User-Agent is node's.
		Dialect: "portable",
		// It gives programs no variable with KEY in its name unless env has it.
		// Its own command gets no reference: "gemini mcp add", run for another
		// server, writes the values of variables in the place of their names.
		Reference: "$VARIABLE",
		command:   geminiCommand,
	},
	{
		Name: "jetbrains", Title: "GitHub Copilot in JetBrains IDEs",
		Files: map[string]string{
			"":        "$XDG_CONFIG_HOME/github-copilot/intellij/mcp.json",
			"windows": "$LOCALAPPDATA/github-copilot/intellij/mcp.json",
		},
		Servers: "servers", URL: "url", Headers: []string{"requestInit", "headers"},
	},
}
