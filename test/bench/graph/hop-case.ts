// A hop to a worker and back beside bare postMessage: CPU time of both threads for a packet of 1200 bytes, in bursts as a
// media path brings them. Every way runs in a process of its own; they take turns, round by round; medians count.
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Row } from "../lib/row.js";
import { median } from "../lib/statistics.js";

/** A key frame of 77 kB, and a picture between of 10 kB. */
const KEY_BURST = 64;
const DELTA_BURST = 8;
const ROUNDS = 9;
const PACKETS_PER_ROUND = 51_200;
const WARM_UP_ROUNDS = 2;

const WAYS = ["ring", "messages", "clone", "transfer"] as const;
type Way = (typeof WAYS)[number];

type Answer = {
  readonly cpuNs: number;
  readonly wallNs: number;
  readonly wrong: number;
  readonly wire: string;
  readonly drops: number;
};

type Runner = {
  run(size: number): Promise<Answer>;
  stop(): Promise<void>;
};

/** The rows of the graph's bench that speak of hops. Takes about half a minute. */
export async function hopRows(): Promise<readonly Row[]> {
  const runners = new Map<Way, Runner>();
  try {
    for (const way of WAYS) {
      runners.set(way, await startRunner(way));
    }
    const key = await measure(runners, KEY_BURST);
    const delta = await measure(runners, DELTA_BURST);
    return [...rowsOf(key, KEY_BURST, true), ...rowsOf(delta, DELTA_BURST, false)];
  } finally {
    for (const runner of runners.values()) {
      await runner.stop();
    }
  }
}

/** Packets a microsecond of CPU, so that more is better. */
function rowsOf(times: ReadonlyMap<Way, number>, size: number, hasGoal: boolean): readonly Row[] {
  const rate = (way: Way): number => 1000 / (times.get(way) ?? Number.NaN);
  // The better of the two that everybody has without a ring.
  const peerWay: Way = rate("transfer") > rate("clone") ? "transfer" : "clone";
  const row = (way: Way): Row => ({
    id: `hop there and back, 1200 B, bursts of ${size}, ${way}`,
    unit: "packets/us of CPU",
    ours: rate(way),
    peer: rate(peerWay),
    peerName: `postMessage, ${peerWay}`,
  });
  const ring = row("ring");
  return [hasGoal ? { ...ring, goal: { of: "ratio", atLeast: 5 } } : ring, row("messages")];
}

async function measure(runners: ReadonlyMap<Way, Runner>, size: number): Promise<ReadonlyMap<Way, number>> {
  const times = new Map<Way, number[]>(WAYS.map((way) => [way, []]));
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    for (const [way, runner] of runners) {
      const { cpuNs, wrong, wire, drops } = await runner.run(size);
      if (wrong > 0 || drops > 0 || wire !== way) {
        throw new Error(`hop by ${wire} (${way} was asked for): ${wrong} packets wrong, ${drops} dropped`);
      }
      if (round >= 0) {
        times.get(way)?.push(cpuNs);
      }
    }
  }
  return new Map([...times].map(([way, values]) => [way, median(values)]));
}

async function startRunner(way: Way): Promise<Runner> {
  const file = fileURLToPath(new URL("hop-runner.mjs", import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [file, way], { stdio: ["pipe", "pipe", "inherit"] });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const nextLine = (): Promise<string> =>
    Promise.race([
      new Promise<string>((resolve) => lines.once("line", resolve)),
      exited.then(() => Promise.reject(new Error(`hop-runner ${way} has ended`))),
    ]);
  await nextLine();
  return {
    run: async (size) => {
      const answer = nextLine();
      child.stdin?.write(`${JSON.stringify({ bursts: Math.ceil(PACKETS_PER_ROUND / size), size })}\n`);
      return JSON.parse(await answer) as Answer;
    },
    stop: async () => {
      child.stdin?.end();
      await exited;
    },
  };
}
