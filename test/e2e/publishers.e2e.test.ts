// Publishers of several kinds into files: a browser whose camera and microphone are files, two at once, and peers that are no browser.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { Page } from "playwright";
import { afterAll, expect, test } from "vitest";
import { flashesAndBeeps } from "../node/record/flashes-and-beeps.js";
import { playBack } from "../node/record/play-back.js";
import type { Captured } from "../publisher-page/capture-meter.js";
import type { PublisherGlobal } from "../publisher-page/publisher-page.js";
import { AiortcPublisher } from "../setup/aiortc-publisher.js";
import { fakeCameraFlags } from "../setup/fake-camera-files.js";
import {
  allLeft,
  counts,
  hangUp,
  publish,
  publisherFixture,
  publishersOf,
  type RecordServer,
  recorded,
  recordings,
} from "./publisher-fixture.js";
import { eventually } from "./viewer-fixture.js";

const devices = mkdtempSync(join(tmpdir(), "floe-devices-"));
/** Longer than any test publishes: at the end of a file, picture and sound would begin anew at different times. */
const fixture = publisherFixture({ flags: fakeCameraFlags(devices, 12) });
afterAll(() => rmSync(devices, { recursive: true }));

/** Picture and sound of one moment may be so far apart in a file, milliseconds. */
const IN_SYNC_MS = 45;
/** A flash and its beep are nearer than this, or they are two different ones. */
const PAIR_WITHIN_MS = 400;

/** How much later than each flash its beep is. */
function offsetsMs({ flashesMs, beepsMs }: Captured): readonly number[] {
  return flashesMs.flatMap((flashMs) => {
    const beepMs = beepsMs.find((atMs) => Math.abs(atMs - flashMs) < PAIR_WITHIN_MS);
    return beepMs === undefined ? [] : [beepMs - flashMs];
  });
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

function captured(page: Page): Promise<Captured> {
  return page.evaluate(() => (globalThis as unknown as PublisherGlobal).publisher.captured());
}

/** Resolves when two publish and the recording of each is so long. */
async function allRecorded(record: RecordServer, durationMs: number): Promise<void> {
  await eventually(
    () => publishersOf(record),
    (publishers) =>
      publishers.length === 2 && publishers.every(({ recording }) => (recording?.durationMs ?? 0) >= durationMs),
  );
}

test("flashes and beeps are in the file as they were captured", async () => {
  const record = await fixture.start();
  const page = await fixture.open(record);
  await publish(page, { video: { width: 320, height: 180, fps: 30 }, meter: true });
  await recorded(record, 7000);
  const asCaptured = offsetsMs(await captured(page));
  await hangUp(page);
  await allLeft(record);
  await record.server.close();
  const inFile = offsetsMs(await flashesAndBeeps(recordings(record)[0]));
  expect(inFile.length).toBeGreaterThanOrEqual(5);
  expect(Math.abs(median(inFile) - median(asCaptured))).toBeLessThan(IN_SYNC_MS);
});

test("two who publish at once have a file each, and both are whole", async () => {
  const record = await fixture.start();
  const [ada, bob] = [await fixture.open(record), await fixture.open(record)];
  await Promise.all([publish(ada, { user: "ada" }), publish(bob, { user: "bob" })]);
  await allRecorded(record, 3000);
  const sent = await Promise.all([counts(ada), counts(bob)]);
  await Promise.all([hangUp(ada), hangUp(bob)]);
  await allLeft(record);
  await record.server.close();
  const files = recordings(record);
  expect(files.map((file) => basename(file))).toEqual([
    expect.stringMatching(/^ada-\d+\.mp4$/),
    expect.stringMatching(/^bob-\d+\.mp4$/),
  ]);
  for (const [i, { framesSent }] of sent.entries()) {
    const { video, audio } = await playBack(files[i]);
    expect(video).toMatchObject({ codec: "h264", errors: 0 });
    expect(audio).toMatchObject({ codec: "opus", errors: 0 });
    expect(video?.frames).toBeGreaterThanOrEqual(framesSent - 3);
  }
});

test("a peer that is no browser is recorded, with H.264 and with VP8", async () => {
  const record = await fixture.start({ media: { record: { format: "mkv" } } });
  const { url } = record.server;
  const publishers = await Promise.all([
    AiortcPublisher.start(url, "h264", "H264"),
    AiortcPublisher.start(url, "vp8", "VP8"),
  ]);
  await allRecorded(record, 3000);
  const made = await Promise.all(publishers.map((publisher) => publisher.stop()));
  await record.server.close();
  for (const [i, file] of recordings(record).entries()) {
    const { video, audio } = await playBack(file);
    expect(video).toMatchObject({ codec: ["h264", "vp8"][i], errors: 0, sizes: ["640x360"] });
    expect(audio).toMatchObject({ codec: "opus", errors: 0 });
    // It makes a few before it is connected and at its end.
    expect(video?.frames).toBeGreaterThanOrEqual(0.9 * made[i]);
  }
});
