// What the tests of sources share: a folder for files, what the server's presence said, what the log said, and judges of
// what a viewer saw.
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright";
import { afterAll } from "vitest";
import { Logger } from "../../src/core/diagnosis/logger.js";
import type { FloeServer } from "../../src/node/server/floe-server.js";
import { NodeSympleClient } from "../../src/node/symple/node-symple-client.js";
import type { ViewerGlobal } from "../viewer-page/viewer-page.js";
import { eventually, samples } from "./viewer-fixture.js";

/** A folder that is gone after this file's tests. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "floe-sources-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** What the server's presence says about its source. */
export type SourceStatus = {
  readonly name: string;
  readonly state: "idle" | "open" | "reconnecting" | "error";
  readonly words: string;
  readonly passthrough: string;
};

/** Everything that the server's presence says about its source, as a client hears it. */
export class SourcePresence {
  readonly #client: NodeSympleClient;
  readonly #history: SourceStatus[] = [];

  constructor(server: FloeServer) {
    this.#client = new NodeSympleClient({ url: server.url, user: "watcher" });
    for (const signal of [this.#client.roster.peerAdded, this.#client.roster.peerChanged]) {
      signal.on(({ id, data }) => {
        if (id === "floe-server" && data.source !== undefined) {
          this.#history.push(data.source as unknown as SourceStatus);
        }
      });
    }
    this.#client.open();
  }

  /** All of them, oldest first. */
  get history(): readonly SourceStatus[] {
    return this.#history;
  }

  /** Resolves when the newest says so. */
  async is(state: SourceStatus["state"]): Promise<SourceStatus> {
    const newest = await eventually(
      async () => this.#history.at(-1),
      (status) => status?.state === state,
    );
    return newest as SourceStatus;
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}

/** A logger of everything, and what it wrote. */
export function keptLog(): { readonly logger: Logger; text(): string } {
  const lines: string[] = [];
  const logger = new Logger({ sink: (line) => lines.push(line), wallUs: () => 0, level: "trace" });
  return { logger, text: () => lines.join("\n") };
}

/** Begins to watch, for sources without a picture: nothing waits for the first frame. */
export async function watchWithoutPicture(page: Page): Promise<void> {
  await page.evaluate(() => {
    const { viewer } = globalThis as unknown as ViewerGlobal;
    viewer.watch({ peer: "floe|floe-server", playout: "live", muted: false }).catch(() => {});
  });
}

/** Where the page's call stands, as a sentence. */
export function wordsOf(page: Page): Promise<string> {
  return page.evaluate(() => (globalThis as unknown as ViewerGlobal).viewer.words);
}

/** Resolves when the page has played sound. */
export async function heard(page: Page): Promise<void> {
  await eventually(
    () => samples(page),
    ({ audioEnergy }) => audioEnergy > 0,
  );
}

/** How far each frame number is behind the one before, on a loop of `count` frames. */
export function stepsOf(frameNumbers: readonly number[], count: number): number[] {
  return frameNumbers.slice(1).map((number, i) => (number - frameNumbers[i] + count) % count);
}

/** Descriptors that this process holds open. */
export function openDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}
