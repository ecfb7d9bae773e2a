import { statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { SeededRandom } from "../../../src/core/crypto/seeded-random.js";
import { seconds } from "../../../src/core/time/units.js";
import { temporaryFolder } from "../av/rig.js";
import { playBack } from "./play-back.js";
import { buildRecorder, RecorderProcess } from "./recorder-process.js";

let program: Awaited<ReturnType<typeof buildRecorder>>;

beforeAll(async () => {
  program = await buildRecorder();
});

afterAll(() => program.remove());

test.each([
  ["mp4", "keys", 11],
  ["mp4", "one-key", 12],
  ["mkv", "one-key", 13],
  ["mp4", "transcoded", 14],
] as const)("a process that is killed leaves %s (%s) that plays up to a second before", async (format, way, seed) => {
  const path = join(temporaryFolder(), `killed.${format}`);
  const recorder = new RecorderProcess(program.program, [format, path, way]);
  const writtenUs = await recorder.killAt(seconds(3 + new SeededRandom(seed).next() * 5));
  const { video, audio } = await playBack(path);
  expect(video?.frames).toBeGreaterThan(10);
  expect([video?.startS, audio?.startS]).toEqual([0, 0]);
  expect(Math.max(video?.endS ?? 0, audio?.endS ?? 0)).toBeGreaterThan(writtenUs / 1e6 - 1);
});

test("a full disk ends a recording with a file that plays, whether it is full in the midst or at the end", async () => {
  const folder = temporaryFolder();
  const played = async (path: string) => {
    const { video, audio } = await playBack(path);
    expect([video?.errors, audio?.errors]).toEqual([0, 0]);
    return Math.min(video?.endS ?? 0, audio?.endS ?? 0);
  };

  const midst = join(folder, "midst.mp4");
  const full = new RecorderProcess(program.program, ["mp4", midst, "keys"], { maxBlocks: 200 });
  const answer = await full.tell({ untilUs: seconds(60) });
  await full.end();
  expect(answer).toMatchObject({ state: "failed", error: "record/disk-full" });
  expect(statSync(midst).size).toBeLessThanOrEqual(200 * 1024);
  expect(await played(midst)).toBeGreaterThan(5);

  // What the recording needs, less than its index does.
  const whole = join(folder, "whole.mp4");
  const unlimited = new RecorderProcess(program.program, ["mp4", whole, "keys"]);
  await unlimited.tell({ untilUs: seconds(60) });
  const maxBlocks = Math.ceil(statSync(whole).size / 1024) + 4;
  expect(await unlimited.tell("close")).toMatchObject({ state: "ended" });
  await unlimited.end();
  expect(statSync(whole).size).toBeGreaterThan(maxBlocks * 1024);

  const ending = join(folder, "ending.mp4");
  const tight = new RecorderProcess(program.program, ["mp4", ending, "keys"], { maxBlocks });
  expect(await tight.tell({ untilUs: seconds(60) })).toMatchObject({ state: "recording" });
  expect(await tight.tell("close")).toMatchObject({ state: "failed", error: "record/disk-full" });
  await tight.end();
  expect(await played(ending)).toBeGreaterThan(59);
});
