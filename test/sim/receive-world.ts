// A media source, a link that loses, delays, reorders and copies, and a receiver, on one manual timeline.
import { Arena } from "../../src/core/kernel/arena.js";
import { loadKernels } from "../../src/core/kernel/load-kernels.js";
import { MediaClock } from "../../src/core/rtp/receive/media-clock.js";
import { RtpIntake } from "../../src/core/rtp/receive/rtp-intake.js";
import type { RtpReceiver } from "../../src/core/rtp/receive/rtp-receiver.js";
import type { RtpReceiverOptions } from "../../src/core/rtp/receive/rtp-receiver-options.js";
import { MediaSource, type MediaSourceOptions } from "./media-source.js";
import { SeededRandom } from "./seeded-random.js";

export type Link = {
  readonly lossRate?: number;
  readonly delayMs?: number;
  readonly jitterMs?: number;
  readonly reorderRate?: number;
  readonly duplicateRate?: number;
};

export type WorldOptions = {
  readonly seed?: number;
  readonly link?: Link;
  readonly source?: MediaSourceOptions;
  readonly receiver?: Partial<RtpReceiverOptions>;
  readonly slotCount?: number;
  readonly kernelKind?: "wasm" | "twin";
  readonly transportFeedback?: number;
};

/** What was handed on, copied. */
export type Handed = {
  readonly frame: number;
  readonly packet: number;
  readonly packets: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly timeUs: number;
  readonly nowUs: number;
  readonly missing: number;
  readonly isRestart: boolean;
  readonly isRepaired: boolean;
  readonly bytes: Uint8Array;
};

export class ReceiveWorld {
  nowUs = 1_000_000;
  readonly handed: Handed[] = [];
  /** RTCP that the receiver sent. */
  readonly rtcp: Uint8Array[] = [];
  readonly intake: RtpIntake;
  readonly receiver: RtpReceiver;
  readonly clock: MediaClock = new MediaClock();
  source: MediaSource;
  link: Link;
  onPacket: (packet: Handed) => void = () => {};
  readonly #random: SeededRandom;
  readonly #events: { readonly atUs: number; readonly run: () => void }[] = [];
  #lastUs = 0;

  private constructor(options: WorldOptions, kernelsAndArena: ConstructorParameters<typeof RtpIntake>[0]) {
    this.#random = new SeededRandom(options.seed ?? 1);
    this.link = options.link ?? {};
    this.source = new MediaSource(options.source);
    const sendRtcp = (bytes: Uint8Array): boolean => {
      this.rtcp.push(bytes.slice());
      this.#upstream(bytes.slice());
      return true;
    };
    this.intake = new RtpIntake({
      ...kernelsAndArena,
      ...(options.transportFeedback === undefined
        ? {}
        : { transportFeedback: { extensionId: options.transportFeedback, localSsrc: 1, sendRtcp } }),
    });
    const rtx = options.source?.rtx;
    this.receiver = this.intake.open({
      clockRateHz: 90_000,
      payloadTypes: [96],
      localSsrc: 1,
      cname: "floe",
      clock: this.clock,
      ...(rtx === undefined ? {} : { rtx }),
      sendRtcp,
      packet: (packet) => {
        const { payload } = packet;
        const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
        const isOurs = payload.length >= 8;
        const copy: Handed = {
          frame: isOurs ? view.getUint32(0) : -1,
          packet: isOurs ? view.getUint16(4) : 0,
          packets: isOurs ? view.getUint16(6) : 0,
          sequence: packet.sequence,
          timestamp: packet.timestamp,
          timeUs: packet.timeUs,
          nowUs: this.nowUs,
          missing: packet.missing,
          isRestart: packet.isRestart,
          isRepaired: packet.isRepaired,
          bytes: packet.bytes.slice(),
        };
        this.handed.push(copy);
        this.onPacket(copy);
      },
      ...options.receiver,
    });
  }

  static async create(options: WorldOptions = {}): Promise<ReceiveWorld> {
    const arena = Arena.create({ sizeBytes: 8 * 1024 * 1024 });
    const kernels = await loadKernels(arena, { forceTwins: options.kernelKind === "twin" });
    return new ReceiveWorld(options, { kernels, arena, slotCount: options.slotCount ?? 2048 });
  }

  /** Datagrams leave the source now. */
  send(datagrams: readonly Uint8Array[]): void {
    for (const bytes of datagrams) {
      this.#travel((copy) => this.intake.receive([copy], this.nowUs), bytes);
    }
  }

  /** Datagrams arrive now, all at once. */
  arrive(...datagrams: readonly Uint8Array[]): void {
    this.intake.receive(datagrams, this.nowUs);
  }

  /** The next picture leaves, and time goes on to the one behind it; a sender report each second. */
  frames(count: number, { reports = true } = {}): void {
    for (let i = 0; i < count; i++) {
      const mediaUs = this.source.frames * this.source.frameUs;
      if (reports && this.source.frames % 30 === 3) {
        this.send([this.source.report(mediaUs, 1_700_000_000_000_000 + mediaUs)]);
      }
      this.send(this.source.frame());
      this.advance(this.source.frameUs);
    }
  }

  /** Time passes, and everything happens that is due. */
  advance(byUs: number): void {
    const endUs = this.nowUs + byUs;
    for (;;) {
      const eventUs = this.#events[0]?.atUs ?? Number.POSITIVE_INFINITY;
      const deadlineUs = this.intake.deadlineUs ?? Number.POSITIVE_INFINITY;
      const nextUs = Math.min(eventUs, deadlineUs);
      if (nextUs > endUs) {
        break;
      }
      this.nowUs = Math.max(this.nowUs, nextUs);
      if (eventUs <= deadlineUs) {
        this.#events.shift()?.run();
      } else {
        this.intake.tick(this.nowUs);
      }
    }
    this.nowUs = endUs;
  }

  /** Pictures of which every packet was handed on. */
  wholeFrames(): number {
    const parts = new Map<number, number>();
    let whole = 0;
    for (const { frame, packets } of this.handed) {
      const came = (parts.get(frame) ?? 0) + 1;
      parts.set(frame, came);
      whole += came === packets ? 1 : 0;
    }
    return whole;
  }

  #upstream(bytes: Uint8Array): void {
    this.#travel((copy) => this.send(this.source.feedback(copy)), bytes);
  }

  #travel(run: (bytes: Uint8Array) => void, bytes: Uint8Array): void {
    const { lossRate = 0, delayMs = 0, jitterMs = 0, reorderRate = 0, duplicateRate = 0 } = this.link;
    const isLost = this.#random.next() < lossRate;
    const isReordered = this.#random.next() < reorderRate;
    const copies = this.#random.next() < duplicateRate ? 2 : 1;
    let atUs = this.nowUs + Math.round(1000 * (delayMs + jitterMs * this.#random.next()));
    if (isLost) {
      return;
    }
    if (isReordered) {
      atUs += 10_000;
    } else {
      atUs = Math.max(atUs, this.#lastUs);
      this.#lastUs = atUs;
    }
    for (let i = 0; i < copies; i++) {
      let at = this.#events.length;
      while (at > 0 && (this.#events[at - 1] as { atUs: number }).atUs > atUs) {
        at--;
      }
      this.#events.splice(at, 0, { atUs, run: () => run(bytes) });
    }
  }
}
