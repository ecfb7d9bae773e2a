// What the end-to-end tests of recording share: a server in record mode with the publisher page, Chromium with its made-up camera
// and microphone, and ways to look at what was written.
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright";
import { afterAll, afterEach, beforeAll } from "vitest";
import type { PartialServerConfig } from "../../src/node/server/config/server-config.js";
import { FloeServer, type FloeServerOptions } from "../../src/node/server/floe-server.js";
import type { PublisherStatus } from "../../src/node/server/modes/record/publisher-status.js";
import { type PlayedTrack, playBack } from "../node/record/play-back.js";
import type { PublishedMedia, PublisherCounts, PublisherGlobal } from "../publisher-page/publisher-page.js";
import { type BuiltPage, buildPublisherPage, launchChromium } from "../setup/viewer-page.js";
import { eventually } from "./viewer-fixture.js";

/** Chromium's made-up devices, without a question to the user: a rolling picture at 30 Hz, and a beep a second. */
export const FAKE_DEVICES = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream=fps=30"];

/** A server in record mode, and the folder of its recordings. */
export type RecordServer = { readonly server: FloeServer; readonly folder: string };

/** Sets up one file of tests: call at its top level. `flags` are the browser's, beside those of the made-up devices. */
export function publisherFixture({ flags = FAKE_DEVICES }: { readonly flags?: readonly string[] } = {}) {
  let built: BuiltPage;
  let browser: Browser;
  const servers: FloeServer[] = [];
  const folders: string[] = [];
  const pages: Page[] = [];

  beforeAll(async () => {
    built = await buildPublisherPage();
    browser = await launchChromium(flags);
  });
  afterEach(async () => {
    await Promise.all(pages.splice(0).map((page) => page.close()));
    await Promise.all(servers.splice(0).map((server) => server.close()));
    for (const folder of folders.splice(0)) {
      rmSync(folder, { recursive: true, force: true });
    }
  });
  afterAll(async () => {
    await browser?.close();
    built?.remove();
  });

  return {
    /** Starts a server that records into a folder of its own; anything else as `config` says. */
    async start(config: PartialServerConfig = {}, options: FloeServerOptions = {}): Promise<RecordServer> {
      const folder = mkdtempSync(join(tmpdir(), "floe-recordings-"));
      folders.push(folder);
      const server = await FloeServer.start(
        {
          webRoot: built.folder,
          ...config,
          http: { port: 0, ...config.http },
          turn: { port: 0, ...config.turn },
          media: { mode: "record", recordDir: folder, ...config.media },
        },
        options,
      );
      servers.push(server);
      return { server, folder };
    },
    /** Opens the publisher page. */
    async open({ server }: RecordServer): Promise<Page> {
      const page = await browser.newPage();
      pages.push(page);
      await page.goto(server.url);
      return page;
    },
  };
}

/** Publishes from a page; resolves when media flow. */
export function publish(page: Page, media: PublishedMedia = {}): Promise<void> {
  return page.evaluate((wanted) => (globalThis as unknown as PublisherGlobal).publisher.publish(wanted), media);
}

/** Goes on with the page's camera in another size. */
export function replaceCamera(page: Page, size: { readonly width: number; readonly height: number }): Promise<void> {
  return page.evaluate((wanted) => (globalThis as unknown as PublisherGlobal).publisher.replaceCamera(wanted), size);
}

/** What the page has counted. */
export function counts(page: Page): Promise<PublisherCounts> {
  return page.evaluate(() => (globalThis as unknown as PublisherGlobal).publisher.counts());
}

/** Hangs up in the page. */
export function hangUp(page: Page): Promise<void> {
  return page.evaluate(() => (globalThis as unknown as PublisherGlobal).publisher.hangup());
}

/** Why the page's call ended, in words; "" while it goes on. */
export function ending(page: Page): Promise<string> {
  return page.evaluate(() => (globalThis as unknown as PublisherGlobal).publisher.ending);
}

/** The server's publishers, by its own API. */
export async function publishersOf({ server }: RecordServer): Promise<readonly PublisherStatus[]> {
  const status = (await (await fetch(`${server.url}api/status`)).json()) as {
    readonly sessions: { readonly publishers: readonly PublisherStatus[] };
  };
  return status.sessions.publishers;
}

/** Resolves when the first publisher's recording is so long. */
export async function recorded(record: RecordServer, durationMs: number): Promise<PublisherStatus> {
  const [publisher] = await eventually(
    () => publishersOf(record),
    ([first]) => (first?.recording?.durationMs ?? 0) >= durationMs,
  );
  return publisher;
}

/** Resolves when nobody publishes any more: the files are complete a moment later, at the latest when the server is closed. */
export async function allLeft(record: RecordServer): Promise<void> {
  await eventually(
    () => publishersOf(record),
    (publishers) => publishers.length === 0,
  );
}

/** The media files in a folder, by name. */
export function recordings({ folder }: Pick<RecordServer, "folder">): readonly string[] {
  return readdirSync(folder)
    .filter((name) => /\.(mp4|mkv|webm|ts)$/.test(name))
    .sort()
    .map((name) => join(folder, name));
}

/** Plays the one recording of a folder as a player would. */
export async function playOnly(record: RecordServer): Promise<Record<"video" | "audio", PlayedTrack | undefined>> {
  const files = recordings(record);
  if (files.length !== 1) {
    throw new Error(`there are ${files.length} recordings: ${files.join(", ")}`);
  }
  return await playBack(files[0]);
}
