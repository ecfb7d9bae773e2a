// A hop at work in one run of its stream: what it accepts crosses, everything else passes by.
import type { Packet } from "../packet.js";
import { noteStage } from "../policing.js";
import type { Downstream, QueueDrain } from "../queue-drain.js";
import type { Run } from "../run.js";
import type { HopStage, Next } from "../stage.js";
import { ThroughProbe } from "../through-probe.js";

/**
 * Builds the hop of a run. `hand` takes what comes back, releases it, and answers for what goes wrong behind it; `pass` takes
 * what the contract does not name, inside the call that brings it.
 */
export function linkHop(stage: HopStage, run: Run, hand: Next, pass: Next, downstream: Downstream): QueueDrain {
  const { hop, stats, id } = stage;
  const { clock, policing, counting } = run;
  const probe = clock === undefined ? undefined : new ThroughProbe(clock, stats.through);
  const listening = downstream.sinks.flatMap(({ drained }) => drained?.on(() => hop.wake()) ?? []);
  hop.attach({
    deliver: (packet) => {
      probe?.emitted(packet);
      hand(packet);
    },
    mayDeliver: () => (run.flowing ? (downstream.isReady() ? "yes" : "full") : "held"),
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
        stats.packets++;
        stats.bytes += packet.byteLength;
      }
      if (policing) {
        noteStage(packet, id);
      }
      if (run.timing) {
        probe?.entered(packet);
      }
    },
    isFull: () => hop.outbox.queue.isFull,
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
