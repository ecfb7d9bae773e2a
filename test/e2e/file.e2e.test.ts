// A file all the way: H.264 and AAC in MP4, decoded, encoded once, looped, in a real Chromium.
import { mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeClip } from "../node/av/make-clip.js";
import { eventually, numbered, samples, statusOf, viewerFixture, watch } from "./viewer-fixture.js";

const FPS = 30;
const SECONDS = 2;
const fixture = viewerFixture();
let folder: string;
let clip: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "floe-clips-"));
  clip = join(folder, "clip.mp4");
  await makeClip({ path: clip, seconds: SECONDS, fps: FPS });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("Chromium watches an MP4 over its loop joins: every frame after the one before, with sound", async () => {
  const server = await fixture.start({ media: { source: clip } });
  const page = await fixture.open(server);
  await watch(page);
  const { frameNumbers } = await numbered(page, 5 * FPS);
  const count = FPS * SECONDS;
  const steps = frameNumbers.slice(1).map((number, i) => (number - frameNumbers[i] + count) % count);
  // A busy machine may skip frames on the screen; none comes twice, none comes early, and the join is a step like any.
  expect(Math.min(...steps)).toBeGreaterThanOrEqual(1);
  expect(Math.max(...steps)).toBeLessThan(count / 2);
  expect(frameNumbers.filter((number, i) => i > 0 && number < frameNumbers[i - 1]).length).toBeGreaterThanOrEqual(2);
  await eventually(
    () => samples(page),
    (now) => now.audioEnergy > 0,
  );
});

test("a file that is played once ends the call with the reason", async () => {
  const server = await fixture.start({ media: { source: clip, loop: false } });
  const page = await fixture.open(server);
  await watch(page);
  const words = await eventually(
    () => page.evaluate(() => (globalThis as unknown as { viewer: { words: string } }).viewer.words),
    (text) => text.includes("ended"),
  );
  expect(words).toContain("the source has ended");
  await eventually(
    () => statusOf(server),
    ({ sessions }) => sessions.total === 0,
  );
});

test("a source that is gone when the first viewer comes is told in words, and the server lives", async () => {
  const moving = join(folder, "moving.mp4");
  await makeClip({ path: moving, seconds: 1, width: 320, height: 180 });
  const server = await fixture.start({ media: { source: moving } });
  const page = await fixture.open(server);
  renameSync(moving, `${moving}.away`);
  await expect(watch(page)).rejects.toThrow(/source\/not-found/);
  const status = await statusOf(server);
  expect([status.source.error?.code, status.sessions.total]).toEqual(["source/not-found", 0]);
  renameSync(`${moving}.away`, moving);
  await page.reload();
  await watch(page);
  expect((await statusOf(server)).source.error).toBeUndefined();
});
