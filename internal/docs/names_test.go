package docs

import (
	"regexp"
	"strings"
	"testing"

	"posthog-mcp/internal/clients"
	"posthog-mcp/tools"
)

// commandLine has the commands and flags of the program's help.
type commandLine struct {
	// flags has the flags by command; "" has those of all commands.
	flags     map[string]map[string]bool
	variables map[string]bool
}

var (
	commandName  = regexp.MustCompile(`(?m)^  ([a-z]+)  `)
	flagName     = regexp.MustCompile(`--[a-z][a-z0-9-]*`)
	variableName = regexp.MustCompile(`\bPOSTHOG_[A-Z_]+\b`)
)

func readCommandLine(t *testing.T) commandLine {
	t.Helper()
	c := commandLine{map[string]map[string]bool{"": {}}, map[string]bool{}}
	_, commands, _ := strings.Cut(output(t, "", "--help"), "Commands:\n")
	for _, command := range commandName.FindAllStringSubmatch(commands, -1) {
		name := command[1]
		help := output(t, "", name, "--help")
		c.flags[name] = map[string]bool{}
		for _, flag := range flagName.FindAllString(help, -1) {
			c.flags[name][flag], c.flags[""][flag] = true, true
		}
		for _, variable := range variableName.FindAllString(help, -1) {
			c.variables[variable] = true
		}
	}
	return c
}

// commands returns the names of all commands.
func (c commandLine) commands() map[string]bool {
	names := map[string]bool{}
	for name := range c.flags {
		if name != "" {
			names[name] = true
		}
	}
	return names
}

// TestCommandLine checks that every flag, command and variable in the pages exists,
// and that the page for operators explains every flag of a server.
func TestCommandLine(t *testing.T) {
	known := readCommandLine(t)
	explained(t, known.flags["http"])
	same(t, known.commands(), open(t, "docs/agents.md").column(t, "From a shell"))
	for _, p := range pages(t) {
		for _, text := range p.code() {
			for _, variable := range variableName.FindAllString(text, -1) {
				if !known.variables[variable] && variable != "POSTHOG_MCP_FLAG" {
					t.Errorf("%s: no variable %s", p.path, variable)
				}
			}
			command, rest, ours := commandOf(text)
			if !ours {
				continue
			}
			if known.flags[command] == nil {
				t.Errorf("%s: %q: no command %q", p.path, text, command)
			}
			for _, flag := range flagName.FindAllString(rest, -1) {
				if !known.flags[command][flag] {
					t.Errorf("%s: %q: no flag %s", p.path, text, flag)
				}
			}
		}
	}
}

// code returns the code on the page, commands line by line.
func (p *page) code() []string {
	all := p.spans()
	for _, b := range p.blocks() {
		all = append(all, strings.Split(strings.ReplaceAll(b.text, "\\\n", " "), "\n")...)
	}
	return all
}

var program = regexp.MustCompile(`(?:^|[ |=])posthog-mcp ([a-z]+)\b([^|&]*)`)

// commandOf returns the program's command in a text and the text after it. The
// command is empty for flags without one.
func commandOf(text string) (command, rest string, ours bool) {
	switch {
	case strings.HasPrefix(text, "--"):
		return "", text, true
	case strings.HasPrefix(text, "$ helm "): // the chart has the program's name
		return "", "", false
	}
	if found := program.FindStringSubmatch(text); found != nil {
		return found[1], found[2], true
	}
	return "", "", false
}

// explained checks that the page for operators names every flag.
func explained(t *testing.T, flags map[string]bool) {
	t.Helper()
	p := open(t, "docs/operators.md")
	named := map[string]bool{"--help": true, "--version": true}
	for _, text := range p.spans() {
		for _, flag := range flagName.FindAllString(text, -1) {
			named[flag] = true
		}
	}
	for flag := range flags {
		if !named[flag] {
			t.Errorf("%s does not explain %s", p.path, flag)
		}
	}
}

// hyphenated matches the form of a tool's name.
var hyphenated = regexp.MustCompile(`^[a-z]+(-[a-z]+)+$`)

// TestTools checks that every name in the form of a tool's name is a tool.
func TestTools(t *testing.T) {
	catalogue, err := tools.NewCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	resources := map[string]bool{}
	for _, tool := range catalogue.Tools() {
		resource, _, _ := strings.Cut(tool.Name, "-")
		resources[resource] = true
	}
	for _, p := range pages(t) {
		for _, name := range p.spans() {
			resource, _, _ := strings.Cut(name, "-")
			if hyphenated.MatchString(name) && resources[resource] && catalogue.Tool(name) == nil {
				t.Errorf("%s: no tool %s", p.path, name)
			}
		}
	}
	groups := map[string]bool{}
	for _, group := range tools.Toolsets() {
		groups[group] = true
	}
	same(t, groups, open(t, "docs/agents.md").column(t, "Tools"))
}

// TestMakeTargets checks that every make target in the pages exists.
func TestMakeTargets(t *testing.T) {
	makefile := string(open(t, "Makefile").source)
	named := regexp.MustCompile(`(?:^|\$ )make ([a-z]+)`)
	for _, p := range pages(t) {
		for _, text := range p.code() {
			target := named.FindStringSubmatch(text)
			if target != nil && !regexp.MustCompile(`(?m)^`+target[1]+`:`).MatchString(makefile) {
				t.Errorf("%s: make %s: no such target", p.path, target[1])
			}
		}
	}
}

// TestChartValues checks that every value of the Helm chart in the pages exists.
func TestChartValues(t *testing.T) {
	values := string(open(t, "deploy/helm/posthog-mcp/values.yaml").source)
	set := regexp.MustCompile(`--set ([a-zA-Z.]+)=`)
	for _, p := range pages(t) {
		for _, text := range p.code() {
			for _, value := range set.FindAllStringSubmatch(text, -1) {
				if !hasValue(values, strings.Split(value[1], ".")) {
					t.Errorf("%s: the chart has no value %s", p.path, value[1])
				}
			}
		}
	}
}

// hasValue reports whether a YAML file, indented by two spaces, has the member at
// the path.
func hasValue(yaml string, path []string) bool {
	expression := `(?m)`
	for depth, name := range path {
		indent := strings.Repeat("  ", depth)
		if depth > 0 {
			expression += `(?:\n` + indent + `.*|\n *#.*|\n)*?\n`
		} else {
			expression += `^`
		}
		expression += indent + regexp.QuoteMeta(name) + `:.*`
	}
	return regexp.MustCompile(expression).MatchString(yaml)
}

// same reports the names that only one of two sets has.
func same(t *testing.T, program, page map[string]bool) {
	t.Helper()
	for name := range program {
		if !page[name] {
			t.Errorf("the page does not have %s", name)
		}
	}
	for name := range page {
		if !program[name] {
			t.Errorf("only the page has %s", name)
		}
	}
	if len(program) == 0 {
		t.Error("the program has none: is this test looking in the right place?")
	}
}

// TestClients checks that the README names every client of "posthog-mcp config", in its
// order.
func TestClients(t *testing.T) {
	names := clients.Names()
	last := len(names) - 1
	want := "It knows `" + strings.Join(names[:last], "`, `") + "` and `" + names[last] + "`."
	if !strings.Contains(string(open(t, "README.md").source), want) {
		t.Errorf("the README lacks: %s", want)
	}
}
