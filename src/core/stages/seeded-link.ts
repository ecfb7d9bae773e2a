// Stage: a network that loses, delays, reorders and copies RTP packets, the same ones each time for one seed. For tests,
// demonstrations and measuring: whatever goes wrong on it can be had again.
import { SeededRandom } from "../crypto/seeded-random.js";
import { FloeError } from "../error/floe-error.js";
import type { Emit, Processor } from "../stream/adapter.js";
import type { PacketKind } from "../stream/packet.js";
import type { Clock } from "../time/clock.js";
import { DeadlineTimer } from "../time/deadline-timer.js";
import { type Micros, milliseconds } from "../time/units.js";
import { RtpAudio, type RtpAudioPacket, RtpVideo, type RtpVideoPacket } from "./rtp-media.js";

/** What the network is like. Rates are 0 to 1, each packet's own chance; everything is 0 by default. */
export type LinkConditions = {
  /** Packets that never arrive. */
  readonly lossRate?: number;
  /** Packets that arrive twice. */
  readonly duplicateRate?: number;
  /** Packets that take `reorderDelayMs` more, while those behind them may overtake. */
  readonly reorderRate?: number;
  /** Default 20. */
  readonly reorderDelayMs?: number;
  /** How long every packet takes. */
  readonly delayMs?: number;
  /** How much longer a packet may take, evenly spread. It keeps the order: a packet waits for the one in front of it. */
  readonly jitterMs?: number;
};

/** A link and its luck. */
export type SeededLinkOptions = LinkConditions & {
  /** 32 bits. The same packets meet the same fate under the same seed and conditions. */
  readonly seed: number;
  /** Best the stream's. A `ManualClock` makes arrival times repeatable as well. */
  readonly clock: Clock;
  /** Most packets under way; more are dropped and counted. Default 4096. */
  readonly capacity?: number;
};

/** What happened on a link. */
export type SeededLinkCounters = {
  /** Packets sent. */
  packets: number;
  lost: number;
  duplicated: number;
  reordered: number;
  /** Packets that found `capacity` packets under way. */
  overflow: number;
};

type Rtp = RtpVideoPacket | RtpAudioPacket;
type UnderWay = { readonly packet: Rtp; readonly dueUs: Micros };

const KINDS = [RtpVideo, RtpAudio] as const;
const RATES = ["lossRate", "duplicateRate", "reorderRate"] as const;
const TIMES = ["delayMs", "jitterMs", "reorderDelayMs"] as const;

/** Sends copies of its packets on their way, and emits each when it arrives, given away. */
export class SeededLink implements Processor<Rtp, Rtp> {
  readonly name = "seeded-link";
  readonly retention = "cloned" as const;
  readonly accepts: readonly PacketKind<Rtp>[] = KINDS;
  readonly emits: readonly PacketKind<Rtp>[] = KINDS;
  readonly counters: SeededLinkCounters = { packets: 0, lost: 0, duplicated: 0, reordered: 0, overflow: 0 };
  readonly #random: SeededRandom;
  readonly #clock: Clock;
  readonly #capacity: number;
  readonly #timer: DeadlineTimer;
  /** In order of arrival; those of one moment in the order in which they were sent. */
  readonly #underWay: UnderWay[] = [];
  #conditions: Required<LinkConditions>;
  /** When the last packet that keeps the order arrives. */
  #lastUs: Micros = 0;
  #emit: Emit<Rtp> = () => {};

  /** Throws FloeError `link/conditions` for a rate outside of 0 to 1 and for negative times. */
  constructor({ seed, clock, capacity = 4096, ...conditions }: SeededLinkOptions) {
    this.#random = new SeededRandom(seed);
    this.#clock = clock;
    this.#capacity = capacity;
    this.#timer = new DeadlineTimer(clock, () => this.#deliver());
    this.#conditions = checked(conditions);
  }

  /** What the network is like now. */
  get conditions(): Required<LinkConditions> {
    return this.#conditions;
  }

  /** Packets that have not arrived yet. */
  get underWay(): number {
    return this.#underWay.length;
  }

  /** Changes the conditions that are named, from the next packet on. Throws as the constructor does; nothing has changed then. */
  change(conditions: LinkConditions): void {
    this.#conditions = checked({ ...this.#conditions, ...conditions });
  }

  process(packet: Rtp, emit: Emit<Rtp>): void {
    const { lossRate, duplicateRate, reorderRate, reorderDelayMs, delayMs, jitterMs } = this.#conditions;
    this.#emit = emit;
    this.counters.packets++;
    // Every packet draws the same numbers, so that one condition's change leaves the others' luck as it was.
    const isLost = this.#random.next() < lossRate;
    const isDuplicated = this.#random.next() < duplicateRate;
    const isReordered = this.#random.next() < reorderRate;
    const tripUs = milliseconds(delayMs + jitterMs * this.#random.next());
    if (isLost) {
      this.counters.lost++;
      return;
    }
    const nowUs = this.#clock.nowUs();
    let dueUs = Math.max(nowUs + tripUs, this.#lastUs);
    if (isReordered) {
      this.counters.reordered++;
      dueUs += milliseconds(reorderDelayMs);
    } else {
      this.#lastUs = dueUs;
    }
    this.#send(packet, dueUs, nowUs);
    if (isDuplicated) {
      this.counters.duplicated++;
      this.#send(packet, dueUs, nowUs);
    }
  }

  /** Delivers at once what is under way, in order. */
  stop(): void {
    this.#timer.set(undefined);
    for (const { packet } of this.#underWay.splice(0)) {
      this.#emit(packet);
    }
    this.#lastUs = 0;
  }

  /** What is still under way never arrives. */
  close(): void {
    this.#timer.set(undefined);
    this.#underWay.length = 0;
  }

  #send(packet: Rtp, dueUs: Micros, nowUs: Micros): void {
    if (this.#underWay.length >= this.#capacity) {
      this.counters.overflow++;
      return;
    }
    const copy = packet.clone() as Rtp;
    if (dueUs <= nowUs && this.#underWay.length === 0) {
      this.#emit(copy);
      return;
    }
    let at = this.#underWay.length;
    while (at > 0 && this.#underWay[at - 1].dueUs > dueUs) {
      at--;
    }
    this.#underWay.splice(at, 0, { packet: copy, dueUs });
    this.#timer.set(this.#underWay[0].dueUs);
  }

  #deliver(): void {
    const nowUs = this.#clock.nowUs();
    while (this.#underWay.length > 0 && this.#underWay[0].dueUs <= nowUs) {
      const [{ packet }] = this.#underWay.splice(0, 1);
      this.#emit(packet);
    }
    this.#timer.set(this.#underWay[0]?.dueUs);
  }
}

function checked(conditions: LinkConditions): Required<LinkConditions> {
  const whole = {
    lossRate: 0,
    duplicateRate: 0,
    reorderRate: 0,
    reorderDelayMs: 20,
    delayMs: 0,
    jitterMs: 0,
    ...conditions,
  };
  const wrong =
    RATES.find((name) => !(whole[name] >= 0 && whole[name] <= 1)) ??
    TIMES.find((name) => !(whole[name] >= 0 && whole[name] < Number.POSITIVE_INFINITY));
  if (wrong !== undefined) {
    throw new FloeError("link/conditions", `a link cannot have ${wrong} ${whole[wrong]}`, {
      fix: "Rates are 0 to 1, times are milliseconds from 0.",
    });
  }
  return whole;
}
