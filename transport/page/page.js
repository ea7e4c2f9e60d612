"use strict";
(() => {
  const by = (id) => document.getElementById(id);
  const search = by("q"), found = by("found");
  const sets = [...document.querySelectorAll(".set")];
  const tools = [...document.querySelectorAll(".tool")].map((box) => ({ box, text: box.textContent.toLowerCase() }));

  const show = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const hits = tools.filter(({ box, text }) => !(box.hidden = !words.every((word) => text.includes(word))));
    for (const set of sets) set.hidden = !set.querySelector(".tool:not([hidden])");
    if (words.length && hits.length === 1) hits[0].box.open = true;
    found.textContent = !words.length ? `${tools.length} tools`
      : hits.length ? `${hits.length} of ${tools.length} tools` : "No tool has all of these words.";
  };

  // A link can name a tool (#users-list) or a search (#q=users).
  const follow = () => {
    const name = location.hash.slice(1);
    const sought = new URLSearchParams(name).get("q");
    const tool = tools.find(({ box }) => box.id === name)?.box;
    if (sought !== null || tool) search.value = sought ?? "";
    show();
    if (tool) tool.open = true;
    (tool ?? (sought && by("tools")))?.scrollIntoView();
  };

  search.addEventListener("input", () => {
    show();
    history.replaceState(null, "", search.value ? "#q=" + encodeURIComponent(search.value) : location.pathname);
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input[type=search]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      search.focus();
    }
  });
  addEventListener("hashchange", follow);

  const say = (text) => { by("said").textContent = text; };
  const copy = async (button) => {
    const from = by(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(from.textContent);
    } catch { // plain HTTP has no clipboard
      getSelection().selectAllChildren(from);
      return say("Selected: copy it with your keyboard.");
    }
    say("Copied.");
    button.classList.add("done");
    setTimeout(() => button.classList.remove("done"), 2000);
  };
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button));
  }
  document.documentElement.classList.add("scripted");
  follow();
})();
