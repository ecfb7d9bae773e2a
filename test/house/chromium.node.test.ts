// Finding the browser that the tests drive.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { findChromium } from "../setup/chromium.mjs";

function folderWith(name: string, mode: number): string {
  const folder = mkdtempSync(join(tmpdir(), "floe-chromium-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, name), "");
  chmodSync(join(folder, name), mode);
  return folder;
}

test("FLOE_CHROMIUM wins, and a wrong one is not silently replaced", () => {
  const folder = folderWith("mine", 0o755);
  expect(findChromium({ FLOE_CHROMIUM: join(folder, "mine"), PATH: "/usr/bin" })).toBe(join(folder, "mine"));
  expect(findChromium({ FLOE_CHROMIUM: join(folder, "other"), PATH: "/usr/bin" })).toBeUndefined();
});

test("an executable on PATH is found", () => {
  const folder = folderWith("chromium", 0o755);
  expect(findChromium({ PATH: `/nowhere:${folder}` })).toBe(join(folder, "chromium"));
});
