// What reaches each stage, by declaration: walks the stage list with the kinds that the sources emit, and refuses what
// cannot work: a stage that nothing reaches, and a stage that keeps packets which are only lent to it.
import { FloeError } from "../error/floe-error.js";
import { checkKinds } from "./adapter-check.js";
import { AnyPacket, isDefinedKind, type PacketKind } from "./packet.js";
import { acceptedKinds, type Flow, retentionOf, type SourceNode, type Stage } from "./stage.js";

/** What comes in by `write()`: any kind, lent. */
export function writtenFlow(stream: string): readonly Flow[] {
  return [{ kind: AnyPacket, from: `${stream}.write()`, given: false }];
}

/** What sources bring. Throws FloeError `stream/kinds`: only now, because a stream as a source knows it when it is whole. */
export function flowOf(sources: readonly SourceNode[]): readonly Flow[] {
  return sources.flatMap(({ id, source }) => {
    const given = source.retention !== "borrowed";
    const { emits } = source;
    checkKinds(id, emits);
    return emits.map((kind) => ({ kind, from: id, given }));
  });
}

/**
 * What leaves the last stage, or reaches `until`. Throws FloeError `stream/no-packets` or `stream/lent-packets`; nothing is
 * changed.
 */
export function flowThrough(stages: readonly Stage[], inflow: readonly Flow[], until?: Stage): readonly Flow[] {
  let flow = inflow;
  for (const [index, stage] of stages.entries()) {
    if (stage === until) {
      return sharedBy(stage, index, stages, flow);
    }
    const taken = check(stage, flow);
    if (stage.type === "branch") {
      stage.branch.validate(sharedBy(stage, index, stages, flow));
    }
    flow = after(stage, flow, taken);
  }
  return flow;
}

/** Whether a stage that accepts `accepts` takes packets of `kind`: for certain, perhaps (decided at run time), or never. */
export function takes(accepts: readonly PacketKind[] | undefined, kind: PacketKind): "always" | "perhaps" | "never" {
  if (accepts === undefined || accepts.includes(AnyPacket) || accepts.includes(kind)) {
    return "always";
  }
  const isOpen = kind === AnyPacket || !isDefinedKind(kind) || accepts.some((accepted) => !isDefinedKind(accepted));
  return isOpen && accepts.length > 0 ? "perhaps" : "never";
}

function check(stage: Stage, flow: readonly Flow[]): readonly Flow[] {
  const accepts = acceptedKinds(stage);
  const taken = flow.filter(({ kind }) => takes(accepts, kind) !== "never");
  if (taken.length === 0 && stage.type !== "branch") {
    throw new FloeError(
      "stream/no-packets",
      `"${stage.id}" takes ${list(accepts)}, but only ${list(flow.map(({ kind }) => kind))} reaches it`,
      {
        fix: "Put a stage in front of it that emits what it takes, or leave it out.",
      },
    );
  }
  const lent = retentionOf(stage) === "retained" ? taken.find(({ given }) => !given) : undefined;
  if (lent !== undefined) {
    throw new FloeError(
      "stream/lent-packets",
      `"${stage.id}" keeps packets after the call, but "${lent.from}" only lends them`,
      {
        fix: `Put .queue() between "${lent.from}" and "${stage.id}".`,
      },
    );
  }
  return taken;
}

function after(stage: Stage, flow: readonly Flow[], taken: readonly Flow[]): readonly Flow[] {
  switch (stage.type) {
    case "queue":
      return flow.map(({ kind }) => ({ kind, from: stage.id, given: true }));
    case "sink":
      // What a sink keeps has one owner already; those behind it may look, not keep.
      return retentionOf(stage) === "retained"
        ? flow.map((one) => (taken.includes(one) ? lend(one, stage.id) : one))
        : flow;
    case "branch":
      return flow;
    case "processor":
    case "hop": {
      const accepts = acceptedKinds(stage);
      const emits = stage.type === "hop" ? stage.hop.contract.back.kinds : stage.processor.emits;
      const given = retentionOf(stage) !== "borrowed";
      const rest = flow.filter(({ kind }) => takes(accepts, kind) !== "always");
      return [...rest, ...emits.map((kind) => ({ kind, from: stage.id, given }))];
    }
  }
}

/** A branch shares its packets with what comes behind it, so it may only look at them; at the end of a chain it may keep. */
function sharedBy(stage: Stage, index: number, stages: readonly Stage[], flow: readonly Flow[]): readonly Flow[] {
  const isLast = index === stages.length - 1;
  return stage.type === "branch" && !isLast ? flow.map((one) => lend(one, one.from)) : flow;
}

function lend({ kind }: Flow, from: string): Flow {
  return { kind, from, given: false };
}

function list(kinds: readonly PacketKind[] | undefined): string {
  const names = new Set(kinds?.map(({ name }) => name) ?? ["any kind"]);
  return names.size === 0 ? "nothing" : [...names].join(", ");
}
