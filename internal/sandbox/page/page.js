"use strict";

// Everything is set as text, since titles and addresses are not trusted. Invisible
// characters in them are shown as escapes.
const $ = (id) => document.getElementById(id);
const visible = (text) => text.replace(/\p{Cf}/gu, (c) => `‹U+${c.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}›`);

function item(parts, className) {
  const li = document.createElement("li");
  if (className) li.className = className;
  for (const [tag, text, cls] of parts) {
    if (!text) continue;
    const el = document.createElement(tag);
    el.textContent = visible(text);
    if (cls) el.className = cls;
    li.append(el, " ");
  }
  return li;
}

// fill redraws a list only when its rows changed, so that selecting text in it
// stays possible.
const drawn = {};
function fill(id, rows, draw) {
  const key = JSON.stringify(rows);
  if (drawn[id] === key) return;
  drawn[id] = key;
  $(id).replaceChildren(...rows.map(draw));
  $(id + "-count").textContent = rows.length ? String(rows.length) : "";
}

// when returns a time in UTC, like the API's times: the reader's own time zone would
// differ from a client's answers.
const when = (t) => new Date(t).toISOString().slice(0, 16).replace("T", " ") + " UTC";

function message(m) {
  return item([
    ["b", m.subject],
    ["span", `${m.kind} to ${m.to}`],
    ["span", m.text && `“${m.text}”`],
    ["span", `${m.trigger.replace("_", " ")} · ${when(m.at)}`],
  ]);
}

function request(r) {
  const query = r.query ? "?" + r.query : "";
  return item([["span", String(r.status), r.status < 400 ? "fine" : "bad"], ["span", `${r.method} ${r.path}${query}`]]);
}

function subscription(s) {
  const state = s.deleted ? "deleted" : s.enabled ? "" : "disabled";
  const next = state ? "" : s.next_delivery_date ? ` · next ${when(s.next_delivery_date)}` : " · ended";
  return item([
    ["b", s.title || s.about || `Subscription ${s.id}`],
    ["span", `${s.id} in ${s.project_name} · ${s.about || "nothing"} · ${s.target_type} to ${s.target}`],
    ["span", s.summary + next],
    ["span", state, "bad"],
  ], state && "off");
}

function share(s) {
  const lock = s.password_required ? `password required, ${s.passwords} active` : "no password";
  return item([["span", s.enabled ? "shared" : "not shared", s.enabled ? "fine" : "bad"], ["span", `${s.recording} · ${lock}`]]);
}

async function get(name) {
  const answer = await fetch(name, { cache: "no-store" });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

async function refresh() {
  try {
    const [state, outbox, seen] = await Promise.all([get("state"), get("outbox"), get("requests")]);
    $("now").textContent = when(state.now);
    fill("outbox", outbox.messages.reverse(), message);
    $("outbox-empty").hidden = outbox.messages.length > 0;
    fill("requests", seen.requests.reverse().slice(0, 100), request);
    const names = new Map(state.projects.map((p) => [p.id, p.name]));
    fill("subs", state.subscriptions.map((s) => ({ ...s, project_name: names.get(s.project) })), subscription);
    fill("shares", state.shares, share);
    $("shares-empty").hidden = state.shares.length > 0;
    $("live").textContent = "live";
    $("live").className = "up";
  } catch {
    $("live").textContent = "the sandbox does not answer";
    $("live").className = "down";
  }
}

async function post(name, body) {
  await fetch(name, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  refresh();
}

for (const button of document.querySelectorAll("[data-advance]")) {
  button.addEventListener("click", () => post("clock", { advance: button.dataset.advance }));
}
$("reset").addEventListener("click", () => post("reset", {}));

refresh();
setInterval(() => { if (!document.hidden) refresh(); }, 1000);
