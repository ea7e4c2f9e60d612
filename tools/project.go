package tools

import (
	"context"
	"net/http"
	"strings"
)

// settleProject puts the project's number in the place of @current, where a
// consent or the duplicate guard is about a certain project: @current is the
// project that a person has open, who may open another at any moment. 007 becomes
// 7, as PostHog reads it.
func (c *call) settleProject(ctx context.Context) *Refusal {
	number := strings.TrimLeft(c.project, "0")
	if c.project != currentProject && c.project == number || c.box.Confirm == ConfirmOff && !c.guarded() {
		return nil
	}
	if c.project == currentProject {
		var refusal *Refusal
		if number, refusal = c.currentNumber(ctx); refusal != nil {
			return refusal
		}
	}
	var err error
	if c.request, err = c.tool.request(c.args, number); err != nil {
		return &Refusal{Code: "bad_answer", Detail: "PostHog gave the current project no number.", Hint: nameProject}
	}
	c.project, c.base = number, c.box.Host+projectPath(number)
	return nil
}

const nameProject = "Name the project's number with project_id: what a person agrees to holds for one project. projects-list shows them."

// currentNumber asks PostHog for the number of the current project: the project
// itself, or where the key lacks the scope for that, its owner.
func (c *call) currentNumber(ctx context.Context) (string, *Refusal) {
	answer, refusal := c.read(ctx, "/api/projects/@current/", "", "id")
	number := answer.Get("id").String()
	if refusal != nil && refusal.Status == http.StatusForbidden {
		if owner, unknown := c.read(ctx, usersRoute+"@me/", "", "team.id"); unknown == nil {
			refusal, number = nil, owner.Get("team.id").String()
		}
	}
	if refusal != nil {
		refusal.Hint = nameProject + " " + refusal.Hint
		return "", refusal
	}
	return number, nil
}
