// The page of a server that records, in use: from choosing a camera to a recording that is played, downloaded and deleted; and
// what it says when that cannot be.
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { FloeServer } from "../../src/node/server/floe-server.js";
import { launchChromium } from "../setup/viewer-page.js";
import { accessFaults, misplaced } from "./page-faults.js";
import { eventually } from "./viewer-fixture.js";

const TOKEN = "secret";
/** What must not overlap. */
const PARTS = "h1, .link, .trouble, .preview, .state, .main-buttons, .fields, .card, footer";

const folder = mkdtempSync(join(tmpdir(), "floe-record-page-"));
let server: FloeServer;
let browser: Browser;
const contexts: BrowserContext[] = [];

beforeAll(async () => {
  // On every address, so that the page is there on one that browsers call insecure.
  server = await FloeServer.start({
    http: { host: "0.0.0.0", port: 0 },
    auth: { token: TOKEN },
    turn: { enabled: false },
    media: { mode: "record", recordDir: folder, record: { maxPublishers: 1 } },
  });
  browser = await launchChromium(["--use-fake-device-for-media-stream"]);
});
afterEach(async () => {
  await Promise.all(contexts.splice(0).map((context) => context.close()));
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A browser of somebody else's, at the page; `mayRecord`: the user allows camera and microphone when asked. */
async function open({ host = "127.0.0.1", mayRecord = true } = {}): Promise<Page> {
  const context = await browser.newContext({ permissions: mayRecord ? ["camera", "microphone"] : [] });
  contexts.push(context);
  const page = await context.newPage();
  await page.goto(`http://${host}:${new URL(server.url).port}/?token=${TOKEN}`);
  await page.getByTestId("recordings").waitFor();
  return page;
}

const inState = (page: Page, state: string): Promise<void> =>
  page.locator(`[data-testid=broadcast][data-state=${state}]`).waitFor();
const line = (page: Page): Promise<string> => page.getByTestId("broadcast").innerText();

/** Nothing keeps anybody from using the page as it is now, on a phone or at a desk, by day or by night. */
async function isForEverybody(page: Page): Promise<void> {
  for (const width of [360, 768, 1024, 1920]) {
    await page.setViewportSize({ width, height: 900 });
    expect(await misplaced(page, PARTS), `${width} px`).toEqual([]);
  }
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await accessFaults(page), colorScheme).toEqual([]);
  }
}

test("a camera is chosen, looked at and broadcast; its recording is in the list, plays, seeks, is downloaded and deleted", async () => {
  const page = await open();
  await page.getByTestId("preview-on").click();
  await page.getByTestId("preview-off").waitFor();
  await page.getByTestId("camera").selectOption({ label: "fake_device_0" });
  await page.getByTestId("recorder-name").fill("Ada | 1");
  await eventually(
    () => page.getByTestId("meter").evaluate((meter) => (meter as HTMLMeterElement).value),
    (level) => level > 0,
  );
  await page.getByTestId("start").click();
  await inState(page, "recording");
  // Time and size are there, and go on.
  await page
    .getByTestId("tally")
    .getByText(/\d:\d[1-9], [\d.]+ [kM]B/)
    .waitFor();
  expect(await page.getByTestId("sent-codec").innerText()).toBe("H.264 + Opus");
  await page.locator("[data-testid=recording][data-state=recording]").getByText("Live").waitFor();
  await isForEverybody(page);

  // Another page may not broadcast meanwhile, and says why.
  const other = await browserOf(page);
  await other.getByTestId("start").click();
  await inState(other, "failed");
  expect(await line(other)).toMatch(/^The server did not take the broadcast\./);

  await page.getByTestId("pause").click();
  await inState(page, "paused");
  await page.getByTestId("resume").click();
  await inState(page, "recording");
  await page.getByTestId("stop").click();
  await inState(page, "saved");
  expect(await line(page)).toMatch(/^Saved\. 0:\d\d, [\d.]+ [kM]B are kept in the list\.$/);

  const row = page.getByTestId("recording");
  expect(await row.getByTestId("facts").innerText()).toMatch(
    /^(Today|Yesterday), \d\d:\d\d · [\d.]+ [kM]B · \d+ × \d+ · H\.264 \+ Opus · MP4$/,
  );
  expect(await row.locator(".name").innerText()).toBe("Ada 1");
  await row.getByTestId("play").click();
  const film = row.getByTestId("playback-video");
  const position = (): Promise<{ time: number; duration: number; width: number }> =>
    film.evaluate((element) => {
      const { currentTime, duration, videoWidth } = element as HTMLVideoElement;
      return { time: currentTime, duration, width: videoWidth };
    });
  const { duration } = await eventually(position, ({ time, width }) => time > 0.3 && width > 0);
  expect(duration).toBeGreaterThan(2);
  await film.evaluate((element, at) => {
    (element as HTMLVideoElement).currentTime = at;
  }, duration - 0.8);
  await eventually(position, ({ time }) => time >= duration - 0.8);
  await isForEverybody(page);

  const [file] = readdirSync(folder).filter((name) => name.endsWith(".mp4"));
  const saving = page.waitForEvent("download");
  await row.getByTestId("download").click();
  const download = await saving;
  expect(download.suggestedFilename()).toBe(file);
  expect(digest(await download.path())).toBe(digest(join(folder, file)));

  await row.getByTestId("delete").click();
  await page.getByTestId("keep").click();
  await row.getByTestId("delete").click();
  await page.getByTestId("delete-now").click();
  await page.getByTestId("recordings-notice").getByText(`Deleted ${file}.`).waitFor();
  expect(await row.count()).toBe(0);
  expect(readdirSync(folder)).toEqual([]);
  await page.getByTestId("recordings-words").getByText("Nothing is recorded yet.").waitFor();
});

test("a camera that sends nothing costs no sound: the page says so, and plays both parts once a picture has come", async () => {
  const page = await open();
  await page.evaluate(() => {
    const { mediaDevices } = navigator;
    const devices = mediaDevices.getUserMedia.bind(mediaDevices);
    mediaDevices.getUserMedia = async ({ audio } = {}) => {
      const canvas = document.createElement("canvas");
      const brush = canvas.getContext("2d");
      const [dark] = canvas.captureStream(0).getVideoTracks() as CanvasCaptureMediaStreamTrack[];
      Object.assign(globalThis, {
        lightUp: () =>
          setInterval(() => {
            brush?.fillRect(Math.random() * 100, 0, 10, 10);
            dark.requestFrame();
          }, 50),
      });
      return new MediaStream([dark, ...(await devices({ audio: audio ?? false })).getTracks()]);
    };
  });
  await page.getByTestId("start").click();
  await page.getByText("Sound alone: no picture has come yet.").waitFor();
  await inState(page, "recording");
  const row = page.getByTestId("recording");
  await row.getByText("Sound alone so far: no picture has come.").waitFor();
  expect(await row.getByTestId("facts").innerText()).toMatch(/ · Opus · MP4$/);
  await page.evaluate(() => (globalThis as unknown as { lightUp(): void }).lightUp());
  await row.getByText("H.264 + Opus").waitFor();
  await page.getByTestId("stop").click();
  await inState(page, "saved");

  await row.getByTestId("play").click();
  const film = row.getByTestId("playback-video");
  const playing = (): Promise<{ time: number; width: number }> =>
    film.evaluate((element) => {
      const { currentTime, videoWidth } = element as HTMLVideoElement;
      return { time: currentTime, width: videoWidth };
    });
  expect(await eventually(playing, ({ time }) => time > 0.3)).toMatchObject({ width: 0 });
  await row.getByRole("button", { name: /^Part 2/ }).click();
  await eventually(playing, ({ time, width }) => time > 0.1 && width > 0);
  expect(await row.getByTestId("playback-fault").count()).toBe(0);
  await isForEverybody(page);
  expect(readdirSync(folder).filter((name) => name.endsWith(".mp4"))).toHaveLength(2);
  await row.getByTestId("delete").click();
  await page.getByTestId("delete-now").click();
  await page.getByTestId("recordings-words").getByText("Nothing is recorded yet.").waitFor();
  expect(readdirSync(folder)).toEqual([]);
});

test("whoever does not allow the camera is told what to do", async () => {
  const page = await open({ mayRecord: false });
  await page.getByTestId("start").click();
  await inState(page, "failed");
  expect(await line(page)).toMatch(
    /not allowed to use camera and microphone.* Allow camera and microphone in the browser/,
  );
  await isForEverybody(page);
  // The keyboard reaches everything in its order, and what it reaches is marked.
  await page.getByRole("heading", { name: "Floe" }).click();
  for (const name of ["start", "preview-on", "camera", "microphone", "recorder-name", "check-start", "to-graph"]) {
    await page.keyboard.press("Tab");
    const focus = await page.evaluate(() => {
      const element = document.activeElement as HTMLElement;
      return { name: element.dataset["testid"], isMarked: getComputedStyle(element).outlineStyle !== "none" };
    });
    expect(focus).toEqual({ name, isMarked: true });
  }
});

test("on plain http beyond localhost the page says why there is no camera, and the ways out", async () => {
  const address = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === "IPv4" && !internal)?.address;
  const page = await open({ host: address ?? "this machine has no address but loopback" });
  const words = page.getByTestId("no-camera");
  await words.getByText("No camera on plain http.").waitFor();
  const { port } = new URL(server.url);
  expect(await words.locator("code").allInnerTexts()).toEqual([
    `http://localhost:${port}/`,
    `ssh -N -L ${port}:${address}:${port} ${address}`,
    `https://${address}/`,
  ]);
  await isForEverybody(page);
});

/** Somebody else's page, while `page` broadcasts. */
async function browserOf(page: Page): Promise<Page> {
  const context = await browser.newContext({ permissions: ["camera", "microphone"] });
  contexts.push(context);
  const other = await context.newPage();
  await other.goto(`${page.url()}?token=${TOKEN}`);
  return other;
}

function digest(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}
