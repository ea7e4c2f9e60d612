// Package dockerfile reads the last stage of a Dockerfile: what an image of it
// holds and how it starts. The image that is made without an engine follows the
// same file.
package dockerfile

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
)

// Stage is an image as its instructions say.
type Stage struct {
	From       string
	Copies     []Copy
	Labels     map[string]string
	Env        []string
	User       string
	Entrypoint []string
	Cmd        []string
}

// Copy is a file of the stage before, and where it goes.
type Copy struct{ Source, Target string }

// Last reads the last stage of content. ARG names take their value from args.
// An instruction that it does not know is an error: an image without it would
// be another one.
func Last(content string, args map[string]string) (Stage, error) {
	stage := Stage{Labels: map[string]string{}}
	declared := map[string]string{}
	for _, line := range instructions(content) {
		name, rest, _ := strings.Cut(line, " ")
		name, rest = strings.ToUpper(name), strings.TrimSpace(rest)
		if name == "FROM" {
			stage, declared = Stage{From: rest, Labels: map[string]string{}}, map[string]string{}
			continue
		}
		if stage.From != "scratch" {
			continue // a stage before the last
		}
		if name == "ARG" {
			for _, arg := range strings.Fields(rest) {
				declared[arg] = args[arg]
			}
			continue
		}
		rest = os.Expand(rest, func(name string) string { return declared[name] })
		if err := stage.take(name, rest); err != nil {
			return Stage{}, fmt.Errorf("dockerfile: %s %s: %w", name, rest, err)
		}
	}
	if stage.From != "scratch" {
		return Stage{}, fmt.Errorf("dockerfile: the last stage is from %q, and should be from scratch", stage.From)
	}
	return stage, nil
}

// instructions are the lines, without comments, continued ones as one.
func instructions(content string) []string {
	var lines []string
	open := false
	for line := range strings.Lines(content) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		part, continues := strings.CutSuffix(line, `\`)
		if open {
			lines[len(lines)-1] += part
		} else {
			lines = append(lines, part)
		}
		open = continues
	}
	return lines
}

func (s *Stage) take(name, rest string) (err error) {
	switch name {
	case "COPY":
		err = s.copy(strings.Fields(rest))
	case "LABEL":
		err = pairs(rest, func(key, value string) { s.Labels[key] = value })
	case "ENV":
		err = pairs(rest, func(key, value string) { s.Env = append(s.Env, key+"="+value) })
	case "USER":
		s.User = rest
	case "ENTRYPOINT":
		err = json.Unmarshal([]byte(rest), &s.Entrypoint)
	case "CMD":
		err = json.Unmarshal([]byte(rest), &s.Cmd)
	default:
		err = fmt.Errorf("not an instruction that this reader knows")
	}
	return err
}

func (s *Stage) copy(words []string) error {
	if len(words) != 3 || !strings.HasPrefix(words[0], "--from=") || !strings.HasPrefix(words[2], "/") {
		return fmt.Errorf("expected --from=STAGE FILE /FILE")
	}
	s.Copies = append(s.Copies, Copy{words[1], words[2]})
	return nil
}

// pair is KEY=VALUE or KEY="VALUE".
var pair = regexp.MustCompile(`^([A-Za-z0-9_.-]+)=(?:"([^"\\]*)"|([^\s"\\]*))(?:\s+|$)`)

func pairs(rest string, each func(key, value string)) error {
	for rest != "" {
		found := pair.FindStringSubmatch(rest)
		if found == nil {
			return fmt.Errorf("expected KEY=VALUE or KEY=\"VALUE\" at %q", rest)
		}
		each(found[1], found[2]+found[3])
		rest = rest[len(found[0]):]
	}
	return nil
}
