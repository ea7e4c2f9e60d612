package engine

import (
	"context"
	"net/http"
)

// settleProject puts the project's number in the place of @current, where a
// consent or the duplicate guard is about a certain project: @current is the
// project that a person has open, who may open another at any moment.
func (c *Call) settleProject(ctx context.Context) *Refusal {
	if c.Project != currentProject || c.Box.Confirm == ConfirmOff && !c.guarded() {
		return nil
	}
	number, refusal := c.currentNumber(ctx)
	if refusal != nil {
		return refusal
	}
	var err error
	if c.Request, err = c.Tool.request(c.Args, number); err != nil {
		return &Refusal{Code: "bad_answer", Detail: "PostHog gave the current project no number.", Hint: nameProject}
	}
	c.Project, c.Base = number, c.Box.Host+projectPath(number)
	return nil
}

const nameProject = "Name the project's number with project_id: what a person agrees to holds for one project. projects-list shows them."

// currentNumber asks PostHog for the number of the current project: the project
// itself, or where the key lacks the scope for that, its owner.
func (c *Call) currentNumber(ctx context.Context) (string, *Refusal) {
	answer, refusal := c.Read(ctx, "/api/projects/@current/", "", "id")
	number := answer.Get("id").String()
	if refusal != nil && refusal.Status == http.StatusForbidden {
		if owner, unknown := c.ReadOwner(ctx, "team.id"); unknown == nil {
			refusal, number = nil, owner.Get("team.id").String()
		}
	}
	if refusal != nil {
		refusal.Hint = nameProject + " " + refusal.Hint
		return "", refusal
	}
	return number, nil
}
