package clients

import "slices"

// A Client is a program that people talk to and that calls tools.
type Client struct {
	Name  string // as on the command line
	Title string // as people call it
	// Files are the paths of its configuration by operating system (GOOS); "" is
	// every other one. ~ is the home directory. A leading $NAME is the directory in
	// this variable, or its usual value.
	Files map[string]string
	// Servers is the member of the file that holds the servers by name.
	Servers string
	// Format is "" for JSON, or toml or yaml: these are printed, never changed.
	Format string
	// Program and Remote are the entry for a program to start and for a URL, as JSON.
	// A string with $ is replaced: see [Client.entry]. Without Remote the client
	// starts programs only, and a bridge connects it to the URL.
	Program, Remote string
	// Reference is how the file refers to a variable of the client's environment:
	// VARIABLE and SERVER stand for names. Empty: it cannot. "${input:" begins one to a
	// question that the client asks.
	Reference string
	// Dialect is the dialect of the schemas that the client's models accept, if the
	// server cannot tell by the client's name. Empty: the server's choice.
	Dialect string
	// Absolute says that the command must be an absolute path.
	Absolute bool
	// CommandReference is Reference for the variables that the client's own command
	// sets for a program.
	CommandReference string

	// command and remoteCommand are the client's own commands that add a program and a
	// URL; empty for none. See [Client.Command] for the words in capitals.
	command, remoteCommand string
	// link is an address that installs a server, and badge the picture of it on a
	// website; empty for none. See [Client.expand] for the names after $.
	link, badge string
	// web is link over https, for websites; empty where link is such an address.
	web string
}

// All are the clients, in the order of the documentation.
func All() []Client { return slices.Clone(all) }

// Names are the names of [All].
func Names() []string {
	names := make([]string, len(all))
	for i, c := range all {
		names[i] = c.Name
	}
	return names
}

// Named is the client with that name.
func Named(name string) (Client, bool) {
	i := slices.IndexFunc(all, func(c Client) bool { return c.Name == name })
	if i < 0 {
		return Client{}, false
	}
	return all[i], true
}

// The entries that several clients share.
const (
	commandEntry      = `{"command": "$command", "args": "$args", "env": "$env"}`
	typedCommandEntry = `{"type": "stdio", "command": "$command", "args": "$args", "env": "$env"}`
	urlEntry          = `{"url": "$url", "headers": {"Authorization": "$bearer"}}`
	typedURLEntry     = `{"type": "http", "url": "$url", "headers": {"Authorization": "$bearer"}}`
	serverURLEntry    = `{"serverUrl": "$url", "headers": {"Authorization": "$bearer"}}`
	httpURLEntry      = `{"httpUrl": "$url", "headers": {"Authorization": "$bearer"}}`
)

// What clients share besides.
const (
	throughVSCode = "https://insiders.vscode.dev/redirect?url=$link"
	// The words after -- are for the program: both have a --timeout.
	geminiCommand       = " mcp add --scope user --env=SETTING NAME COMMAND -- ARGS"
	geminiRemoteCommand = " mcp add --scope user --transport http --header,HEADER NAME URL"
)

func anywhere(path string) map[string]string { return map[string]string{"": path} }

// applicationData is a path below the directory for the data of applications.
func applicationData(path string) map[string]string {
	return map[string]string{
		"": "$XDG_CONFIG_HOME/" + path, "darwin": "~/Library/Application Support/" + path, "windows": "$APPDATA/" + path,
	}
}

// The forms are those of the clients' own documentation and sources.
var all = []Client{
	{Name: "claude-code", Title: "Claude Code", Files: anywhere(".mcp.json"),
		Servers: "mcpServers", Program: typedCommandEntry, Remote: typedURLEntry,
		// Expanded in ~/.claude.json, which its own command writes, too.
		Reference: "${VARIABLE}", CommandReference: "${VARIABLE}",
		// -e takes all words that follow, so the name comes first.
		command:       "claude mcp add --scope user NAME -e,SETTING -- COMMAND ARGS",
		remoteCommand: "claude mcp add --scope user --transport http NAME URL --header,HEADER"},
	{Name: "claude-desktop", Title: "Claude Desktop", Files: applicationData("Claude/claude_desktop_config.json"),
		Servers: "mcpServers", Program: commandEntry, Absolute: true,
		link: "$bundle", badge: "https://img.shields.io/badge/Claude_Desktop-Install-D97757"},
	{Name: "cursor", Title: "Cursor", Files: anywhere("~/.cursor/mcp.json"),
		Servers: "mcpServers", Program: commandEntry, Remote: urlEntry, Reference: "${env:VARIABLE}",
		link:  "cursor://anysphere.cursor-deeplink/mcp/install?name=$name&config=$base64",
		badge: "https://cursor.com/deeplink/mcp-install-dark.svg", web: "https://cursor.com/install-mcp?name=$name&config=$base64"},
	{Name: "vscode", Title: "VS Code", Files: applicationData("Code/User/mcp.json"),
		Servers: "servers", Program: typedCommandEntry, Remote: typedURLEntry, Reference: "${input:SERVER-key}",
		link: "vscode:mcp/install?$whole", badge: "https://img.shields.io/badge/VS_Code-Install-0098FF", web: throughVSCode},
	{Name: "vscode-insiders", Title: "VS Code Insiders", Files: applicationData("Code - Insiders/User/mcp.json"),
		Servers: "servers", Program: typedCommandEntry, Remote: typedURLEntry, Reference: "${input:SERVER-key}",
		link: "vscode-insiders:mcp/install?$whole", badge: "https://img.shields.io/badge/VS_Code_Insiders-Install-24BFA5", web: throughVSCode},
	{Name: "visual-studio", Title: "Visual Studio", Files: anywhere("~/.mcp.json"),
		Servers: "servers", Program: typedCommandEntry, Remote: typedURLEntry, Reference: "${input:SERVER-key}"},
	{Name: "jetbrains", Title: "GitHub Copilot in JetBrains IDEs",
		Files: map[string]string{
			"":        "$XDG_CONFIG_HOME/github-copilot/intellij/mcp.json",
			"windows": "$LOCALAPPDATA/github-copilot/intellij/mcp.json",
		},
		Servers: "servers", Program: commandEntry,
		Remote: `{"url": "$url", "requestInit": {"headers": {"Authorization": "$bearer"}}}`},
	{Name: "copilot-cli", Title: "GitHub Copilot CLI", Files: anywhere("$COPILOT_HOME/mcp-config.json"),
		Servers: "mcpServers", Program: typedCommandEntry, Remote: typedURLEntry, Reference: "${VARIABLE}"},
	{Name: "windsurf", Title: "Windsurf", Files: anywhere("~/.codeium/windsurf/mcp_config.json"),
		Servers: "mcpServers", Program: commandEntry, Remote: serverURLEntry, Reference: "${env:VARIABLE}"},
	{Name: "antigravity", Title: "Antigravity", Files: anywhere("~/.gemini/config/mcp_config.json"),
		Servers: "mcpServers", Program: commandEntry, Remote: serverURLEntry},
	{Name: "kiro", Title: "Kiro", Files: anywhere("~/.kiro/settings/mcp.json"),
		Servers: "mcpServers", Program: commandEntry, Remote: urlEntry, Reference: "${VARIABLE}",
		link: "https://kiro.dev/launch/mcp/add?name=$name&config=$entry"},
	{Name: "cline", Title: "Cline", Files: applicationData("Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json"),
		// Without a type it takes a URL for the older transport.
		Servers: "mcpServers", Program: commandEntry,
		Remote:    `{"type": "streamableHttp", "url": "$url", "headers": {"Authorization": "$bearer"}}`,
		Reference: "${env:VARIABLE}"},
	{Name: "roo", Title: "Roo Code", Files: applicationData("Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json"),
		Servers: "mcpServers", Program: commandEntry,
		Remote:    `{"type": "streamable-http", "url": "$url", "headers": {"Authorization": "$bearer"}}`,
		Reference: "${env:VARIABLE}"},
	{Name: "zed", Title: "Zed",
		Files: map[string]string{
			"": "$XDG_CONFIG_HOME/zed/settings.json", "darwin": "~/.config/zed/settings.json", "windows": "$APPDATA/Zed/settings.json",
		},
		// Zed sends a reference in a header as it is, and expands none in env.
		Servers: "context_servers", Program: commandEntry, Remote: urlEntry},
	{Name: "lm-studio", Title: "LM Studio", Files: anywhere("~/.lmstudio/mcp.json"),
		Servers: "mcpServers", Program: commandEntry, Remote: urlEntry,
		link: "lmstudio://add_mcp?name=$name&config=$base64"},
	{Name: "codex", Title: "Codex", Files: anywhere("$CODEX_HOME/config.toml"), Format: "toml",
		Servers: "mcp_servers", Program: `{"command": "$command", "args": "$args", "env_vars": "$variables", "env": "$env"}`,
		Remote:        `{"url": "$url", "bearer_token_env_var": "$variable"}`,
		Reference:     "VARIABLE", // by the name alone
		command:       "codex mcp add NAME --env,SETTING -- COMMAND ARGS",
		remoteCommand: "codex mcp add NAME --url URL --bearer-token-env-var,VARIABLE"},
	{Name: "gemini", Title: "Gemini CLI", Files: anywhere("~/.gemini/settings.json"),
		Servers: "mcpServers", Program: commandEntry, Remote: httpURLEntry,
		// Over HTTP its User-Agent is node's.
		Dialect: "portable",
		// It gives programs no variable with KEY in its name unless env has it. Its own
		// command gets no reference: "gemini mcp add", run for another server, writes
		// the values of variables in the place of their names.
		Reference:     "$VARIABLE",
		command:       "gemini" + geminiCommand,
		remoteCommand: "gemini" + geminiRemoteCommand},
	{Name: "qwen-code", Title: "Qwen Code", Files: anywhere("~/.qwen/settings.json"),
		// A fork of Gemini CLI.
		Servers: "mcpServers", Program: commandEntry, Remote: httpURLEntry, Dialect: "portable", Reference: "$VARIABLE",
		command:       "qwen" + geminiCommand,
		remoteCommand: "qwen" + geminiRemoteCommand},
	{Name: "opencode", Title: "OpenCode", Files: anywhere("$XDG_CONFIG_HOME/opencode/opencode.json"),
		Servers: "mcp", Program: `{"type": "local", "command": "$line", "environment": "$env"}`,
		Remote:    `{"type": "remote", "url": "$url", "headers": {"Authorization": "$bearer"}}`,
		Reference: "{env:VARIABLE}"},
	{Name: "goose", Title: "goose", Format: "yaml",
		Files:   map[string]string{"": "$XDG_CONFIG_HOME/goose/config.yaml", "windows": "$APPDATA/Block/goose/config/config.yaml"},
		Servers: "extensions",
		Program: `{"type": "stdio", "name": "$name", "enabled": true, "cmd": "$command", "args": "$args", "envs": "$env", "env_keys": "$variables"}`,
		Remote:  `{"type": "streamable_http", "name": "$name", "enabled": true, "uri": "$url", "headers": {"Authorization": "$bearer"}, "env_keys": "$variables"}`,
		// It expands the variables that env_keys names, in headers too.
		Reference: "${VARIABLE}"},
}
