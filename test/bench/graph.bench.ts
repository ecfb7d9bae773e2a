// The packet graph beside Node streams, Web streams, EventEmitter and RxJS, all doing the same work (see graph/work.ts),
// each in a process of its own, in the same rounds. And a hop to a worker and back beside postMessage (graph/hop-case.ts).
import { type ChildProcess, fork } from "node:child_process";
import { measure } from "../../examples/playground/src/bench/measure.js";
import { hopRows } from "./graph/hop-case.js";
import { bundle } from "./lib/measured.js";
import type { Goal, Row } from "./lib/row.js";
import { median } from "./lib/statistics.js";

const OPTIONS = { sampleNs: 100e6, rounds: 5 };
/** What an engine makes of a program differs from start to start. */
const GENERATIONS = 5;
const STAGES = 5;
const COUNTING = "counters and sampled timing";
const SILENT = "report off";
const SIBLING = "one of three streams of the same classes";
const PEERS = ["loop written by hand", "EventEmitter", "RxJS map", "Node Transform", "Web TransformStream"];
const NAMES = [COUNTING, SILENT, SIBLING, ...PEERS];

/** Runs the bench; takes a minute and a half. */
export async function bench(): Promise<Row[]> {
  return [...(await carrierRows()), ...(await hopRows())];
}

async function carrierRows(): Promise<Row[]> {
  const script = await bundle(new URL("./graph/measure-contender.ts", import.meta.url));
  const generations: number[][] = [];
  for (let i = 0; i < GENERATIONS; i++) {
    generations.push(await measureOnce(script));
  }
  return toRows(new Map(NAMES.map((name, i) => [name, median(generations.map((times) => times[i]))])));
}

/** Nanoseconds a packet of each contender, by processes that begin and end here. */
async function measureOnce(script: string): Promise<number[]> {
  const children = NAMES.map((name) => fork(script, [name]));
  try {
    await Promise.all(children.map((child) => answerOf(child)));
    const times = await measure(
      children.map((child) => async (packets) => (await ask(child, packets)) as number),
      OPTIONS,
    );
    for (const [i, child] of children.entries()) {
      const { digest, expected } = (await ask(child, 0)) as Record<"digest" | "expected", string>;
      if (digest !== expected) {
        throw new Error(`${NAMES[i]} came to ${digest}, not to ${expected}.`);
      }
    }
    return times;
  } finally {
    for (const child of children) {
      child.kill();
    }
  }
}

function answerOf(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const ended = (): void => reject(new Error(`${child.spawnargs.at(-1)} ended before it answered.`));
    child.once("exit", ended);
    child.once("message", (answer) => {
      child.off("exit", ended);
      resolve(answer);
    });
  });
}

function ask(child: ChildProcess, packets: number): Promise<unknown> {
  const answer = answerOf(child);
  child.send(packets);
  return answer;
}

function toRows(packetNs: ReadonlyMap<string, number>): Row[] {
  const nsOf = (name: string): number => packetNs.get(name) ?? Number.NaN;
  const compare = (name: string, peerName: string, goal?: Goal): Row => ({
    id: `graph, ${name}`,
    unit: "Mpackets/s",
    ours: 1e3 / nsOf(name),
    peer: 1e3 / nsOf(peerName),
    peerName,
    ...(goal === undefined ? {} : { goal }),
  });
  return [
    compare(COUNTING, "Node Transform", { of: "ratio", atLeast: 15 }),
    compare(COUNTING, "Web TransformStream", { of: "ratio", atLeast: 400 }),
    compare(COUNTING, "EventEmitter", { of: "ratio", atLeast: 3 }),
    compare(COUNTING, "RxJS map"),
    compare(COUNTING, "loop written by hand"),
    compare(SILENT, "Node Transform", { of: "ratio", atLeast: 25 }),
    compare(SILENT, "loop written by hand"),
    compare(SIBLING, "Node Transform"),
    {
      id: "graph, cost of the counters",
      unit: "ns/stage",
      ours: (nsOf(COUNTING) - nsOf(SILENT)) / STAGES,
      goal: { of: "ours", atMost: 2 },
    },
  ];
}
