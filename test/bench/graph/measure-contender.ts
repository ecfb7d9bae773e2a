// One contender of the graph bench in a process of its own, so that an engine optimises each for itself, as in a program
// that uses nothing else. Told by its parent how many packets to carry, it answers with the nanoseconds; told 0, with the
// digest, and ends. Usage: forked with the contender's name.
import { NodeClock } from "floe/node";
import { stopwatch } from "../lib/process-cpu.js";
import { floeGraph } from "./floe-graph.js";
import { eventEmitter, nodeTransform, plainLoop, rxjsMap, webTransform } from "./peers.js";
import { type Contender, expectedDigest } from "./work.js";

const clock = new NodeClock();

const contenders: Readonly<Record<string, () => Contender | Promise<Contender>>> = {
  "counters and sampled timing": () => floeGraph("counting", { clock }),
  "report off": () => floeGraph("silent", { clock, report: "drops" }),
  "one of three streams of the same classes": siblings,
  "loop written by hand": plainLoop,
  EventEmitter: eventEmitter,
  "RxJS map": rxjsMap,
  "Node Transform": nodeTransform,
  "Web TransformStream": webTransform,
};

/** The first of three, after all of them have carried as many: what an engine learns, it learns of all. */
async function siblings(): Promise<Contender> {
  const [first, ...others] = await Promise.all(["a", "b", "c"].map((name) => floeGraph(name, { clock })));
  for (const { run } of [...others, first]) {
    await run(100_000);
  }
  return first;
}

const contender = await contenders[process.argv[2]]();

process.on("message", async (packets: number) => {
  if (packets > 0) {
    const elapsedNs = stopwatch();
    await contender.run(packets);
    process.send?.(elapsedNs());
  } else {
    await contender.close?.();
    const { text, packets: carried } = contender.digest;
    process.send?.({ digest: text, expected: expectedDigest(carried) });
    process.disconnect();
  }
});
/** Long enough for a compiler to have seen the code, and to have thought better of it. */
const WARM_UP_NS = 400e6;
const warmUpNs = stopwatch();
while (warmUpNs() < WARM_UP_NS) {
  await contender.run(5000);
}
process.send?.("ready");
