// Runs the kernel cases in this process, every kernel beside its twin, its floor and its peers in the same rounds, and
// prints the rows as JSON.
import type { KernelCase } from "../../../examples/playground/src/bench/kernel-case.js";
import { kernelCases } from "../../../examples/playground/src/bench/kernel-cases.js";
import { KERNEL_DIGESTS } from "../../../examples/playground/src/bench/kernel-digests.js";
import { type CaseResult, type Contender, runCase } from "../../../examples/playground/src/bench/run-case.js";
import { speedOf, timeOf } from "../../../examples/playground/src/bench/units.js";
import { stopwatch } from "../lib/process-cpu.js";
import type { Row } from "../lib/row.js";
import { type KernelGoal, kernelGoals } from "./goals.js";
import { nodePeers } from "./node-peers.js";

const OPTIONS = { sampleNs: 100e6, rounds: 5, withShared: true };

async function measureAll(): Promise<Row[]> {
  const rows: Row[] = [];
  const goals = new Set(kernelGoals);
  for (const each of kernelCases) {
    const result = await runCase(each, { ...OPTIONS, stopwatch, morePeers: nodePeers(each) });
    checkDigests(result);
    const [ours, ...others] = result.contenders;
    for (const other of others) {
      const goal = kernelGoals.find(({ cases, peer }) => each.id.startsWith(cases) && peer === other.name);
      rows.push(toRow(each, ours, other, goal));
      if (goal !== undefined) {
        goals.delete(goal);
      }
    }
  }
  for (const { cases, peer } of [...goals].filter(({ isOptional }) => isOptional !== true)) {
    throw new Error(`The goal of "${cases}" against "${peer}" has no row.`);
  }
  return rows;
}

/** A fast wrong answer is no answer. */
function checkDigests({ case: { id }, contenders }: CaseResult): void {
  for (const { name, digest = KERNEL_DIGESTS[id] } of contenders) {
    if (digest !== KERNEL_DIGESTS[id]) {
      throw new Error(`${id}: ${name} came to ${digest}, not to ${KERNEL_DIGESTS[id]}.`);
    }
  }
}

function toRow(each: KernelCase, ours: Contender, peer: Contender, goal: KernelGoal | undefined): Row {
  const tell = goal !== undefined && "timeAtMost" in goal ? timeOf : speedOf;
  const { value, unit } = tell(each, ours.callNs);
  return {
    id: each.id,
    unit,
    ours: value,
    peer: tell(each, peer.callNs).value,
    peerName: peer.name,
    digest: ours.digest ?? "",
    ...(goal === undefined
      ? {}
      : {
          goal:
            "timeAtMost" in goal
              ? { of: "ratio", atMost: goal.timeAtMost }
              : { of: "ratio", atLeast: goal.speedAtLeast },
        }),
  };
}

process.stdout.write(JSON.stringify(await measureAll()));
