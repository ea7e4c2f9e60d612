package main

import (
	"errors"

	"posthog-mcp/internal/look/browser"
)

// doing is something that people do with the page, and what they then see.
type doing struct {
	name     string
	fragment string
	noScript bool
	// whole says that the picture shows all of the page.
	whole bool
	steps []step
}

// step does something, or is an error where something is not as it should be.
type step func(*browser.Tab) error

// is checks a JavaScript expression that comes to "" where all is well, else to
// what is wrong.
func is(expression string) step {
	return func(t *browser.Tab) error {
		var wrong string
		if err := t.Value(expression, &wrong); err != nil {
			return err
		}
		if wrong != "" {
			return errors.New(wrong)
		}
		return nil
	}
}

func press(key string, code int, text string) step {
	return func(t *browser.Tab) error { return t.Press(key, code, text) }
}

func typing(text string) step {
	return func(t *browser.Tab) error { return t.Type(text) }
}

// fits wants no page that has to be moved sideways.
var fits = is(`document.documentElement.scrollWidth > innerWidth
	? "it is wider than the window: " + [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 80)).join("; ") : ""`)

var doings = []doing{
	{name: "first", steps: []step{fits}},
	{name: "whole", whole: true, steps: []step{fits}},
	{name: "search", fragment: "#q=dashboard%20LIST", whole: true, steps: []step{
		fits,
		is(`(() => {
			const shown = [...document.querySelectorAll(".tool:not([hidden])")];
			if (!shown.length) return "nothing was found";
			if (shown.length === document.querySelectorAll(".tool").length) return "everything was found";
			const odd = shown.find(e => !/dashboard/i.test(e.textContent) || !/list/i.test(e.textContent));
			if (odd) return "found without reason: " + odd.id;
			if (!document.getElementById("found").textContent.startsWith(shown.length + " of ")) return "the count is wrong";
			return document.querySelector(".set:not([hidden]):not(:has(.tool:not([hidden])))") ? "an empty group is shown" : "";
		})()`),
	}},
	{name: "typed", steps: []step{
		press("/", 191, "/"),
		is(`document.activeElement.id === "q" && document.activeElement.value === "" ? "" : "the slash does not lead to the search"`),
		typing("Summary_Quota"),
		is(`location.hash === "#q=Summary_Quota" ? "" : "the address has not the search but " + location.hash`),
		is(`document.querySelectorAll(".tool:not([hidden])").length === 1 && document.querySelector(".tool:not([hidden])").open ? "" : "the one tool that is found is not open"`),
		typing(" zebra"),
		is(`document.querySelector(".tool:not([hidden])") || !/^No tool/.test(document.getElementById("found").textContent) ? "a search for nothing finds something" : ""`),
	}},
	{name: "tool", fragment: "#subscriptions-retrieve", steps: []step{
		fits,
		is(`document.getElementById("subscriptions-retrieve").open ? "" : "the linked tool is closed"`),
		is(`Math.abs(document.getElementById("subscriptions-retrieve").getBoundingClientRect().top) < innerHeight ? "" : "the linked tool is out of sight"`),
	}},
	{name: "client", steps: []step{
		is(`document.querySelector("[name=client]:checked").focus(), document.activeElement.type === "radio" ? "" : "the clients take no focus"`),
		press("ArrowRight", 39, ""), press("ArrowRight", 39, ""), press("ArrowRight", 39, ""),
		is(`(() => {
			const shown = [...document.querySelectorAll(".client")].filter(e => e.checkVisibility());
			if (shown.length !== 1) return shown.length + " clients are shown";
			return shown[0].querySelector("pre[id=file-vscode]") ? "" : "the arrow keys lead elsewhere";
		})()`),
		is(`document.querySelector("[data-copy=file-vscode]").click(), new Promise(done => setTimeout(done, 300))
			.then(() => navigator.clipboard.readText())
			.then(text => text !== document.getElementById("file-vscode").textContent ? "copied was " + text
				: document.getElementById("said").textContent === "Copied." ? "" : "nothing was said of it")`),
		fits,
	}},
	{name: "plain", noScript: true, whole: true, steps: []step{fits}},
}

// accessible opens everything that can be opened, and asks axe-core.
func (v *visit) accessible(name, url string, s browser.Settings) error {
	if v.axe == "" {
		return nil
	}
	s.AnyScript, s.NoScript = true, false
	t, err := v.browser.Open(url, s)
	if err != nil {
		return err
	}
	if err := t.Value(v.axe+"\n;0", nil); err != nil {
		return err
	}
	const findings = `axe.run({ resultTypes: ["violations", "incomplete"] }).then(r => [
		...r.violations.map(x => "violation " + x.id + ": " + x.help + ": " + x.nodes.slice(0, 3).map(n => n.html.slice(0, 120) + " " + (n.any[0]?.message ?? "")).join(" | ")),
		...r.incomplete.map(x => "incomplete " + x.id + ": " + x.nodes.slice(0, 3).map(n => n.html.slice(0, 120) + " " + (n.any[0]?.message ?? "")).join(" | ")),
	].join("\n"))`
	v.check(name+", axe-core on the page as it opens", is(findings)(t))
	if err := t.Value(`document.querySelectorAll("details").forEach(d => d.open = true)`, nil); err != nil {
		return err
	}
	v.check(name+", axe-core with all tools open", is(findings)(t))
	return t.Close()
}
