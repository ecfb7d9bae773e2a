// What the rows about whole servers share: the built command in record mode, and publishers of a clip that are processes as well.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { serialize } from "node:v8";
import { type Child, type ChildOptions, startNode } from "../lib/child.js";
import { bundle } from "../lib/measured.js";
import { type ClipPayloads, clipPayloads } from "./clip-payloads.js";
import type { PublisherOptions, PublishersReport } from "./raw-publishers.js";

const FLOE = fileURLToPath(new URL("../../../dist/node/cli/floe.cjs", import.meta.url));
/** Pictures. */
const NEVER = 1_000_000;
/** The server on one core, who publishes on the other. */
const SERVER_CORE = 0;
const PUBLISHERS_CORE = 1;

/** The peer of a recording, from its file's name. */
export function peerOf(file: string): string {
  return file.replace(/-\d+\.\w+$/, "");
}

/** A folder, a clip and the program of the publishers. */
export class RecordBench {
  readonly clip: ClipPayloads;
  readonly #folder: string;
  readonly #program: string;
  readonly #clipFile: string;
  #servers = 0;

  private constructor(clip: ClipPayloads, folder: string, program: string) {
    this.clip = clip;
    this.#folder = folder;
    this.#program = program;
    this.#clipFile = join(folder, "clip");
    writeFileSync(this.#clipFile, serialize(clip));
  }

  /** A clip of that length with one key frame. */
  static async create(seconds: number): Promise<RecordBench> {
    const clip = await clipPayloads({ seconds, keyFrameEvery: NEVER });
    const program = await bundle(new URL("./raw-publishers.ts", import.meta.url));
    return new RecordBench(clip, mkdtempSync(join(tmpdir(), "floe-record-")), program);
  }

  /** A new folder that is removed with everything else. */
  folder(name: string): string {
    return join(this.#folder, name);
  }

  /** Starts a server that records into a folder of its own. */
  async server(env: NodeJS.ProcessEnv = {}): Promise<RecordingServer> {
    const folder = this.folder(`recordings-${this.#servers++}`);
    const args = ["serve", "--json", "--port", "0", "--mode", "record", "--record-dir", folder, "--log-level", "error"];
    const server = await startNode([FLOE, ...args], { core: SERVER_CORE, env });
    return { server, url: String(server.ready["http"]), files: () => recordingsIn(folder) };
  }

  /** Starts publishers, on this machine or in another network; resolves when all of them send. */
  async publishers(
    url: string,
    options: Omit<PublisherOptions, "clip">,
    command?: NonNullable<ChildOptions["command"]>,
  ): Promise<Publishers> {
    const child = await startNode([this.#program, url, JSON.stringify({ ...options, clip: this.#clipFile })], {
      core: PUBLISHERS_CORE,
      ...(command === undefined ? {} : { command }),
    });
    return {
      report: async () => (await child.ask()) as PublishersReport,
      finish: async () => (await child.ask("SIGHUP")) as PublishersReport,
      stop: () => child.stop(),
    };
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** A server that is a process, and what it has written. */
export type RecordingServer = { readonly server: Child; readonly url: string; files(): string[] };

/** A process that publishes. */
export type Publishers = {
  report(): Promise<PublishersReport>;
  /** Sends no more pictures and sound; answers when what was lost had time to be sent again. */
  finish(): Promise<PublishersReport>;
  stop(): Promise<void>;
};

/** The paths of the recordings in a folder. */
export function recordingsIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".mp4"))
    .map((name) => join(folder, name));
}
