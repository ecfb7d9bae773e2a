// What relaying a packet costs a server: CPU time of its process by /proc per packet that the load saw.
import { liveThreadSeconds } from "../lib/process-cpu.js";
import type { RelayServer } from "./relay-servers.js";
import { SpinningLoad } from "./spinning-load.js";

/** The server on one core, the load on the other. */
export const SERVER_CORE = 0;
export const LOAD_CORE = 1;
const PAIRS = 8;
const DEPTH = 8;
/** On a busy machine that is longer than on a quiet one, and what is compiled while it runs is compiled by then. */
const WARM_UP_PACKETS = 150_000;
/** Before each window, so that the server is in its stride. */
const RUN_UP_MS = 60;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A server with a load of its own that rests but in its windows: so several take turns, within the second. */
export class LoadedRelay {
  readonly #server: RelayServer;
  readonly #load: SpinningLoad;
  readonly #sizeBytes: number;

  private constructor(server: RelayServer, load: SpinningLoad, sizeBytes: number) {
    this.#server = server;
    this.#load = load;
    this.#sizeBytes = sizeBytes;
  }

  /** Gives a server its load and warms it up; packets have so many bytes. */
  static async open(server: RelayServer, program: string, sizeBytes: number): Promise<LoadedRelay> {
    const load = await SpinningLoad.start(program, { port: server.port, pairs: PAIRS, core: LOAD_CORE });
    await server.prepare(load);
    load.run(sizeBytes, DEPTH);
    await load.relay(WARM_UP_PACKETS);
    await load.pause();
    return new LoadedRelay(server, load, sizeBytes);
  }

  /** Microseconds of CPU a packet, in one window. */
  async measure(windowMs: number): Promise<number> {
    this.#load.run(this.#sizeBytes, DEPTH);
    await pause(RUN_UP_MS);
    const before = await this.#load.count();
    const cpuBefore = liveThreadSeconds(this.#server.pid);
    await pause(windowMs);
    const after = await this.#load.count();
    const cpu = liveThreadSeconds(this.#server.pid) - cpuBefore;
    await this.#load.pause();
    const packets = after.relayed - before.relayed;
    if (packets === 0 || after.wrong > 0) {
      throw new Error(`${packets} packets were relayed, ${after.wrong} were wrong`);
    }
    return (1e6 * cpu) / packets;
  }

  /** Packets that were lost so far, of all. */
  async lost(): Promise<number> {
    const { relayed, resent } = await this.#load.count();
    return resent / relayed;
  }

  async close(): Promise<void> {
    await this.#load.stop();
    await this.#server.stop();
  }
}
