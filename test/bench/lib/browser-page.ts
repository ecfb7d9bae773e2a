// A bench's page: built once with Vite into a folder that the servers of the bench serve, and opened in Chromium.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium } from "playwright";
import { build } from "vite";
import { chromiumArgs, requireChromium } from "../../setup/chromium.mjs";

/** A built page. */
export type BuiltPage = { readonly folder: string; remove(): void };

/** Builds the page at `root` (a folder with an index.html). */
export async function buildPage(root: string): Promise<BuiltPage> {
  const folder = mkdtempSync(join(tmpdir(), "floe-bench-"));
  await build({ root, configFile: false, logLevel: "error", build: { outDir: folder, emptyOutDir: true, target: "es2022" } });
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Chromium with sound allowed at once. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: requireChromium(),
    args: [...chromiumArgs, "--autoplay-policy=no-user-gesture-required"],
  });
}
