// Builds what is stale: dist/{core,node,browser} with tsc, and the page with Vite. Whether something is stale is
// decided by content, so a fresh checkout, a touched file and a switched branch all cost what they should.
"use strict";

const { spawnSync } = require("node:child_process");
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const { fail, say, since } = require("./report.cjs");

const STAMP = "dist/.floe-build.json";
const DOOR_FOLDERS = ["core", "node", "browser"];

/** All files under `folder`, sorted, as paths relative to `root`. */
function listFiles(root, folder) {
  const absolute = path.join(root, folder);
  if (!fs.existsSync(absolute)) {
    return [];
  }
  const files = [];
  for (const entry of fs.readdirSync(absolute, { withFileTypes: true })) {
    const relative = `${folder}/${entry.name}`;
    if (entry.isDirectory() && entry.name !== "node_modules") {
      files.push(...listFiles(root, relative));
    } else if (entry.isFile()) {
      files.push(relative);
    }
  }
  return files.sort();
}

function hashFiles(root, files, salt) {
  const hash = createHash("sha256").update(salt);
  for (const file of files) {
    hash.update(`\n${file}\n`).update(fs.readFileSync(path.join(root, file)));
  }
  return hash.digest("hex");
}

function packageVersion(root, name) {
  return JSON.parse(fs.readFileSync(path.join(root, "node_modules", name, "package.json"), "utf8")).version;
}

/** The keys of what dist would hold if it were built now. */
function buildKeys(root) {
  const sources = listFiles(root, "src").filter((file) => /\.([cm]?[jt]s|tsx|json)$/.test(file));
  const code = hashFiles(root, ["package.json", "tsconfig.base.json", ...sources], packageVersion(root, "typescript"));
  const hasPage = fs.existsSync(path.join(root, "examples/playground/vite.config.ts"));
  const pageFiles = [...listFiles(root, "examples"), ...listFiles(root, "wasm")];
  const page = hasPage ? hashFiles(root, pageFiles, `${code} ${packageVersion(root, "vite")}`) : "none";
  return { code, page };
}

function readStamp(root) {
  try {
    return JSON.parse(fs.readFileSync(path.join(root, STAMP), "utf8"));
  } catch {
    return {};
  }
}

function run(root, what, args, code) {
  const startedMs = Date.now();
  say(`build: ${what} …`);
  const result = spawnSync(process.execPath, args, { cwd: root, stdio: ["ignore", 2, 2] });
  if (result.error !== undefined || result.status !== 0) {
    const why = result.error?.message ?? (result.signal ? `ended by ${result.signal}` : "its lines are above");
    fail(code, `${what} failed (${why}). Fix what they name, then start again.`);
  }
  say(`build: ${what} took ${since(startedMs)}`);
}

/** Copies the hand-written CommonJS files (the bin's launcher), which tsc leaves alone. */
function copyLaunchers(root) {
  for (const file of listFiles(root, "src/node").filter((name) => name.endsWith(".cjs"))) {
    const target = path.join(root, file.replace(/^src/, "dist"));
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.copyFileSync(path.join(root, file), target);
    fs.chmodSync(target, 0o755);
  }
}

/** Deletes outputs whose source is gone: tsc never does, and the package would ship them. */
function pruneOutputs(root) {
  for (const door of DOOR_FOLDERS) {
    for (const file of listFiles(root, `dist/${door}`)) {
      const stem = file.replace(/^dist/, "src").replace(/(\.d\.ts|\.js|\.cjs)(\.map)?$/, "");
      if (![".ts", ".tsx", ".cjs"].some((suffix) => fs.existsSync(path.join(root, stem + suffix)))) {
        fs.rmSync(path.join(root, file));
      }
    }
  }
}

function buildCode(root, isFirst) {
  const tsc = path.join(root, "node_modules/typescript/bin/tsc");
  // tsc trusts its build info even when dist was deleted, so without a stamp everything is built.
  const force = isFirst ? ["--force"] : [];
  run(root, "TypeScript", [tsc, "-b", ...force, ...DOOR_FOLDERS.map((door) => `src/${door}`)], "build/types");
  copyLaunchers(root);
  pruneOutputs(root);
}

function buildPage(root) {
  const vite = path.join(root, "node_modules/vite/bin/vite.js");
  const args = ["build", "examples/playground", "--config", "examples/playground/vite.config.ts", "--logLevel", "warn"];
  run(root, "the page", [vite, ...args, "--outDir", path.join(root, "dist/page"), "--emptyOutDir"], "build/page");
}

/** Builds what is stale (everything with `force`). Returns true if something was built; ends the process on failure. */
function ensureBuilt(root, { force = false } = {}) {
  const keys = buildKeys(root);
  const stamp = force ? {} : readStamp(root);
  const isCodeStale = stamp.code !== keys.code || !fs.existsSync(path.join(root, "dist/node/index.js"));
  const isPageStale =
    keys.page !== "none" && (stamp.page !== keys.page || !fs.existsSync(path.join(root, "dist/page/index.html")));
  if (!isCodeStale && !isPageStale) {
    return false;
  }
  const stampFile = path.join(root, STAMP);
  fs.rmSync(stampFile, { force: true });
  if (isCodeStale) {
    buildCode(root, stamp.code === undefined);
  }
  if (isPageStale) {
    buildPage(root);
  }
  fs.mkdirSync(path.dirname(stampFile), { recursive: true });
  fs.writeFileSync(stampFile, `${JSON.stringify(keys)}\n`);
  return true;
}

module.exports = { ensureBuilt, listFiles };
