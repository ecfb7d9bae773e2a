// How a run ends, in the order that loses nothing: what stands in front empties itself first, branches end before what
// stands behind them, and the sources end last.
import type { QueueDrain } from "./queue-drain.js";
import type { SourceRunner } from "./source-runner.js";
import type { SourceNode, Stage } from "./stage.js";

/** Told of everything that throws on the way down; the way goes on. */
export type OnTrouble = (thrown: unknown, stage: string) => void;

/** Empties and stops the stages, one after the other along the chain. */
export async function stopStages(
  stages: readonly Stage[],
  drains: ReadonlyMap<Stage, QueueDrain>,
  onTrouble: OnTrouble,
): Promise<void> {
  for (const stage of teardownOrder(stages)) {
    await attempt(stage.id, onTrouble, () => {
      switch (stage.type) {
        case "queue":
        case "hop":
          return drains.get(stage)?.flush();
        case "processor":
          return stage.processor.stop?.();
        case "branch":
          return stage.branch.stop();
        case "sink":
          return undefined;
      }
    });
  }
}

/** Stops the sources, the last one first. */
export async function stopSources(runners: readonly SourceRunner[], onTrouble: OnTrouble): Promise<void> {
  for (const runner of runners.toReversed()) {
    await attempt(runner.id, onTrouble, () => runner.stop());
  }
}

/** Closes branches, then stages, then sources. */
export async function closeNodes(
  stages: readonly Stage[],
  sources: readonly SourceNode[],
  onTrouble: OnTrouble,
): Promise<void> {
  const ordered = teardownOrder(stages);
  for (const stage of ordered) {
    if (stage.type === "branch") {
      await attempt(stage.id, onTrouble, () => stage.branch.close());
    }
  }
  for (const stage of ordered) {
    if (stage.type === "processor") {
      await attempt(stage.id, onTrouble, () => stage.processor.close?.());
    } else if (stage.type === "hop") {
      await attempt(stage.id, onTrouble, () => stage.hop.close());
    }
  }
  for (const node of sources.toReversed()) {
    if (node.lifecycle === "stream") {
      await attempt(node.id, onTrouble, () => node.source.close?.());
    }
  }
}

/** Along the chain, but of branches that stand side by side the last one goes first. */
function teardownOrder(stages: readonly Stage[]): readonly Stage[] {
  const ordered: Stage[] = [];
  let group: Stage[] = [];
  for (const stage of stages) {
    if (stage.type === "branch") {
      group.unshift(stage);
    } else if (stage.type === "sink") {
      // Sinks have nothing to stop, so they do not part branches.
      ordered.push(stage);
    } else {
      ordered.push(...group, stage);
      group = [];
    }
  }
  return [...ordered, ...group];
}

async function attempt(id: string, onTrouble: OnTrouble, step: () => void | Promise<void> | undefined): Promise<void> {
  try {
    await step();
  } catch (thrown) {
    onTrouble(thrown, id);
  }
}
