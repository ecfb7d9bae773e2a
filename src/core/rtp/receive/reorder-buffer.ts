// Puts one stream's packets in order: each waits for those in front of it, and for its time where it is to be paced, until they
// are there or given up.
import { type Micros, milliseconds, type RtpTicks } from "../../time/units.js";
import type { DatagramRing } from "./datagram-ring.js";
import { LossRequests } from "./loss-requests.js";
import type { StreamClock } from "./media-clock.js";
import { PlayoutDelay } from "./playout-delay.js";
import { ReceiveWindow, SlotState } from "./receive-window.js";
import { ReceivedPacket } from "./received-packet.js";
import type { RoundTrip } from "./round-trip.js";
import type { RtpReceiverCounters, RtpReceiverOptions } from "./rtp-receiver-options.js";

/** In the first byte of a header. */
const PADDING_BIT = 0x20;

/** What a buffer works with; its owner's. */
export type ReorderBufferParts = {
  readonly options: RtpReceiverOptions;
  readonly ring: DatagramRing;
  readonly clock: StreamClock;
  readonly roundTrip: RoundTrip;
  readonly counters: RtpReceiverCounters;
};

/** Holds places, not packets: those lie in the ring. Hands on within `release`, `flush` and `place`. */
export class ReorderBuffer {
  readonly window: ReceiveWindow;
  readonly requests: LossRequests;
  readonly playout: PlayoutDelay;
  /** Whether a packet is being handed on now. */
  isHanding = false;
  /** When something can be handed on, or is given up; undefined while nothing waits. */
  releaseUs: Micros | undefined;
  readonly #options: RtpReceiverOptions;
  readonly #ring: DatagramRing;
  readonly #clock: StreamClock;
  readonly #roundTrip: RoundTrip;
  readonly #counters: RtpReceiverCounters;
  readonly #handed: ReceivedPacket;
  readonly #asks: boolean;
  readonly #isPaced: boolean;
  #missing = 0;
  #isRestart = true;

  constructor({ options, ring, clock, roundTrip, counters }: ReorderBufferParts) {
    const { windowPackets = 1024, maxAsks = 10, recoveryMs = 500 } = options;
    this.#options = options;
    this.#ring = ring;
    this.#clock = clock;
    this.#roundTrip = roundTrip;
    this.#counters = counters;
    this.#handed = new ReceivedPacket(ring.slots);
    this.#asks = maxAsks > 0;
    this.#isPaced = options.playout === "paced";
    this.window = new ReceiveWindow(windowPackets);
    this.playout = new PlayoutDelay(options.clockRateHz, options);
    this.requests = new LossRequests(this.window, roundTrip, {
      recoveryUs: milliseconds(recoveryMs),
      maxAsks,
      answers: options.rtx === undefined ? "alike" : "apart",
    });
  }

  /** A new sequence begins with this number: what waits of the one before is handed on now. */
  begin(first: number): void {
    this.flush();
    this.#isRestart = true;
    this.#missing = 0;
    this.playout.reset();
    this.window.reset(first);
  }

  /** The packet with this number is in the ring. Copies and what comes too late are counted. */
  place(number: number, index: number, nowUs: Micros, isRtx: boolean): void {
    const window = this.window;
    if (number < window.end) {
      const state = number < window.next || window.state(number) !== SlotState.missing ? window.state(number) : -1;
      if (state >= 0) {
        this.#refuse(state);
        return;
      }
      this.#repaired(number, nowUs, isRtx);
    } else if (number - window.end > window.capacity / 2) {
      this.flush();
      this.#counters.lost += number - window.end;
      this.#missing += number - window.end;
      window.skipTo(number);
    } else {
      while (number - window.next >= window.capacity) {
        this.#passNext();
      }
    }
    const { missing } = window;
    window.put(number, index, nowUs);
    if (window.missing > missing) {
      this.requests.noticed(nowUs);
    }
  }

  #refuse(state: number): void {
    if (state === SlotState.lost || state === SlotState.none) {
      this.#counters.late++;
    } else {
      this.#counters.duplicates++;
    }
  }

  /** A missing packet is here: what does that tell about the way? */
  #repaired(number: number, nowUs: Micros, isRtx: boolean): void {
    const window = this.window;
    const askedForUs = nowUs - window.askedUs(number);
    if (!isRtx) {
      this.requests.arrived(number, nowUs);
    }
    if (window.asks(number) === 0 || this.#isPaced) {
      this.playout.observeOvertaken(nowUs - window.sinceUs(number));
    }
    // Karn: of two requests nobody knows which one was answered. What has no stream of its own may have been on its way.
    if (window.asks(number) === 1 && (isRtx || (this.#options.rtx === undefined && askedForUs >= 5000))) {
      this.#roundTrip.measured(askedForUs);
    }
  }

  /** Hands on, in order, what need not wait any more. */
  release(nowUs: Micros): void {
    const window = this.window;
    this.releaseUs = undefined;
    while (window.next < window.end) {
      const dueUs = this.#dueUs(nowUs);
      if (dueUs > nowUs) {
        this.releaseUs = dueUs;
        return;
      }
      this.#passNext();
    }
  }

  /** Hands on what is there without waiting for anything. */
  flush(): void {
    while (this.window.next < this.window.end) {
      this.#passNext();
    }
    this.releaseUs = undefined;
  }

  /** When the number whose turn it is may be handed on, or is given up. */
  #dueUs(nowUs: Micros): Micros {
    const window = this.window;
    const { next } = window;
    if (this.#isPaced) {
      let first = next;
      while (window.state(first) !== SlotState.here) {
        first++;
      }
      return this.#pacedUs(first, nowUs);
    }
    if (window.state(next) === SlotState.here) {
      return nowUs;
    }
    return this.#asks ? this.requests.giveUpUs(next) : window.sinceUs(next) + this.playout.delayUs;
  }

  /** Never later than the delay behind its arrival, whatever its timestamp says. */
  #pacedUs(number: number, nowUs: Micros): Micros {
    const index = this.window.index(number);
    const lastUs = this.window.sinceUs(number) + this.playout.delayUs;
    return this.#ring.holds(index) ? Math.min(lastUs, this.playout.dueUs(this.timestampOf(index), nowUs)) : nowUs;
  }

  /** Hands on the number whose turn it is, or gives it up. */
  #passNext(): void {
    const window = this.window;
    const { next } = window;
    const index = window.index(next);
    if (window.state(next) !== SlotState.here) {
      this.#giveUp();
    } else if (this.#ring.holds(index)) {
      this.#hand(next, index);
      window.pass(SlotState.handed);
    } else {
      this.#counters.overrun++;
      this.#giveUp();
    }
  }

  #giveUp(): void {
    this.#counters.lost++;
    this.#missing++;
    this.window.pass(SlotState.lost);
  }

  #hand(number: number, index: number): void {
    const packet = this.#handed;
    const { slots } = this.#ring;
    const header = slots.payloadAddress(index) - slots.headerLength(index);
    const { bytes, view } = slots.memory;
    if ((bytes[header] & PADDING_BIT) !== 0) {
      // The slot's length leaves padding out already, so the header must not promise any (RFC 3550 5.1).
      bytes[header] &= ~PADDING_BIT;
    }
    packet.sequence = number;
    packet.index = index;
    packet.timestamp = view.getUint32(header + 4);
    packet.arrivalUs = this.window.sinceUs(number);
    packet.timeUs = this.#clock.timeUs(packet.timestamp, packet.arrivalUs);
    packet.missing = this.#missing;
    packet.isRestart = this.#isRestart;
    packet.isRepaired = this.window.isRepaired(number);
    this.#missing = 0;
    this.#isRestart = false;
    this.#counters.handed++;
    this.#counters.repaired += packet.isRepaired ? 1 : 0;
    this.isHanding = true;
    try {
      this.#options.packet(packet);
    } finally {
      this.isHanding = false;
    }
  }

  /** The timestamp of a packet of the ring. */
  timestampOf(index: number): RtpTicks {
    const { slots } = this.#ring;
    return slots.memory.view.getUint32(slots.payloadAddress(index) - slots.headerLength(index) + 4);
  }
}
