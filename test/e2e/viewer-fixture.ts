// What the end-to-end tests share: a server in this process with the viewer page, Chromium, and ways to wait.
import type { Browser, Page } from "playwright";
import { afterAll, afterEach, beforeAll } from "vitest";
import type { PartialServerConfig } from "../../src/node/server/config/server-config.js";
import { FloeServer, type FloeServerOptions } from "../../src/node/server/floe-server.js";
import { type BuiltPage, buildViewerPage, launchChromium } from "../setup/viewer-page.js";
import type { FrameSamples, ViewerGlobal } from "../viewer-page/viewer-page.js";

/** The part of the status that the tests look at. */
export type Status = {
  readonly sessions: {
    readonly total: number;
    readonly active: number;
    readonly viewers: readonly {
      readonly peer: string;
      readonly malformed: number;
      readonly tracks: readonly {
        readonly kind: string;
        readonly packets: number;
        readonly resent: number;
        readonly nackedPackets: number;
        readonly views: number;
        readonly refused: number;
        readonly roundTripMs?: number;
      }[];
    }[];
  };
  readonly source: {
    readonly state: string;
    readonly words?: string;
    readonly error?: { readonly code: string };
    readonly passthrough?: string;
  };
  readonly stream: {
    readonly encoder?: { readonly opened: number; readonly encoded: number };
    readonly tracks?: readonly {
      readonly kind: string;
      readonly encodingName: string;
      readonly keyFramesForced: number;
      readonly frames: number;
      readonly bytes: number;
      readonly nativeToArenaBytes: number;
      readonly arenaToSlotBytes: number;
    }[];
  };
  readonly kernels: { readonly kind: string; readonly counters: Readonly<Record<string, { readonly calls: number }>> };
};

/** Sets up one file of tests: call at its top level. */
export function viewerFixture() {
  let built: BuiltPage;
  let browser: Browser;
  const servers: FloeServer[] = [];
  const pages: Page[] = [];

  beforeAll(async () => {
    built = await buildViewerPage();
    browser = await launchChromium();
  });
  afterEach(async () => {
    await Promise.all(pages.splice(0).map((page) => page.close()));
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });
  afterAll(async () => {
    await browser?.close();
    built?.remove();
  });

  return {
    /** Starts a server with the tests' own page, or with the product's. */
    async start(
      config: PartialServerConfig = {},
      { page = "viewer", ...options }: FloeServerOptions & { readonly page?: "viewer" | "product" } = {},
    ): Promise<FloeServer> {
      const http = { port: 0, ...config.http };
      const turn = { port: 0, ...config.turn };
      const webRoot = page === "viewer" ? { webRoot: built.folder } : {};
      const server = await FloeServer.start({ ...config, http, turn, ...webRoot }, options);
      servers.push(server);
      return server;
    },
    async open(server: FloeServer, prepare: (page: Page) => void = () => {}): Promise<Page> {
      const page = await browser.newPage();
      pages.push(page);
      prepare(page);
      await page.goto(server.url);
      return page;
    },
  };
}

/** Watches the server; resolves with the milliseconds to the first frame. */
export function watch(page: Page): Promise<number> {
  return page.evaluate(() =>
    (globalThis as unknown as ViewerGlobal).viewer.watch({ peer: "floe|floe-server", playout: "live", muted: false }),
  );
}

/** What the page has seen since it began to watch. */
export function samples(page: Page): Promise<FrameSamples> {
  return page.evaluate(() => (globalThis as unknown as ViewerGlobal).viewer.samples());
}

/** Resolves when the page has shown so many frames. */
export async function shown(page: Page, frames: number): Promise<FrameSamples> {
  return await eventually(
    () => samples(page),
    (seen) => seen.frames >= frames,
  );
}

/** Resolves when the numbers of so many frames have been read: a busy machine shows some too briefly for that. */
export async function numbered(page: Page, frames: number): Promise<FrameSamples> {
  return await eventually(
    () => samples(page),
    (seen) => seen.frameNumbers.length >= frames,
  );
}

/** Resolves when nothing is lost: what a snapshot calls lost may still be on its way, and what was lost for good never comes back. */
export async function nothingLost(page: Page): Promise<void> {
  await eventually(
    () => samples(page),
    ({ packetsLost }) => packetsLost === 0,
  );
}

/** The server's status by its own API. */
export async function statusOf(server: FloeServer): Promise<Status> {
  return (await (await fetch(`${server.url}api/status`)).json()) as Status;
}

/** Asks again until the answer is as wanted; fails with the last answer after 20 s. */
export async function eventually<T>(ask: () => Promise<T>, isWanted: (answer: T) => boolean): Promise<T> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    const answer = await ask();
    if (isWanted(answer)) {
      return answer;
    }
    if (performance.now() > deadline) {
      throw new Error(`it did not come about in 20 s; last: ${JSON.stringify(answer)?.slice(0, 2000)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
