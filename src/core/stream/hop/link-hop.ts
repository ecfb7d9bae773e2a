// A hop at work in one run of its stream: what it accepts crosses, everything else passes by.
import type { Downstream } from "../downstream.js";
import type { Packet } from "../packet.js";
import { noteStage } from "../policing.js";
import type { QueueDrain } from "../queue-drain.js";
import type { Run } from "../run.js";
import type { HopStage, Next } from "../stage.js";
import { ThroughProbe } from "../through-probe.js";

/**
 * Builds the hop of a run. `hand` takes what comes back, releases it, and answers for what goes wrong behind it; `pass` takes
 * what the contract does not name, inside the call that brings it.
 */
export function linkHop(stage: HopStage, run: Run, hand: Next, pass: Next, downstream: Downstream): QueueDrain {
  const { hop, stats, id } = stage;
  const { clock, frames, policing, counting } = run;
  const probe = clock === undefined || frames === undefined ? undefined : new ThroughProbe(run, clock, id, stats);
  const listening = downstream.drained.map((drained) => drained.on(() => hop.wake()));
  hop.attach({
    deliver: (packet) => (probe === undefined ? hand(packet) : probe.emitted(packet, hand)),
    mayDeliver: () => (run.flowing ? (downstream.credit() > 0 ? "yes" : "full") : "held"),
  });
  return {
    push: (packet: Packet) => {
      let isTaken = true;
      try {
        isTaken = hop.outbox.push(packet);
      } catch (thrown) {
        run.blame(id, stats, thrown);
        throw thrown;
      }
      if (!isTaken) {
        if (counting) {
          stats.passedBy++;
          stats.passedByBytes += packet.byteLength;
        }
        pass(packet);
        return;
      }
      if (counting) {
        stats.take(packet);
      }
      if (policing) {
        noteStage(packet, id);
      }
      probe?.entered(packet);
    },
    counting: {},
    room: () => hop.outbox.queue.room,
    roomMade: hop.outbox.drained,
    wake: () => hop.wake(),
    flush: () => hop.flush(),
    end: () => {
      for (const one of listening) {
        one[Symbol.dispose]();
      }
      hop.detach();
    },
  };
}
