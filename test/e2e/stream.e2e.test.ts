// One frame goes all the way: a real source, our graph, kernels and RTP, a real Chromium.
import { expect, test } from "vitest";
import { SeededRandom } from "../sim/seeded-random.js";
import type { ViewerGlobal } from "../viewer-page/viewer-page.js";
import { heard } from "./source-fixture.js";
import { eventually, nothingLost, numbered, shown, statusOf, viewerFixture, watch } from "./viewer-fixture.js";

const fixture = viewerFixture();

test("Chromium watches the test source: frame numbers strictly advance, there is sound", async () => {
  const server = await fixture.start();
  const page = await fixture.open(server);
  await watch(page);
  const seen = await numbered(page, 60);
  expect(seen.codec).toBe("H264");
  expect(seen.latenciesMs.length).toBe(seen.frameNumbers.length);
  expect(seen.disorder).toBe(0);
  await heard(page);
  await nothingLost(page);
});

test("Chromium watches the same over werift, with nothing lost", async () => {
  const server = await fixture.start({ webrtc: { transport: "werift" } });
  expect(server.status().webrtc).toMatchObject({ transport: { library: "werift" } });
  const page = await fixture.open(server);
  await watch(page);
  expect((await numbered(page, 60)).disorder).toBe(0);
  await heard(page);
  await nothingLost(page);
  await page.close();
  await eventually(
    () => statusOf(server),
    ({ sessions }) => sessions.total === 0,
  );
});

test("two viewers share one encode: two writes per byte of video, at most one view per packet, kernels do the work", async () => {
  const server = await fixture.start();
  const first = await fixture.open(server);
  const second = await fixture.open(server);
  await Promise.all([watch(first), watch(second)]);
  await Promise.all([shown(first, 30), shown(second, 30)]);
  const status = await statusOf(server);
  expect(status.sessions.active).toBe(2);
  expect(status.stream.encoder?.opened).toBe(1);
  const video = status.stream.tracks?.find(({ kind }) => kind === "video");
  expect(video?.nativeToArenaBytes).toBe(video?.bytes);
  // Start codes stay behind, and fragments carry two bytes of their own each.
  expect(Math.abs((video?.arenaToSlotBytes ?? 0) / (video?.bytes ?? 1) - 1)).toBeLessThan(0.02);
  for (const viewer of status.sessions.viewers) {
    for (const track of viewer.tracks) {
      expect(track.views).toBeLessThanOrEqual(track.packets + track.resent + track.refused);
    }
  }
  expect(status.kernels.kind).toBe("wasm");
  expect(status.kernels.counters["h264-packetize"].calls).toBe(video?.frames);
  expect(status.kernels.counters["rtp-stamp"].calls).toBeGreaterThan(2 * 30);
});

test("a page that is reloaded leaves no session behind and can watch again", async () => {
  const server = await fixture.start();
  const page = await fixture.open(server);
  await watch(page);
  await page.reload();
  await watch(page);
  await shown(page, 10);
  const status = await eventually(
    () => statusOf(server),
    ({ sessions }) => sessions.total === 1,
  );
  expect(status.sessions.active).toBe(1);
});

test("a killed tab frees its session, and the source closes a grace time after the last viewer", async () => {
  const server = await fixture.start({ media: { graceMs: 200 } });
  const page = await fixture.open(server);
  await watch(page);
  const session = await page.context().newCDPSession(page);
  // The renderer dies without a word to anybody.
  session.send("Page.crash").catch(() => {});
  const status = await eventually(
    () => statusOf(server),
    ({ sessions, source }) => sessions.total === 0 && source.state === "idle",
  );
  expect(status.sessions.active).toBe(0);
});

test("2 % of the packets lost: every one is recovered by NACK, and every frame comes in order (RFC 4585 6.2.1)", async () => {
  const random = new SeededRandom(11);
  const server = await fixture.start({}, { isLost: () => random.next() < 0.02 });
  const page = await fixture.open(server);
  await watch(page);
  const seen = await shown(page, 240);
  await eventually(
    () => statusOf(server),
    ({ sessions }) => (sessions.viewers[0]?.tracks.find(({ kind }) => kind === "video")?.resent ?? 0) > 20,
  );
  await nothingLost(page);
  expect(seen.disorder).toBe(0);
});

test("when the server closes, the viewer is told why", async () => {
  const server = await fixture.start();
  const page = await fixture.open(server);
  await watch(page);
  await server.close();
  const words = await eventually(
    () => page.evaluate(() => (globalThis as unknown as ViewerGlobal).viewer.words),
    (text) => text.includes("shutting down"),
  );
  expect(words).toContain("the server is shutting down");
});
