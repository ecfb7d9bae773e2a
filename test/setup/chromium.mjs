// Finds the system's Chromium, and knows the flags with which the tests start it. No dependencies: `.ci/test.mjs`,
// vitest.config.ts, the end-to-end tests and the benches all ask here.
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

const NAMES = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"];

/** The Debian packages that the browser tests need. */
export const chromiumPackages = ["chromium"];

/** Flags for every test browser: no sandbox (CI runs as root), no GPU, and nothing that phones home. */
export const chromiumArgs = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Path of a usable Chromium: `FLOE_CHROMIUM` if set, else the first one on PATH or in /usr/bin; undefined if none. */
export function findChromium(environment = process.env) {
  if (environment.FLOE_CHROMIUM) {
    return isExecutable(environment.FLOE_CHROMIUM) ? environment.FLOE_CHROMIUM : undefined;
  }
  const folders = [...(environment.PATH ?? "").split(delimiter).filter(Boolean), "/usr/bin"];
  for (const name of NAMES) {
    for (const folder of folders) {
      const file = join(folder, name);
      if (isExecutable(file)) {
        return file;
      }
    }
  }
  return undefined;
}

/** Like `findChromium`, but says what to do when there is none. */
export function requireChromium() {
  const file = findChromium();
  if (file === undefined) {
    throw new Error(
      `test/no-chromium: no Chromium was found. Install it with \`sudo apt-get install ${chromiumPackages.join(" ")}\`, ` +
        "or point FLOE_CHROMIUM at one.",
    );
  }
  return file;
}
