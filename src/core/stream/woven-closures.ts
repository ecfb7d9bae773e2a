// A stretch of a chain as a nest of closures: for pages that forbid generated code, and while packets are policed.
import { makeDoor } from "./entry.js";
import { lateness, timedCall } from "./lateness.js";
import { type Packet, PacketFlags } from "./packet.js";
import { noteStage } from "./policing.js";
import type { Run } from "./run.js";
import type { BranchStage, Next, ProcessorStage, SinkStage } from "./stage.js";
import { isOwner, kindTest, type Step, type Stretch, type Tail } from "./step.js";

const { noModify, final } = PacketFlags;

/** Builds the stretch from its end to its doors, which are the answer, in the order in which they are named. */
export function weaveClosures({ steps, tail, doors }: Stretch, run: Run): readonly Next[] {
  let next = endWith(tail);
  for (const step of steps.toReversed()) {
    next = weave(step, run, next);
  }
  return doors.map((door) => makeDoor(door, run, next, tail.arrivals));
}

function endWith({ take, onlyFinal }: Tail): Next {
  if (!onlyFinal) {
    return take;
  }
  return (packet) => {
    if ((packet.flags & final) !== 0) {
      take(packet);
    }
  };
}

function weave(step: Step, run: Run, next: Next): Next {
  switch (step.type) {
    case "processor":
      return weaveProcessor(step, run, next);
    case "sink":
      return weaveSink(step, run, next);
    case "branch":
      return weaveBranch(step, run, next);
  }
}

function weaveProcessor(stage: ProcessorStage, run: Run, next: Next): Next {
  const { processor } = stage;
  const late = lateness(stage, run);
  const emit = late === undefined ? makeEmit(stage, run, next) : late.emitInto(next);
  const process = makeCall(stage, run, (packet) => processor.process(packet, emit));
  const timedProcess = timedCall(stage, run, late, process);
  const isTaken = makeTest(stage);
  return (packet) => {
    if (!isTaken(packet) || (packet.flags & noModify) !== 0) {
      passBy(stage, run, packet);
      next(packet);
    } else if (run.trace !== undefined) {
      timedProcess(packet);
    } else {
      process(packet);
    }
  };
}

/** The `emit` of a stage that works inside the call. */
function makeEmit({ stats }: ProcessorStage, run: Run, next: Next): Next {
  return (packet) => {
    if (run.flowing) {
      next(packet);
    } else {
      stats.drop(run.shutReason);
    }
  };
}

function weaveSink(stage: SinkStage, run: Run, next: Next): Next {
  const { sink } = stage;
  const write = makeCall(stage, run, (packet) => sink.write(packet));
  const timedWrite = timedCall(stage, run, undefined, write);
  const isTaken = makeTest(stage);
  return (packet) => {
    if (!isTaken(packet)) {
      passBy(stage, run, packet);
    } else if (run.trace !== undefined) {
      timedWrite(packet);
    } else {
      write(packet);
    }
    next(packet);
  };
}

function weaveBranch(stage: BranchStage, run: Run, next: Next): Next {
  const { branch } = stage;
  const receive = makeCall(stage, run, (packet) => branch.receive(packet));
  const timedReceive = timedCall(stage, run, undefined, receive);
  return (packet) => {
    if (run.trace !== undefined) {
      timedReceive(packet);
    } else {
      receive(packet);
    }
    next(packet);
  };
}

/** Counts, notes who is given the packet and who owns it, and says where an exception came from. */
function makeCall(step: Step, run: Run, call: Next): Next {
  const { id, stats } = step;
  const { policing, ownership, counting } = run;
  const isNewOwner = isOwner(step);
  return (packet) => {
    if (counting) {
      stats.take(packet);
    }
    if (policing) {
      noteStage(packet, id);
    }
    if (isNewOwner) {
      ownership.taken = true;
    }
    try {
      call(packet);
    } catch (thrown) {
      run.blame(id, stats, thrown);
      throw thrown;
    }
  };
}

function makeTest(step: Step): (packet: Packet) => boolean {
  const test = kindTest(step);
  if (test === undefined) {
    return () => true;
  }
  const { first, second, others } = test;
  return (packet) => {
    const { kind } = packet;
    return kind === first || kind === second || others?.(packet) === true;
  };
}

function passBy({ stats }: Step, { counting }: Run, packet: Packet): void {
  if (counting) {
    stats.passedBy++;
    stats.passedByBytes += packet.byteLength;
  }
}
