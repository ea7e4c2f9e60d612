// Opens the server's page in a headless Chromium, as a person with a phone and
// one with a desk would, uses everything on it, and takes pictures. Then a person
// logs in at the sandbox. It exits with 1 when something does not work.
//
//   node look.mjs PROGRAM PICTURES CACHE    CACHE has playwright-core and axe-core
import { spawn, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createInterface } from "node:readline";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";

const [program, pictures, cache] = process.argv.slice(2);
const require = createRequire(`${cache}/`);
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
const desk = { viewport: { width: 1280, height: 900 } };
const servers = [
  { name: "sandbox", args: ["--sandbox"], devices: { phone, "phone-dark": { ...phone, colorScheme: "dark" }, desk, "desk-dark": { ...desk, colorScheme: "dark" } } },
  { name: "passthrough", args: ["--read-only", "--toolsets", "subscriptions,lookup", "--confirm", "sends"], devices: { "phone-dark": { ...phone, colorScheme: "dark" }, desk } },
];

let passed = 0, failed = 0;
function check(what, right, found = "") {
  if (right) return passed++;
  failed++;
  console.log(`FAIL  ${what}`, found);
}

// start runs the product without the settings of whoever runs this.
async function start(args) {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("POSTHOG_")));
  const server = spawn(program, ["http", "--addr", "127.0.0.1:0", ...args], { env, stdio: ["ignore", "ignore", "pipe"] });
  for await (const line of createInterface({ input: server.stderr })) {
    const found = line.match(/http:\/\/[^ "]+\/mcp/);
    if (found) return { url: found[0].slice(0, -"mcp".length), stop: () => server.kill() };
  }
  throw new Error("the server ended before it listened");
}

const shown = ".tool:not([hidden])";
const fits = (page) => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);

// doings are what people do with the page: a fragment, and what they then see.
const doings = {
  async first() {},
  async whole() {},
  async search(page, is) {
    const hits = await page.locator(shown).evaluateAll((all) => all.map((e) => e.textContent.toLowerCase()));
    is("some tools are found, and not all", hits.length > 0 && hits.length < await page.locator(".tool").count(), hits.length);
    is("each of them has the words", hits.every((text) => text.includes("dashboard") && text.includes("list")));
    is("the count is right", (await page.locator("#found").textContent()).startsWith(`${hits.length} of `));
    is("no empty group is shown", await page.locator(".set:not([hidden]):not(:has(.tool:not([hidden])))").count() === 0);
  },
  async typed(page, is) {
    await page.keyboard.press("/");
    is("a slash leads to the search", await page.evaluate(() => document.activeElement.id === "q" && document.activeElement.value === ""));
    await page.keyboard.insertText("Summary_Quota");
    is("the address has the search", await page.evaluate(() => location.hash) === "#q=Summary_Quota", page.url());
    is("the one tool that is found is open", await page.locator(shown).count() === 1 && await page.locator(`${shown}[open]`).count() === 1);
    await page.keyboard.insertText(" zebra");
    is("nothing is found, in words", await page.locator(shown).count() === 0 && /^No tool/.test(await page.locator("#found").textContent()));
  },
  async tool(page, is) {
    is("the linked tool is open", await page.locator("#subscriptions-retrieve[open]").count() === 1);
    is("the linked tool is in sight", await page.locator("#subscriptions-retrieve").evaluate((e) => Math.abs(e.getBoundingClientRect().top) < innerHeight));
  },
  async client(page, is) {
    await page.locator("[name=client]:checked").focus();
    const clients = await page.locator("[name=client]").count();
    for (let i = 0; i < clients; i++) {
      const open = page.locator(".client:visible");
      is(`client ${i} is shown alone`, await open.count() === 1, await open.count());
      for (const button of await open.locator("[data-copy]").all()) {
        await button.click();
        const text = await page.locator(`#${await button.getAttribute("data-copy")}`).textContent();
        is(`client ${i} is copied`, await page.evaluate(() => navigator.clipboard.readText()) === text);
        is(`client ${i}: it is said`, await page.locator("#said").textContent() === "Copied.");
      }
      await page.locator("[name=client]:checked").focus();
      await page.keyboard.press("ArrowRight");
    }
  },
  async links(page, is) {
    for (const link of await page.locator("a[href^='#']").all()) {
      const name = await link.getAttribute("href");
      await link.focus();
      await page.keyboard.press("Enter");
      is(`${name} leads there`, await page.locator(name).evaluate((e) => e.getBoundingClientRect().top < innerHeight), name);
    }
  },
  async tools(page, is) {
    for (const tool of await page.locator(".tool").all()) {
      await tool.locator("summary").click();
      is("a tool opens", await tool.getAttribute("open") !== null, await tool.getAttribute("id"));
    }
  },
  async plain() {},
};
const fragments = { search: "#q=dashboard%20LIST", tool: "#subscriptions-retrieve" };

async function look(browser, url, device, name) {
  for (const [doing, act] of Object.entries(doings)) {
    const context = await browser.newContext({ ...device, reducedMotion: "reduce", javaScriptEnabled: doing !== "plain", permissions: ["clipboard-read", "clipboard-write"] });
    const page = await context.newPage();
    const complaints = [];
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("requestfailed", (request) => complaints.push(request.url()));
    await page.goto(url + (fragments[doing] ?? ""));
    const is = (what, right, found) => check(`${name}, ${doing}: ${what}`, right, found);
    await act(page, is);
    if (doing !== "plain") is("it fits the window", await fits(page));
    is("the console is silent", complaints.length === 0, complaints);
    await page.screenshot({ path: `${pictures}/${name}-${doing}.png`, fullPage: ["whole", "search", "plain", "tools"].includes(doing) });
    await context.close();
  }
}

// ask asks axe-core about a page.
async function ask(page, name) {
  await page.evaluate(axe);
  const { violations, incomplete } = await page.evaluate(() => axe.run({ resultTypes: ["violations", "incomplete"] }));
  const findings = [...violations, ...incomplete].map((x) => `${x.id}: ${x.help}: ${x.nodes.slice(0, 3).map((n) => n.html.slice(0, 120)).join(" | ")}`);
  check(`${name}, axe-core`, findings.length === 0, findings);
}

// accessible asks about the page as it opens, and with everything open.
async function accessible(browser, url, device, name) {
  const context = await browser.newContext({ ...device, reducedMotion: "reduce", bypassCSP: true });
  const page = await context.newPage();
  await page.goto(url);
  for (const when of ["as it opens", "with all tools open"]) {
    await ask(page, `${name}, the page ${when}`);
    await page.evaluate(() => document.querySelectorAll("details").forEach((d) => { d.open = true; }));
  }
  await context.close();
}

// logins are what people do on the sandbox's page for a login, and what comes of it.
const logins = {
  allowed: { button: "Allow", heading: "Logged in", code: 0, printed: /user:write +yes/ },
  narrowed: { args: ["--project", "31002"], button: "Allow", heading: "Logged in", code: 0, printed: /project +31002[^]*user:write +no/,
    async before(page) {
      await page.getByLabel("hedgebox.example website").check();
      await page.getByLabel("user:write").uncheck();
    } },
  declined: { button: "Cancel", heading: "Not logged in", code: 1, printed: /^$/ },
};

// login logs in at a sandbox, in the browser, as the command says.
async function login(browser, name, { args = [], before = async () => {}, button, heading, code, printed }) {
  const folder = mkdtempSync(`${tmpdir()}/look-`);
  const env = { PATH: process.env.PATH, HOME: folder, DBUS_SESSION_BUS_ADDRESS: "unix:path=/nowhere" };
  const run = (...words) => spawn(program, words, { env, stdio: ["pipe", "pipe", "pipe"] });
  const line = async (stream, shape) => {
    for await (const text of createInterface({ input: stream })) if (shape.test(text)) return text.match(shape)[0];
    throw new Error(`no line is like ${shape}`);
  };
  const sandbox = run("sandbox", "--addr", "127.0.0.1:0");
  const host = await line(sandbox.stdout, /http:\/\/127\.0\.0\.1:\d+/);
  const command = run("login", "--host", host, "--toolsets", "users", "--no-browser", ...args);
  let out = "";
  command.stdout.on("data", (text) => { out += text; });
  const ended = new Promise((end) => { command.on("close", end); });
  const context = await browser.newContext({ ...phone, bypassCSP: true });
  const page = await context.newPage();
  await page.goto(await line(command.stderr, /^http:.*/));
  const is = (what, right, found) => check(`login, ${name}: ${what}`, right, found);
  is("PostHog's page fits the window", await fits(page));
  await ask(page, `login, ${name}, PostHog's page`);
  await before(page);
  await page.screenshot({ path: `${pictures}/login-${name}-consent.png`, fullPage: true });
  await page.getByRole("button", { name: button }).click();
  await page.waitForURL(/\/callback\?/);
  is("the last page says how it went", await page.locator("h1").textContent() === heading, await page.content());
  is("the last page fits the window", await fits(page));
  await ask(page, `login, ${name}, the last page`);
  await page.screenshot({ path: `${pictures}/login-${name}-end.png` });
  is("the command ends as it should", await ended === code && printed.test(out), out);
  await context.close();
  sandbox.kill();
  rmSync(folder, { recursive: true });
}

mkdirSync(pictures, { recursive: true });
const executablePath = execFileSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" }).trim();
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });
for (const { name, args, devices } of servers) {
  const server = await start(args);
  for (const [device, settings] of Object.entries(devices)) {
    await look(browser, server.url, settings, `${name}-${device}`);
    await accessible(browser, server.url, settings, `${name}-${device}`);
  }
  server.stop();
}
for (const [name, doing] of Object.entries(logins)) await login(browser, name, doing);
await browser.close();
console.log(`pictures are in ${pictures}\n${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
