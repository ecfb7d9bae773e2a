// The doors of a run: where a packet comes in from outside the chain's own call stack, or changes hands inside it.

import type { NodeStats } from "./node-stats.js";
import { type Packet, PacketFlags } from "./packet.js";
import { noteLender } from "./policing.js";
import type { Run } from "./run.js";
import type { Next } from "./stage.js";

/** Where an exception of the chain goes when no listener of `failed` was told: back to the caller, or nowhere. */
export type UntoldErrors = "throw" | "keep";

/** How one door is made. */
export type EntryOptions = {
  readonly run: Run;
  /** The node that brings the packets. */
  readonly id: string;
  readonly stats: NodeStats;
  /** The chain behind the door. */
  readonly next: Next;
  /** Whether its packets are given away (the graph releases them), lent, or another stream's that answers for them. */
  readonly handover: "give" | "lend" | "pass";
  readonly untold: UntoldErrors;
};

/** The door of a source, of `write()` or of a branch: counts, keeps the gate, times one packet in N, answers for errors. */
export function makeEntry({ run, id, stats, next, handover, untold }: EntryOptions): Next {
  const hand = handover === "give" ? giving(run, id, next) : handover === "lend" ? lending(run, id, next) : next;
  const inside = makeGuard(run, id, hand, untold);
  return (packet) => {
    if (!run.open) {
      stats.drop(run.shutReason);
      if (handover === "give") {
        packet.release?.();
      }
      return;
    }
    stats.packets++;
    stats.bytes += packet.byteLength;
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
  const inside = makeGuard(run, id, hand, "keep");
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

/** Runs the chain under a roof: exceptions end here, and one packet in N is timed. */
export function makeGuard(run: Run, id: string, hand: Next, untold: UntoldErrors): Next {
  const { clock, timedOneIn } = run;
  let countdown = 1;
  return (packet) => {
    const isOutermost = run.depth === 0;
    run.depth++;
    if (isOutermost) {
      run.blamed = "";
      if (clock !== undefined && --countdown === 0) {
        countdown = timedOneIn;
        run.timing = true;
        run.nestedUs = 0;
      }
    }
    try {
      hand(packet);
    } catch (thrown) {
      if (!run.owner.fail(thrown, run.takeBlame(id)) && untold === "throw") {
        throw thrown;
      }
    } finally {
      run.depth--;
      if (isOutermost) {
        run.timing = false;
      }
    }
  };
}

/** Hands on a packet that its giver never touches again: unless a stage became its owner, it ends with the call. */
export function giving(run: Run, id: string, next: Next): Next {
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
