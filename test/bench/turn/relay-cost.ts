// What relaying a packet costs each server: CPU time of its process by /proc per packet that the load saw, rounds interleaved.
import { cpuSeconds } from "../lib/process-cpu.js";
import type { RelayServer } from "./relay-servers.js";
import { SpinningLoad } from "./spinning-load.js";

/** The server on one core, the load on the other. */
export const SERVER_CORE = 0;
export const LOAD_CORE = 1;
const PAIRS = 8;
const DEPTH = 8;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** One measurement. */
export type RelayCost = {
  readonly usPerPacket: number;
  readonly packetsPerSecond: number;
  /** Share of packets that were lost. */
  readonly lost: number;
};

/** Loads a server that was started, measures, stops it. */
export async function relayCost(
  server: RelayServer,
  program: string,
  { sizeBytes, warmUpMs, windowMs }: { sizeBytes: number; warmUpMs: number; windowMs: number },
): Promise<RelayCost> {
  const load = await SpinningLoad.start(program, { port: server.port, pairs: PAIRS, core: LOAD_CORE });
  try {
    await server.prepare(load);
    load.run(sizeBytes, DEPTH);
    await pause(warmUpMs);
    const before = await load.count();
    const cpuBefore = cpuSeconds(server.pid);
    const startedMs = performance.now();
    await pause(windowMs);
    const after = await load.count();
    const cpu = cpuSeconds(server.pid) - cpuBefore;
    const seconds = (performance.now() - startedMs) / 1000;
    const packets = after.relayed - before.relayed;
    if (packets === 0 || after.wrong > 0) {
      throw new Error(`${packets} packets were relayed, ${after.wrong} were wrong`);
    }
    return {
      usPerPacket: (1e6 * cpu) / packets,
      packetsPerSecond: packets / seconds,
      lost: (after.resent - before.resent) / packets,
    };
  } finally {
    await load.stop();
    await server.stop();
  }
}
