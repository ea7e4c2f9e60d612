// Lays out the npm packages and packs them: one of the launcher, which people
// install, and one of the program for each platform, of which npm takes the one
// that fits. No package runs a script at its installation.
//
//   node npm.mjs VERSION NAME OUT    NAME is the server's in the MCP registry, which
//                                    compares it; run at the root
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

const [version, name, out] = process.argv.slice(2);
const launcher = JSON.parse(readFileSync("deploy/npm/package.json", "utf8"));
const platforms = {
  "linux-x64": "linux_amd64_v1", "linux-arm64": "linux_arm64_v8.0",
  "darwin-x64": "darwin_amd64_v1", "darwin-arm64": "darwin_arm64_v8.0",
  "win32-x64": "windows_amd64_v1", "win32-arm64": "windows_arm64_v8.0",
};

// pack makes OUT/NAME-VERSION.tgz of a package with these files.
function pack(manifest, files) {
  const folder = join(out, "packages", manifest.name);
  mkdirSync(folder, { recursive: true });
  for (const [file, mode] of [...files, ["LICENSE", 0o644], ["bin/THIRD_PARTY_LICENSES", 0o644]]) {
    cpSync(file, join(folder, basename(file)));
    chmodSync(join(folder, basename(file)), mode);
  }
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest, null, 2) + "\n");
  execFileSync("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", out, folder]);
}

const { license, description } = launcher;
const optionalDependencies = {};
for (const [platform, built] of Object.entries(platforms)) {
  const [os, cpu] = platform.split("-");
  const program = os === "win32" ? "posthog-mcp.exe" : "posthog-mcp";
  const manifest = {
    name: `@posthog-mcp/${platform}`, version, license, description: `${description}: the program for ${platform}`,
    os: [os], cpu: [cpu], files: [program, "THIRD_PARTY_LICENSES"], preferUnplugged: true,
    publishConfig: { access: "public" }, // a name with a scope is private otherwise
  };
  pack(manifest, [[join("bin/goreleaser", `posthog-mcp_${built}`, program), 0o755]]);
  optionalDependencies[manifest.name] = version;
}
pack({ ...launcher, version, mcpName: name, files: [...launcher.files, "THIRD_PARTY_LICENSES"], optionalDependencies },
  [["deploy/npm/posthog-mcp.js", 0o755]]);
