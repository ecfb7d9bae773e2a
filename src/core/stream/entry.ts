// The doors of a run as closures: where a packet comes in from outside the chain's own call stack, or changes hands in it.
import type { NodeStats } from "./node-stats.js";
import { type Packet, PacketFlags } from "./packet.js";
import { noteLender } from "./policing.js";
import type { Run } from "./run.js";
import type { Next } from "./stage.js";
import type { Arrivals, Door } from "./step.js";

/** A door as a closure. */
export function makeDoor(door: Door, run: Run, next: Next, arrivals: Arrivals | undefined): Next {
  if (door.type === "pass") {
    return next;
  }
  const { id, stats, handover } = door;
  const hand = handover === "give" ? giving(run, id, next) : handover === "lend" ? lending(run, id, next) : next;
  const inside = counted(makeGuard(run, door, hand), arrivals);
  return door.type === "hand" ? inside : makeEntry(run, stats, inside, handover === "give");
}

function counted(inside: Next, arrivals: Arrivals | undefined): Next {
  if (arrivals === undefined) {
    return inside;
  }
  return (packet) => {
    arrivals.count++;
    inside(packet);
  };
}

/** Keeps the gate, counts, and ends the run behind a final packet. */
function makeEntry(run: Run, stats: NodeStats, inside: Next, isGiven: boolean): Next {
  return (packet) => {
    if (!run.open) {
      stats.drop(run.shutReason);
      if (isGiven) {
        packet.release?.();
      }
      return;
    }
    if (run.counting) {
      stats.take(packet);
    }
    const { flags } = packet;
    inside(packet);
    if ((flags & PacketFlags.final) !== 0) {
      run.owner.finish();
    }
  };
}

/** The `emit` of a deferred stage: inside a call of the chain it just goes on, outside it is a door of its own. */
export function makeLateEntry(run: Run, id: string, stats: NodeStats, next: Next): Next {
  const hand = giving(run, id, next);
  const inside = makeGuard(run, { type: "entry", id, stats, untold: "keep" }, hand);
  return (packet) => {
    if (!run.flowing) {
      stats.drop(run.shutReason);
      packet.release?.();
    } else if (run.depth > 0) {
      // The door that the outer call came through answers for errors.
      hand(packet);
    } else {
      inside(packet);
    }
  };
}

/** Runs the chain under a roof: exceptions end here, and of what comes from outside one packet in N is timed. */
function makeGuard(run: Run, { type, id, stats, untold }: Omit<Door, "handover">, hand: Next): Next {
  const begins = run.frames !== undefined && type === "entry";
  return (packet) => {
    let began = false;
    if (run.depth++ === 0) {
      run.thrown = undefined;
      if (begins && run.trace === undefined && --run.countdown === 0) {
        began = true;
        run.begin(id, stats.packets, packet);
      }
    }
    try {
      hand(packet);
    } catch (thrown) {
      run.failed(thrown, id, untold);
    } finally {
      run.depth--;
      if (began) {
        run.end();
      }
    }
  };
}

/** Hands on a packet that its giver never touches again: unless a stage became its owner, it ends with the call. */
function giving(run: Run, id: string, next: Next): Next {
  const { ownership, policing } = run;
  return (packet) => {
    if (policing) {
      noteLender(packet, id);
    }
    const outer = ownership.taken;
    ownership.taken = false;
    try {
      next(packet);
    } finally {
      const { taken } = ownership;
      ownership.taken = outer;
      if (!taken) {
        packet.release?.();
      }
    }
  };
}

/** Hands on a packet that is its lender's. While policing, a copy goes in its place and ends with the call. */
function lending(run: Run, id: string, next: Next): Next {
  if (!run.policing) {
    return next;
  }
  return (packet: Packet) => {
    const loan = packet.clone();
    noteLender(loan, id);
    try {
      next(loan);
    } finally {
      loan.release?.();
    }
  };
}
