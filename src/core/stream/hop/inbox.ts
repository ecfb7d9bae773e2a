// Packets out of a lane: some of them in each turn, no more than what stands behind will take, and between them what the
// other side wants done in its place among them.
import type { Clock } from "../../time/clock.js";
import { type Micros, milliseconds } from "../../time/units.js";
import type { Packet } from "../packet.js";
import type { CodecTable } from "./codec-table.js";
import { FrameReader } from "./frame.js";
import type { LaneReader } from "./lane.js";

/** How often the inbox asks again when what stands behind is full and cannot call. */
const RECHECK_US = milliseconds(5);
/** Packets between two looks at the clock. */
const PACKETS_PER_LOOK = 16;

/** `full`: later, and the inbox asks again by itself; `held`: not before it is woken. */
export type MayDeliver = "yes" | "full" | "held";

/** What an inbox is made of. */
export type InboxOptions = {
  readonly codecs: CodecTable;
  readonly clock: Clock;
  /** The longest that it keeps one turn of the event loop. */
  readonly turnBudgetUs: Micros;
  /** Takes each packet, which is its own from then on. Must not throw. */
  readonly deliver: (packet: Packet) => void;
  /** Asked before each packet. */
  readonly mayDeliver: () => MayDeliver;
  /** The lane is broken. Nothing is read any more. */
  readonly onBroken: (thrown: unknown) => void;
};

/** A thing to do behind the other side's frame of that number. */
type Step = { readonly behind: number; readonly run: () => void | Promise<void> };

/** The receiving half of one direction. */
export class Inbox {
  readonly #options: InboxOptions;
  #lane: LaneReader | undefined;
  #frame: FrameReader | undefined;
  #steps: Step[] = [];
  /** Steps that have come. */
  #stepCount = 0;
  /** The frame stands at a packet that was not delivered yet. */
  #isAtPacket = false;
  #frames = 0;
  /** A turn is on the stack, or a step is under way. */
  #isBusy = false;
  #timer: Disposable | undefined;

  constructor(options: InboxOptions) {
    this.#options = options;
  }

  /** Opens the way. */
  connect(lane: LaneReader): void {
    this.#lane = lane;
    this.wake();
  }

  /** Does `run` behind the first `behind` frames; what comes after them waits until it has settled. It must not reject. */
  step(behind: number, run: () => void | Promise<void>): void {
    this.#steps.push({ behind, run });
    this.#stepCount++;
    this.wake();
  }

  /** Goes on, if there is anything to go on with. */
  readonly wake = (): void => {
    if (this.#isBusy || this.#lane === undefined) {
      return;
    }
    this.#isBusy = true;
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    try {
      this.#isBusy = this.#turn(this.#lane);
    } catch (thrown) {
      this.#lane.close();
      this.#lane = undefined;
      this.#isBusy = false;
      this.#options.onBroken(thrown);
    }
  };

  /** Hands on everything that has come, whatever stands behind says: the other side is no more. */
  drain(): void {
    for (let lane = this.#lane; lane !== undefined; lane = this.#lane) {
      const frame = this.#atPacket(lane);
      if (frame === undefined) {
        return;
      }
      this.#deliver(frame);
    }
  }

  /** Ends it. */
  close(): void {
    this.#timer?.[Symbol.dispose]();
    this.#lane?.close();
    this.#lane = undefined;
    this.#steps = [];
  }

  /** Answers whether a step is under way, which goes on by itself. */
  #turn(lane: LaneReader): boolean {
    const { clock, turnBudgetUs, mayDeliver } = this.#options;
    const startUs = clock.nowUs();
    for (let count = 1; ; count++) {
      if (this.#stepsAside()) {
        return true;
      }
      if (this.#lane === undefined) {
        return false;
      }
      const answer = mayDeliver();
      if (answer !== "yes") {
        if (answer === "full") {
          this.#again(clock.nowUs() + RECHECK_US);
        }
        return false;
      }
      const frame = this.#atPacket(lane);
      if (frame !== undefined && frame.steps > this.#stepCount) {
        // The ring was faster: the step that belongs in front of this packet is on its way and will wake the inbox.
        return false;
      }
      if (frame !== undefined) {
        this.#deliver(frame);
      } else if (lane.sleep(this.wake)) {
        return false;
      }
      if (count % PACKETS_PER_LOOK === 0 && clock.nowUs() - startUs >= turnBudgetUs) {
        // A timer, not a microtask: the event loop gets its turn.
        this.#again(clock.nowUs());
        return false;
      }
    }
  }

  /** Does the steps that are due; true when one of them takes its time. */
  #stepsAside(): boolean {
    while (this.#steps.length > 0 && this.#steps[0].behind <= this.#frames) {
      const working = this.#steps.shift()?.run();
      if (working !== undefined) {
        void working.then(() => {
          this.#isBusy = false;
          this.wake();
        });
        return true;
      }
    }
    return false;
  }

  #again(atUs: Micros): void {
    this.#timer = this.#options.clock.schedule(atUs, this.wake);
  }

  /** The frame of the next packet, or undefined when there is none. */
  #atPacket(lane: LaneReader): FrameReader | undefined {
    while (!this.#isAtPacket) {
      if (this.#frame?.next() === true) {
        this.#isAtPacket = true;
        break;
      }
      const chunk = lane.take();
      if (chunk === undefined) {
        this.#frame = undefined;
        break;
      }
      this.#frame = new FrameReader(chunk);
    }
    return this.#frame;
  }

  #deliver(frame: FrameReader): void {
    this.#isAtPacket = false;
    this.#frames++;
    this.#options.deliver(this.#options.codecs.read(frame));
  }
}
