// Lays out the bundle that desktop clients install, and packs it: MCPB's own tool
// writes the time of day into its archive, so that no two are the same.
//
//   node pack.mjs VERSION EPOCH OUT CACHE    CACHE has @anthropic-ai/mcpb, which
//                                            brings fflate; run at the root
import { spawn } from "node:child_process";
import { cpSync, chmodSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";

const [version, epoch, out, cache] = process.argv.slice(2);
const { zipSync } = createRequire(`${cache}/`)("fflate");
const bundle = join(out, "bundle");

// A manifest cannot tell processors apart: the Mac's program is for both, and on
// Linux a shell looks for its own by the name that uname -m gives. Windows on arm64
// runs the other one.
const programs = {
  "server/darwin/posthog-mcp": "darwin_all", "server/win32/posthog-mcp.exe": "windows_amd64_v1",
  "server/linux-x86_64/posthog-mcp": "linux_amd64_v1", "server/linux-aarch64/posthog-mcp": "linux_arm64_v8.0",
};
function place(from, to, mode) {
  mkdirSync(dirname(join(bundle, to)), { recursive: true });
  cpSync(from, join(bundle, to));
  chmodSync(join(bundle, to), mode);
}
for (const [to, platform] of Object.entries(programs)) {
  place(join("bin/goreleaser", `posthog-mcp_${platform}`, to.split("/").at(-1)), to, 0o755);
}
place("LICENSE", "LICENSE", 0o644);
place("bin/THIRD_PARTY_LICENSES", "THIRD_PARTY_LICENSES", 0o644);

// ask puts requests to the built program, over its sandbox.
async function ask(...requests) {
  const server = spawn("bin/posthog-mcp", ["stdio", "--sandbox"], { stdio: ["pipe", "pipe", "ignore"] });
  const hello = { method: "initialize", params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "release", version: "1" } } };
  const all = [hello, ...requests].map((request, id) => ({ jsonrpc: "2.0", id, ...request }));
  server.stdin.end(all.map((message) => JSON.stringify(message) + "\n").join(""));
  const answers = [];
  for await (const line of createInterface({ input: server.stdout })) {
    const { id, result, error } = JSON.parse(line);
    if (error) throw new Error(line);
    answers[id] = result;
  }
  return answers.slice(1);
}
const [{ tools }, { prompts }] = await ask({ method: "tools/list" }, { method: "prompts/list" });
const texts = await ask(...prompts.map(({ name, arguments: of = [] }) => (
  { method: "prompts/get", params: { name, arguments: Object.fromEntries(of.map((a) => [a.name, `\${arguments.${a.name}}`])) } })));

const manifest = JSON.parse(readFileSync("deploy/mcpb/manifest.json", "utf8"));
manifest.version = version;
manifest.tools = tools.map(({ name, description }) => ({ name, description }));
manifest.prompts = prompts.map(({ name, description, arguments: of }, i) => ({
  name, description, arguments: of?.map((a) => a.name), text: texts[i].messages.map((m) => m.content.text ?? "").join(""),
}));
writeFileSync(join(bundle, "manifest.json"), JSON.stringify(manifest, null, 2) + "\n");

const files = {};
for (const entry of readdirSync(bundle, { recursive: true, withFileTypes: true }).filter((e) => e.isFile()).map((e) => relative(bundle, join(e.parentPath, e.name))).sort()) {
  const mode = entry.startsWith("server/") ? 0o100755 : 0o100644;
  files[entry] = [readFileSync(join(bundle, entry)), { os: 3, attrs: mode << 16 >>> 0 }];
}
process.env.TZ = "UTC"; // a zip has the hour of its place
const name = `posthog-mcp_${version}.mcpb`;
writeFileSync(join(out, name), zipSync(files, { level: 9, mtime: new Date(epoch * 1000) }));
console.log(`${name}: ${tools.length} tools, ${prompts.length} prompts`);
