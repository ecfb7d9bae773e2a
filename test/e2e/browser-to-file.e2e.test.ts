// From a browser's camera and microphone into a file: the whole of record mode.
import { basename } from "node:path";
import { expect, test } from "vitest";
import {
  allLeft,
  counts,
  ending,
  hangUp,
  playOnly,
  publish,
  publisherFixture,
  recorded,
  recordings,
} from "./publisher-fixture.js";

const fixture = publisherFixture();

test("what a page publishes is in one file: H.264 and Opus as they came, whole, as long as the call", async () => {
  const record = await fixture.start();
  const page = await fixture.open(record);
  await publish(page, { user: "ada" });
  const publisher = await recorded(record, 4000);
  expect(publisher).toMatchObject({
    state: "active",
    words: "",
    video: { codec: "h264", width: 640, height: 360, packetsLost: 0 },
    audio: { codec: "opus", packetsLost: 0 },
    recording: { state: "recording" },
    unusable: 0,
  });
  await hangUp(page);
  await allLeft(record);
  const { framesSent } = await counts(page);
  await record.server.close();
  expect(recordings(record).map((file) => basename(file))).toEqual([expect.stringMatching(/^ada-\d+\.mp4$/)]);
  const { video, audio } = await playOnly(record);
  expect(video).toMatchObject({ codec: "h264", errors: 0, sizes: ["640x360"] });
  expect(audio).toMatchObject({ codec: "opus", errors: 0 });
  expect(video?.frames).toBeGreaterThanOrEqual(framesSent - 3);
  // As long as its sound, which is as long as its packets.
  const soundS = 0.02 * (audio?.frames ?? 0);
  expect(Math.abs((audio?.endS ?? 0) / soundS - 1)).toBeLessThan(0.02);
  expect(Math.abs((video?.endS ?? 0) / soundS - 1)).toBeLessThan(0.02);
});

test("a server that closes tells its publishers why, and completes their files", async () => {
  const record = await fixture.start({ media: { record: { format: "webm" } } });
  const page = await fixture.open(record);
  await publish(page, { user: "../../etc/eve", audio: "none" });
  await recorded(record, 1000);
  await record.server.close();
  await expect.poll(() => ending(page)).toBe("The other side ended the call: the server is shutting down.");
  expect(recordings(record).map((file) => basename(file))).toEqual([expect.stringMatching(/^_etc_eve-\d+\.webm$/)]);
  expect(await playOnly(record)).toMatchObject({ video: { codec: "vp8", errors: 0 }, audio: undefined });
});
