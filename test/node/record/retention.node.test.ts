import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { seconds } from "../../../src/core/time/units.js";
import { until } from "../av/rig.js";
import { BOTH, openRecorder, publish } from "./recorder-rig.js";

const HOUR = seconds(3600);

test("recordings go so long after their end, with all that belongs to them; one that is made stays", async () => {
  const { recorder, folder, clock, events } = await openRecorder({ maxAgeHours: 24 });
  const long = await recorder.begin({ peer: "long", ...BOTH });
  publish(long, 1);
  const short = await recorder.begin({ peer: "short", ...BOTH });
  publish(short, 1);
  clock.advance(12 * HOUR);
  await short.end();
  clock.advance(24 * HOUR - seconds(120));
  await recorder.sweep();
  expect(recorder.list()).toHaveLength(2);
  // Nobody asks: it looks by itself, each minute.
  clock.advance(seconds(180));
  await until(() => recorder.list().length === 1);
  expect(recorder.list()).toMatchObject([{ id: long.id, isLive: true }]);
  expect(events.at(-1)).toMatchObject({ event: "recording-removed", peer: "short", reason: "age" });
  expect(readdirSync(folder).sort()).toEqual([`${long.id}.json`, `${long.id}.mp4`]);
  await long.end();
});

test("the oldest ends go when all together are too large, at the end of one and at the start", async () => {
  const first = await openRecorder();
  for (const peer of ["a", "b", "c"]) {
    const live = await first.recorder.begin({ peer, ...BOTH });
    publish(live, 2);
    first.clock.advance(HOUR);
    await live.end();
  }
  const [{ bytes }] = first.recorder.list();
  await first.recorder.close();
  const { recorder, clock, folder } = await openRecorder({
    folder: first.folder,
    maxTotalBytes: Math.floor(2.5 * bytes),
  });
  await until(() => recorder.list().length === 2);
  expect(recorder.list().map(({ peer }) => peer)).toEqual(["c", "b"]);
  clock.advance(4 * HOUR);
  const live = await recorder.begin({ peer: "d", ...BOTH });
  publish(live, 2);
  await live.end();
  await until(() => recorder.list().length === 2);
  expect(recorder.list().map(({ peer }) => peer)).toEqual(["d", "c"]);
  expect(readdirSync(folder)).toHaveLength(4);
});

test("one that is made is never deleted for its size", async () => {
  const { recorder, clock } = await openRecorder({ maxTotalBytes: 1000 });
  const live = await recorder.begin({ peer: "a", ...BOTH });
  publish(live, 4);
  clock.advance(seconds(60));
  await recorder.sweep();
  expect(recorder.find(live.id)?.isLive).toBe(true);
  await live.end();
  await until(() => recorder.list().length === 0);
});
