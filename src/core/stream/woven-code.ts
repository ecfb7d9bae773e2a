// A stretch of a chain as one straight function, written for it at start(): every call site meets one stage and is the
// engine's to inline. The text is made of the words below and of counted numbers; everything else goes in as a value.
import { buildCode } from "./code.js";
import { lateness, timedCall } from "./lateness.js";
import type { Packet } from "./packet.js";
import type { Run } from "./run.js";
import type { Next } from "./stage.js";
import { type Door, isOwner, kindTest, type Step, type Stretch, type Tail } from "./step.js";

/** One text for each function: an engine shares what it learns between functions of equal text. */
let written = 0;

/** The doors of the stretch, in the order in which they are named; undefined where code must not be built. */
export function weaveCode(stretch: Stretch, run: Run): readonly Next[] | undefined {
  const values = new Values();
  const text = write(stretch, run, values);
  const build = buildCode(values.names, text);
  return build?.(...values.list) as readonly Next[] | undefined;
}

/** What a text calls by name. */
class Values {
  readonly names: string[] = [];
  readonly list: unknown[] = [];

  add(name: string, value: unknown): void {
    this.names.push(name);
    this.list.push(value);
  }
}

function write({ steps, tail, doors }: Stretch, run: Run, values: Values): string {
  values.add("run", run);
  values.add("owner", run.owner);
  values.add("ownership", run.ownership);
  values.add("tail", tail.take);
  values.add("arrivals", tail.arrivals);
  return `"use strict";
${doors.map((door, index) => writeDoor(door, index, run, tail, values)).join("")}
${steps.map((step, index) => writeStep(step, index, run, values)).join("")}
function give(packet) {
  const outer = ownership.taken;
  ownership.taken = false;
  try {
    step0(packet);
  } finally {
    const { taken } = ownership;
    ownership.taken = outer;
    if (!taken) packet.release?.();
  }
}
function step${steps.length}(packet) {
  ${tail.onlyFinal ? "if ((packet.flags & 2) !== 0)" : ""} tail(packet);
}
return [${doors.map(({ type }, index) => (type === "pass" ? "step0" : `door${index}`))}];
//# sourceURL=floe/chain-${++written}.js
`;
}

function writeDoor(door: Door, n: number, run: Run, tail: Tail, values: Values): string {
  const { type, id, stats, handover, untold } = door;
  if (type === "pass") {
    return "";
  }
  const isGiven = handover === "give";
  const isEntry = type === "entry";
  const isTimed = run.frames !== undefined && isEntry;
  values.add(`source${n}`, stats);
  values.add(`begin${n}`, (packet: Packet) => run.begin(id, stats.packets, packet));
  values.add(`failed${n}`, (thrown: unknown) => run.failed(thrown, id, untold));
  values.add(`shut${n}`, (packet: Packet) => {
    stats.drop(run.shutReason);
    if (isGiven) {
      packet.release?.();
    }
  });
  return `
function door${n}(packet) {
  ${isEntry ? `if (!run.open) { shut${n}(packet); return; }` : ""}
  ${isEntry && run.counting ? `source${n}.packets++; source${n}.bytes += packet.byteLength;` : ""}
  ${tail.arrivals === undefined ? "" : "arrivals.count++;"}
  const flags = packet.flags;
  if (run.depth++ === 0) {
    run.thrown = undefined;
    ${isTimed ? `if (--run.countdown === 0) begin${n}(packet);` : ""}
  }
  try {
    ${isGiven ? "give(packet);" : "step0(packet);"}
  } catch (thrown) {
    failed${n}(thrown);
  } finally {
    run.depth--;
    ${isTimed ? "if (run.trace !== undefined && run.depth === 0) run.end();" : ""}
  }
  ${isEntry ? "if ((flags & 2) !== 0) owner.finish();" : ""}
}
`;
}

function writeStep(step: Step, n: number, run: Run, values: Values): string {
  const { id, stats } = step;
  const isProcessor = step.type === "processor";
  const late = isProcessor ? lateness(step, run) : undefined;
  const isTimed = run.frames !== undefined;
  values.add(`stats${n}`, stats);
  values.add(`target${n}`, targetOf(step));
  values.add(`timer${n}`, (call: Next) => timedCall(step, run, late, call));
  values.add(`late${n}`, late?.emitInto);
  values.add(`shutBehind${n}`, () => stats.drop(run.shutReason));
  values.add(`blamed${n}`, (thrown: unknown) => {
    run.blame(id, stats, thrown);
    return thrown;
  });
  const next = `step${n + 1}(packet);`;
  const call = writeCall(step, n);
  return `
function step${n}(packet) {
  if (${writeTest(step, n, values)}) {
    ${run.counting ? `stats${n}.packets++; stats${n}.bytes += packet.byteLength;` : ""}
    ${isOwner(step) ? "ownership.taken = true;" : ""}
    try {
      ${isTimed ? `if (run.trace !== undefined) timed${n}(packet); else` : ""} ${call}
    } catch (thrown) {
      throw blamed${n}(thrown);
    }
  } else {
    ${run.counting ? `stats${n}.passedBy++; stats${n}.passedByBytes += packet.byteLength;` : ""}
    ${isProcessor ? next : ""}
  }
  ${isProcessor ? "" : next}
}
${isTimed ? `var timed${n} = timer${n}(function (packet) { ${call} });` : ""}
${late === undefined ? `function emit${n}(packet) { if (run.flowing) ${next} else shutBehind${n}(); }` : `var emit${n} = late${n}(step${n + 1});`}
`;
}

function writeCall({ type }: Step, n: number): string {
  switch (type) {
    case "processor":
      return `target${n}.process(packet, emit${n});`;
    case "sink":
      return `target${n}.write(packet);`;
    case "branch":
      return `target${n}.receive(packet);`;
  }
}

function targetOf(step: Step): unknown {
  switch (step.type) {
    case "processor":
      return step.processor;
    case "sink":
      return step.sink;
    case "branch":
      return step.branch;
  }
}

/** What decides whether the step takes a packet. */
function writeTest(step: Step, n: number, values: Values): string {
  const { first, second, others } = kindTest(step) ?? {};
  values.add(`first${n}`, first);
  values.add(`second${n}`, second);
  values.add(`others${n}`, others);
  const kinds = [
    first === undefined ? "" : `packet.kind === first${n}`,
    second === undefined ? "" : `packet.kind === second${n}`,
    others === undefined ? "" : `others${n}(packet)`,
  ].filter((text) => text !== "");
  const isTaken = kinds.length === 0 ? `${kindTest(step) === undefined}` : `(${kinds.join(" || ")})`;
  return step.type === "processor" ? `${isTaken} && (packet.flags & 1) === 0` : isTaken;
}
