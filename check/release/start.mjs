// Starts the server of an unpacked bundle as a desktop client does, and compares
// the tools and prompts that it lists with those that its manifest promises.
//
//   node start.mjs TOOL FOLDER    TOOL is the dist folder of @anthropic-ai/mcpb
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve, sep } from "node:path";
import { deepStrictEqual } from "node:assert";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [tool, folder] = process.argv.slice(2);
const { getMcpConfigForManifest } = await import(pathToFileURL(join(tool, "index.js")));
const manifest = JSON.parse(readFileSync(join(folder, "manifest.json")));
// Nothing is asked of PostHog before a call, so no key need be a real one.
const key = "phx_notARealKeyJustForThisCheck000000000000";

async function configured(userConfig) {
  return getMcpConfigForManifest({
    manifest, userConfig, extensionPath: resolve(folder), systemDirs: {}, pathSeparator: sep,
  });
}

// list starts the server and returns the names it lists.
async function list(userConfig) {
  const { command, args, env } = await configured(userConfig);
  const server = spawn(command, args, { env: { PATH: process.env.PATH, ...env }, stdio: ["pipe", "pipe", "inherit"] });
  server.on("error", (problem) => { throw problem; });
  const send = (message) => server.stdin.write(JSON.stringify({ jsonrpc: "2.0", ...message }) + "\n");
  send({ id: 1, method: "initialize", params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "check", version: "1" } } });
  send({ method: "notifications/initialized" });
  send({ id: 2, method: "tools/list" });
  send({ id: 3, method: "prompts/list" });
  server.stdin.end();
  const answers = {};
  for await (const line of createInterface({ input: server.stdout })) {
    const answer = JSON.parse(line);
    answers[answer.id] = answer.result;
  }
  const names = (of) => of.map((one) => one.name);
  return { tools: names(answers[2].tools), prompts: names(answers[3].prompts) };
}

const promised = { tools: manifest.tools.map((t) => t.name), prompts: manifest.prompts.map((p) => p.name) };
deepStrictEqual(await list({ key }), promised, "all else left as it is");
deepStrictEqual(await list({ key, host: "eu", project: "123", read_only: false }), promised, "all given");
deepStrictEqual(await list({ key, host: "", project: "" }), promised, "emptied");
const reading = await list({ key, read_only: true });
if (reading.tools.length === 0 || reading.tools.length >= promised.tools.length) {
  throw new Error(`read_only offers ${reading.tools.length} of ${promised.tools.length} tools`);
}
if (await configured({}) !== undefined) throw new Error("it starts without a key");
