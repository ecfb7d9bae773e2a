// `npm start` on a fresh clone: the real script in a small project, with stand-ins for npm, tsc and Vite that write down
// that they ran.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { matchesLock } from "../../.ci/lib/install.cjs";
import { repository } from "./fixture.js";

const NOTE = 'require("node:fs").appendFileSync("log", what + String.fromCharCode(10));\n';

/** npm: `npm ci` makes node_modules with a compiler and a bundler that are as small. */
const NPM = `
const what = "npm " + process.argv.slice(2).join(" ");
${NOTE}
const fs = require("node:fs");
if (fs.existsSync("npm-is-broken")) process.exit(7);
const put = (file, text) => { fs.mkdirSync(require("node:path").dirname(file), { recursive: true }); fs.writeFileSync(file, text); };
fs.rmSync("node_modules", { recursive: true, force: true });
for (const name of ["typescript", "vite"]) put("node_modules/" + name + "/package.json", '{"version":"1.0.0"}');
put("node_modules/typescript/bin/tsc", ${JSON.stringify(`const what = "tsc " + process.argv.slice(2).join(" ");\n${NOTE}`)} +
  'for (const door of ["core", "node", "browser"]) { require("node:fs").mkdirSync("dist/" + door, { recursive: true }); require("node:fs").writeFileSync("dist/" + door + "/index.js", ""); }');
put("node_modules/vite/bin/vite.js", ${JSON.stringify(`const what = "vite";\n${NOTE}`)} +
  'require("node:fs").mkdirSync("dist/page", { recursive: true }); require("node:fs").writeFileSync("dist/page/index.html", "");');
fs.copyFileSync("package-lock.json", "node_modules/.package-lock.json");
`;

const LOCK = JSON.stringify({ packages: { "": {}, "node_modules/typescript": { version: "1.0.0" } } });

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "floe-start-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  cpSync(join(repository, ".ci"), join(root, ".ci"), { recursive: true });
  const files = {
    "package.json": "{}",
    "package-lock.json": LOCK,
    "tsconfig.base.json": "{}",
    "npm-cli.js": NPM,
    "src/core/index.ts": "",
    "src/node/index.ts": "",
    "src/browser/index.ts": "",
    "src/node/cli/floe.cjs": "console.log(JSON.stringify({ args: process.argv.slice(2), cwd: process.cwd() }));\n",
    "examples/playground/vite.config.ts": "",
  };
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
});

function start(...args: string[]) {
  writeFileSync(join(root, "log"), "");
  const env = {
    ...process.env,
    npm_execpath: join(root, "npm-cli.js"),
    npm_lifecycle_event: "start",
    INIT_CWD: tmpdir(),
  };
  const child = spawnSync(process.execPath, [join(root, ".ci/start.cjs"), ...args], {
    cwd: root,
    env,
    encoding: "utf8",
  });
  const ran = readFileSync(join(root, "log"), "utf8").split("\n").filter(Boolean);
  return {
    status: child.status,
    stdout: child.stdout,
    stderr: child.stderr,
    ran: ran.map((line) => line.split(" ")[0]),
  };
}

test("a fresh clone installs, builds everything and becomes the command; the second start does neither", () => {
  const first = start("--json", "--source", "clip.mp4");
  expect(first.ran).toEqual(["npm", "tsc", "vite"]);
  expect(first.status).toBe(0);

  const second = start("--json");
  expect(second.ran).toEqual([]);
  expect(second.stderr).toBe("");
});

test("standard output is the command's alone, its arguments arrive, and paths mean the user's folder", () => {
  const { stdout } = start("--json", "--source", "clip.mp4");
  expect(JSON.parse(stdout)).toEqual({ args: ["--json", "--source", "clip.mp4"], cwd: tmpdir() });
});

test("a changed source is compiled and bundled again, a changed page only bundled", () => {
  start();
  writeFileSync(join(root, "src/core/index.ts"), "// changed\n");
  expect(start().ran).toEqual(["tsc", "vite"]);
  writeFileSync(join(root, "examples/playground/main.ts"), "// new\n");
  expect(start().ran).toEqual(["vite"]);
});

test("a deleted dist is built again from nothing, because tsc would believe its build info", () => {
  start();
  rmSync(join(root, "dist"), { recursive: true });
  expect(start().ran).toEqual(["tsc", "vite"]);
});

test("a changed lock file installs again", () => {
  start();
  writeFileSync(join(root, "package-lock.json"), LOCK.replace("1.0.0", "1.0.1"));
  expect(start().ran).toContain("npm");
});

test("the output of a deleted source is deleted", () => {
  start();
  writeFileSync(join(root, "dist/core/gone.js"), "");
  writeFileSync(join(root, "src/core/index.ts"), "// changed\n");
  start();
  expect(() => readFileSync(join(root, "dist/core/gone.js"))).toThrow("ENOENT");
});

test.for([
  "SIGTERM",
  "SIGINT",
] as const)("%s sent to npm alone reaches the command, and its exit code is npm's", async (signal) => {
  start();
  const { scripts } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8")) as {
    scripts: { start: string };
  };
  writeFileSync(join(root, "package.json"), JSON.stringify({ scripts: { start: scripts.start } }));
  writeFileSync(
    join(root, "src/node/cli/floe.cjs"),
    `setInterval(() => {}, 1000);
     process.once("${signal}", () => { console.log("closed"); process.exit(0); });
     console.log("ready");`,
  );
  const npm = spawn("npm", ["start", "--silent"], { cwd: root, stdio: ["ignore", "pipe", "ignore"] });
  let output = "";
  npm.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    if (text.includes("ready")) {
      npm.kill(signal);
    }
  });
  const [code] = (await once(npm, "close")) as [number | null];
  expect(output).toContain("closed");
  expect(code).toBe(0);
});

test("an installation that fails is one line and exit code 1", () => {
  writeFileSync(join(root, "npm-is-broken"), "");
  const { status, stderr } = start();
  expect(stderr).toContain("install/failed: npm ci did not finish (exit code 7).");
  expect(stderr).not.toContain("    at ");
  expect(status).toBe(1);
});

test("`npm test` without what the tests play against is one line that says what to type, and exit code 4", () => {
  for (const file of ["setup/chromium.mjs", "setup/system-packages.mjs", "tools/rtspcam.py"]) {
    cpSync(join(repository, "test", file), join(root, "test", file));
  }
  const env = { ...process.env, npm_execpath: join(root, "npm-cli.js"), FLOE_CHROMIUM: "/nowhere/chromium" };
  const child = spawnSync(process.execPath, [join(root, ".ci/test.mjs")], { cwd: root, env, encoding: "utf8" });
  expect(child.stderr).toContain("test/missing-packages: the tests play against programs that are not here.");
  expect(child.stderr).toMatch(/Type: sudo apt-get install --no-install-recommends chromium.* FLOE_CHROMIUM/);
  expect(child.status).toBe(4);
});

test("an installation made by hand counts, optional packages of other machines may be absent", () => {
  const lock = JSON.stringify({
    packages: { "": {}, a: { version: "1.0.0" }, other: { version: "2.0.0", optional: true, os: ["plan9"] } },
  });
  expect(matchesLock(lock, JSON.stringify({ packages: { a: { version: "1.0.0" } } }))).toBe(true);
  expect(matchesLock(lock, JSON.stringify({ packages: { a: { version: "0.9.0" } } }))).toBe(false);
  expect(matchesLock(lock, JSON.stringify({ packages: {} }))).toBe(false);
  expect(
    matchesLock(lock, JSON.stringify({ packages: { a: { version: "1.0.0" }, other: { version: "1.0.0" } } })),
  ).toBe(false);
});
