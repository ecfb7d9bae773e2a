// Runs the graph and its peers in this process, in the same rounds, checks every digest, prints the rows as JSON.
import { NodeClock } from "floe/node";
import { measure } from "../../../examples/playground/src/bench/measure.js";
import { stopwatch } from "../lib/process-cpu.js";
import type { Goal, Row } from "../lib/row.js";
import { floeGraph } from "./floe-graph.js";
import { eventEmitter, nodeTransform, plainLoop, rxjsMap, webTransform } from "./peers.js";
import { type Contender, expectedDigest } from "./work.js";

const OPTIONS = { sampleNs: 200e6, rounds: 7 };
const STAGES = 5;

const clock = new NodeClock();
const counting = await floeGraph("counters and sampled timing", { clock });
const silent = await floeGraph("report off", { clock, report: "drops" });
/** What it costs when several streams have stages of the same classes. */
const siblings = [
  await floeGraph("one of three streams with the same classes", { clock, shared: true }),
  await floeGraph("its second sibling", { clock, shared: true }),
  await floeGraph("its third sibling", { clock, shared: true }),
];
const peers = [plainLoop(), eventEmitter(), rxjsMap(), nodeTransform(), webTransform()];
const contenders: readonly Contender[] = [counting, silent, ...siblings, ...peers];

const times = await measure(
  contenders.map(({ run }) => run),
  { ...OPTIONS, stopwatch },
);
for (const { name, digest } of contenders) {
  const expected = expectedDigest(digest.packets);
  if (digest.text !== expected) {
    throw new Error(`${name}: ${digest.packets} packets came to ${digest.text}, not to ${expected}.`);
  }
}

const packetNs = new Map(contenders.map(({ name }, i) => [name, times[i]]));
const speed = ({ name }: Contender): number => 1e3 / (packetNs.get(name) ?? Number.NaN);

function compare(ours: Contender, peerName: string, goal?: Goal): Row {
  const peer = contenders.find(({ name }) => name === peerName) ?? ours;
  return {
    id: `graph, ${ours.name}`,
    unit: "Mpackets/s",
    ours: speed(ours),
    peer: speed(peer),
    peerName,
    ...(goal === undefined ? {} : { goal }),
  };
}

const rows: Row[] = [
  compare(counting, "Node Transform", { of: "ratio", atLeast: 15 }),
  compare(counting, "Web TransformStream", { of: "ratio", atLeast: 400 }),
  compare(counting, "EventEmitter", { of: "ratio", atLeast: 3 }),
  compare(counting, "RxJS map"),
  compare(counting, "loop written by hand"),
  compare(silent, "Node Transform", { of: "ratio", atLeast: 25 }),
  compare(silent, "loop written by hand"),
  compare(siblings[0], "Node Transform"),
  {
    id: "graph, cost of the counters",
    unit: "ns/stage",
    ours: (times[0] - times[1]) / STAGES,
    goal: { of: "ours", atMost: 2 },
  },
];
for (const { close } of contenders) {
  await close?.();
}
process.stdout.write(JSON.stringify(rows));
