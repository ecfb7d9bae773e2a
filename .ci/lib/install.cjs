// Installs the dependencies from the lock file when they are missing or differ from it. Everything here is synchronous
// and needs nothing but Node and npm: it runs on a fresh clone, and `npm start` must not touch libuv's thread pool
// before the server has set its size.
"use strict";

const { spawnSync } = require("node:child_process");
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const { fail, say, since } = require("./report.cjs");

const MIN_NODE = [20, 19];

/** Stops with a clear line when this Node is too old for the project. */
function requireNode(version = process.versions.node) {
  const [major, minor] = version.split(".").map(Number);
  if (major < MIN_NODE[0] || (major === MIN_NODE[0] && minor < MIN_NODE[1])) {
    fail(
      "install/old-node",
      `Floe needs Node ${MIN_NODE.join(".")} or newer, this is ${version}. Install a newer Node.`,
      4,
    );
  }
}

/** What an installation depends on: the lock file, and the machine that native packages were chosen for. */
function installKey(lockText) {
  return createHash("sha256")
    .update(lockText)
    .update(`\n${process.platform} ${process.arch} ${process.versions.modules}`)
    .digest("hex");
}

function readText(file) {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

/** True if npm's own record of node_modules (`hiddenText`) holds every package of the lock at its version. */
function matchesLock(lockText, hiddenText) {
  const wanted = JSON.parse(lockText).packages ?? {};
  const present = JSON.parse(hiddenText).packages ?? {};
  const isThere = (name) => present[name]?.version === wanted[name].version;
  const mayBeAbsent = (entry) => entry.optional === true || entry.devOptional === true || entry.link === true;
  const all = Object.keys(wanted).filter((name) => name !== "");
  return all.every((name) => isThere(name) || (present[name] === undefined && mayBeAbsent(wanted[name])));
}

/** True if node_modules holds what the lock file says; remembers a "yes" in a stamp, so that the next look is quick. */
function isInstalled(root) {
  const modules = path.join(root, "node_modules");
  const lockText = readText(path.join(root, "package-lock.json"));
  const hiddenText = readText(path.join(modules, ".package-lock.json"));
  if (lockText === undefined || hiddenText === undefined) {
    return false;
  }
  const stampFile = path.join(modules, ".floe-install");
  const key = installKey(lockText);
  const stamp = readText(stampFile);
  if (stamp === key) {
    return true;
  }
  // The lock changed, or somebody ran npm by hand: npm's own record decides.
  if (!matchesLock(lockText, hiddenText)) {
    return false;
  }
  fs.writeFileSync(stampFile, key);
  return true;
}

/** The command that runs the npm which started us, else the one on PATH. */
function npmCommand(environment = process.env) {
  const cli = environment.npm_execpath;
  return cli?.endsWith("npm-cli.js") && fs.existsSync(cli) ? [process.execPath, cli] : ["npm"];
}

/** Runs `npm ci` if it is needed. Returns true if it ran; ends the process if it failed. */
function ensureInstalled(root) {
  requireNode();
  if (isInstalled(root)) {
    return false;
  }
  const startedMs = Date.now();
  say("install: npm ci (from the lock file; the first time takes a minute or two) …");
  const [command, ...first] = npmCommand();
  const result = spawnSync(command, [...first, "ci", "--include=dev", "--no-audit", "--no-fund"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (result.error !== undefined || result.status !== 0) {
    const why =
      result.error?.message ?? (result.signal ? `it was ended by ${result.signal}` : `exit code ${result.status}`);
    fail(
      "install/failed",
      `npm ci did not finish (${why}). Read its lines above; without a network, node_modules must be there.`,
    );
  }
  fs.writeFileSync(
    path.join(root, "node_modules", ".floe-install"),
    installKey(readText(path.join(root, "package-lock.json"))),
  );
  say(`install: done in ${since(startedMs)}`);
  return true;
}

module.exports = { ensureInstalled, matchesLock, npmCommand };
