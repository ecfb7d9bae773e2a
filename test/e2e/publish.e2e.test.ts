// publish() against a server that records: sizes, pages that go, and servers that do not take it.
import { expect, test } from "vitest";
import type { RecordingInfo } from "../../src/node/record/recording-info.js";
import {
  allLeft,
  counts,
  ending,
  hangUp,
  playOnly,
  publish,
  publisherFixture,
  recorded,
  replaceCamera,
} from "./publisher-fixture.js";

const fixture = publisherFixture();

test("a page that is loaded again while it publishes leaves a complete file, in the camera's size from the first frame on", async () => {
  const record = await fixture.start();
  const page = await fixture.open(record);
  await publish(page, { video: { width: 1280, height: 720, fps: 30 } });
  const { recording } = await recorded(record, 3000);
  const reasons: unknown[] = [];
  record.server.events.on(({ event, reason }) => {
    if (event === "publisher-left") {
      reasons.push(reason);
    }
  });
  await page.reload();
  await allLeft(record);
  // Told, not noticed: a page that says nothing is waited for. Its connection's goodbye may be here before its words.
  expect(reasons).toEqual([expect.stringMatching(/the page was left|The connection was closed/)]);
  await record.server.close();
  const { video, audio } = await playOnly(record);
  expect(video).toMatchObject({ codec: "h264", errors: 0, sizes: ["1280x720"] });
  expect(audio).toMatchObject({ codec: "opus", errors: 0 });
  expect((video?.endS ?? 0) * 1000).toBeGreaterThan((recording?.durationMs ?? 0) - 100);
});

test("a server over werift records the same: pictures and sound, without a fault", async () => {
  const record = await fixture.start({ webrtc: { transport: "werift" } });
  const page = await fixture.open(record);
  await publish(page, { video: { width: 1280, height: 720, fps: 30 } });
  const { recording } = await recorded(record, 3000);
  await hangUp(page);
  await allLeft(record);
  await record.server.close();
  const { video, audio } = await playOnly(record);
  expect(video).toMatchObject({ codec: "h264", errors: 0, sizes: ["1280x720"] });
  expect(audio).toMatchObject({ codec: "opus", errors: 0 });
  for (const { endS = 0 } of [video ?? {}, audio ?? {}]) {
    expect(endS * 1000).toBeGreaterThan((recording?.durationMs ?? 0) - 100);
  }
});

test("another camera goes on in the same file", async () => {
  const record = await fixture.start();
  const page = await fixture.open(record);
  await publish(page);
  await recorded(record, 1000);
  await replaceCamera(page, { width: 320, height: 180 });
  await expect.poll(async () => (await counts(page)).width, { timeout: 10_000 }).toBe(320);
  const { recording } = await recorded(record, 2000);
  await recorded(record, (recording?.durationMs ?? 0) + 500);
  await hangUp(page);
  await allLeft(record);
  await record.server.close();
  expect((await playOnly(record)).video).toMatchObject({ errors: 0, sizes: ["640x360", "320x180"] });
});

test("a pause by the API is not in the file though the page goes on, and a stop ends the call with its reason", async () => {
  const record = await fixture.start();
  const page = await fixture.open(record);
  const { url } = record.server;
  await publish(page);
  await recorded(record, 1000);
  const { recordings: known } = (await (await fetch(`${url}api/recordings`)).json()) as {
    readonly recordings: readonly RecordingInfo[];
  };
  const ask = async (what: string): Promise<RecordingInfo> =>
    (await (await fetch(`${url}api/recordings/${known[0].id}/${what}`, { method: "POST" })).json()) as RecordingInfo;
  const paused = await ask("pause");
  expect(paused.state).toBe("paused");
  const { framesSent } = await counts(page);
  await expect.poll(async () => (await counts(page)).framesSent, { timeout: 10_000 }).toBeGreaterThan(framesSent + 45);
  const resumed = await ask("resume");
  expect(resumed.durationMs).toBe(paused.durationMs);
  await recorded(record, resumed.durationMs + 500);
  const { durationMs } = await ask("stop");
  await expect.poll(() => ending(page)).toBe("The other side ended the call: the recording was stopped.");
  const { video, audio } = await playOnly(record);
  expect(video).toMatchObject({ codec: "h264", errors: 0 });
  expect(audio).toMatchObject({ codec: "opus", errors: 0 });
  expect(Math.abs((video?.endS ?? 0) - durationMs / 1000)).toBeLessThan(0.5);
});

test("who is not let in is told in words", async () => {
  const page = await fixture.open(await fixture.start({ auth: { token: "a-token-of-sixteen" } }));
  await expect(publish(page)).rejects.toThrow("The server refused the sign-in");
});
