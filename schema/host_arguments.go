package schema

// hostArguments has the names that hosts add to the arguments of every call, each with
// its source. They are dropped if the tool has no such argument. Any other
// unknown name is refused, since it may be a typing error.
var hostArguments = map[string]string{
	"wait_for_previous": "Gemini CLI: github.com/MemPalace/mempalace/pull/322",
	"toolCallId":        "n8n: github.com/n8n-io/n8n/issues/21500",
	"tool":              "n8n: github.com/n8n-io/n8n/issues/21500",
	"sessionId":         "n8n: github.com/n8n-io/n8n/issues/37308",
	"action":            "n8n: github.com/samir3508/MyCharlie, docs/FIX_MCP_CLIENT_INPUT_FORMAT.md",
	"chatInput":         "n8n: github.com/samir3508/MyCharlie, docs/FIX_MCP_CLIENT_INPUT_FORMAT.md",
	"task_progress":     "Cline: github.com/cline/cline/issues/10426",
	"_sessionID":        "SiYuan: github.com/siyuan-note/siyuan/issues/17927",
}
