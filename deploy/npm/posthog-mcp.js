#!/usr/bin/env node
// Starts the program that npm installed for this machine: one of the optional
// packages beside this one, which hold a program each.
"use strict";
const { spawn } = require("node:child_process");
const { constants } = require("node:os");

const platform = `${process.platform}-${process.arch}`;
let program;
try {
  program = require.resolve(`@posthog-mcp/${platform}/posthog-mcp${process.platform === "win32" ? ".exe" : ""}`);
} catch {
  const { optionalDependencies } = require("./package.json");
  const known = Object.keys(optionalDependencies).map((name) => name.split("/")[1]);
  console.error(`posthog-mcp: ` + (known.includes(platform)
    ? `the package @posthog-mcp/${platform} is missing; install again, without --omit=optional and not with a node_modules folder from another machine`
    : `there is no program for ${platform}, only for ${known.join(", ")}; build it from source`));
  process.exit(1);
}

const child = spawn(program, process.argv.slice(2), { stdio: "inherit", windowsHide: true });
// A client ends a server by closing its input, or by a signal to this process. A
// terminal sends its signals to both, and the second one would end the program at once.
const terminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {
  if (signal === "SIGTERM" || !terminal) child.kill(signal);
});
child.on("error", (problem) => {
  console.error(`posthog-mcp: ${program} does not start: ${problem.message}`);
  process.exit(1);
});
child.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
