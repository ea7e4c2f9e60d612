// Package conversations holds the tests in which an agent with nothing but the
// tools does what a person asks for, on the sandbox.
package conversations

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/tools/txtar"

	"posthog-mcp/internal/sandbox"
	"posthog-mcp/internal/transcript"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The conversations are written by hand but for what is answered. The comment of
// each is what the person says, and below it what a good agent does. Sections:
//
//	settings           see [settings]; where it is missing, the usual ones
//	meanwhile          what others do in PostHog: METHOD PATH BODY, below the
//	                   main project; before the first call it is the world as the
//	                   agent finds it
//	switches           rules of the sandbox that change
//	advance 3h         time goes by
//	answer lost        PostHog makes the next write, and the connection breaks
//	call TOOL N        the agent's N-th call, with its arguments. $2.results.0.id
//	                   is what the answer of call 2 has there, ${2.title} the same
//	                   within a string
//	person accepts     the question that the person is asked in the middle of the
//	person declines    call before, and their answer
//	result N (GET)     what the agent gets, and what was asked of PostHog for it
//	refused N (GET)    the same of a failure: the sentences of it
//	person             what the person says next
//	agent              what the agent says; what it refers to has to be known
//	visit LINK         somebody opens a shared link, with a password behind it or
//	visited            without; and what they meet
//	state              the end: what was sent since the first call, and what is
//	                   different, as the sandbox's own API has it. Of what is sent
//	                   on schedule only what the agent had its hands in
//
// Where an argument names something that exists, or somebody who gets mail, its
// value comes from the person or from an answer: the agent cannot know it
// otherwise.
func TestGoldenConversations(t *testing.T) { transcript.Replay(t, hold) }

func TestThereAreTwenty(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) < 20 {
		t.Errorf("%d conversations, %v", len(files), err)
	}
}

// tuesday is when every conversation begins.
var tuesday = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// conversation is one on its way.
type conversation struct {
	t     *testing.T
	world *world
	agent *agent
	// said is what the person said so far.
	said string
	// begin is the world at the first call; nil before it.
	begin *snapshot
	// told are the sections as they really came.
	told []txtar.File
}

// hold has the conversation again, and puts what was really said in the place
// of what was expected.
func hold(t *testing.T, archive *txtar.Archive) {
	said, _, ok := strings.Cut(string(archive.Comment), "\n\n")
	if !ok {
		t.Fatal("the comment has two parts: what the person says, and what the agent does")
	}
	c := &conversation{t: t, said: said}
	sections := archive.Files
	chosen := settings{}
	if len(sections) > 0 && sections[0].Name == "settings" {
		chosen.read(t, sections[0].Data)
		c.tell("settings", string(sections[0].Data))
		sections = sections[1:]
	}
	c.world = newWorld(t, chosen.Generation)
	c.agent = newAgent(t, c.world, chosen)
	for len(sections) > 0 {
		sections = c.take(sections[0], sections[1:])
	}
	if last := c.told[len(c.told)-1].Name; last != "state" {
		t.Errorf("the end is %q: a conversation ends with the state of the world", last)
	}
	archive.Files = c.told
}

// take goes through one section, and returns those that are left.
func (c *conversation) take(s txtar.File, rest []txtar.File) []txtar.File {
	verb, object, _ := strings.Cut(s.Name, " ")
	switch verb {
	case "call":
		return c.call(s, object, rest)
	case "visit":
		c.tell(s.Name, "")
		c.tell("visited", c.world.visit(strings.Fields(c.filled(object))))
		return after("visited", rest)
	case "state":
		c.tell(s.Name, c.state())
		return rest
	}
	switch {
	case s.Name == "meanwhile":
		for line := range strings.Lines(c.filled(string(s.Data))) {
			c.world.do(line)
		}
	case s.Name == "switches":
		c.world.Switch(func(to *sandbox.Switches) { c.must(json.Unmarshal(s.Data, to)) })
	case verb == "advance":
		by, err := time.ParseDuration(object)
		c.must(err)
		c.world.advance(by)
	case s.Name == "answer lost":
		c.world.loseAnswer()
	case s.Name == "person":
		c.said += string(s.Data)
	case s.Name == "agent":
		c.filled(string(s.Data))
	default:
		c.t.Fatalf("no section is called %q", s.Name)
	}
	c.tell(s.Name, string(s.Data))
	return rest
}

// call makes one call of the agent's; the questions and the answer that follow
// it in the file make room for those that come.
func (c *conversation) call(s txtar.File, object string, rest []txtar.File) []txtar.File {
	if c.begin == nil {
		c.begin = c.world.look()
	}
	tool, number, _ := strings.Cut(object, " ")
	if n := fmt.Sprint(len(c.agent.answers) + 1); n != number {
		c.t.Fatalf("%s: its number is %s", s.Name, n)
	}
	c.checkKnown(s.Data)
	var says []string
	for len(rest) > 0 && strings.HasPrefix(rest[0].Name, "person ") {
		says, rest = append(says, strings.TrimPrefix(rest[0].Name, "person ")), rest[1:]
	}
	given := c.agent.call(tool, c.filled(string(s.Data)), says)
	c.tell(s.Name, string(s.Data))
	for _, q := range given.questions {
		c.tell("person "+q.says, q.text)
	}
	c.tell(fmt.Sprintf("%s %s (%s)", given.kind, number, strings.Join(given.requests, ", ")), given.text)
	return after("refused "+number, after("result "+number, rest))
}

// state is how it all ends.
func (c *conversation) state() string {
	if c.begin == nil {
		c.t.Fatal("the agent did nothing")
	}
	end := c.world.look()
	return "sent:" + end.sentSince(c.begin) + "changed:" + end.changedSince(c.begin)
}

func (c *conversation) tell(name, text string) {
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	c.told = append(c.told, txtar.File{Name: name, Data: []byte(text)})
}

func (c *conversation) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// after is what follows the section of that name, where it is the next one.
func after(name string, rest []txtar.File) []txtar.File {
	if len(rest) > 0 && (rest[0].Name == name || strings.HasPrefix(rest[0].Name, name+" ")) {
		return rest[1:]
	}
	return rest
}
