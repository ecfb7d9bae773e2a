import { statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { seconds } from "../../../src/core/time/units.js";
import { temporaryFolder, until } from "../av/rig.js";
import { media } from "./media.js";
import { playBack } from "./play-back.js";
import { BOTH, openRecorder, publish } from "./recorder-rig.js";
import { smallDisk } from "./small-disk.js";

const freeBytes = (folder: string): number => {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
};

test("a full disk ends the recording with an alarm; what was written plays, and the recorder goes on", async () => {
  const { recorder, folder, events } = await openRecorder({ folder: smallDisk(131_072) });
  const live = await recorder.begin({ peer: "alice", ...BOTH });
  let code = "";
  live.ended.on((error) => {
    code = error?.code ?? "none";
  });
  let writtenUs = 0;
  for (const packet of media("h264-opus", seconds(120))) {
    live.sink.write(packet);
    if (live.sink.state === "failed") {
      break;
    }
    writtenUs = packet.timeUs;
  }
  await until(() => code !== "");
  expect(code).toBe("record/disk-full");
  const [failed] = events.filter(({ event }) => event === "recording-failed");
  expect(failed).toMatchObject({ code: "record/disk-full", recording: { state: "failed", isLive: false } });
  // Pages read it: no path of the machine is in it.
  expect(JSON.stringify(failed)).not.toContain(folder);
  const { path } = recorder.fileOf(live.id);
  const { video, audio } = await playBack(path);
  expect(video?.frames).toBeGreaterThan(10);
  expect(Math.min(video?.endS ?? 0, audio?.endS ?? 0)).toBeGreaterThan(writtenUs / 1e6 - 2);
  expect(video?.errors).toBeLessThanOrEqual(1);
  await recorder.remove(live.id);
  const next = await recorder.begin({ peer: "bob", ...BOTH });
  publish(next, 2);
  const info = await next.end();
  expect(info.state).toBe("finished");
  expect((await playBack(join(folder, info.fileName))).video?.errors).toBe(0);
});

describe("room that stays free", () => {
  test("below it nothing begins, and the words say how much there is", async () => {
    const folder = temporaryFolder();
    const { recorder } = await openRecorder({ folder, minFreeBytes: 1_000_000_000_000_000 });
    await expect(recorder.begin({ peer: "alice", ...BOTH })).rejects.toMatchObject({
      code: "record/no-space",
      message: expect.stringMatching(/has \d+ bytes left, less than the 1000000000000000 that stay free/),
      fix: "Make room there, or lower media.record.minFreeBytes.",
    });
    expect(recorder.list()).toEqual([]);
  });

  test("a recording that gets there ends cleanly with the reason, within seconds of media", async () => {
    const folder = temporaryFolder();
    // More than others write meanwhile, less than what is put there then.
    const minFreeBytes = Math.max(0, freeBytes(folder) - 50_000_000);
    const { recorder, events } = await openRecorder({ folder, minFreeBytes });
    const live = await recorder.begin({ peer: "alice", ...BOTH });
    let endedUs = 0;
    for (const packet of media("h264-opus", seconds(12))) {
      if (packet.timeUs === 4_000_000) {
        writeFileSync(join(folder, "ballast"), new Uint8Array(100_000_000));
      }
      live.sink.write(packet);
      if (live.sink.state === "failed") {
        endedUs ||= packet.timeUs;
      }
    }
    await until(() => events.some(({ event }) => event === "recording-failed"));
    expect(endedUs).toBeGreaterThanOrEqual(4_000_000);
    expect(endedUs).toBeLessThanOrEqual(6_100_000);
    const info = recorder.find(live.id);
    expect(info).toMatchObject({ state: "failed", isLive: false, error: { code: "record/no-space" } });
    const { video, audio } = await playBack(recorder.fileOf(live.id).path);
    expect([video?.errors, audio?.errors]).toEqual([0, 0]);
    expect(video?.endS).toBeCloseTo(endedUs / 1e6, 0);
  });
});
