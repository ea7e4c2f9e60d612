package clients

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFile(t *testing.T) {
	type places [5]string // linux, linux with variables, darwin, windows, windows with variables
	want := map[string]places{
		"claude-code":    {".mcp.json", ".mcp.json", ".mcp.json", ".mcp.json", ".mcp.json"},
		"claude-desktop": {"/home/ada/.config/Claude/claude_desktop_config.json", "/cfg/Claude/claude_desktop_config.json", "/Users/ada/Library/Application Support/Claude/claude_desktop_config.json", `C:\Users\ada\AppData\Roaming\Claude\claude_desktop_config.json`, `D:\Roaming\Claude\claude_desktop_config.json`},
		"cursor":         {"/home/ada/.cursor/mcp.json", "/home/ada/.cursor/mcp.json", "/Users/ada/.cursor/mcp.json", `C:\Users\ada\.cursor\mcp.json`, `C:\Users\ada\.cursor\mcp.json`},
		"vscode":         {"/home/ada/.config/Code/User/mcp.json", "/cfg/Code/User/mcp.json", "/Users/ada/Library/Application Support/Code/User/mcp.json", `C:\Users\ada\AppData\Roaming\Code\User\mcp.json`, `D:\Roaming\Code\User\mcp.json`},
		"windsurf":       {"/home/ada/.codeium/windsurf/mcp_config.json", "/home/ada/.codeium/windsurf/mcp_config.json", "/Users/ada/.codeium/windsurf/mcp_config.json", `C:\Users\ada\.codeium\windsurf\mcp_config.json`, `C:\Users\ada\.codeium\windsurf\mcp_config.json`},
		"zed":            {"/home/ada/.config/zed/settings.json", "/cfg/zed/settings.json", "/Users/ada/.config/zed/settings.json", `C:\Users\ada\AppData\Roaming\Zed\settings.json`, `D:\Roaming\Zed\settings.json`},
		"codex":          {"/home/ada/.codex/config.toml", "/codex/config.toml", "/Users/ada/.codex/config.toml", `C:\Users\ada\.codex\config.toml`, `D:\codex\config.toml`},
		"gemini":         {"/home/ada/.gemini/settings.json", "/home/ada/.gemini/settings.json", "/Users/ada/.gemini/settings.json", `C:\Users\ada\.gemini\settings.json`, `C:\Users\ada\.gemini\settings.json`},
		"jetbrains":      {"/home/ada/.config/github-copilot/intellij/mcp.json", "/cfg/github-copilot/intellij/mcp.json", "/Users/ada/.config/github-copilot/intellij/mcp.json", `C:\Users\ada\AppData\Local\github-copilot\intellij\mcp.json`, `D:\Local\github-copilot\intellij\mcp.json`},
		"vscode-insiders": {
			"/home/ada/.config/Code - Insiders/User/mcp.json",
			"/cfg/Code - Insiders/User/mcp.json",
			"/Users/ada/Library/Application Support/Code - Insiders/User/mcp.json",
			`C:\Users\ada\AppData\Roaming\Code - Insiders\User\mcp.json`,
			`D:\Roaming\Code - Insiders\User\mcp.json`,
		},
		"visual-studio": {"/home/ada/.mcp.json", "/home/ada/.mcp.json", "/Users/ada/.mcp.json", `C:\Users\ada\.mcp.json`, `C:\Users\ada\.mcp.json`},
		"copilot-cli":   {"/home/ada/.copilot/mcp-config.json", "/copilot/mcp-config.json", "/Users/ada/.copilot/mcp-config.json", `C:\Users\ada\.copilot\mcp-config.json`, `D:\copilot\mcp-config.json`},
		"antigravity":   {"/home/ada/.gemini/config/mcp_config.json", "/home/ada/.gemini/config/mcp_config.json", "/Users/ada/.gemini/config/mcp_config.json", `C:\Users\ada\.gemini\config\mcp_config.json`, `C:\Users\ada\.gemini\config\mcp_config.json`},
		"kiro":          {"/home/ada/.kiro/settings/mcp.json", "/home/ada/.kiro/settings/mcp.json", "/Users/ada/.kiro/settings/mcp.json", `C:\Users\ada\.kiro\settings\mcp.json`, `C:\Users\ada\.kiro\settings\mcp.json`},
		"cline":         {"/home/ada/.config/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json", "/cfg/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json", "/Users/ada/Library/Application Support/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json", `C:\Users\ada\AppData\Roaming\Code\User\globalStorage\saoudrizwan.claude-dev\settings\cline_mcp_settings.json`, `D:\Roaming\Code\User\globalStorage\saoudrizwan.claude-dev\settings\cline_mcp_settings.json`},
		"roo":           {"/home/ada/.config/Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json", "/cfg/Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json", "/Users/ada/Library/Application Support/Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json", `C:\Users\ada\AppData\Roaming\Code\User\globalStorage\rooveterinaryinc.roo-cline\settings\mcp_settings.json`, `D:\Roaming\Code\User\globalStorage\rooveterinaryinc.roo-cline\settings\mcp_settings.json`},
		"lm-studio":     {"/home/ada/.lmstudio/mcp.json", "/home/ada/.lmstudio/mcp.json", "/Users/ada/.lmstudio/mcp.json", `C:\Users\ada\.lmstudio\mcp.json`, `C:\Users\ada\.lmstudio\mcp.json`},
		"qwen-code":     {"/home/ada/.qwen/settings.json", "/home/ada/.qwen/settings.json", "/Users/ada/.qwen/settings.json", `C:\Users\ada\.qwen\settings.json`, `C:\Users\ada\.qwen\settings.json`},
		"opencode":      {"/home/ada/.config/opencode/opencode.json", "/cfg/opencode/opencode.json", "/Users/ada/.config/opencode/opencode.json", `C:\Users\ada\.config\opencode\opencode.json`, `C:\Users\ada\.config\opencode\opencode.json`},
		"goose":         {"/home/ada/.config/goose/config.yaml", "/cfg/goose/config.yaml", "/Users/ada/.config/goose/config.yaml", `C:\Users\ada\AppData\Roaming\Block\goose\config\config.yaml`, `D:\Roaming\Block\goose\config\config.yaml`},
	}
	nothing := func(string) string { return "" }
	unix := variables{"XDG_CONFIG_HOME": "/cfg/", "CODEX_HOME": "/codex", "COPILOT_HOME": "/copilot"}
	windows := variables{"APPDATA": `D:\Roaming`, "LOCALAPPDATA": `D:\Local\`, "CODEX_HOME": `D:\codex`, "COPILOT_HOME": `D:\copilot`}
	systems := [5]System{
		{"linux", "/home/ada", nothing}, {"freebsd", "/home/ada/", unix.get}, {"darwin", "/Users/ada", nothing},
		{"windows", `C:\Users\ada`, nothing}, {"windows", `C:\Users\ada\`, windows.get},
	}
	got := map[string]places{}
	for _, c := range All() {
		var files places
		for i, sys := range systems {
			path, err := c.File(sys)
			if err != nil {
				t.Error(err)
			}
			files[i] = path
		}
		got[c.Name] = files
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

type variables map[string]string

func (v variables) get(name string) string { return v[name] }

func TestFileRefused(t *testing.T) {
	cursor, _ := Named("cursor")
	relative := variables{"XDG_CONFIG_HOME": "cfg"}
	if path, err := cursor.File(System{OS: "linux", Env: relative.get}); err == nil {
		t.Errorf("without a home directory: %s", path)
	}
	zed, _ := Named("zed")
	path, err := zed.File(System{OS: "linux", Home: "/home/ada", Env: relative.get})
	if err != nil || path != "/home/ada/.config/zed/settings.json" {
		t.Errorf("with a relative XDG_CONFIG_HOME: %s, %v", path, err)
	}
}

func TestKeyFile(t *testing.T) {
	nothing := func(string) string { return "" }
	for _, c := range []struct{ os, home, want string }{
		{"linux", "/home/ada", "/home/ada/.config/posthog-mcp/key"},
		{"darwin", "/Users/ada", "/Users/ada/.config/posthog-mcp/key"},
		{"windows", `C:\Users\ada`, `C:\Users\ada\AppData\Roaming\posthog-mcp\key`},
	} {
		if got, err := (System{c.os, c.home, nothing}).KeyFile(); err != nil || got != c.want {
			t.Errorf("%s: %s, %v; want %s", c.os, got, err, c.want)
		}
	}
}
