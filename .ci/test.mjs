// `npm test`: everything a user's trust rests on, on a fresh clone too. Installs, builds, finds (or, as root on Debian,
// installs) Chromium, coturn, aiortc and the camera simulator's packages, then runs the check, the browser projects and the end-to-end
// tests. The last line is `N passed, N failed`, over all of them.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { findChromium } from "../test/setup/chromium.mjs";
import { cameraFault, coturnPackages, missingPackages } from "../test/setup/system-packages.mjs";
import { check } from "./check.mjs";
import { ensureBuilt } from "./lib/build.cjs";
import { ensureInstalled } from "./lib/install.cjs";
import { fail, paint, say, since } from "./lib/report.cjs";
import { close } from "./lib/steps.mjs";
import { runVitest } from "./lib/vitest.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const BROWSER_DEADLINE_MS = 8 * 60_000;
const E2E_DEADLINE_MS = 15 * 60_000;

/** Makes sure that the programs are there that the tests play against; ends the process with the one line to type if not. */
function ensureSystemPackages() {
  const packages = missingPackages();
  if (packages.length === 0) {
    return;
  }
  const byHand = `sudo apt-get install --no-install-recommends ${packages.join(" ")}`;
  const isChosenMissing = Boolean(process.env.FLOE_CHROMIUM) && findChromium() === undefined;
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get") || isChosenMissing) {
    const choice = findChromium() === undefined ? " (or set FLOE_CHROMIUM to a Chromium that you have)" : "";
    fail("test/missing-packages", `the tests play against programs that are not here. Type: ${byHand}${choice}.`, 4);
  }
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (const args of [["update"], ["install", "-y", "--no-install-recommends", ...packages]]) {
    say(`apt-get ${args.join(" ")} …`);
    if (spawnSync("apt-get", ["-q", ...args], { env, stdio: ["ignore", 2, 2] }).status !== 0) {
      fail("test/missing-packages", `apt-get ${args[0]} failed, its lines are above. By hand: ${byHand}`, 4);
    }
  }
  if (packages.some((name) => coturnPackages.includes(name)) && existsSync("/run/systemd/system")) {
    // Debian starts a server with the package, on the port that our own wants.
    spawnSync("systemctl", ["disable", "--now", "coturn"], { stdio: ["ignore", 2, 2] });
  }
  const still = missingPackages();
  if (still.length > 0) {
    const why =
      findChromium() === undefined
        ? "Chromium is not to be found"
        : (cameraFault() ?? `${still.join(" ")} is not whole`);
    fail("test/missing-packages", `the packages were installed, but ${why}. Try: ${byHand}`, 4);
  }
}

async function stage(name, run) {
  const startedMs = Date.now();
  say(paint(1, `\n== ${name}`));
  const { passed, failed, notes = [] } = await run();
  for (const note of notes) {
    say(`  ${note}`);
  }
  say(paint(1, `== ${name}: ${passed} passed, ${failed} failed in ${since(startedMs)}`));
  return { passed, failed };
}

const startedMs = Date.now();
ensureInstalled(root);
ensureBuilt(root);
ensureSystemPackages();
process.env.FLOE_CHROMIUM = findChromium();

const results = [
  await stage("check", () => check()),
  await stage("browser", () =>
    runVitest(root, ["browser-isolated", "browser-plain"], { deadlineMs: BROWSER_DEADLINE_MS }),
  ),
  await stage("end-to-end", () => runVitest(root, ["e2e"], { deadlineMs: E2E_DEADLINE_MS })),
];
say(`\nall stages: ${since(startedMs)}`);
process.exitCode = close({
  passed: results.reduce((sum, each) => sum + each.passed, 0),
  failed: results.reduce((sum, each) => sum + each.failed, 0),
});
