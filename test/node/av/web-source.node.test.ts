import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { liveHandles } from "../../../src/node/av/live-handles.js";
import { openNetworkSource } from "../../../src/node/av/network-source.js";
import { NodeClock } from "../../../src/node/time/node-clock.js";
import { makeClip } from "./make-clip.js";
import { temporaryFolder, until } from "./rig.js";

const clock = new NodeClock();

/** A web server with one recording of a second on it. */
async function webServer(status = 200): Promise<string> {
  const path = join(temporaryFolder(), "clip.ts");
  await makeClip({ path, width: 160, height: 90, seconds: 1, fps: 25, bFrames: 0 });
  const bytes = readFileSync(path);
  const server = createServer((_, response) => {
    response.writeHead(status, { "Content-Length": bytes.length });
    response.end(bytes);
  });
  await new Promise<void>((done) => {
    server.listen(0, "127.0.0.1", done);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as { port: number }).port}/clip.ts`;
}

test("a recording on the web is played at its own pace, and ends", async () => {
  const before = liveHandles();
  const url = await webServer();
  const source = await openNetworkSource({ url, loop: false, clock, passthrough: "auto" });
  onTestFinished(() => source.close());
  const times: number[] = [];
  let hasEnded = false;
  source.ended.on(() => {
    hasEnded = true;
  });
  const beganUs = clock.nowUs();
  source.start((packet) => {
    if (packet.kind.name === "encoded-video") {
      times.push(packet.timeUs);
    }
  });
  await until(() => hasEnded);
  expect(clock.nowUs() - beganUs).toBeGreaterThan(800_000);
  expect(times.length).toBe(25);
  expect(times.every((timeUs, i) => i === 0 || Math.abs(timeUs - times[i - 1] - 40_000) < 100)).toBe(true);
  await source.close();
  expect(liveHandles()).toEqual(before);
});

test("in a loop it begins again by itself, on the same timeline, and stays well", async () => {
  const source = await openNetworkSource({ url: await webServer(), loop: true, clock, passthrough: "auto" });
  onTestFinished(() => source.close());
  const times: number[] = [];
  source.start((packet) => {
    if (packet.kind.name === "encoded-video") {
      times.push(packet.timeUs);
    }
  });
  await until(() => times.length > 40);
  expect(source.counters.loops).toBe(1);
  expect(source.health).toEqual({ kind: "ok" });
  expect(times.every((timeUs, i) => i === 0 || timeUs > times[i - 1])).toBe(true);
});

test.each([
  [404, "source/not-found"],
  [401, "source/auth"],
  [500, "source/unreadable"],
])("status %i is %s", async (status, code) => {
  const url = await webServer(status);
  await expect(openNetworkSource({ url, loop: false, clock })).rejects.toMatchObject({ code });
});
