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

function write(stretch: Stretch, run: Run, values: Values): string {
  const { steps, tail, doors } = stretch;
  values.add("run", run);
  values.add("owner", run.owner);
  values.add("ownership", run.ownership);
  values.add("tail", tail.take);
  values.add("arrivals", tail.arrivals);
  return `"use strict";
${doors.map((door, index) => writeDoor(door, index, run, tail, values)).join("")}
${steps.map((step, index) => writeStep(step, index, stretch, run, values)).join("")}
function enter(packet) {
  ${writeCalm(0, stretch, run, "step0(packet);")}
}
function give(packet) {
  const outer = ownership.taken;
  ownership.taken = false;
  try {
    enter(packet);
  } finally {
    const { taken } = ownership;
    ownership.taken = outer;
    if (!taken) packet.release?.();
  }
}
function step${steps.length}(packet) {
  ${writeTail(tail)}
}
return [${doors.map(({ type }, index) => (type === "pass" ? "step0" : `door${index}`))}];
//# sourceURL=floe/chain-${++written}.js
`;
}

/** Where ways join, an engine forgets what it knew of a packet: so a timed one has a function of its own. */
function writeDoor(door: Door, n: number, run: Run, tail: Tail, values: Values): string {
  const { type, id, stats, handover, untold } = door;
  if (type === "pass") {
    return "";
  }
  const isGiven = handover === "give";
  const isEntry = type === "entry";
  const isTimed = run.frames !== undefined && isEntry;
  values.add(`source${n}`, stats.taken);
  values.add(`begin${n}`, (packet: Packet) => run.begin(id, stats.packets, packet));
  values.add(`failed${n}`, (thrown: unknown) => run.failed(thrown, id, untold));
  values.add(`shut${n}`, (packet: Packet) => {
    stats.drop(run.shutReason);
    if (isGiven) {
      packet.release?.();
    }
  });
  const hand = isGiven ? "give(packet);" : "enter(packet);";
  const through = `try { ${hand} } catch (thrown) { failed${n}(thrown); }`;
  const finish = isEntry ? "if ((flags & 2) !== 0) owner.finish();" : "";
  return `
function door${n}(packet) {
  ${isEntry ? `if (run.open !== true) { shut${n}(packet); return; }` : ""}
  ${isEntry && run.counting ? writeCount(`source${n}`) : ""}
  ${tail.arrivals === undefined ? "" : "arrivals.count++;"}
  const flags = packet.flags;
  const depth = run.depth;
  run.depth = depth + 1;
  if (depth === 0) {
    run.thrown = undefined;
    ${isTimed ? `if (--run.countdown === 0) { timedDoor${n}(packet, flags); return; }` : ""}
  }
  ${through} finally { run.depth = depth; }
  ${finish}
}
${
  isTimed
    ? `function timedDoor${n}(packet, flags) {
  begin${n}(packet);
  ${through} finally { run.depth = 0; run.end(); }
  ${finish}
}`
    : ""
}
`;
}

function writeCount(counts: string): string {
  return `const taken = ${counts}; taken[0] += 1; taken[1] += packet.byteLength;`;
}

/**
 * A step is written twice: as a function that looks for everything, and inside of what calls it, for packets that it takes
 * and nobody watches. An engine inlines so much text and no more, so the second holds what such a packet needs.
 */
function writeStep(step: Step, n: number, stretch: Stretch, run: Run, values: Values): string {
  const { id, stats } = step;
  const late = step.type === "processor" ? lateness(step, run) : undefined;
  const { first, second, others } = kindTest(step) ?? {};
  values.add(`first${n}`, first);
  values.add(`second${n}`, second);
  values.add(`others${n}`, others);
  values.add(`target${n}`, targetOf(step));
  values.add(`timer${n}`, (call: Next) => timedCall(step, run, late, call));
  values.add(`late${n}`, late?.emitInto);
  values.add(`shutBehind${n}`, () => stats.drop(run.shutReason));
  values.add(`taken${n}`, stats.taken);
  values.add(`passed${n}`, (packet: Packet) => {
    if (run.counting) {
      stats.passedBy++;
      stats.passedByBytes += packet.byteLength;
    }
  });
  values.add(`blamed${n}`, (thrown: unknown) => {
    run.blame(id, stats, thrown);
    throw thrown;
  });
  const call = writeCall(step, n);
  const isTimed = run.frames !== undefined;
  return `
function step${n}(packet) {
  ${writeBody(n, stretch, run, isTimed ? `if (run.trace !== undefined) timed${n}(packet); else ${call}` : call)}
}
${isTimed ? `var timed${n} = timer${n}(function (packet) { ${call} });` : ""}
${step.type === "processor" ? writeEmit(n, stretch, run, late !== undefined) : ""}
`;
}

/** What a processor hands on by, and the way around it. */
function writeEmit(n: number, stretch: Stretch, run: Run, isLate: boolean): string {
  const around = `function by${n}(packet) { passed${n}(packet); step${n + 1}(packet); }`;
  if (isLate) {
    return `${around}\nvar emit${n} = late${n}(step${n + 1});`;
  }
  return `${around}
function emit${n}(packet) {
  ${writeCalm(n + 1, stretch, run, `beside${n}(packet);`)}
}
function beside${n}(packet) { if (run.flowing) step${n + 1}(packet); else shutBehind${n}(); }
`;
}

/** What a packet meets at step `n`, and behind it where the step is not a processor. */
function writeBody(n: number, stretch: Stretch, run: Run, call: string): string {
  const step = stretch.steps[n];
  const isProcessor = step.type === "processor";
  return `
  ${writeKind(step)}
  if (${writeTest(step, n)}) { ${writeTaken(step, n, run, call)} } else ${isProcessor ? `by${n}(packet);` : `passed${n}(packet);`}
  ${isProcessor ? "" : writeNext(n, stretch)}`;
}

/** The same for a packet that the step takes while nobody watches; `otherwise` has to see to any other. */
function writeCalm(n: number, stretch: Stretch, run: Run, otherwise: string): string {
  const step = stretch.steps[n];
  if (step === undefined) {
    return `if (run.calm === true) { ${writeTail(stretch.tail)} } else ${otherwise}`;
  }
  return `
  ${writeKind(step)}
  if (run.calm === true && ${writeTest(step, n)}) {
    ${writeTaken(step, n, run, writeCall(step, n))}
    ${step.type === "processor" ? "" : writeNext(n, stretch)}
  } else ${otherwise}`;
}

function writeKind(step: Step): string {
  return kindTest(step)?.first === undefined ? "" : "const kind = packet.kind;";
}

function writeTaken(step: Step, n: number, run: Run, call: string): string {
  return `
    ${run.counting ? writeCount(`taken${n}`) : ""}
    ${isOwner(step) ? "ownership.taken = true;" : ""}
    try { ${call} } catch (thrown) { blamed${n}(thrown); }`;
}

function writeNext(n: number, { steps, tail }: Stretch): string {
  return n + 1 === steps.length ? writeTail(tail) : `step${n + 1}(packet);`;
}

function writeTail({ onlyFinal }: Tail): string {
  return onlyFinal ? "if ((packet.flags & 2) !== 0) tail(packet);" : "tail(packet);";
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
function writeTest(step: Step, n: number): string {
  const kinds = kindTest(step);
  const tests = [
    kinds?.first === undefined ? "" : `kind === first${n}`,
    kinds?.second === undefined ? "" : `kind === second${n}`,
    kinds?.others === undefined ? "" : `others${n}(packet)`,
  ].filter((text) => text !== "");
  const isTaken = tests.length === 0 ? `${kinds === undefined}` : `(${tests.join(" || ")})`;
  return step.type === "processor" ? `${isTaken} && !(packet.flags & 1)` : isTaken;
}
