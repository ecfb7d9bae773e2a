// A page that publishes from a network of its own, with a bad link to the server: namespaces of the kernel, joined by test/tools/netem.py.
// The real command, Chromium.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { RecordingInfo } from "../../src/node/record/recording-info.js";
import type { PublisherStatus } from "../../src/node/server/modes/record/publisher-status.js";
import { playBack } from "../node/record/play-back.js";
import { requireChromium } from "../setup/chromium.mjs";
import { FloeProcess } from "../setup/floe-process.js";
import { type BadLink, Network } from "../setup/network-namespaces.js";
import { type BuiltPage, buildPublisherPage, launchChromium } from "../setup/viewer-page.js";
import { counts, FAKE_DEVICES, hangUp, publish, recordings } from "./publisher-fixture.js";
import { eventually } from "./viewer-fixture.js";

const [SERVER, PUBLISHER] = ["10.9.0.1", "10.9.0.2"];
const URL = `http://${SERVER}:4500/`;
const TOKEN = "for-these-tests";

let network: Network;
let link: BadLink;
let built: BuiltPage;
let browser: Browser;
let folder: string;
let server: FloeProcess;
let page: Page;
beforeAll(async () => {
  network = await Network.create(["server", "publisher"]);
  link = await network.badLink(
    { namespace: "server", address: `${SERVER}/24` },
    { namespace: "publisher", address: `${PUBLISHER}/24` },
    { lossPercent: 2, delayMs: 40 },
  );
  built = await buildPublisherPage();
  // Pages of other addresses than loopback get no camera without TLS.
  const flags = [...FAKE_DEVICES, `--unsafely-treat-insecure-origin-as-secure=${URL}`];
  browser = await launchChromium(flags, network.launcher("publisher", requireChromium()));
});
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "floe-recordings-"));
  const argv = ["serve", "--mode", "record", "--record-dir", folder, "--host", SERVER, "--port", "4500"];
  const env = {
    FLOE_AUTH_TOKEN: TOKEN,
    FLOE_TURN: "false",
    FLOE_WEB_ROOT: built.folder,
    FLOE_WEBRTC_BIND_ADDRESS: SERVER,
  };
  server = await FloeProcess.start(argv, { env, command: (program, args) => network.command("server", program, args) });
  page = await browser.newPage();
  await page.goto(URL);
});
afterEach(async () => {
  await page?.close();
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});
afterAll(async () => {
  await browser?.close();
  await network?.[Symbol.asyncDispose]();
  built?.remove();
});

/** An answer of the server's API, asked for in its own network: that one loses nothing. */
async function ask<T>(path: string): Promise<T> {
  const script = `fetch("${URL}${path}", { headers: { authorization: "Bearer ${TOKEN}" } }).then((r) => r.text()).then(console.log)`;
  const { stdout } = await promisify(execFile)(...network.command("server", process.execPath, ["-e", script]));
  return JSON.parse(stdout) as T;
}

/** The publisher, once it is as wanted. */
async function publisher(isWanted: (publisher: PublisherStatus) => boolean): Promise<PublisherStatus> {
  const { sessions } = await eventually(
    () => ask<{ readonly sessions: { readonly publishers: readonly PublisherStatus[] } }>("api/status"),
    ({ sessions: { publishers } }) => publishers.length > 0 && isWanted(publishers[0]),
  );
  return sessions.publishers[0];
}

/** The publisher, once its recording is so long. */
function recorded(durationMs: number): Promise<PublisherStatus> {
  return publisher(({ recording }) => (recording?.durationMs ?? 0) >= durationMs);
}

test("what a link loses is asked for and comes again: the file has the pictures that were sent", async () => {
  await publish(page, { token: TOKEN, video: { width: 1280, height: 720, fps: 30 } });
  const { video } = await recorded(4000);
  expect(video?.nackedPackets).toBeGreaterThan(0);
  expect(video?.rtxPackets).toBeGreaterThan(0);
  const { framesSent } = await counts(page);
  await hangUp(page);
  await server.close();
  const [file] = recordings({ folder });
  const played = await playBack(file);
  expect(played.video).toMatchObject({ codec: "h264", errors: 0 });
  // The last ones were on their way.
  expect(played.video?.frames).toBeGreaterThanOrEqual(framesSent - 6);
});

test("a network that is away for some seconds is a gap in the recording, which goes on in the same file", async () => {
  await publish(page, { token: TOKEN });
  await recorded(2000);
  link.cut();
  await publisher(({ words }) => words.startsWith("No packets come from the publisher"));
  link.restore();
  await recorded(7500);
  const { recordings: known } = await ask<{ readonly recordings: readonly RecordingInfo[] }>("api/recordings");
  expect(known).toMatchObject([{ state: "recording", gapCount: 1 }]);
  const [{ durationMs }] = known[0].gaps;
  expect(durationMs).toBeGreaterThan(3000);
  await hangUp(page);
  await server.close();
  const files = recordings({ folder });
  expect(files).toHaveLength(1);
  const { video, audio } = await playBack(files[0]);
  expect(video).toMatchObject({ errors: 0 });
  expect(audio).toMatchObject({ errors: 0 });
  // Pictures came again, and so far that they end with the sound.
  expect(video?.longestStepS).toBeGreaterThan(3);
  expect(Math.abs((video?.endS ?? 0) - (audio?.endS ?? 0))).toBeLessThan(1);
});

test("a server that is killed leaves a file that plays", async () => {
  await publish(page, { token: TOKEN });
  await recorded(2000);
  await server.kill();
  const [file] = recordings({ folder });
  const { video, audio } = await playBack(file);
  expect(video).toMatchObject({ codec: "h264", errors: 0 });
  expect(audio).toMatchObject({ codec: "opus", errors: 0 });
  expect(video?.endS).toBeGreaterThan(1);
});
