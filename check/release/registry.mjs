// Serves npm packages to this machine alone, as npm's registry does, and runs a
// command while it does: what it installs comes from there, or not at all.
//
//   node registry.mjs FOLDER COMMAND...    FOLDER has the packages as .tgz files
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

const [folder, command, ...args] = process.argv.slice(2);
const packages = new Map();
for (const file of readdirSync(folder).filter((name) => name.endsWith(".tgz"))) {
  const content = readFileSync(join(folder, file));
  const manifest = JSON.parse(execFileSync("tar", ["-xzOf", join(folder, file), "package/package.json"]));
  packages.set(manifest.name, { file, content, manifest });
}

const server = createServer((request, response) => {
  const path = decodeURIComponent(request.url.slice(1));
  const file = [...packages.values()].find((p) => p.file === path);
  if (file) return response.end(file.content);
  const found = packages.get(path);
  if (!found) return response.writeHead(404).end();
  const { content, manifest } = found;
  const dist = {
    tarball: `http://${request.headers.host}/${found.file}`,
    integrity: "sha512-" + createHash("sha512").update(content).digest("base64"),
  };
  const { name, version } = manifest;
  response.setHeader("Content-Type", "application/json");
  response.end(JSON.stringify({ name, "dist-tags": { latest: version }, versions: { [version]: { ...manifest, dist } } }));
}).listen(0, "127.0.0.1", () => {
  const registry = `http://127.0.0.1:${server.address().port}/`;
  const child = spawn(command, args, { stdio: "inherit", env: { ...process.env, npm_config_registry: registry } });
  child.on("exit", (code) => process.exit(code ?? 1));
});
