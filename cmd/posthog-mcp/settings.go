package main

import (
	"errors"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/alecthomas/kong"

	"posthog-mcp/transport/page"
)

// unsetEmpty unsets our variables that are empty: compose files and configurations of
// clients pass on unset variables in this way. [checkSettings] refuses those of a rule or
// a limit.
func unsetEmpty(environment []string) {
	for _, variable := range environment {
		name, empty := strings.CutSuffix(variable, "=")
		if empty && strings.HasPrefix(name, envPrefix+"_") {
			_ = os.Unsetenv(name)
		}
	}
}

// noSettings are the commands that work with wrong settings too.
var noSettings = []string{"version", "completion", "__complete"}

// checkSettings refuses settings that would be ignored in silence: a server would start
// without a rule. environment is that of the start of the program.
func checkSettings(command *kong.Context, environment []string) error {
	if slices.Contains(noSettings, command.Selected().Name) {
		return nil
	}
	if err := checkVariables(command.Model.Node, environment); err != nil {
		return err
	}
	for _, flag := range command.Flags() {
		if err := checkEmpty(command, flag, environment); err != nil {
			return err
		}
	}
	return nil
}

// checkEmpty refuses a blank text, and an empty variable of a rule or a limit: an unset
// variable of the shell causes either. decodeList refuses empty lists.
func checkEmpty(command *kong.Context, flag *kong.Flag, environment []string) error {
	text, isText := flag.Target.Interface().(string)
	blank := isText && strings.TrimSpace(text) == ""
	if slices.ContainsFunc(command.Path, func(p *kong.Path) bool { return p.Flag == flag }) {
		if blank {
			return usage("--%s: %w", flag.Name, errEmpty)
		}
		return nil // the flag wins
	}
	for _, variable := range flag.Envs {
		if value, set := os.LookupEnv(variable); set && blank {
			return usage("%s=%q: %w", variable, value, errEmpty)
		}
		if slices.Contains(environment, variable+"=") && restricts(flag) {
			return usage("%s is empty, so --%s would not hold: give it a value, or unset it", variable, flag.Name)
		}
	}
	return nil
}

// errEmpty refuses an empty value.
var errEmpty = errors.New("the value is empty, perhaps from a shell variable that is not set: give one, or leave it out")

// restricts reports whether a flag is a rule or a limit.
func restricts(flag *kong.Flag) bool {
	return flag.Group != nil && (flag.Group.Key == "Rules" || flag.Group.Key == "Limits")
}

// decodeList reads a list as kong does, but refuses empty items: kong reads "a," as "a",
// and an empty text as no list.
func decodeList(ctx *kong.DecodeContext, target reflect.Value) error {
	if ctx.Value.Flag == nil {
		for _, token := range ctx.Scan.PopWhile(func(t kong.Token) bool { return t.IsValue() }) {
			target.Set(reflect.Append(target, reflect.ValueOf(token.String())))
		}
		return nil
	}
	var text string
	if err := ctx.Scan.PopValueInto("list", &text); err != nil {
		return err
	}
	separator := ctx.Value.Tag.Sep
	items := kong.SplitEscaped(text, separator)
	if strings.HasSuffix(text, string(separator)) && !strings.HasSuffix(text, `\`+string(separator)) {
		items = append(items, "")
	}
	if len(items) == 0 || slices.ContainsFunc(items, func(item string) bool { return strings.TrimSpace(item) == "" }) {
		return errEmpty
	}
	target.Set(reflect.AppendSlice(target, reflect.ValueOf(items)))
	return nil
}

// ofKubernetes matches the variables, with their values, that Kubernetes adds to pods
// beside a service whose name begins with this program's.
// Source: the Kubernetes documentation, Service, Environment variables.
var ofKubernetes = regexp.MustCompile(`^` + envPrefix + `_(\w+_)?(SERVICE_HOST=.*|SERVICE_PORT(_\w+)?=\d+|PORT=(tcp|udp|sctp)://.*|PORT_\d+_(TCP|UDP|SCTP)(_PROTO|_PORT|_ADDR)?=.*)$`)

// checkVariables refuses a variable with our prefix that is none of the
// program's. Empty ones count too: they were meant to be set.
func checkVariables(program *kong.Node, environment []string) error {
	var known []string
	for _, node := range append(program.Children, program) {
		for _, flag := range node.Flags {
			known = append(known, flag.Envs...)
		}
	}
	for _, variable := range slices.Sorted(slices.Values(environment)) {
		name, _, _ := strings.Cut(variable, "=")
		switch {
		case !strings.HasPrefix(name, envPrefix+"_"), slices.Contains(known, name):
		case name == page.TokenVariable: // clients of this server hold their token in it
		case name == envPrefix+"_VERSION": // packagers set it for themselves
		case ofKubernetes.MatchString(variable):
		default:
			return usage("%.80s: there is no such setting; did you mean %s?", name, nearest(name, known))
		}
	}
	return nil
}

// nearest is the known name that is most like a misspelt one.
func nearest(name string, known []string) string {
	plain := strings.NewReplacer("_", "", "-", "")
	return slices.MinFunc(known, func(a, b string) int {
		return levenshtein.ComputeDistance(plain.Replace(strings.ToUpper(name)), plain.Replace(a)) -
			levenshtein.ComputeDistance(plain.Replace(strings.ToUpper(name)), plain.Replace(b))
	})
}
