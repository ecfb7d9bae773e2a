// How long a deferred stage keeps a packet: its own time tells nothing, because the work happens after the call.
import type { Clock } from "../time/clock.js";
import type { MediaMicros, Micros } from "../time/units.js";
import type { FrameTrace } from "./frame-trace.js";
import type { NodeStats } from "./node-stats.js";
import type { Packet } from "./packet.js";
import type { Run } from "./run.js";
import type { Next } from "./stage.js";

/** A stage that keeps more timed packets than this has the newest ones followed no further. */
const MOST = 64;

type Kept = { readonly trace: FrameTrace; readonly timeUs: MediaMicros; readonly enteredUs: Micros };

/**
 * Follows timed packets by their media time: from the call that brought one to the packet of that time, or the next one,
 * that the stage emits. What lies between two emitted ones was dropped.
 */
export class ThroughProbe {
  readonly #run: Run;
  readonly #clock: Clock;
  readonly #id: string;
  readonly #stats: NodeStats;
  readonly #kept: Kept[] = [];

  constructor(run: Run, clock: Clock, id: string, stats: NodeStats) {
    this.#run = run;
    this.#clock = clock;
    this.#id = id;
    this.#stats = stats;
  }

  /** The stage is about to get this packet. Does nothing unless it is timed. */
  entered({ timeUs }: Packet): void {
    const { trace } = this.#run;
    if (trace !== undefined && this.#kept.length < MOST) {
      trace.hold();
      this.#kept.push({ trace, timeUs, enteredUs: this.#clock.nowUs() });
    }
  }

  /** The stage emits this packet: hands it on, as what became of the one that it was followed from. */
  emitted(packet: Packet, hand: Next): void {
    const kept = this.#kept.length === 0 ? undefined : this.#take(packet.timeUs);
    if (kept === undefined) {
      hand(packet);
      return;
    }
    const { trace, enteredUs: startUs } = kept;
    const durationUs = this.#clock.nowUs() - startUs;
    this.#stats.through.record(durationUs);
    trace.spans.push({ node: this.#id, doing: "through", startUs, durationUs, selfUs: durationUs });
    this.#run.follow(trace, hand, packet);
  }

  #take(timeUs: MediaMicros): Kept | undefined {
    const same = this.#kept.findIndex((kept) => kept.timeUs === timeUs);
    const index = same >= 0 ? same : this.#kept.findLastIndex((kept) => kept.timeUs < timeUs);
    const [taken, ...dropped] = this.#kept.splice(0, index + 1).toReversed();
    for (const { trace } of dropped) {
      this.#run.lose(trace);
    }
    return taken;
  }
}
