// The pages of benches and end-to-end tests, which watch or publish: built with Vite into a folder that a server serves, opened in Chromium.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium } from "playwright";
import { build } from "vite";
import { chromiumArgs, requireChromium } from "./chromium.mjs";

/** A built page. */
export type BuiltPage = { readonly folder: string; remove(): void };

/** Builds the page of test/viewer-page. */
export function buildViewerPage(): Promise<BuiltPage> {
  return buildTestPage("viewer-page");
}

/** Builds the page of test/publisher-page. */
export function buildPublisherPage(): Promise<BuiltPage> {
  return buildTestPage("publisher-page");
}

async function buildTestPage(name: string): Promise<BuiltPage> {
  const root = fileURLToPath(new URL(`../${name}`, import.meta.url));
  const folder = mkdtempSync(join(tmpdir(), `floe-${name}-`));
  await build({
    root,
    configFile: false,
    logLevel: "error",
    build: { outDir: folder, emptyOutDir: true, target: "es2022" },
  });
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Chromium with sound allowed at once. `executable` is what starts it, where that is not its own path. */
export function launchChromium(flags: readonly string[] = [], executable = requireChromium()): Promise<Browser> {
  return chromium.launch({
    executablePath: executable,
    args: [...chromiumArgs, "--autoplay-policy=no-user-gesture-required", ...flags],
  });
}
